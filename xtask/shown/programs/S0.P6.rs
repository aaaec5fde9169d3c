// S0.P6: It still works with synchronous functions

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, EventLoop, Virtual, async_map, plain};

fn main() -> Outcome {
    p6()
}

fn a() -> &'static str {
    block(seconds(1.0));
    "a"
}

fn p6() -> Outcome {
    type Function = fn() -> &'static str;
    let event_loop = event_loop();
    timer("It still works with synchronous functions", || {
        let tasks: [Function; 5] = [a; 5];
        let retvals = async_map(plain(|x: Function| x()), tasks).run_on(&event_loop);
        say(retvals.collect::<Result<Vec<_>, _>>()?.join(" "));
        Ok(())
    })
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
