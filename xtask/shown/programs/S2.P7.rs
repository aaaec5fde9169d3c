// S2.P7: wait, a glorified select()

use std::collections::BTreeSet;
use std::fmt::Display;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use groundup::ReturnWhen::FirstCompleted;
use groundup::{Driver, EventLoop, Task, TaskError, Virtual, WaitSet, sleep, wait};

fn main() -> Outcome {
    p7()
}

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

fn result(mut task: Task<&'static str>) -> Result<&'static str, TaskError> {
    task.take_result().unwrap_or(Err(TaskError::Closed))
}

fn p7() -> Outcome {
    let result = event_loop().run_until_complete(main7())?;
    say(set(result?));
    Ok(())
}

async fn main7() -> Result<BTreeSet<&'static str>, TaskError> {
    let mut pending: WaitSet<_> = [a(), b("b1"), b("b2")].into_iter().collect();
    let mut results = BTreeSet::new();
    while !pending.is_empty() {
        let done;
        (done, pending) = wait(pending, FirstCompleted).await;
        for d in done {
            results.insert(result(d)?);
        }
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

/// A set as Python prints it.
fn set(items: BTreeSet<&str>) -> String {
    format!("{items:?}").replace('"', "'")
}
