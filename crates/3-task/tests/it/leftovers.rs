//! The counts of a scheduler, and the names of the things that it holds.
//!
//! Read next: `props.rs`.

use std::future::pending;

use crate::drive::*;
use groundup_task::trace::Counts;
use groundup_task::{CancelScope, catch_cancel};

/// Returns the counts of the kinds that are not zero.
fn held(drive: &Drive) -> Vec<(&'static str, usize)> {
    let accounts = drive.scheduler.counts().accounts().into_iter();
    accounts.filter(|(_, count)| *count > 0).collect()
}

/// Returns the leftovers without the places, each of which is in this file.
fn left(drive: &Drive) -> Vec<(&'static str, String)> {
    let here = format!("{}:", file!());
    let without_place = |text: String| match text.split_once(&here) {
        None => text,
        Some((before, after)) => {
            let digits = |c: char| c.is_ascii_digit() || c == ':';
            format!("{before}HERE{}", after.trim_start_matches(digits))
        }
    };
    let left = drive.scheduler.leftovers(&[]).into_iter();
    left.map(|(kind, text)| (kind, without_place(text)))
        .collect()
}

#[test]
fn each_kind_is_counted_and_named() {
    let drive = Drive::new();
    assert!(drive.scheduler.counts().is_zero());
    let task = drive.spawn(pending::<()>());
    task.set_name("cook");
    let promise = drive.scheduler.promise::<u32>();
    let call = drive.scheduler.call_soon(|| ());
    let expected = [("tasks", 1), ("promises", 1), ("callbacks", 1)];
    assert_eq!(held(&drive), expected);
    let names = [
        (
            "callbacks",
            "callback (scheduled at HERE), which was not called",
        ),
        ("tasks", "task cook (spawned at HERE), which has not ended"),
        ("promises", "promise 1 (made at HERE), which is not set"),
    ];
    let named = left(&drive);
    assert_eq!(named.len(), 3);
    for (kind, text) in names {
        assert!(named.contains(&(kind, text.to_string())), "{named:?}");
    }
    call.cancel();
    promise.set_result(5).unwrap();
    task.cancel();
    drive.settle();
    assert_eq!(held(&drive), [("unread", 2)]);
    assert!(drive.scheduler.counts().is_at_rest());
    let named = [
        (
            "unread",
            "task cook (spawned at HERE), whose cancel no code has seen".to_string(),
        ),
        (
            "unread",
            "promise 1 (made at HERE), whose value no code has taken".to_string(),
        ),
    ];
    assert_eq!(left(&drive), named);
    assert_eq!(promise.result().unwrap(), 5);
    assert_eq!(held(&drive), [("unread", 1)], "the promise was looked at");
    drop((task, promise));
    assert_eq!(drive.scheduler.counts(), Counts::default());
}

#[test]
fn errors_are_counted_until_they_are_read() {
    let drive = Drive::new();
    let task = drive.spawn(async { panic!("lost") });
    let promise = drive.scheduler.promise::<()>();
    promise.set_exception("no").unwrap();
    drive.settle();
    assert_eq!(held(&drive), [("unread", 2), ("errors", 2)]);
    assert!(!drive.scheduler.counts().is_at_rest());
    let named = [
        (
            "errors",
            "task Task-1 (spawned at HERE), whose panic no code has read".to_string(),
        ),
        (
            "errors",
            "promise 1 (made at HERE), whose error no code has read".to_string(),
        ),
    ];
    assert_eq!(left(&drive), named);
    assert!(promise.result().is_err());
    assert!(drive.run(task.join()).is_err());
    assert_eq!(held(&drive), []);
}

#[test]
fn a_scope_is_named_with_its_task() {
    let drive = Drive::new();
    let task = drive.spawn(async {
        let scope = CancelScope::new();
        drop(catch_cancel(pause(2)).await);
        drop(scope);
    });
    drive.turns(1);
    assert_eq!(held(&drive), [("tasks", 1), ("scopes", 1)]);
    let scope = (
        "scopes",
        "scope in task Task-1 (spawned at HERE)".to_string(),
    );
    assert_eq!(left(&drive)[1], scope);
    drive.settle();
    drop(task);
    assert_eq!(held(&drive), []);
}
