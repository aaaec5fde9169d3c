//! Reports follow a wait to the task that holds the awaited thing.
//!
//! The problem: a task that waits for a lock waits for the holder of the lock. A report that
//! stops at the lock names no circle, and says nothing of the reason for which the holder waits.
//!
//! Invariant: a report names a holder by the name that the task has when the report is made.
//!
//! Read next: `reentry.rs`.

use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use groundup_task::trace::Wait;
use groundup_task::{Holder, Reason, ReasonEntry, Scheduler, Task};

use crate::drive::Drive;

/// Makes the reason of a thing that may be held.
fn thing(drive: &Drive, name: &str) -> Rc<ReasonEntry> {
    let (what, by) = (name.into(), None);
    Rc::new(ReasonEntry::new(&drive.scheduler, Wait::Held { what, by }))
}

/// Waits for ever for a thing.
fn wait_for(entry: &Rc<ReasonEntry>) -> impl Future<Output = ()> + 'static {
    let entry = entry.clone();
    poll_fn(move |cx| {
        let scheduler = Scheduler::current().unwrap();
        scheduler.waits_for(cx, Reason::Entry(&entry));
        Poll::Pending
    })
}

fn named<T>(name: &str, task: Task<T>) -> Task<T> {
    task.set_name(name);
    task
}

#[test]
fn a_report_follows_a_lock_to_its_holder() {
    let drive = Drive::new();
    let fork = thing(&drive, "fork");
    let kant = named("Kant", drive.spawn(pending::<()>()));
    let plato = named("Plato", drive.spawn(wait_for(&fork)));
    drive.settle();
    let explained = drive.scheduler.explain(&plato);
    assert_eq!(explained, "Plato waits for fork held");

    fork.held_by(Holder::Task(kant.ticket()));
    kant.set_name("Immanuel");
    let explained = drive.scheduler.explain(&plato);
    assert_eq!(
        explained,
        "Plato waits for fork held by Immanuel, which waits for something that the loop does not know"
    );
    let stuck = drive.scheduler.deadlock().stuck;
    let names: Vec<&str> = stuck.iter().map(|stuck| &*stuck.task).collect();
    assert_eq!(names, ["Immanuel", "Plato"], "the cause is first");
}

#[test]
fn a_report_follows_a_wait_for_an_item_to_its_last_producer() {
    let drive = Drive::new();
    let item = ReasonEntry::new(&drive.scheduler, Wait::Other("an item".into()));
    let item = Rc::new(item);
    let producer = named("producer", drive.spawn(wait_for(&thing(&drive, "fork"))));
    let consumer = named("consumer", drive.spawn(wait_for(&item)));
    drive.settle();
    let explained = || drive.scheduler.explain(&consumer);
    assert_eq!(explained(), "consumer waits for an item");
    item.held_by(Holder::Producer(producer.ticket()));
    assert_eq!(
        explained(),
        "consumer waits for an item; the last one came from producer, which waits for fork held"
    );
    producer.cancel();
    drive.settle();
    assert_eq!(
        explained(),
        "consumer waits for an item; the last one came from producer, which has ended"
    );
    drop(producer);
    assert_eq!(
        explained(),
        "consumer waits for an item; the last one came from a task that has ended"
    );
}

#[test]
fn a_circle_through_locks_is_named() {
    let drive = Drive::new();
    let forks = ["a", "b", "c"].map(|name| thing(&drive, &format!("fork-{name}")));
    let names = ["Plato", "Kant", "Hume"];
    let tasks: Vec<Task<()>> = (0..3)
        .map(|at| named(names[at], drive.spawn(wait_for(&forks[(at + 1) % 3]))))
        .collect();
    for (fork, task) in forks.iter().zip(&tasks) {
        fork.held_by(Holder::Task(task.ticket()));
    }
    drive.settle();
    let deadlock = drive.scheduler.deadlock();
    assert_eq!(deadlock.cycles.len(), 1);
    let circle = deadlock.cycles[0].join(" -> ");
    assert_eq!(circle, "Plato -> Kant -> Hume -> Plato");
    assert_eq!(
        drive.scheduler.explain(&tasks[0]),
        "Plato waits for fork-b held by Kant, which waits for fork-c held by Hume, \
         which waits for fork-a held by Plato again: they wait for each other"
    );
}

#[test]
fn a_holder_that_has_ended_or_has_not_polled_is_told() {
    let drive = Drive::new();
    let fork = thing(&drive, "fork");
    let kant = named("Kant", drive.spawn(async {}));
    let hume = named("Hume", drive.spawn(pending::<()>()));
    let plato = named("Plato", drive.spawn(wait_for(&fork)));
    drive.settle();
    let ticket = kant.ticket();
    fork.held_by(Holder::Task(ticket));
    let told = || drive.scheduler.explain(&plato);
    let ended = "Plato waits for fork held by Kant, which has ended";
    assert_eq!(told(), ended);
    drop(kant);
    assert_eq!(told(), "Plato waits for fork held by a task that has ended");

    fork.held_by(Holder::Next(hume.ticket()));
    let passed =
        "Plato waits for fork held by Hume, to which it was passed, and which has not polled since";
    assert!(told().starts_with(passed), "{}", told());
    fork.held_by(Holder::Unknown);
    assert_eq!(told(), "Plato waits for fork held");
}

#[test]
fn a_report_says_where_a_primitive_was_made() {
    let drive = Drive::new();
    let place = std::panic::Location::caller();
    let wait = Wait::Other("an item".into());
    let entry = Rc::new(ReasonEntry::made_at(&drive.scheduler, wait, Some(place)));
    let reader = named("reader", drive.spawn(wait_for(&entry)));
    drive.settle();
    let explained = drive.scheduler.explain(&reader);
    assert_eq!(
        explained,
        format!("reader waits for an item (made at {place})")
    );
    assert_eq!(drive.scheduler.deadlock().stuck[0].primitive, Some(place));
}
