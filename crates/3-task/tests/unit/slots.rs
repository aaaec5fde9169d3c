//! The table of slots: fixed places, and slots that are used again.
//!
//! Invariant: a slot keeps its address while the table grows.
//!
//! Read next: `src/store/slots.rs`.

use proptest::prelude::*;

use super::*;
use crate::store::ticket::{GENERATION_ONE, Ticket};
use crate::wait::listed::is_listed;

fn table() -> Slots {
    Slots::new(1 << 52 | GENERATION_ONE)
}

#[test]
fn slots_keep_their_place_while_the_table_grows() {
    let slots = table();
    let (first, slot) = slots.claim();
    let address = std::ptr::from_ref(slot);
    let mut claimed = vec![first];
    claimed.extend((1..70 * FIRST).map(|_| slots.claim().0));
    assert!(claimed.is_sorted());
    assert!(
        claimed
            .iter()
            .map(|&index| position_of(index))
            .eq(0..claimed.len())
    );
    assert_eq!(std::ptr::from_ref(slots.get(first).unwrap()), address);
    assert!(slots.get(u32::MAX).is_none());
}

/// An index and a position are two names of one slot, in each chunk. No index begins with the two bits
/// that tell the ticket of a listed future from the one of a task.
#[test]
fn each_position_has_an_index() {
    for chunk in 0..FULL {
        let (before, after) = (slots_before(chunk), slots_before(chunk + 1));
        let places = [before, before + 1, (before + after) / 2, after - 1];
        for position in places {
            let index = index_at(position);
            assert_eq!(index, chunk << PLACE_BITS | (position - before), "{chunk}");
            assert_eq!(position_of(index), position as usize);
            let task = Ticket::from_bits(1 << 52 | GENERATION_ONE | u64::from(index));
            assert!(!is_listed(task), "the ticket of slot {position}");
        }
        let slots = after - before;
        assert!(slots <= before.max(FIRST), "it doubles the table at most");
        assert!(
            chunk < DOUBLING || slots * ALIKE <= before,
            "a sixteenth at most"
        );
        assert!(slots.is_multiple_of(WORD) && slots - 1 <= PLACE);
    }
    assert_eq!(slots_before(FULL), 1 << 28);
}

#[test]
fn the_lowest_slot_of_the_present_word_is_handed_out_next() {
    let slots = table();
    let claimed: Vec<u32> = (0..200).map(|_| slots.claim().0).collect();
    for index in [70, 5, 3, 66, 90] {
        slots.put_vacant(claimed[index]);
    }
    let next: Vec<u32> = (0..6).map(|_| slots.claim().0).collect();
    // The word of the last that became vacant, then the lowest words, then slots never used.
    assert_eq!(next, [66, 70, 90, 3, 5, 200]);
}

mod props {
    use super::*;

    proptest! {
        /// Each slot is handed out once until it is put back; a look finds exactly those in use.
        #[test]
        fn the_table_is_a_set(steps in prop::collection::vec((0..3u8, any::<u32>()), 0..60)) {
            let slots = table();
            let mut in_use = Vec::new();
            for (step, of) in steps {
                match step {
                    0 => in_use.extend(occupied(&slots, (of % 700) as usize)),
                    1 => for _ in 0..(of % 700).min(in_use.len() as u32) {
                        let at = of.wrapping_mul(0x9E37_79B9) as usize % in_use.len();
                        vacate(&slots, in_use.swap_remove(at));
                    },
                    _ => {
                        let mut seen = Vec::new();
                        slots.look(|index, _| seen.push(index));
                        in_use.sort_unstable();
                        prop_assert_eq!(&seen, &in_use);
                    }
                }
            }
            let number = in_use.len();
            in_use.sort_unstable();
            in_use.dedup();
            prop_assert_eq!(in_use.len(), number);
        }
    }
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
    slots.get(index).unwrap().void();
    slots.put_vacant(index);
}

/// A look at all that is in use costs by what is in use now, whatever was in use before, and
/// whenever a look came before.
#[test]
fn a_burst_leaves_no_slots_to_look_at() {
    // Occupied at once, in use after that, and the blocks that are then looked at.
    const ROWS: [(usize, usize, usize); 7] = [
        (0, 0, 1),
        (10, 0, 1),
        (10_000, 0, 1),
        (100_000, 1, 2),
        (100_000, 10, 11),
        (100_000, 40, 25),
        (100_000, 97, 25),
    ];
    for (burst, left, blocks) in ROWS {
        for looked_at in [false, true] {
            let slots = table();
            let claimed = occupied(&slots, burst);
            if looked_at {
                let looks = slots.look(|_, _| ());
                assert!(looks < burst + burst / 32 + 128, "{looks} of {burst}");
            }
            let each = burst.checked_div(left).unwrap_or(usize::MAX);
            let stays = |at: usize| at.is_multiple_of(each) && at / each < left;
            for (at, &index) in claimed.iter().enumerate() {
                if !stays(at) {
                    vacate(&slots, index);
                }
            }
            let first = slots.look(|_, _| ());
            assert!(first < left + burst / 32 + 128, "{first} looks at {burst}");
            for _ in 0..3 {
                let (mut seen, row) = (0, format!("{left} left of {burst}"));
                let looks = slots.look(|_, _| seen += 1);
                let most = left + blocks * BLOCK as usize;
                assert!(looks <= most, "{looks} looks, {row}");
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
    let slots = table();
    for index in occupied(&slots, 200_000) {
        vacate(&slots, index);
    }
    slots.look(|_, _| ());
    for _ in 0..10 {
        for index in occupied(&slots, 5_000) {
            vacate(&slots, index);
        }
        let looks = slots.look(|_, _| ());
        assert!(looks < 1_000, "{looks} looks");
    }
}
