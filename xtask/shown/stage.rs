//! The functions that replace the stage in a pasted program.
//!
//! The programs of the tour call these functions. Inside `xtask` they belong to the stage, which
//! records, scales and draws. `../src/listing.rs` cuts the ones that a program needs out of this file.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use groundup::generator::Generator;
use groundup::{Driver, EventLoop, Virtual};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Prints a line.
fn say(line: impl Display) {
    println!("{line}");
}

/// So many seconds.
fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// The clock: it jumps. To wait for real, put `ThreadPark` in the place of `Virtual`.
fn clock() -> Rc<dyn Driver> {
    thread_local!(static CLOCK: Rc<dyn Driver> = Rc::new(Virtual::new()));
    CLOCK.with(Rc::clone)
}

/// Python's `asyncio.get_event_loop()`.
fn event_loop() -> Rc<EventLoop> {
    thread_local! {
        static LOOP: Rc<EventLoop> = EventLoop::builder().driver_rc(clock()).build().into();
    }
    LOOP.with(Rc::clone)
}

/// Python's `time.sleep`: no task runs meanwhile.
fn block(duration: Duration) {
    match event_loop().is_running() {
        true => groundup::block(duration),
        false => clock().block(duration),
    }
}

/// Prints `msg`, runs `body`, and prints the seconds that it took.
fn timer(msg: &str, body: impl FnOnce() -> Outcome) -> Outcome {
    say(msg);
    let t = clock().now();
    body()?;
    say(format!("{:?}", (clock().now() - t) as f64 / 1e9));
    Ok(())
}

/// Takes the first of so many. Python's set takes any.
fn pick(_options: usize) -> usize {
    0
}

/// Returns the generator. The tour draws it under this name.
fn named<G: Generator>(_name: &str, generator: G) -> G {
    generator
}

/// A list as Python prints it.
fn list(items: Vec<&str>) -> String {
    format!("{items:?}").replace('"', "'")
}

/// A set as Python prints it.
fn set(items: BTreeSet<&str>) -> String {
    format!("{items:?}").replace('"', "'")
}
