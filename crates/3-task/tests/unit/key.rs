//! The key of a slot: masks, and every state under every move.
//!
//! Invariant: the methods of a slot make the moves of the table of `TaskState`.
//!
//! Read next: `src/store/key.rs`.

use std::cell::Cell;

use super::*;
use crate::store::slot::Besides;
use crate::store::slot::Slot;
use crate::store::slots::Slots;
use crate::store::ticket::{GENERATION_ONE, TAG, Ticket};

/// The flags that stop a plain step, and those that do not, by their names on the page.
const STOPPING: [&str; 12] = [
    "SCHED",
    "DONE",
    "VACANT",
    "PENDING",
    "Raised",
    "FORWARDED",
    "Region",
    "Observed",
    "Main",
    "Promise",
    "REACHED",
    "FOLLOWS",
];
const NOT_STOPPING: [&str; 10] = [
    "Detached",
    "Callback",
    "Group",
    "CANCELLED",
    "FAILED",
    "Seen",
    "Asked",
    "Ending",
    "Inert",
    "Noted",
];

/// Reads all flags off the page on which they stand, constants and marks alike.
fn flags() -> Vec<(&'static str, u64)> {
    let page = include_str!("../../src/store/key.rs").lines();
    let flag = |line: &'static str| {
        let (left, bit) = line.split_once(" = 1 << ")?;
        let name = left.trim().trim_start_matches("pub(crate) const ");
        let name = name.trim_end_matches(": u64");
        let bit = bit.trim_end_matches([';', ',']);
        Some((name, 1 << bit.parse::<u32>().expect("a bit's number")))
    };
    page.filter_map(flag).collect()
}

/// A flag that is new on the page is in neither list, and fails here until it is.
#[test]
fn no_flag_is_both_neutral_and_stopping() {
    let flags = flags();
    let known = |name: &str| flags.iter().find(|flag| flag.0 == name);
    for name in STOPPING.iter().chain(&NOT_STOPPING) {
        assert!(known(name).is_some(), "{name} is no flag of the page");
    }
    let mut seen = TAG;
    for &(name, bit) in &flags {
        assert_eq!(seen & bit, 0, "{name} has a bit of its own");
        seen |= bit;
        let (stopping, not) = (STOPPING.contains(&name), NOT_STOPPING.contains(&name));
        assert_ne!(stopping, not, "{name} is in one of the two lists");
        assert_eq!(bit & NEUTRAL != 0, not, "{name}");
    }
    assert_eq!(NEUTRAL & TAG, 0);
    assert_eq!(RUNNING & (seen | !NEUTRAL), 0, "it stops no step");
    let read = |name| known(name).map(|flag| flag.1);
    assert_eq!(read("FOLLOWS"), Some(FOLLOWS));
    assert_eq!(read("Asked"), Some(Mark::Asked.bit()));
}

use TaskState::{Done, Idle, Ready, Running, Vacant};

const ENDINGS: [Exit; 3] = [Exit::Returned, Exit::Cancelled, Exit::Failed];

fn states() -> Vec<TaskState> {
    let mut states = vec![Vacant, Ready, Idle];
    states.extend([false, true].map(|woken| Running { woken }));
    states.extend(ENDINGS.map(Done));
    states
}

fn moves() -> Vec<Move> {
    let plain = [
        Move::Occupy,
        Move::Prepare,
        Move::Wake,
        Move::Begin,
        Move::Suspend,
        Move::Vacate,
    ];
    plain.into_iter().chain(ENDINGS.map(Move::End)).collect()
}

/// The table, written out: the rows in the order of `states`, the columns in the order of
/// `moves`, and after them the three ends.
#[test]
fn every_move_in_every_state() {
    let running = |woken| Some(Running { woken });
    let ends = ENDINGS.map(|how| Some(Done(how)));
    let none = [None; 3];
    let table = [
        ([Some(Ready), Some(Idle), None, None, None, None], none),
        ([None, None, None, running(false), None, Some(Vacant)], ends),
        ([None, None, Some(Ready), None, None, Some(Vacant)], ends),
        (
            [None, None, running(true), None, Some(Idle), Some(Vacant)],
            ends,
        ),
        ([None, None, None, None, Some(Ready), Some(Vacant)], ends),
        ([None, None, None, None, None, Some(Vacant)], none),
        ([None, None, None, None, None, Some(Vacant)], none),
        ([None, None, None, None, None, Some(Vacant)], none),
    ];
    for (state, (plain, ends)) in states().into_iter().zip(table) {
        for (step, after) in moves().into_iter().zip(plain.into_iter().chain(ends)) {
            assert_eq!(state.after(step), after, "{state:?}, {step:?}");
        }
    }
}

#[test]
fn a_state_is_read_as_what_it_was_packed_as() {
    for state in states() {
        let running = matches!(state, Running { .. });
        assert_eq!(TaskState::unpack(state.pack(), running), state);
    }
}

const OF_LOOP: u64 = 7 << 52;

