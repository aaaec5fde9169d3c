// S2.P9: wait, a fully evented main loop

use std::fmt::Display;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use groundup::ReturnWhen::AllCompleted;
use groundup::{Driver, EventLoop, Task, TaskError, Virtual, WaitSet, sleep, wait};

fn main() -> Outcome {
    p9()
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

fn p9() -> Outcome {
    complete(main9())
}

async fn main9() -> Results {
    let mut done = Vec::new();
    let mut pending: WaitSet<_> = [a(), b("b1"), b("b2")].into_iter().collect();
    let mut extras = vec![a(), b("b3"), b("b4")];
    while !pending.is_empty() {
        let just_done;
        (just_done, pending) = wait(pending, AllCompleted).timeout(seconds(0.2)).await;
        done.extend(just_done);
        if !extras.is_empty() {
            pending.add(extras.remove(pick(extras.len())));
        }
    }
    done.into_iter().map(result).collect()
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

/// Takes the first of so many. Python's set takes any.
fn pick(_options: usize) -> usize {
    0
}

/// A list as Python prints it.
fn list(items: Vec<&str>) -> String {
    format!("{items:?}").replace('"', "'")
}
