//! Properties of floor 3, over random programs.
//!
//! The problem: each rule has its test, but a scheduler breaks where two rules meet in the same
//! round. So random programs run on the scheduler and are compared with a model that has none
//! of its machinery.
//!
//! Invariant: one property is one sentence, its doc line.
//!
//! Read next: `props/script.rs`, the programs; `examples/oracle/model.rs`, the oracle of their behaviour.

mod awaits;
mod bombs;
#[path = "../../examples/oracle/groups.rs"]
mod group_model;
mod groups;
#[path = "../../examples/oracle/model.rs"]
mod model;
mod plain;
mod script;

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;

use crate::drive::*;
use groundup_task::{Exit, catch_cancel};
use group_model::{Kind, Line};
use proptest::prelude::*;
use script::{Way, perform};

/// A body with many suspensions. Each holds a value; some are in regions, some in tasks of
/// their own.
async fn deep(depth: usize, drops: Drops) {
    let _held = drops.one();
    pause(1).await;
    let _ = later(2, 1).await;
    if depth == 0 {
        return;
    }
    let (held, inner) = (drops.one(), Box::pin(deep(depth - 1, drops.clone())));
    let inner = spawn(async move {
        let _held = held;
        inner.await;
    });
    let _ = inner.await;
    let inside = Box::pin(deep(depth - 1, drops.clone()));
    if let Err(cancelled) = catch_cancel(inside).await {
        let _cleaning = drops.one();
        pause(2).await;
        cancelled.raise().await;
    }
}

/// The way in which a task goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Nothing,
    Poll,
    FutureDrop,
    OutputDrop,
    PayloadDrop,
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("in a drop");
    }
}

async fn going_wrong(wrong: Wrong, after: usize, held: Dropping) -> Option<Bomb> {
    let _held = held;
    let _bomb = (wrong == Wrong::FutureDrop).then_some(Bomb);
    pause(after).await;
    match wrong {
        Wrong::Poll => panic!("in a poll"),
        Wrong::PayloadDrop => std::panic::panic_any(Bomb),
        Wrong::OutputDrop => Some(Bomb),
        Wrong::FutureDrop | Wrong::Nothing => None,
    }
}

fn wrong() -> impl Strategy<Value = Wrong> {
    prop_oneof![
        Just(Wrong::Nothing),
        Just(Wrong::Poll),
        Just(Wrong::FutureDrop),
        Just(Wrong::OutputDrop),
        Just(Wrong::PayloadDrop),
    ]
}

/// How the handle of a task that goes wrong is used.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Awaited,
    Detached,
    Cancelled,
    Closed,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        Just(Fate::Awaited),
        Just(Fate::Detached),
        Just(Fate::Cancelled),
        Just(Fate::Closed),
    ]
}

/// Runs tasks that go wrong beside a healthy one. Returns how many values were made, how many
/// were dropped, and the count of the healthy task.
fn run_going_wrong(tasks: &[(Wrong, usize, Fate)]) -> (usize, usize, usize) {
    let drive = Drive::new();
    let drops = Drops::default();
    let steps = Rc::new(Cell::new(0));
    let counting = steps.clone();
    let healthy = drive.spawn(async move {
        for _ in 0..20 {
            pause(1).await;
            counting.set(counting.get() + 1);
        }
    });
    for (wrong, after, fate) in tasks.iter().copied() {
        let after = match fate {
            Fate::Closed => usize::MAX,
            _ => after,
        };
        let task = drive.spawn(going_wrong(wrong, after, drops.one()));
        match fate {
            Fate::Awaited => {
                let awaiting = async move { std::mem::forget(task.await) };
                drive.spawn(awaiting).detach();
            }
            Fate::Cancelled => drop(task.cancel()),
            Fate::Detached | Fate::Closed => task.detach(),
        }
    }
    drive.turns(40);
    assert!(healthy.done());
    drive.close();
    (drops.made(), drops.count(), steps.get())
}

