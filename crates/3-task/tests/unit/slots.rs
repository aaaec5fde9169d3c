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
    assert!(all.iter().map(|&index| position_of(index)).eq(0..all.len()));
    assert_eq!(std::ptr::from_ref(slots.get(first).unwrap()), address);
    assert!(slots.get(NONE).is_none());
}

#[test]
fn a_released_slot_is_handed_out_next() {
    let slots = Slots::new(1 << 52);
    let (a, slot_a) = slots.claim();
    let (b, slot_b) = slots.claim();
    slots.put_vacant(a, slot_a);
    slots.put_vacant(b, slot_b);
    assert_eq!(
        (slots.claim().0, slots.claim().0, slots.claim().0),
        (b, a, 2)
    );
}

/// A look at all that is in use costs by what is in use now, whatever was in use before.
#[test]
fn a_burst_leaves_no_slots_to_look_at() {
    // Claimed at once, in use after that, and the slots that are then looked at.
    for (burst, left, looks) in [
        (0, 0, 0),
        (10, 0, 1024),
        (10_000, 0, 0),
        (100_000, 1, 1024),
        (100_000, 10, 10 * 1024),
        (100_000, 97, 97 * 1024),
    ] {
        let slots = Slots::new(1 << 52);
        let claimed: Vec<u32> = (0..burst).map(|_| slots.claim().0).collect();
        assert!(
            slots.iter().count() < burst + 1024,
            "what was in use at once"
        );
        let stays =
            |at: usize| left != 0 && at.is_multiple_of(burst / left) && at / (burst / left) < left;
        for (at, &index) in claimed.iter().enumerate() {
            if !stays(at) {
                slots.put_vacant(index, slots.get(index).unwrap());
            }
        }
        for _ in 0..3 {
            slots.tidy();
            assert_eq!(slots.iter().count(), looks, "{left} left of {burst}");
        }
        // What comes next is found, too, and each slot is handed out once.
        let mut handed: Vec<u32> = (0..2 * burst - left).map(|_| slots.claim().0).collect();
        let stayed = claimed.iter().enumerate().filter(|(at, _)| stays(*at));
        handed.extend(stayed.map(|(_, &index)| index));
        handed.sort_unstable();
        handed.dedup();
        let seen: Vec<u32> = slots.iter().map(|(index, _)| index).collect();
        assert_eq!(handed.len(), 2 * burst);
        assert!(handed.iter().all(|index| seen.binary_search(index).is_ok()));
        assert!(seen.len() < 2 * burst + 1024);
    }
}
