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

/// Claims slots and moves occupants in.
fn occupied(slots: &Slots, count: usize) -> Vec<u32> {
    let claim = |_| {
        let (index, slot) = slots.claim();
        slot.settle(0, 0, 0);
        index
    };
    (0..count).map(claim).collect()
}

fn vacate(slots: &Slots, index: u32) {
    let slot = slots.get(index).unwrap();
    slot.void(1 << 52);
    slots.put_vacant(index, slot);
}

/// A look at all that is in use costs by what is in use now, whatever was in use before, and
/// whenever a look came before.
#[test]
fn a_burst_leaves_no_slots_to_look_at() {
    // Occupied at once, in use after that, and the slots that are then looked at.
    const ROWS: [(usize, usize, usize); 7] = [
        (0, 0, 0),
        (10, 0, 1024),
        (10_000, 0, 0),
        (100_000, 1, 1024),
        (100_000, 10, 10 * 1024),
        (100_000, 40, 40 * 1024),
        (100_000, 97, 98 * 1024),
    ];
    for (burst, left, looks) in ROWS {
        for looked_at in [false, true] {
            let slots = Slots::new(1 << 52);
            let claimed = occupied(&slots, burst);
            if looked_at {
                assert!(slots.look(|_, _| ()) < burst + 1024, "in use at once");
            }
            let each = burst.checked_div(left).unwrap_or(usize::MAX);
            let stays = |at: usize| at.is_multiple_of(each) && at / each < left;
            for (at, &index) in claimed.iter().enumerate() {
                if !stays(at) {
                    vacate(&slots, index);
                }
            }
            let first = slots.look(|_, _| ());
            assert!(first < 2 * burst + 2 * 1024, "{first} looks at {burst}");
            for _ in 0..3 {
                let (mut seen, row) = (0, format!("{left} left of {burst}"));
                assert_eq!(slots.look(|_, _| seen += 1), looks, "{row}");
                assert_eq!(seen, left, "{row}");
            }
            // What comes next is found, too, and each slot is handed out once.
            let mut handed = occupied(&slots, 2 * burst - left);
            let stayed = claimed.iter().enumerate().filter(|(at, _)| stays(*at));
            handed.extend(stayed.map(|(_, &index)| index));
            handed.sort_unstable();
            handed.dedup();
            let mut seen = Vec::new();
            slots.look(|index, _| seen.push(index));
            assert_eq!((handed.len(), &seen), (2 * burst, &handed));
        }
    }
}

/// A small burst after a large one costs by its own size.
#[test]
fn a_small_burst_costs_nothing_for_a_large_one_before() {
    let slots = Slots::new(1 << 52);
    for index in occupied(&slots, 200_000) {
        vacate(&slots, index);
    }
    slots.look(|_, _| ());
    for _ in 0..10 {
        for index in occupied(&slots, 5_000) {
            vacate(&slots, index);
        }
        let looks = slots.look(|_, _| ());
        assert!(looks < 3 * 5_000, "{looks} looks");
    }
}
