//! Blame and ledgers, where a rule decides what is counted.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `traces.rs`.

use groundup_trace::{Counts, Event, Outcome, TaskId, Verb, read_trace};
use groundup_view::{Ledger, Victim, blame};

/// Tasks that are ready together, each of which runs a nanosecond less than the one before: each later
/// charge to a task is a smaller one.
fn shorter_and_shorter(tasks: u64) -> Vec<Event> {
    let event = |time, task: u64, verb| Event {
        time,
        iteration: 1,
        task: Some(TaskId::new(task, format!("t{task}"))),
        verb,
    };
    let mut events: Vec<Event> = (1..=tasks)
        .map(|task| event(0, task, Verb::Spawn { by: None }))
        .collect();
    let mut time = 0;
    for task in 1..=tasks {
        events.push(event(time, task, Verb::Step));
        time += tasks - task + 1;
        let how = Outcome::Returned;
        events.push(event(time, task, Verb::Done { how }));
    }
    events
}

/// A task of length n delays the n - 1 tasks that run after it.
#[test]
fn the_charges_that_are_listed_are_the_largest() {
    const TASKS: u64 = 200;
    let mut delays: Vec<u128> = (1..=TASKS)
        .flat_map(|length| (1..length).map(move |_| u128::from(length)))
        .collect();
    delays.sort_unstable_by(|a, b| b.cmp(a));
    assert!(delays.len() > 10_000);
    let blame = blame(&shorter_and_shorter(TASKS));
    let listed = blame.charges().iter();
    let listed = listed.filter(|charge| !matches!(charge.to, Victim::Others(_)));
    let listed: Vec<u128> = listed.map(|charge| charge.delay.as_nanos()).collect();
    assert!(listed == delays[..10_000], "a smaller charge is listed");
    assert_eq!(blame.total().as_nanos(), delays.iter().sum::<u128>());
}

/// The task computes until its timer is due, and is late only from its suspension on.
#[test]
fn a_task_that_suspends_after_its_deadline_is_late_from_then_on() {
    let events = read_trace(
        "# groundup-trace 1
         0 0 spawn a #1
         0 1 step a
         0 1 arm a timer#1 at 1
         2 1 yield a on timer at 1
         3 1 fire - timer#1
         3 1 wake a by timer#1
         3 2 step a
         3 2 done a returned",
    );
    assert_eq!(
        blame(&events.unwrap()).to_string(),
        "the loop delayed a by 1.000 s\n1.000 s in all\n"
    );
}

/// An error that was not read is an unread end, too, and counts once. An unread end unbalances a ledger,
/// although it may outlive a run.
#[test]
fn an_unread_end_unbalances_a_ledger_and_a_remote_does_not() {
    let mut counts = Counts::default();
    (counts.unread, counts.errors) = (1, 1);
    let ledger = Ledger::of(&[], &counts);
    assert!(!ledger.is_balanced());
    let kinds: Vec<&str> = ledger.accounts().iter().map(|it| it.kind).collect();
    assert!(
        kinds.contains(&"unread") && !kinds.contains(&"errors"),
        "{kinds:?}"
    );

    let mut counts = Counts::default();
    counts.remotes = 1;
    assert!(Ledger::of(&[], &counts).is_balanced());
}
