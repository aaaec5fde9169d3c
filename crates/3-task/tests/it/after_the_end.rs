//! Handles of a task that has ended: true answers, or none.
//!
//! ```text
//!   Task that returned the outcome   exit, cancelled, panicked: as the task has ended
//!   every other handle               the same while the task is there; `None` when it has gone
//! ```
//!
//! Read next: `handles.rs`.

use std::future::pending;
use std::panic::resume_unwind;
use std::rc::Rc;

use futures::FutureExt;
use groundup_task::{Exit, Promise, Scheduler, Task, TaskError, TaskRef};

/// A way to end: its name, what it makes, and how that has ended after the next rounds.
type End = (&'static str, Make, Exit);
type Make = fn(&Rc<Scheduler>) -> Task<u8>;

const ENDS: [End; 7] = [
    ("a return", |loop_| loop_.spawn(async { 5 }), Exit::Returned),
    ("a panic", |loop_| loop_.spawn(down()), Exit::Failed),
    (
        "a cancel before the first step",
        |loop_| {
            let task = loop_.spawn(pending());
            task.cancel_with("stop");
            task
        },
        Exit::Cancelled,
    ),
    (
        "a cancel",
        |loop_| {
            let task = loop_.spawn(pending());
            loop_.run_until_idle();
            task.cancel();
            task
        },
        Exit::Cancelled,
    ),
    (
        "a promise with a value",
        |loop_| {
            let promise = loop_.promise();
            promise.set_result(5).unwrap();
            loop_.proxy(promise)
        },
        Exit::Returned,
    ),
    (
        "a promise that has failed",
        |loop_| {
            let promise: Promise<u8> = loop_.promise();
            promise.set_exception("no disk").unwrap();
            loop_.proxy(promise)
        },
        Exit::Failed,
    ),
    (
        "a promise that was cancelled",
        |loop_| {
            let promise: Promise<u8> = loop_.promise();
            promise.cancel();
            loop_.proxy(promise)
        },
        Exit::Cancelled,
    ),
];

async fn down() -> u8 {
    resume_unwind(Box::new("down"))
}

/// A way to take the outcome; returns the handle that has returned it, if there is one still.
type Take = (&'static str, fn(Task<u8>) -> Option<Task<u8>>);

const TAKES: [Take; 10] = [
    ("take_result", |mut task| {
        drop(task.take_result().expect("it has ended"));
        Some(task)
    }),
    ("take_value", |mut task| {
        let taken = task.take_value();
        taken.is_some().then_some(task)
    }),
    ("take_and_stay", |mut task| {
        drop(task.take_and_stay().expect("it has ended"));
        drop(task.take_result().expect("it has ended"));
        Some(task)
    }),
    ("an await of a reference", |mut task| {
        drop((&mut task).now_or_never().expect("it has ended"));
        Some(task)
    }),
    ("an await of the handle", |task| {
        drop(task.into_future().now_or_never().expect("it has ended"));
        None
    }),
    ("a join", |task| {
        drop(task.join().now_or_never().expect("it has ended"));
        None
    }),
    ("a clone, and the handle after it", |mut task| {
        let mut other = task.clone();
        drop(other.take_result().expect("it has ended"));
        drop(task.take_result().expect("it has ended"));
        Some(task)
    }),
    ("a clone alone", |task| {
        let mut other = task.clone();
        drop(other.take_result().expect("it has ended"));
        answers(&task, None);
        assert!(task.exit().is_some(), "its value is there");
        drop(task);
        Some(other)
    }),
    ("a drop", |task| {
        drop(task);
        None
    }),
    ("a detach", |task| {
        task.detach();
        None
    }),
];

/// The law: the three answers agree, and each is true or `None`.
fn answers(handle: &TaskRef, truth: Option<Exit>) {
    let exit = handle.exit();
    assert!(handle.done(), "{handle:?}");
    assert!(
        truth.is_none() || exit.is_none() || exit == truth,
        "{exit:?} for {truth:?}"
    );
    assert_eq!(handle.cancelled(), exit.map(|exit| exit == Exit::Cancelled));
    assert_eq!(handle.panicked(), exit.map(|exit| exit == Exit::Failed));
    let failed = exit.is_some_and(|exit| exit != Exit::Returned);
    assert!(failed || handle.failure().is_none());
    assert!(!handle.cancel() && !handle.cancel_with("late"));
}

#[test]
fn a_handle_answers_truly_however_the_task_has_ended_and_was_taken() {
    for (ended, make, exit) in ENDS {
        for (taken, take) in TAKES {
            for closes in [false, true] {
                let scheduler = Scheduler::new().unwrap();
                scheduler.set_exception_handler(Some(Rc::new(|_| ())));
                let task = make(&scheduler);
                scheduler.run_until_idle();
                let kept = task.task_ref();
                answers(&kept, Some(exit));
                assert_eq!(kept.exit(), Some(exit), "{ended}: it is there");
                let spent = take(task);
                let what = format!("{ended}, {taken}");
                if closes {
                    scheduler.close();
                }
                scheduler.spawn(pending::<()>()).detach(); // perhaps in the same slot
                answers(&kept, Some(exit));
                assert_eq!(kept.exit(), None, "{what}: it has gone");
                let Some(mut spent) = spent else { continue };
                answers(&spent, Some(exit));
                assert_eq!(spent.exit(), Some(exit), "{what}: this handle knows");
                let again = [spent.take_result(), (&mut spent).now_or_never()];
                for error in again.map(|again| again.expect("it has ended").unwrap_err()) {
                    assert!(matches!(error, TaskError::Taken), "{what}: {error}");
                }
                assert_eq!(spent.exit(), Some(exit), "{what}: and knows it still");
            }
        }
    }
}

/// The other cause of a handle without a value, with an error of its own.
#[test]
fn a_value_that_nobody_took_before_the_close_is_no_value_that_was_taken() {
    let ways: [Make; 4] = [
        |loop_| {
            let task = loop_.spawn(async { 5 });
            loop_.run_until_idle();
            task
        },
        |loop_| loop_.spawn(async { 5 }),
        |loop_| {
            loop_.close();
            loop_.spawn(async { 5 })
        },
        |loop_| loop_.spawn(pending()).clone(),
    ];
    for (way, make) in ways.into_iter().enumerate() {
        let scheduler = Scheduler::new().unwrap();
        let mut task = make(&scheduler);
        scheduler.close();
        answers(&task, None);
        assert_eq!(task.exit(), None, "way {way}");
        for again in [task.take_result(), (&mut task).now_or_never()] {
            let error = again.expect("no value will come").unwrap_err();
            assert!(matches!(error, TaskError::Closed), "way {way}: {error}");
        }
    }
}
