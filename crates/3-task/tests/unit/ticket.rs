//! Packs and reads tickets and the entries of the ready queue.
//!
//! Invariant: an entry is read as it was packed.
//!
//! Read next: `src/store/ticket.rs`.

use super::*;

#[test]
fn every_entry_is_read_as_what_it_was_packed_as() {
    let ticket = (7 << LOOP_SHIFT) | (0x12345 << 32) | 99;
    let scope = WATCHED | (3 << 32) | 5;
    let kinds = [
        (Entry::Step, ticket),
        (Entry::DeferredWake, ticket),
        (Entry::NotifyGroup, ticket),
        (Entry::CancelScope, scope),
    ];
    for (kind, ticket) in kinds {
        let entry = kind.pack(ticket);
        assert_eq!(Entry::of(entry), kind);
        assert_eq!(entry & !LOOP, ticket & !LOOP, "generation and index stay");
        assert_eq!(index(entry), index(ticket));
    }
}

#[test]
fn no_loop_has_the_number_of_another_kind_of_entry() {
    for number in 1..=LAST_LOOP {
        assert_eq!(Entry::of(number << LOOP_SHIFT), Entry::Step);
    }
}
