//! No ticket of a scope comes twice, however many scopes there were.
//!
//! The problem: a place in the table counts 67 million scopes before it is retired. In the unit
//! tests it counts four.
//!
//! Invariant: an old ticket cancels no region but its own.
//!
//! Read next: `src/cancel/scopes.rs`.

use std::collections::HashSet;

use super::*;
use crate::run::Scheduler;
use crate::{CancelScope, NoRoot};

#[test]
fn no_ticket_of_a_scope_comes_twice() {
    let scheduler = Scheduler::new().unwrap();
    let _entered = scheduler.enter();
    let mut seen = HashSet::new();
    let mut open = Vec::new();
    for round in 0..1000 {
        let scope = CancelScope::new();
        assert!(seen.insert(scope.ticket()), "{:?}", scope.ticket());
        assert_eq!(scope.ticket().bits() & SCOPE, SCOPE);
        open.push(scope);
        if round % 7 != 0 {
            open.swap_remove(round % open.len());
        }
    }
}

#[test]
fn an_old_ticket_of_a_scope_cancels_no_region() {
    let scheduler = Scheduler::new().unwrap();
    let _entered = scheduler.enter();
    let old: Vec<_> = (0..40).map(|_| CancelScope::new().ticket()).collect();
    let regions: Vec<_> = (0..40)
        .map(|_| {
            let scope = CancelScope::new();
            scheduler.spawn(async move { scope.catch(std::future::pending::<()>()).await })
        })
        .collect();
    scheduler.run_round(&mut NoRoot);
    for ticket in old {
        scheduler.fire(ticket.into(), TimerWord::new(0, 0));
    }
    scheduler.run_until_idle();
    assert!(regions.iter().all(|task| !task.done()));
    scheduler.close();
}
