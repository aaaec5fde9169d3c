//! Waits with a limit of real time, for tests that would else hang.
//!
//! The problem: a descriptor that is lost, or a task that never ends, lets a test wait for ever, and the
//! harness names the test alone. So such a wait ends after a minute, and says what it has seen.
//!
//! Invariant: a test that passes waits for no limit.
//!
//! Read next: `dice.rs`.
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fmt::Debug;
use std::future::Future;
use std::panic::Location;
use std::process::Child;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use groundup_io::task::yield_now;
use rustix::process::{Pid, Signal, kill_process};

/// More than any stall of a machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The patience of a wait, which ends after a minute.
pub(crate) struct Patience(Instant);

impl Patience {
    pub(crate) fn new() -> Self {
        Patience(Instant::now())
    }

    /// Panics with a text if the minute is over.
    #[track_caller]
    pub(crate) fn check(&self, seen: impl FnOnce() -> String) {
        assert!(self.0.elapsed() < LONG, "after a minute: {}", seen());
    }
}

/// Lets a busy loop run until `look` returns `wanted`. The loop looks at its sockets if a task awaits one.
///
/// # Panics
///
/// If `look` returns something else for a minute.
#[track_caller]
pub(crate) fn until_equal<T: PartialEq + Debug>(
    wanted: T,
    look: impl Fn() -> T,
) -> impl Future<Output = ()> {
    let (place, patience) = (Location::caller(), Patience::new());
    async move {
        loop {
            let seen = look();
            if seen == wanted {
                return;
            }
            patience.check(|| format!("{seen:?}, and not {wanted:?} (at {place})"));
            // A look may ask the system, and take more time than an iteration.
            for _ in 0..10 {
                yield_now().await;
            }
        }
    }
}

/// Kills a process after a minute, unless the sender is dropped before.
pub(crate) fn kill_if_it_hangs(child: &Child) -> Sender<()> {
    let (sender, ended) = mpsc::channel();
    let process = Pid::from_child(child);
    thread::spawn(move || {
        if ended.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
            let _ = kill_process(process, Signal::KILL);
        }
    });
    sender
}
