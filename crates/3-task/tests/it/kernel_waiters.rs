//! Which waiters an end notifies, and in which order.
//!
//! The problem: most ends have one waiter, whose ticket stands in the slot, and most groups are
//! notified of few of their ends. These fast paths must notify waiters in the order in which
//! they registered. They must not notify a waiter that has left. And a loop must run a next
//! round wherever a group that is notified of all ends would have one.
//!
//! Invariant: each test fails for a plausible mistake in these fast paths.
//!
//! Read next: `memory.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};

use crate::drive::*;
use groundup_task::{Exit, Group, Listener, Promise, Task, yield_now};

/// Polls a future once, keeps it for a round, drops it and waits for ever.
async fn waits_and_leaves(future: impl Future) {
    {
        let mut future = std::pin::pin!(future);
        poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await;
        yield_now().await;
    }
    forever().await;
}

/// Logs each end that it is notified of.
struct Noting {
    log: Log,
    /// Its answer when it is asked at an end.
    wants: bool,
}

impl Listener for Noting {
    fn note_end(&self, _: u32) -> bool {
        self.wants
    }

    fn on_end(&self, member: u32, _: Exit) {
        self.log.say(format_args!("member {member}"));
    }
}

// The slot has room again, but the list is not empty: a new waiter joins the list.
#[test]
fn who_comes_after_the_first_has_left_is_told_after_the_second() {
    let drive = Drive::new();
    let gate: Promise<()> = drive.scheduler.promise();
    let awaits = |name: &'static str| {
        let (gate, log) = (gate.clone(), drive.log.clone());
        drive.spawn(async move {
            gate.await.unwrap();
            log.say(name);
        })
    };
    let _first = drive.spawn(waits_and_leaves(gate.clone().into_future()));
    let _second = awaits("second");
    drive.turns(2);
    let _third = awaits("third");
    drive.settle();
    gate.set_result(()).unwrap();
    drive.settle();
    assert_eq!(drive.log.texts(), ["second", "third"]);
}

#[test]
fn a_group_that_comes_after_the_first_has_left_is_told_after_the_second() {
    let drive = Drive::new();
    let gate: Promise<()> = drive.scheduler.promise();
    let opened = gate.clone();
    let one: Task<()> = drive.spawn(async move { opened.await.unwrap() });
    let _first = drive.spawn(waits_and_leaves(one.ended()));
    let (ended, log) = (one.ended(), drive.log.clone());
    let _second = drive.spawn(async move {
        ended.await;
        log.say("second");
    });
    drive.turns(2);
    let log = drive.log.clone();
    let group = Group::new(&drive.scheduler, Rc::new(Noting { log, wants: true }));
    group.add(&one, 7);
    gate.set_result(()).unwrap();
    drive.settle();
    assert_eq!(drive.log.texts(), ["second", "member 7"]);
}

#[test]
fn a_task_whose_wait_moved_to_another_executor_is_not_woken() {
    let drive = Drive::new();
    let gate: Promise<()> = drive.scheduler.promise();
    let wait = Rc::new(RefCell::new(gate.clone().into_future()));
    let polls = Rc::new(Cell::new(0));
    let (moved, counted) = (wait.clone(), polls.clone());
    let _first = drive.spawn(poll_fn(move |cx| {
        counted.set(counted.get() + 1);
        assert!(Pin::new(&mut *moved.borrow_mut()).poll(cx).is_pending());
        Poll::<()>::Pending
    }));
    drive.settle();
    let told = Arc::new(Counting::default());
    let elsewhere = Waker::from(told.clone());
    let mut cx = Context::from_waker(&elsewhere);
    assert!(Pin::new(&mut *wait.borrow_mut()).poll(&mut cx).is_pending());
    gate.set_result(()).unwrap();
    drive.settle();
    assert_eq!((polls.get(), told.0.load(Ordering::Relaxed)), (1, 1));
}

// A group is notified of an end that it does not need, if the loop would have no next round
// otherwise: a group that is notified of all ends would have one.
#[test]
fn an_end_that_is_not_wanted_is_told_where_no_round_would_be_without() {
    for quiet in [false, true] {
        for busy in [false, true] {
            let drive = Drive::new();
            let (log, gate) = (drive.log.clone(), drive.scheduler.promise::<()>());
            let noting = Rc::new(Noting { log, wants: false });
            let group = match quiet {
                true => Group::coalesced(&drive.scheduler),
                false => Group::with_filter(&drive.scheduler, noting.clone()),
            };
            group.listen(noting);
            let _beside = busy.then(|| drive.spawn(pause(3)));
            let mut tasks = Vec::new();
            let open = gate.clone();
            let members: [Pin<Box<dyn Future<Output = ()>>>; 2] = [
                Box::pin(async {}),
                Box::pin(async move { open.await.unwrap() }),
            ];
            group.admit(members, |task, _| tasks.push(task));
            let rounds = drive.settle();
            let told: &[&str] = if busy { &[] } else { &["member 0"] };
            assert_eq!(drive.log.texts(), told, "quiet: {quiet}, busy: {busy}");
            assert_eq!(rounds, if busy { 4 } else { 2 });
            assert_eq!(group.left(), 1);
        }
    }
}

// The notice of an end is a callback if the slot has no room for it. A callback that is dropped
// before it runs notifies no watcher.
#[test]
fn a_notice_that_is_dropped_at_close_leaves_no_registration() {
    let drive = Drive::new();
    let one = drive.spawn(async {});
    drive.settle();
    let log = drive.log.clone();
    let group = Group::new(&drive.scheduler, Rc::new(Noting { log, wants: true }));
    group.add(&one, 7);
    assert_eq!(group.left(), 1);
    drive.close();
    assert_eq!(drive.log.texts(), [""; 0]);
    assert_eq!(group.left(), 0);
    drop(group);
    assert_eq!(drive.scheduler.groups().0, 0);
}
