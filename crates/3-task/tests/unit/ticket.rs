//! Packs and reads tickets and the entries of the ready queue.
//!
//! Invariant: an entry is read as it was packed.
//!
//! Read next: `src/store/ticket.rs`.

use super::*;

#[test]
fn every_entry_is_read_as_what_it_was_packed_as() {
    let ticket = Ticket((7 << LOOP_SHIFT) | (0x12345 << 32) | 99);
    let timer = TimerWord::new(99, 0x7F1_2345);
    let scope = ScopeTicket(SCOPE | (3 << 32) | 5);
    assert_eq!((timer.number(), timer.generation()), (99, 0x1_2345));
    let step = Entry::from(ticket);
    assert_eq!((step.kind(), step.ticket()), (EntryKind::Step, ticket));
    let wake = Entry::from(timer);
    assert_eq!(
        (wake.kind(), wake.timer()),
        (EntryKind::DeferredWake, timer)
    );
    let notice = Entry::notify_group(ticket);
    assert_eq!(notice.kind(), EntryKind::NotifyGroup);
    assert_eq!(notice.ended_task(ticket.loop_field()), ticket);
    assert_eq!(notice.ticket().index(), 99);
    let cancel = Entry::from(scope);
    assert_eq!(
        (cancel.kind(), cancel.scope()),
        (EntryKind::CancelScope, scope)
    );
}

#[test]
fn no_loop_has_the_number_of_another_kind_of_entry() {
    for number in 1..=LAST_LOOP {
        assert_eq!(Entry(number << LOOP_SHIFT).kind(), EntryKind::Step);
    }
}