/// Makes a task's slot that is in this state.
fn slot_in(state: TaskState) -> (Slots, Ticket) {
    let slots = Slots::new(OF_LOOP | GENERATION_ONE);
    let (index, slot) = slots.claim();
    match state {
        Vacant => slots.put_vacant(index),
        Idle => _ = slot.settle(0, 0, 0),
        Ready => _ = slot.settle(0, 0, SCHED),
        Running { woken } => {
            let ticket = Ticket::from_bits(slot.settle(0, 0, SCHED) | u64::from(index));
            assert!(slot.begin(Besides::Nothing));
            assert_eq!(woken, woken && slot.schedule(ticket));
        }
        Done(how) => {
            let _ = slot.settle(0, 0, 0);
            slot.end(how);
        }
    }
    let ticket = Ticket::from_bits(slot.tag() | u64::from(index));
    (slots, ticket)
}

/// Makes a move by the method of the slot that the loop uses; returns false if the slot
/// refuses. Moves that the slot leaves to its callers are made only in the states that allow
/// them.
fn make(slot: &Slot, ticket: Ticket, state: TaskState, step: Move) -> bool {
    let running = matches!(state, Running { .. });
    match step {
        Move::Occupy if state == Vacant => _ = slot.settle(0, 0, SCHED),
        Move::Prepare if state == Vacant => _ = slot.settle(0, 0, 0),
        Move::Wake => {
            let pushed = Cell::new(false);
            let done = slot.wake_plain(ticket, || !pushed.replace(true));
            let scheduled = matches!(state, Ready | Running { woken: true });
            assert_eq!(done, pushed.get() || scheduled, "{state:?}");
            return pushed.get();
        }
        Move::Begin if !running => return slot.begin(Besides::Nothing),
        Move::End(how) if !matches!(state, Vacant | Done(_)) => slot.end(how),
        Move::Vacate if state != Vacant => drop(slot.void()),
        Move::Suspend if running => _ = slot.suspend(),
        _ => return false,
    }
    true
}

/// A debug build panics where a caller makes a move that the table does not have.
#[test]
#[cfg(debug_assertions)]
fn a_move_that_the_table_does_not_have_panics() {
    for state in states() {
        for step in moves() {
            let (slots, ticket) = slot_in(state);
            let slot = slots.get(ticket.index()).unwrap();
            let made = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| match step {
                Move::Occupy => _ = slot.settle(0, 0, SCHED),
                Move::Prepare => _ = slot.settle(0, 0, 0),
                Move::Wake => assert!(slot.schedule(ticket)),
                Move::Begin => _ = slot.begin_rare(0),
                Move::Suspend => _ = slot.suspend(),
                Move::End(how) => slot.end(how),
                Move::Vacate => _ = slot.void(),
            }));
            assert_eq!(
                made.is_ok(),
                state.after(step).is_some(),
                "{state:?}, {step:?}"
            );
        }
    }
    let (slots, ticket) = slot_in(Vacant);
    let slot = slots.get(ticket.index()).unwrap();
    let marked = std::panic::AssertUnwindSafe(|| slot.mark(Mark::Seen, true));
    assert!(std::panic::catch_unwind(marked).is_err());
    let asked = std::panic::AssertUnwindSafe(|| slot.set_cancel_bits(PENDING));
    assert!(std::panic::catch_unwind(asked).is_err());
}

/// The methods of a slot make the moves of the table, and refuse the others.
#[test]
fn the_verbs_of_a_slot_are_the_table() {
    for state in states() {
        for step in moves() {
            let (slots, ticket) = slot_in(state);
            let slot = slots.get(ticket.index()).unwrap();
            let made = make(slot, ticket, state, step);
            let after = state.after(step);
            assert_eq!(made, after.is_some(), "{state:?}, {step:?}");
            let running = matches!(after.unwrap_or(state), Running { .. });
            assert_eq!(
                slot.state(running),
                after.unwrap_or(state),
                "{state:?}, {step:?}"
            );
        }
    }
}

/// A wake that is not plain makes the same moves, and refuses promises.
#[test]
fn a_wake_that_is_not_plain_makes_the_same_moves() {
    for state in states().into_iter().filter(|state| *state != Vacant) {
        let (slots, ticket) = slot_in(state);
        let slot = slots.get(ticket.index()).unwrap();
        slot.mark(Mark::Observed, true);
        assert!(
            !slot.wake_plain(ticket, || true),
            "an observed wake is told"
        );
        assert_eq!(
            slot.schedule(ticket),
            state.after(Move::Wake).is_some(),
            "{state:?}"
        );
        slot.mark(Mark::Promise, true);
        assert!(!slot.schedule(ticket), "{state:?}");
    }
}

/// A ticket of an occupant that has gone makes no move.
#[test]
fn a_stale_ticket_makes_no_move() {
    for state in states() {
        let (slots, ticket) = slot_in(state);
        let slot = slots.get(ticket.index()).unwrap();
        let stale = Ticket::from_bits(ticket.bits() + GENERATION_ONE);
        assert!(!slot.wake_plain(stale, || true) && !slot.schedule(stale));
        assert!(!slot.is_tagged(stale) && !slot.is_of(stale));
        assert_eq!(slot.state(false).pack(), state.pack());
    }
}
