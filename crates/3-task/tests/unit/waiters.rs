//! The list of waiters, from which any waiter may leave.
//!
//! Invariant: leaving removes one entry, and keeps the order of the others.
//!
//! Read next: `src/store/waiters.rs`.

use super::*;

fn task(ticket: u64) -> Waiter {
    Waiter::Ticket(Ticket::from_bits(ticket))
}

fn tickets(waiters: &Waiters) -> Vec<u64> {
    let ticket = |waiter: &Waiter| match waiter {
        Waiter::Ticket(ticket) => ticket.bits(),
        _ => 0,
    };
    waiters.iter().map(ticket).collect()
}

#[test]
fn the_same_task_may_wait_twice_and_leave_once() {
    let mut waiters = Waiters::default();
    let (first, _) = waiters.put(0, task(7));
    let (second, _) = waiters.put(0, task(7));
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
        numbers.push(waiters.put(0, task(ticket)).0);
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
    let (first, _) = waiters.put(0, task(1));
    waiters.put(0, task(2));
    assert_eq!(waiters.put(first, task(3)).0, first);
    assert_eq!(tickets(&waiters), [3, 2]);
}

/// A list does the same with an index and without: what is taken, and what is left.
#[test]
fn a_list_with_an_index_is_the_list_without() {
    let callbacks: Vec<DoneCallback> = (0..3).map(|_| DoneCallback::new(|| ())).collect();
    let kinds = |n: usize| match n % 5 {
        0 | 1 => task(n as u64 % 3),
        2 => Waiter::Group {
            group: n as u32 % 2,
            member: n as u32 % 3,
        },
        3 => Waiter::Callback(callbacks[n % 3].clone(), None),
        _ => Waiter::Proxy(Ticket::from_bits(n as u64)),
    };
    let numbers = |waiters: &Waiters| -> Vec<u64> {
        let living = waiters.entries.iter().filter(|entry| entry.1.is_some());
        living.map(|entry| entry.0).collect()
    };
    let (mut waiters, mut model) = (Waiters::default(), Vec::<(u64, Option<Key>)>::new());
    let mut x = 1_u64;
    for _ in 0..20_000 {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let n = (x >> 33) as usize;
        let at = n % (model.len() + 1);
        match (x >> 60, model.get(at).copied()) {
            (0..7, _) => {
                let key = kinds(n).key();
                let number = waiters.put(0, kinds(n)).0;
                model.push((number, key));
            }
            (7..10, Some((number, _))) => {
                assert!(waiters.leave(number).is_some());
                model.remove(at);
            }
            (10..12, Some((number, _))) => {
                let key = kinds(n).key();
                assert!(waiters.put(number, kinds(n)).1.is_some());
                model[at].1 = key;
            }
            (12.., Some((_, Some(key)))) => {
                assert!(waiters.holds(key));
                let fits = |entry: &(u64, Option<Key>)| entry.1 == Some(key);
                let fitting = model.iter().filter(|entry| fits(entry)).count();
                assert_eq!(waiters.take(key).len(), fitting);
                model.retain(|entry| !fits(entry));
                assert!(!waiters.holds(key));
            }
            _ => {}
        }
        assert_eq!(
            numbers(&waiters),
            model.iter().map(|entry| entry.0).collect::<Vec<_>>()
        );
    }
}
