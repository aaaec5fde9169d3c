//! The list of waiters, from which any waiter may leave.
//!
//! Invariant: leaving removes one entry, and keeps the order of the others.
//!
//! Read next: `src/store/waiters.rs`.

use super::*;

fn tickets(waiters: &Waiters) -> Vec<u64> {
    let ticket = |waiter: &Waiter| match waiter {
        Waiter::Ticket(ticket) => *ticket,
        _ => 0,
    };
    waiters.iter().map(ticket).collect()
}

#[test]
fn the_same_task_may_wait_twice_and_leave_once() {
    let mut waiters = Waiters::default();
    let (first, _) = waiters.put(0, Waiter::Ticket(7));
    let (second, _) = waiters.put(0, Waiter::Ticket(7));
    assert_ne!(first, second);
    assert!(waiters.leave(first).is_some());
    assert!(waiters.leave(first).is_none());
    assert_eq!(tickets(&waiters), [7]);
    assert!(waiters.leave(second).is_some());
    assert!(waiters.is_empty());
}

#[test]
fn leaving_keeps_the_order_and_the_list_short() {
    let mut waiters = Waiters::default();
    let mut numbers = Vec::new();
    for ticket in 0..1000 {
        numbers.push(waiters.put(0, Waiter::Ticket(ticket)).0);
    }
    for ticket in (0..1000).filter(|ticket| ticket % 100 != 0) {
        assert!(waiters.leave(numbers[ticket]).is_some());
    }
    let left: Vec<u64> = (0..10).map(|n| n * 100).collect();
    assert_eq!(tickets(&waiters), left);
    assert!(waiters.entries.len() <= 20, "{}", waiters.entries.len());
}

#[test]
fn a_wait_that_moves_to_another_task_keeps_its_place() {
    let mut waiters = Waiters::default();
    let (first, _) = waiters.put(0, Waiter::Ticket(1));
    waiters.put(0, Waiter::Ticket(2));
    assert_eq!(waiters.put(first, Waiter::Ticket(3)).0, first);
    assert_eq!(tickets(&waiters), [3, 2]);
}
