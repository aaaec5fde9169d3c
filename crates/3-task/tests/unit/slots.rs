//! The table of slots: fixed places, and slots that are used again.
//!
//! Invariant: a slot keeps its address while the table grows.
//!
//! Read next: `src/store/slots.rs`.

use super::*;

#[test]
fn slots_keep_their_place_while_the_table_grows() {
    let slots = Slots::new(1 << 52);
    let (first, slot) = slots.claim();
    let address = std::ptr::from_ref(slot);
    let mut claimed = vec![first];
    claimed.extend((1..15 * FIRST).map(|_| slots.claim().0));
    let all: Vec<u32> = slots.iter().map(|(index, _)| index).collect();
    assert_eq!(claimed, all);
    assert!(all.iter().map(|&index| place_of(index)).eq(0..all.len()));
    assert_eq!(std::ptr::from_ref(slots.get(first).unwrap()), address);
    assert!(slots.get(NONE).is_none());
}

#[test]
fn a_released_slot_is_handed_out_next() {
    let slots = Slots::new(1 << 52);
    let (a, slot_a) = slots.claim();
    let (b, slot_b) = slots.claim();
    slots.release(a, slot_a);
    slots.release(b, slot_b);
    assert_eq!(
        (slots.claim().0, slots.claim().0, slots.claim().0),
        (b, a, 2)
    );
}
