// S4.P4: Calling a coroutine in the future

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, EventLoop, Virtual, sleep, spawn};

fn main() -> Outcome {
    p4()
}

async fn long_async_task() -> i32 {
    say("starting long non blocking task");
    sleep(seconds(3.0)).await;
    say("done with non blocking task");
    42
}

async fn do_something() {
    say("need to compute something");
    let result = long_async_task().await;
    say(format!("result is {result}"));
}

fn p4() -> Outcome {
    event_loop().call_soon(|| spawn(do_something()).detach());
    event_loop().call_later(seconds(1.0), || spawn(do_something()).detach());
    event_loop().call_later(seconds(5.0), || event_loop().stop());
    event_loop().run_forever()?;
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
