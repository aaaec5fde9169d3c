//! T3: a generation that wraps lets no old handle reach a stranger.
//!
//! The problem: a ticket has twenty bits of generation, so the mistake would show
//! after a million tasks in one slot. In the unit tests a generation has two bits:
//! a slot has three occupants and is then retired.
//!
//! Invariant: whatever an old handle, waker or callback handle does, nobody but
//! its own task notices.
//!
//! Read next: `src/run/moving.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::TaskRef;
use crate::run::Scheduler;
use crate::store::object::NoRoot;
use crate::store::ticket::index;

fn settle(scheduler: &Rc<Scheduler>) {
    let _entered = scheduler.enter();
    while !scheduler.is_idle() {
        scheduler.run_round(&mut NoRoot);
    }
}

/// Runs a task to its end and gives what may be kept of it.
fn spent(scheduler: &Rc<Scheduler>) -> (TaskRef, Waker) {
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone()));
    let mut task = scheduler.spawn(waker);
    let reference = task.task_ref();
    settle(scheduler);
    (reference, task.take_result().unwrap().unwrap())
}

#[test]
fn t03_no_ticket_fits_twice() {
    let scheduler = Scheduler::new().unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1000 {
        assert!(seen.insert(spent(&scheduler).0.ticket()));
    }
}

#[test]
fn t03_an_old_handle_reaches_no_stranger() {
    let scheduler = Scheduler::new().unwrap();
    let old: Vec<(TaskRef, Waker)> = (0..100).map(|_| spent(&scheduler)).collect();
    let polls = Rc::new(Cell::new(0));
    let counting = polls.clone();
    let living: Vec<_> = (0..40)
        .map(|_| {
            let polls = counting.clone();
            scheduler.spawn(poll_fn(move |_| {
                polls.set(polls.get() + 1);
                Poll::<()>::Pending
            }))
        })
        .collect();
    settle(&scheduler);
    assert_eq!(polls.get(), 40);
    let _entered = scheduler.enter();
    for (reference, waker) in &old {
        assert!(reference.done() && !reference.cancel());
        waker.wake_by_ref();
    }
    drop(_entered);
    settle(&scheduler);
    assert_eq!(polls.get(), 40);
    assert!(living.iter().all(|task| !task.done()));
    scheduler.close();
}

#[test]
fn t03_an_old_callback_handle_cancels_nobody() {
    let scheduler = Scheduler::new().unwrap();
    let old: Vec<_> = (0..100)
        .map(|_| {
            let handle = scheduler.call_soon(|| ());
            settle(&scheduler);
            handle
        })
        .collect();
    let ran = Rc::new(Cell::new(0));
    for _ in 0..40 {
        let ran = ran.clone();
        scheduler.call_soon(move || ran.set(ran.get() + 1));
    }
    for handle in &old {
        handle.cancel();
    }
    settle(&scheduler);
    assert_eq!(ran.get(), 40);
}

#[test]
fn t03_a_retired_slot_keeps_no_shell() {
    let scheduler = Scheduler::new().unwrap();
    for _ in 0..30 {
        spent(&scheduler);
    }
    let last = index(spent(&scheduler).0.ticket());
    assert!(last >= 10, "a slot has three occupants");
    for retired in 0..last {
        let slot = scheduler.core.slot_at(u64::from(retired)).unwrap();
        assert!(slot.object().is_none());
    }
}
