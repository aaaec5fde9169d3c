//! A generation that wraps lets no old handle reach a new task.
//!
//! The problem: a ticket has 20 bits of generation, so a mistake would show after a million
//! tasks in one slot. In the unit tests a generation has 2 bits: a slot has three occupants and
//! is then retired.
//!
//! Invariant: an old handle, waker or callback handle has no effect on any task but its own.
//!
//! Read next: `src/run/moving.rs`.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use crate::TaskRef;
use crate::run::Scheduler;
use crate::store::object::NoRoot;

fn settle(scheduler: &Rc<Scheduler>) {
    let _entered = scheduler.enter();
    while !scheduler.is_idle() {
        scheduler.run_round(&mut NoRoot);
    }
}

/// Runs a task to its end, and returns the handle and the waker that outlive it.
fn spent(scheduler: &Rc<Scheduler>) -> (TaskRef, Waker) {
    let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone()));
    let mut task = scheduler.spawn(waker);
    let reference = task.task_ref();
    settle(scheduler);
    (reference, task.take_result().unwrap().unwrap())
}

#[test]
fn no_ticket_fits_twice() {
    let scheduler = Scheduler::new().unwrap();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..1000 {
        assert!(seen.insert(spent(&scheduler).0.ticket()));
    }
}

#[test]
fn an_old_handle_reaches_no_stranger() {
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
fn an_old_callback_handle_cancels_nobody() {
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
fn a_retired_slot_keeps_no_spare_box() {
    let scheduler = Scheduler::new().unwrap();
    for _ in 0..30 {
        spent(&scheduler);
    }
    let last = spent(&scheduler).0.ticket().index();
    assert!(last >= 10, "a slot has three occupants");
    for retired in 0..last {
        let slot = scheduler
            .core
            .slot_at(crate::Ticket::from_bits(retired.into()))
            .unwrap();
        assert!(slot.take_box().is_none());
    }
}

/// Makes loops until one has the number in `tag`: loop numbers are used again.
fn loop_with(tag: u64) -> Rc<Scheduler> {
    loop {
        let scheduler = Scheduler::new().unwrap();
        if scheduler.core.loop_field() == tag {
            return scheduler;
        }
    }
}

/// Returns the wakers of a loop that has gone, one for each of its first slots.
fn outlived() -> (u64, Vec<Waker>) {
    let scheduler = Scheduler::new().unwrap();
    let tasks: Vec<_> = (0..20)
        .map(|_| scheduler.spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone()))))
        .collect();
    settle(&scheduler);
    let wakers = tasks.into_iter().map(|mut task| task.take_result());
    let wakers = wakers.map(|result| result.unwrap().unwrap());
    (scheduler.core.loop_field(), wakers.collect())
}

#[test]
fn a_waker_that_outlived_its_loop_reaches_at_most_a_task_of_another() {
    let (tag, wakers) = outlived();
    let scheduler = loop_with(tag);
    let _entered = scheduler.enter();
    let ran = Rc::new(Cell::new(0));
    let counting = || {
        let ran = ran.clone();
        move || ran.set(ran.get() + 1)
    };
    let _timers: Vec<_> = (0..10)
        .map(|_| scheduler.prepare_callback(counting()))
        .collect();
    let promise = crate::Promise::<()>::new();
    let polls = Rc::new(Cell::new(0));
    let counting = polls.clone();
    let pending = poll_fn(move |_| {
        counting.set(counting.get() + 1);
        Poll::<()>::Pending
    });
    let task = scheduler.spawn(pending);
    settle(&scheduler);
    for observed in [false, true] {
        scheduler.core.observe(observed);
        let before = polls.get();
        for waker in &wakers {
            waker.wake_by_ref();
        }
        settle(&scheduler);
        assert_eq!(ran.get(), 0, "no callback runs before its timer is due");
        assert!(!promise.done() && !task.done());
        assert_eq!(
            polls.get(),
            before + 1,
            "a spare poll of a task, and no more"
        );
    }
    // And from another thread.
    std::thread::spawn(move || wakers.iter().for_each(Waker::wake_by_ref))
        .join()
        .unwrap();
    scheduler.collect_mail();
    settle(&scheduler);
    assert_eq!((ran.get(), polls.get()), (0, 4));
    scheduler.close();
}

/// In the unit tests a slot has room for the numbers below 1,000.
#[test]
fn numbers_of_tasks_go_on_where_a_slot_has_no_room_for_them() {
    let scheduler = Scheduler::new().unwrap();
    let _entered = scheduler.enter();
    let kept: Vec<_> = (1..=1010u64)
        .map(|number| {
            let promise = crate::Promise::<()>::new();
            assert_eq!(promise.number(), Some(number));
            let task = scheduler.spawn(std::future::pending::<()>());
            assert_eq!(task.number(), Some(number));
            assert_eq!(task.to_string(), format!("Task-{number}"));
            task
        })
        .collect();
    let in_order = scheduler.all_tasks();
    let in_order = in_order.iter().map(TaskRef::number);
    assert!(in_order.eq(kept.iter().map(|task| task.number())));
    scheduler.close();
}

/// Threads wake tasks in turn while their loop is busy: there are as many messages as tasks.
#[test]
fn a_mailbox_holds_one_message_for_each_task_that_was_woken() {
    let scheduler = Scheduler::new().unwrap();
    let polls = Rc::new(Cell::new(0));
    let (send, wakers) = std::sync::mpsc::channel::<Waker>();
    for _ in 0..20 {
        let (polls, send) = (polls.clone(), send.clone());
        let pending = poll_fn(move |cx| {
            polls.set(polls.get() + 1);
            send.send(cx.waker().clone()).unwrap();
            Poll::<()>::Pending
        });
        scheduler.spawn(pending).detach();
    }
    settle(&scheduler);
    let wakers: Vec<Waker> = wakers.try_iter().collect();
    std::thread::spawn(move || {
        for turn in 0..10_000 {
            wakers[turn * 7 % 20].wake_by_ref();
        }
    })
    .join()
    .unwrap();
    let mut messages = 0;
    let wake = |ticket| {
        messages += 1;
        scheduler.wake(ticket);
    };
    (scheduler.core.loop_side()).read(wake, |_| panic!("no call was sent"));
    assert_eq!(messages, 20);
    settle(&scheduler);
    assert_eq!(polls.get(), 40);
    scheduler.close();
}
