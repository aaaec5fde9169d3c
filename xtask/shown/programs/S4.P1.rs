// S4.P1: The basics: call_soon

use std::fmt::Display;
use std::rc::Rc;

use groundup::{Driver, EventLoop, Virtual};

fn main() -> Outcome {
    p1()
}

fn p1() -> Outcome {
    fn hello() {
        say("hello");
        event_loop().stop();
    }

    event_loop().call_soon(hello);
    event_loop().run_forever()?;
    event_loop().close()?;
    Ok(())
}

// What the tour has as its stage.

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Prints a line.
fn say(line: impl Display) {
    println!("{line}");
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
