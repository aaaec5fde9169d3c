//! Whom the report of a slow step names, without timers of a floor above.
//!
//! The problem: the ready entries are known to this floor, the timers that are due to the floor above. So
//! the round asks its root for these, once, and only after a slow step.
//!
//! Invariant: whole messages are compared. Floor 4 has the tests with its own timers.
//!
//! Read next: `reentry.rs`.

use std::cell::Cell;
use std::future::pending;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::drive::Drive;
use groundup_task::{Entry, NoRoot, ReportKind, Root, Ticket, TimerWord, yield_now};

const MS: u64 = 1_000_000;

/// Makes a driver in debug mode, and a clock in ms: a step is slow from 100 ms on.
fn watched() -> (Drive, Rc<Cell<u64>>) {
    let (drive, clock) = (Drive::new(), Rc::new(Cell::new(0)));
    let time = clock.clone();
    let now: Rc<dyn Fn() -> u64> = Rc::new(move || time.get() * MS);
    drive.scheduler.set_debug(Some((now, 100 * MS)));
    (drive, clock)
}

fn pass(clock: &Rc<Cell<u64>>, ms: u64) -> impl FnOnce() + use<> {
    let clock = clock.clone();
    move || clock.set(clock.get() + ms)
}

fn turn(drive: &Drive, root: &mut dyn Root) {
    let _entered = drive.scheduler.enter().expect("no other loop runs here");
    drive.turn(root);
}

/// The messages about slow steps.
fn messages(drive: &Drive) -> Vec<String> {
    let reports = drive.reports.take().into_iter();
    let slow = reports.filter(|report| report.kind == ReportKind::SlowStep);
    slow.map(|report| report.message).collect()
}

/// Timers of a floor above.
#[derive(Default)]
struct Timers {
    /// The timers that are due, with their deadlines in ms.
    due: Vec<(u64, Entry)>,
    /// The tasks of the timers that have fired, by the numbers of these.
    fired: Vec<Ticket>,
    /// The number of calls of `due`, and the time that the last one has got, in ms.
    asked: Cell<(u32, u64)>,
}

impl Root for Timers {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn clear(&mut self) {}

    fn sleeper(&self, timer: TimerWord) -> Option<Ticket> {
        self.fired.get(timer.number() as usize).copied()
    }

    fn due(&self, now: u64) -> Vec<(u64, Entry)> {
        self.asked.set((self.asked.get().0 + 1, now / MS));
        let due = self.due.iter().filter(|(at, _)| at * MS <= now);
        due.map(|(at, entry)| (at * MS, *entry)).collect()
    }
}

#[test]
fn the_rest_of_the_round_and_what_was_queued_before_the_step_are_held_up() {
    let (drive, clock) = watched();
    let scheduler = &drive.scheduler;
    let yields = |name: &'static str| {
        let task = scheduler.spawn(async {
            for _ in 0..3 {
                yield_now().await;
            }
        });
        task.set_name(name);
        task
    };
    let passes = pass(&clock, 100);
    let (_before, slow, _behind) = (
        yields("before"),
        scheduler.call_soon(passes),
        yields("behind"),
    );
    let gone = yields("gone");
    let ended = yields("ended");
    ended.cancel();
    scheduler.call_soon(|| ()).cancel();
    scheduler.call_soon(|| ());
    gone.set_name("renamed");
    turn(&drive, &mut NoRoot);
    drop(slow);
    // The cancelled task still has to step.
    let expected = "Executing a callback took 0.100 seconds and held up behind (ready), \
                    renamed (ready), ended (ready), before (ready) and 1 callback";
    assert_eq!(messages(&drive), [expected]);
    drive.settle();
}

/// A round goes on behind a panic, and a slow step is still reported with the rest of the round.
#[test]
fn a_slow_step_behind_a_panic_is_reported() {
    let (drive, clock) = watched();
    let scheduler = &drive.scheduler;
    let _panics = scheduler.spawn(async {
        if true {
            resume_unwind(Box::new("prints no message"));
        }
    });
    drop(scheduler.call_soon(pass(&clock, 100)));
    drop(scheduler.call_soon(|| ()));
    turn(&drive, &mut NoRoot);
    let expected = "Executing a callback took 0.100 seconds and held up 1 callback";
    assert_eq!(messages(&drive), [expected]);
    drive.settle();
}

#[test]
fn the_root_is_asked_for_due_timers_after_a_slow_step_only() {
    let (drive, clock) = watched();
    let scheduler = &drive.scheduler;
    let named = |name: &'static str| {
        let task = scheduler.spawn(pending::<()>());
        task.set_name(name);
        task
    };
    let tasks = ["late", "later", "has slept"].map(named);
    turn(&drive, &mut NoRoot);
    let [late, later, slept] = tasks.each_ref().map(|task| task.task_ref().ticket());
    let mut timers = Timers {
        due: vec![
            (20, late.into()),
            (30, Entry::from_bits(1)),
            (199, later.into()),
        ],
        fired: vec![Ticket::NONE, slept],
        ..Timers::default()
    };
    scheduler.call_soon(pass(&clock, 99));
    turn(&drive, &mut timers);
    assert_eq!((timers.asked.get(), messages(&drive).len()), ((0, 0), 0));

    scheduler.call_soon(pass(&clock, 100));
    scheduler.fire(slept.into(), TimerWord::new(1, 0));
    turn(&drive, &mut timers);
    let expected = "Executing a callback took 0.100 seconds and held up late (due at 0.020 s), \
                    later (due at 0.199 s) and has slept (ready)";
    assert_eq!(messages(&drive), [expected]);
    assert_eq!(timers.asked.get(), (1, 199));
    assert!(tasks.iter().all(|task| task.cancel()));
    drive.settle();
}
