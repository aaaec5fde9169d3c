//! The size of a task's box.
//!
//! Invariant: a box has one word beside the future.
//!
//! Read next: `src/store/object.rs`.

use std::future::pending;
use std::hint::black_box;

use super::*;

fn box_of<F: Future>(_: &F) -> (usize, usize) {
    (size_of::<TaskObject<F, ()>>(), size_of::<F>())
}

/// Where the output fits beside the call site into the memory of the future.
#[test]
fn a_box_has_one_word_beside_the_future() {
    let idle = async {
        let held = black_box([1u8; 64]);
        pending::<()>().await;
        black_box(&held);
    };
    let summing = async {
        let held = black_box([1u64; 4]);
        pending::<()>().await;
        held.iter().sum::<u64>()
    };
    for (of_box, of_future) in [box_of(&idle), box_of(&summing)] {
        assert_eq!(of_box, of_future.next_multiple_of(8) + 8, "{of_future}");
    }
}
