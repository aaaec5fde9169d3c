// S0.P3: Separate function call, and code running

use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, EventLoop, Virtual, sleep};

fn main() -> Outcome {
    p3()
}

async fn b() -> &'static str {
    sleep(seconds(1.0)).await;
    "b"
}

fn p3() -> Outcome {
    let event_loop = event_loop();
    timer("Separate function call, and code running", || {
        let mut tasks = Vec::new();
        for _ in 0..5 {
            let task = b();
            tasks.push(task);
        }
        for task in tasks {
            let retval = event_loop.run_until_complete(task)?;
            say(retval);
        }
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

/// Prints `msg`, runs `body`, and prints the seconds that it took.
fn timer(msg: &str, body: impl FnOnce() -> Outcome) -> Outcome {
    say(msg);
    let t = clock().now();
    body()?;
    say(format!("{:?}", (clock().now() - t) as f64 / 1e9));
    Ok(())
}
