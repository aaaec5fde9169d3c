//! The table whose entries are named by small numbers.
//!
//! Invariant: a number is reused only after its entry was removed.
//!
//! Read next: `src/store/slab.rs`.

use super::Slab;

#[test]
fn numbers_start_at_one_and_are_reused_after_removal() {
    let mut slab = Slab::<char>::default();
    assert_eq!((slab.insert(|_| 'a'), slab.insert(|_| 'b')), (1, 2));
    assert_eq!(slab.remove(1), Some('a'));
    assert_eq!(
        (slab.remove(1), slab.get(0), slab.get(3)),
        (None, None, None)
    );
    assert_eq!((slab.insert(|_| 'c'), slab.len()), (1, 2));
    *slab.get_mut(2).unwrap() = 'd';
    assert_eq!(slab.get(2), Some(&'d'));
}
