//! The rows about generators without generators: iterators and a deque.
//!
//! The plain iterator here sets the bar of generator_sum, and the hand-written round
//! robin the bar of interleave: a `VecDeque`, a machine taken from the front and put
//! back at the end.
//!
//! Invariants: the same values in the same order as in the row of the same name in
//! `systems/ours/src/generators.rs`, each through `black_box` as there.
//!
//! Read next: `kit/src/rows.rs`.

use std::collections::VecDeque;
use std::hint::black_box;

use bench_kit::{Meter, Sample, Work};

/// Runs the row if it belongs to this module.
pub(crate) fn serve(row: &str, work: Work) -> Option<Sample> {
    match row {
        "generator_sum" => Some(iterator_sum(work)),
        "interleave" => Some(deque(work)),
        _ => None,
    }
}

/// Adds up the squares below `size`, `rounds` times.
fn iterator_sum(work: Work) -> Sample {
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let mut sum = 0u64;
        for value in (0..black_box(work.size)).map(|number| number.wrapping_mul(number)) {
            sum = sum.wrapping_add(black_box(value));
        }
        black_box(sum);
    }
    meter.stop(work.ops())
}

/// Runs a thousand ranges, `size` values in all, one value of each in turn.
fn deque(work: Work) -> Sample {
    let strands = work.size.min(1000);
    let each = work.size / strands;
    let meter = Meter::start();
    for _ in 0..work.rounds {
        let mut sum = 0u64;
        let mut waiting: VecDeque<_> = (0..strands).map(|_| 0..each).collect();
        while let Some(mut range) = waiting.pop_front() {
            if let Some(number) = range.next() {
                sum = sum.wrapping_add(black_box(number.wrapping_mul(number)));
                waiting.push_back(range);
            }
        }
        black_box(sum);
    }
    meter.stop(each * strands * work.rounds)
}
