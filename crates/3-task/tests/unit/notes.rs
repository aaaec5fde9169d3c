//! Tests the notes of a task that lives long.

use super::Notes;
use crate::store::ticket::Ticket;

#[test]
fn the_promises_that_have_woken_a_task_are_forgotten_while_it_runs() {
    let mut notes = Notes::default();
    let promise = Ticket::from_bits;
    let stand = [promise(3), promise(7)];
    for number in 0..10_000 {
        notes.is_woken_by(promise(number), |by| stand.contains(by));
        assert!(notes.woken_by.len() <= 8, "{}", notes.woken_by.len());
    }
    assert!(stand.iter().all(|promise| notes.woken_by.contains(promise)));
}
