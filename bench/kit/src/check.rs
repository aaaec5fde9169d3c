//! The check of a runtime, which the driver asks for before it measures.
//!
//! A number says nothing if the runtime behind it is one that no user has. A runtime
//! built without its driver never sleeps, for instance, and is fast in every row that
//! never waits. So each program is asked once whether it runs as its users run it.
//!
//! ```text
//!   runtime()       the system's own assertions: kind of driver, flavour, ...
//!   wait 30 ms      for a thread that wakes the loop: it must sleep meanwhile
//! ```
//!
//! Invariants: a system that fails its check is no column of a table.
//!
//! Read next: `meter.rs`.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::{Meter, Program, Signal};

/// The time for which the loop has nothing to do.
const PAUSE: Duration = Duration::from_millis(30);

/// Asserts that the runtime is one that users have; returns its description.
pub(crate) fn check<P: Program>() -> String {
    let runtime = P::run(async { P::runtime() });
    if P::WAITS {
        P::run(sleep_until_woken());
    }
    runtime
}

/// Waits for another thread, and asserts that the loop slept and was woken.
async fn sleep_until_woken() {
    let signal = Arc::new(Signal::default());
    let raise = {
        let signal = Arc::clone(&signal);
        move || {
            thread::sleep(PAUSE);
            signal.raise(1);
        }
    };
    let meter = Meter::start();
    let waking = thread::spawn(raise);
    signal.reached(1).await;
    let sample = meter.stop(1);
    waking.join().expect("the waking thread ends well");
    assert!(
        sample.cpu_ns < sample.wall_ns / 2,
        "the loop does not sleep while it waits: {} ms of CPU time in {} ms",
        sample.cpu_ns / 1_000_000,
        sample.wall_ns / 1_000_000
    );
}
