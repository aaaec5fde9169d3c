// S4.P2: Scheduling things: call_later

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, EventLoop, Virtual};

fn main() -> Outcome {
    p2()
}

fn p2() -> Outcome {
    fn hello() {
        say("hello");
        event_loop().call_later(seconds(1.0), hello); // call me again in one second
    }

    hello();

    event_loop().call_later(seconds(2.5), || event_loop().stop());

    say("starting event loop");
    event_loop().run_forever()?;
    say("loop stopped");
    Ok(())
}

// What the tour has as its stage.

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
