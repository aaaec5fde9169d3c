// S2.P4: as_completed

use std::fmt::Display;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Driver, EventLoop, TaskError, Virtual, as_completed, sleep, spawn};

fn main() -> Outcome {
    p4()
}

type Results = Result<Vec<&'static str>, TaskError>;

type Coroutine = Pin<Box<dyn Future<Output = &'static str>>>;

fn a() -> Coroutine {
    Box::pin(async {
        sleep(seconds(3.0)).await;
        say("a");
        "a"
    })
}

fn b(name: &'static str) -> Coroutine {
    Box::pin(async move {
        sleep(seconds(1.0)).await;
        say(name);
        name
    })
}

fn complete(main: impl Future<Output = Results> + 'static) -> Outcome {
    let result = event_loop().run_until_complete(main)?;
    say(list(result?));
    Ok(())
}

fn p4() -> Outcome {
    complete(main4())
}

async fn main4() -> Results {
    let coros = [spawn(a()), spawn(b("b1")), spawn(b("b2"))];
    let mut results = Vec::new();
    let mut completed = as_completed(coros);
    while let Some(f) = completed.next().await {
        results.push(f.result?);
    }
    Ok(results)
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

/// A list as Python prints it.
fn list(items: Vec<&str>) -> String {
    format!("{items:?}").replace('"', "'")
}
