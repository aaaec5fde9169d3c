// S2.P8: wait, with something extra in each round

use std::fmt::Display;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use groundup::ReturnWhen::FirstCompleted;
use groundup::{Driver, EventLoop, Task, TaskError, Virtual, WaitSet, sleep, wait};

fn main() -> Outcome {
    p8()
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

fn result(mut task: Task<&'static str>) -> Result<&'static str, TaskError> {
    task.take_result().unwrap_or(Err(TaskError::Closed))
}

fn p8() -> Outcome {
    complete(main8())
}

async fn main8() -> Results {
    let mut pending: WaitSet<_> = [a(), b("b1"), b("b2")].into_iter().collect();
    let mut extra = vec![b("b3"), a(), b("b4"), b("b5")];
    let mut results = Vec::new();
    while !pending.is_empty() {
        let done;
        (done, pending) = wait(pending, FirstCompleted).await;
        for d in done {
            results.push(result(d)?);
        }
        if !extra.is_empty() {
            pending.add(extra.remove(0));
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

/// A list as Python prints it.
fn list(items: Vec<&str>) -> String {
    format!("{items:?}").replace('"', "'")
}
