//! The panic hook of a process, and runs that block their thread.
//!
//! The problem: a hook belongs to the whole process, and a thread that is blocked stays so. So these tests
//! are a program of their own, and two of them run in a child.
//!
//! Invariant: the child that is blocked is ended by its parent, as soon as it has said its sentence.

use std::io::{BufRead, BufReader};
use std::panic::{catch_unwind, set_hook};
use std::process::{Command, Stdio};
use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use groundup::{Driver, ThreadPark, spawn};
use groundup_testkit::{Explore, FailureKind, pick};

static HEARD: AtomicU32 = AtomicU32::new(0);

/// Sets the hook of the user, before the first exploration of the process.
fn set_own_hook() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_hook(Box::new(|_| {
            HEARD.fetch_add(1, Ordering::Relaxed);
        }));
    });
}

/// The hook of the user sees no panic of an explored run, and all others.
#[test]
fn the_panic_hook_of_the_user_stays() {
    set_own_hook();
    let found = Explore::new().check(|| async {
        let task = spawn(async { assert!(pick(2) == 0, "inside") });
        task.await.unwrap();
    });
    assert_eq!(found.unwrap_err().failure.kind, FailureKind::Panicked);
    assert_eq!(HEARD.load(Ordering::Relaxed), 0);
    assert!(catch_unwind(|| panic!("outside")).is_err());
    assert_eq!(HEARD.load(Ordering::Relaxed), 1);
    let thread = std::thread::spawn(|| panic!("on another thread"));
    assert!(thread.join().is_err());
    assert_eq!(HEARD.load(Ordering::Relaxed), 2);
}

const BLOCKS: &str = "GROUNDUP_TEST_BLOCKS";

/// Not a test: the work of [`a_program_that_blocks_for_ever_is_told`].
#[test]
#[ignore = "never ends; the next test runs it as a child: cargo test -p groundup-testkit --test process"]
fn a_program_that_blocks() {
    if std::env::var_os(BLOCKS).is_some() {
        let explore = Explore::new().slow(Duration::from_millis(1));
        explore.run(|| async {
            while groundup::iteration() > 0 {
                std::thread::park();
            }
        });
    }
}

#[test]
fn a_program_that_blocks_for_ever_is_told() {
    let mut child = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args([
            "a_program_that_blocks",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(BLOCKS, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run again");
    let told = BufReader::new(child.stderr.take().expect("it has a pipe"));
    let mut lines = told.lines().map_while(Result::ok);
    let line = lines.find(|line| line.contains("groundup-testkit"));
    child.kill().expect("it goes on");
    child.wait().expect("it has ended");
    let line = line.expect("a sentence");
    assert!(
        line.contains("a run of the program at crates/testkit/tests/process.rs:"),
        "{line}"
    );
    assert!(line.contains("it blocks its thread"), "{line}");
}

/// The time of a run whose program holds its thread.
const HELD: Duration = Duration::from_millis(2);

/// A slow run is named in the result, and no other one. The program computes until the time is over, so the
/// test needs no clock that is exact.
#[test]
fn a_program_that_blocks_for_a_while_is_told_in_the_result() {
    set_own_hook();
    let result = |slow: Duration| {
        let explored = Explore::new().slow(slow).run(|| async {
            let clock = ThreadPark::new();
            while u128::from(clock.now()) <= HELD.as_nanos() {
                std::hint::spin_loop();
            }
            spawn(async {}).await.unwrap();
        });
        explored.to_string()
    };
    let all = "no failure in 1 schedule: there are no others";
    let text = result(HELD);
    let told = text.strip_prefix(all).unwrap_or_default();
    assert!(
        told.starts_with("; one took ") && told.ends_with("so the program may block its thread"),
        "{text}"
    );
    assert_eq!(result(Duration::from_secs(3_600)), all);
}

const LATER: &str = "GROUNDUP_TEST_HOOK_LATER";

/// Not a test: the work of [`a_panic_hook_that_is_set_later_sees_all`].
#[test]
#[ignore = "changes the hook of its process; the next test runs it as a child: cargo test -p groundup-testkit --test process"]
fn a_hook_that_is_set_later() {
    if std::env::var_os(LATER).is_none() {
        return;
    }
    let fails = || async { assert!(pick(2) == 0, "inside") };
    let before = Explore::new().check(fails).unwrap_err();
    assert!(
        before.failure.text.starts_with("main panicked (at "),
        "{before}"
    );
    set_hook(Box::new(|_| {
        HEARD.fetch_add(1, Ordering::Relaxed);
    }));
    let after = Explore::new().check(fails).unwrap_err();
    let heard = HEARD.load(Ordering::Relaxed);
    // Nobody has told the kit the place of the panic.
    assert_eq!(after.failure.text, "main panicked: inside");
    assert_eq!((&after.token, &after.story), (&before.token, &before.story));
    eprintln!("heard {heard}");
}

/// The hook of the user replaces the kit's one. It sees each failing run: the first one, two that repeat it, one
/// that tells it, and none that make it smaller, since it has one deviation.
#[test]
fn a_panic_hook_that_is_set_later_sees_all() {
    let child = Command::new(std::env::current_exe().expect("a test knows its program"))
        .args([
            "a_hook_that_is_set_later",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(LATER, "1")
        .output()
        .expect("the program can be run again");
    let told = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success(), "{told}");
    assert!(told.contains("heard 4\n"), "{told}");
}