proptest! {
    /// Whatever panics in its drop, and however many values of one task do, the process goes on, and
    /// each such panic is told once.
    #[test]
    fn every_panic_in_a_drop_is_told_once(program in bombs::plans()) {
        bombs::run(program);
    }

    /// A cancel asks the same tasks as recursive calls would, as often, and wakes in their
    /// order.
    #[test]
    fn a_cancel_walks_as_nested_calls_would(program in awaits::program()) {
        let [walked, called] = awaits::cancel_the_first(&program);
        prop_assert_eq!(walked, called);
    }

    /// A script does the same on the scheduler as in the model, round by round, under any seed,
    /// and every value in its tasks is dropped once.
    #[test]
    fn tasks_live_as_in_the_model(script in script::script()) {
        prop_assert_eq!(perform(&script), model::expect(&script));
    }

    /// A trace, debug mode or explanations in every round change neither a script nor its
    /// choices.
    #[test]
    fn being_watched_changes_nothing(script in script::script()) {
        let plain = script::watched(&script, None);
        for way in [Way::Sink, Way::Debug, Way::Explained] {
            prop_assert_eq!(&script::watched(&script, Some(way)), &plain, "{:?}", way);
        }
    }

    /// The same script under the same seed gives the same trace, byte for byte.
    #[test]
    fn the_same_seed_gives_the_same_trace(script in script::script()) {
        prop_assert_eq!(script::trace(&script), script::trace(&script));
    }

    /// A promise does the same as a plain value with a list of waiters.
    #[test]
    fn promises_are_like_plain_values(acts in plain::acts()) {
        plain::compare(&acts)?;
    }

    /// A task that is cancelled at any of its suspensions leaves nothing behind.
    #[test]
    fn a_cancel_at_any_suspension_leaves_nothing(depth in 0..4usize, round in 0..60usize) {
        let drive = Drive::new();
        let drops = Drops::default();
        let task = drive.spawn(deep(depth, drops.clone()));
        drive.turns(round);
        let pending = !task.done();
        prop_assert_eq!(task.cancel(), pending);
        drive.settle();
        prop_assert_eq!(task.cancelled(), Some(pending));
        prop_assert_eq!(drive.scheduler.all_tasks(), []);
        prop_assert_eq!(drops.count(), drops.made());
    }

    /// A task is polled once after any number of wakes between two rounds, and not at all in a
    /// round before which it was not woken.
    #[test]
    fn any_number_of_wakes_is_one_poll(wakes in prop::collection::vec(0..5usize, 0..40)) {
        let drive = Drive::new();
        let (task, polls, waker) = drive.spawn_counted();
        drive.turns(1);
        let waker = waker.result().unwrap();
        for (round, count) in wakes.iter().enumerate() {
            let before = polls.get();
            for n in 0..*count {
                // No loop runs here, so this wake goes through the mailbox.
                match (round + n) % 2 {
                    0 => waker.wake_by_ref(),
                    _ => drive.scheduler.wake(task.ticket()),
                }
            }
            drive.turns(1);
            prop_assert_eq!(polls.get() - before, usize::from(*count > 0));
        }
    }

    /// Every wake from another thread leads to a poll, although the loop sleeps as soon as it
    /// is idle.
    #[test]
    fn no_wake_of_another_thread_is_lost(threads in 1..4usize, each in 1..50usize) {
        let drive = Drive::new();
        let sleeper = std::thread::current();
        drive.scheduler.set_unpark(Some(Arc::new(move || sleeper.unpark())));
        let done = Arc::new(AtomicUsize::new(0));
        let (seen, all) = (done.clone(), threads * each);
        let task = drive.spawn(async move {
            let waker = my_waker().await;
            let threads: Vec<_> = (0..threads)
                .map(|_| {
                    let (done, waker) = (seen.clone(), waker.clone());
                    std::thread::spawn(move || {
                        for _ in 0..each {
                            done.fetch_add(1, Ordering::Release);
                            waker.wake_by_ref();
                        }
                    })
                })
                .collect();
            poll_fn(|_| match seen.load(Ordering::Acquire) == all {
                true => Poll::Ready(()),
                false => Poll::Pending,
            })
            .await;
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
        while !task.done() {
            drive.settle();
            if !task.done()
                && let Some(_parking) = drive.scheduler.try_park()
            {
                std::thread::park();
            }
        }
        prop_assert_eq!(done.load(Ordering::Relaxed), all);
    }

    /// After a panic in any poll or drop, other tasks go on, and every value that was made is
    /// dropped once.
    #[test]
    fn no_panic_poisons_the_loop(
        tasks in prop::collection::vec((wrong(), 0..10usize, fate()), 0..12),
    ) {
        let (made, dropped, steps) = quietly(|| run_going_wrong(&tasks));
        prop_assert_eq!(dropped, made);
        prop_assert_eq!(steps, 20);
    }

    /// A group notifies its listener of the ends that the model says, each in the round that
    /// it says, and no round is missing.
    #[test]
    fn a_group_does_what_the_oracle_says(
        children in prop::collection::vec(groups::child(), 1..12),
        ticks in 0..8usize,
    ) {
        for kind in [Kind::Plain, Kind::Coalesced, Kind::Filtered] {
            let ran = quietly(|| groups::run(kind, &children, ticks));
            prop_assert_eq!(ran, group_model::expect(kind, &children, ticks), "{:?}", kind);
        }
    }

    /// A group that needs only some ends is notified of these in the same order and number of
    /// rounds as a group that is notified of all; its other notices are among that group's.
    #[test]
    fn a_group_is_told_of_what_it_wants_where_others_are_told_of_all(
        children in prop::collection::vec(groups::child(), 1..12),
        ticks in 0..8usize,
    ) {
        let all = quietly(|| groups::run(Kind::Plain, &children, ticks));
        let notified = |line: &&(usize, Line)| matches!(line.1, Line::Notified(..));
        prop_assert_eq!(all.lines.iter().filter(notified).count(), children.len());
        let last = all.lines.iter().rfind(notified);
        for kind in [Kind::Coalesced, Kind::Filtered] {
            let few = quietly(|| groups::run(kind, &children, ticks));
            let mut among = all.lines.iter();
            prop_assert!(
                few.lines.iter().all(|line| among.any(|other| other == line)),
                "{:?}", few.lines
            );
            prop_assert_eq!(few.rounds, all.rounds);
            for line in &all.lines {
                let wanted = match line.1 {
                    Line::Tick(_) => true,
                    Line::Notified(member, _) if kind == Kind::Filtered => member % 2 == 0,
                    Line::Notified(_, exit) => exit != Exit::Returned || Some(line) == last,
                };
                prop_assert!(!wanted || few.lines.contains(line), "{line:?}: {:?}", few.lines);
            }
        }
    }
}
