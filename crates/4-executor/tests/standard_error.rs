//! The reports on standard error of a loop without a handler.
//!
//! The problem: without an exception handler, a report is a text on standard error, and a
//! person who looks for a bug has nothing else. The text can only be seen from outside, so
//! this file runs itself once more as a child.
//!
//! Invariant: the texts are compared whole, except for the messages of the panics themselves.
//!
//! Read next: `compile_fail.rs`.

#[path = "it/support/log.rs"]
mod log;

use std::env;
use std::panic::catch_unwind;
use std::process::Command;

use groundup_executor::task::{Report, ReportKind, catch_cancel, yield_now};
use groundup_executor::{EventLoop, Runner, block, sleep, spawn};
use log::{ms, secs, virtual_loop};

const CHILD: &str = "GROUNDUP_STANDARD_ERROR";

/// Runs the test of this name in a child, in which `program` runs, and returns the standard
/// error of the child.
fn standard_error(test: &str, program: impl FnOnce()) -> Option<String> {
    standard_error_with(test, ("GROUNDUP_DEBUG", "0"), program)
}

/// As [`standard_error`], with a variable in the environment of the child.
fn standard_error_with(
    test: &str,
    (variable, value): (&str, &str),
    program: impl FnOnce(),
) -> Option<String> {
    if env::var_os(CHILD).is_some() {
        // The messages of panics are not compared.
        std::panic::set_hook(Box::new(|_| ()));
        program();
        return None;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env(variable, value)
        .output()
        .unwrap();
    let out = String::from_utf8(child.stdout).unwrap();
    assert!(child.status.success(), "{out}");
    Some(String::from_utf8(child.stderr).unwrap())
}

/// Returns the line of this file on which `marker` stands as a comment.
fn line_of(marker: &str) -> usize {
    let source = include_str!("standard_error.rs");
    let comment = format!("// {marker}");
    source
        .lines()
        .position(|line| line.ends_with(&comment))
        .unwrap()
        + 1
}

/// Removes the columns from `file:line:column`, since they would tie the test to the layout.
fn without_columns(text: &str) -> String {
    let strip = |line: &str| match line.rsplit_once(':') {
        Some((place, column)) if column.parse::<u32>().is_ok() => place.to_string(),
        _ => line.to_string(),
    };
    text.lines().map(strip).collect::<Vec<_>>().join("\n")
}

#[test]
fn reports_are_a_sentence_and_a_place() {
    let written = standard_error("reports_are_a_sentence_and_a_place", || {
        let event_loop = virtual_loop();
        event_loop.call_soon(|| panic!("the milk is sour")); // callback
        let task = event_loop.spawn(async { panic!("the oven is cold") }); // task
        task.set_name("bake");
        task.detach();
        let promise = event_loop.create_promise::<u8>(); // promise
        promise.set_exception("no eggs").unwrap();
        drop(promise);
        event_loop.run_until_complete(sleep(ms(1))).unwrap();
        event_loop.call_exception_handler(Report::new("the kitchen is closed"));
    });
    let Some(written) = written else { return };
    let file = file!();
    let expected = format!(
        "Exception in callback: it panicked: the milk is sour\n  from: {file}:{}\n\
         Promise exception was never retrieved: no eggs\n  from: {file}:{}\n\
         Task exception was never retrieved: it panicked: the oven is cold\n  \
         task: bake\n  from: {file}:{}\n\
         the kitchen is closed",
        line_of("callback"),
        line_of("promise"),
        line_of("task"),
    );
    assert_eq!(without_columns(&written), expected);
}

#[test]
fn debug_mode_tells_what_is_slow_unread_or_left() {
    let written = standard_error("debug_mode_tells_what_is_slow_unread_or_left", || {
        let event_loop = EventLoop::builder().virtual_time().debug(true).build();
        event_loop.spawn(async { block(ms(151)) }).set_name("slow"); // slow
        event_loop.spawn(async { "a value" }).set_name("unread"); // unread
        let left = event_loop.spawn(std::future::pending::<()>()); // left
        left.set_name("left");
        event_loop.run_until_complete(yield_now()).unwrap();
        drop(event_loop);
    });
    let Some(written) = written else { return };
    let file = file!();
    let expected = format!(
        "Executing slow took 0.151 seconds and held up unread (ready), left (ready) and \
         Task-4 (ready)\n  task: slow\n  from: {file}:{}\n\
         Task result was never retrieved: await the task, let it return (), or, if it may return an Err, \
         end its handle with detach_reporting\n  task: unread\n  from: {file}:{}\n\
         Task was destroyed but it is pending!\n  task: left\n  from: {file}:{}",
        line_of("slow"),
        line_of("unread"),
        line_of("left"),
    );
    assert_eq!(without_columns(&written), expected);
}

#[test]
fn the_environment_turns_debug_mode_on_for_loops_that_do_not_say() {
    let with = |value: &str| {
        let test = "the_environment_turns_debug_mode_on_for_loops_that_do_not_say";
        standard_error_with(test, ("GROUNDUP_DEBUG", value), || {
            let slow = || spawn(async { block(ms(151)) });
            let Ok(event_loop) = catch_unwind(virtual_loop) else {
                let why = catch_unwind(virtual_loop).unwrap_err();
                eprintln!("{}", why.downcast_ref::<String>().unwrap());
                return;
            };
            event_loop
                .run_until_complete(async { slow().await.unwrap() })
                .unwrap();
            let quiet = EventLoop::builder().virtual_time().debug(false).build();
            quiet
                .run_until_complete(async { slow().await.unwrap() })
                .unwrap();
        })
    };
    let Some(on) = with("1") else { return };
    assert!(
        on.starts_with("Executing Task-2 took 0.151 seconds\n  task: Task-2\n  from: "),
        "{on}"
    );
    assert_eq!(
        on.lines().count(),
        3,
        "the loop that says false is quiet: {on}"
    );
    assert_eq!(with("0").unwrap() + &with("").unwrap(), "");
    let wrong = "GROUNDUP_DEBUG is \"yes\": set it to 1 or 0, or unset it\n";
    assert_eq!(with("yes").unwrap(), wrong);
}

#[test]
fn l13_a_handler_that_panics_is_reported_by_the_default_one() {
    let written = standard_error(
        "l13_a_handler_that_panics_is_reported_by_the_default_one",
        || {
            let event_loop = EventLoop::builder()
                .virtual_time()
                .exception_handler(|report| assert_ne!(report.kind, ReportKind::CallbackPanicked))
                .build();
            event_loop.call_soon(|| panic!("first"));
            event_loop.run_until_complete(yield_now()).unwrap();
        },
    );
    let Some(written) = written else { return };
    let told = "Unhandled error in exception handler: ";
    assert!(written.starts_with(told), "{written}");
    assert!(
        written.contains("Exception in callback: it panicked: first"),
        "{written}"
    );
}

#[test]
fn a_runner_that_cannot_be_closed_says_why() {
    let written = standard_error("a_runner_that_cannot_be_closed_says_why", || {
        let runner = Runner::with_loop(virtual_loop());
        let main = async {
            let stubborn = spawn(async {
                let _ = catch_cancel(std::future::pending::<()>()).await;
                std::future::pending::<()>().await;
            });
            stubborn.set_name("stubborn");
            sleep(secs(1)).await;
        };
        runner.run(main).unwrap();
        drop(runner);
    });
    let Some(written) = written else { return };
    let (named, closed) = written.split_once('\n').expect("two reports");
    assert_eq!(
        named,
        "the loop is closing, and tasks go on 5s after they were cancelled: stubborn; \
         the loop waits for them, so a task that catches its cancel must end"
    );
    assert!(
        closed.starts_with("while a runner was closed: deadlock: "),
        "{written}"
    );
    assert!(written.contains("stubborn (spawned at "), "{written}");
}
