//! The loop against CPython's, on recorded scripts.
//!
//! The problem: "as asyncio does it" should not be a matter of opinion. Eight small Python
//! programs stand in `tests/recorded/`, each with the trace that CPython's own loop made of
//! it on a clock that jumps (see `record.py` there). Here the same programs are written in
//! Rust, and must make the same trace: same order, same time, same iteration number, byte
//! for byte.
//!
//! Invariant: no Python is needed to run this.
//!
//! Read next: `rules_loop.rs`, the rules one at a time.

use crate::support::log;
use std::cell::RefCell;
use std::fmt::Display;
use std::future::{Future, IntoFuture};
use std::rc::Rc;
use std::time::Duration;

use groundup_executor::task::{
    DoneCallback, Promise, PromiseError, Task, TaskError, catch_cancel, yield_now,
};
use groundup_executor::{
    EventLoop, Instant, block, call_at, call_later, call_soon, iteration, sleep, spawn, time,
};

thread_local! {
    static LINES: RefCell<String> = const { RefCell::new(String::new()) };
}

fn say(what: impl Display) {
    let line = format!(
        "{:.3} {:4}  {what}\n",
        time().since_start().as_secs_f64(),
        iteration()
    );
    LINES.with_borrow_mut(|lines| lines.push_str(&line));
}

fn soon(what: impl Display) {
    let what = what.to_string();
    call_soon(move || say(what));
}

fn later(seconds: f64, what: &'static str) -> groundup_executor::TimerHandle {
    call_later(Duration::from_secs_f64(seconds), move || say(what))
}

/// Python's `sleep`, which takes any number; a negative one is zero.
async fn nap(seconds: f64) {
    sleep(Duration::from_secs_f64(seconds.max(0.0))).await;
}

fn check(main: impl Future, recorded: &str) {
    check_on(&log::virtual_loop(), main, recorded);
}

fn check_on(event_loop: &EventLoop, main: impl Future, recorded: &str) {
    LINES.take();
    event_loop.run_until_complete(main).expect("main ends");
    let lines = LINES.take();
    assert_eq!(lines, recorded, "\nours:\n{lines}\nCPython's:\n{recorded}");
}

#[test]
fn interleave() {
    async fn worker(name: &'static str, rounds: u32) -> &'static str {
        for n in 0..rounds {
            say(format_args!("{name} {n}"));
            soon(format_args!("soon by {name} {n}"));
            yield_now().await;
        }
        name
    }
    let main = async {
        for n in 0..2 {
            soon(format_args!("soon {n}"));
        }
        let a = spawn(worker("a", 3));
        soon("soon between");
        let b = spawn(worker("b", 2));
        soon("soon behind");
        say("spawned");
        say(a.await.unwrap());
        say(b.await.unwrap());
    };
    check(main, include_str!("../recorded/interleave.trace"));
}

#[test]
fn generations() {
    async fn family(name: String, depth: u32) {
        say(format_args!("{name} begins"));
        if depth > 0 {
            let text = format!("grandchild callback of {name}");
            call_soon(move || soon(text));
            let born = |n| spawn(Box::pin(family(format!("{name}{n}"), depth - 1)));
            let children: Vec<Task<()>> = (0..2).map(born).collect();
            soon(format_args!("callback of {name}"));
            for child in children {
                child.await.unwrap();
            }
        }
        say(format_args!("{name} ends"));
    }
    let main = async {
        family("x".into(), 2).await;
        say("over");
    };
    check(main, include_str!("../recorded/generations.trace"));
}

#[test]
fn timers() {
    let main = async {
        for what in ["half 0", "half 1", "half 2", "half 3"] {
            later(0.5, what);
        }
        // In Python a negative delay is a deadline in the past. Five seconds ago is before
        // the loop's beginning, and here the beginning is the earliest time.
        call_at(Instant::START, || say("five ago"));
        later(0.0, "now");
        soon("soon");
        call_at(Instant::START + Duration::from_millis(250), || {
            say("at a quarter")
        });
        let gone = Rc::new(later(0.25, "never"));
        let far = later(1000.0, "never either");
        let again = gone.clone();
        call_later(Duration::from_millis(250), move || again.cancel());
        let victim = call_at(Instant::START + Duration::from_millis(500), || {
            say("cancelled in its own iteration");
        });
        call_at(Instant::START + Duration::from_millis(400), || {
            call_at(Instant::START + Duration::from_millis(500), || {
                say("half, set late")
            });
        });
        let killer = call_at(Instant::START + Duration::from_millis(300), move || {
            say("kills");
            victim.cancel();
        });
        say(format_args!(
            "set {:?}",
            killer.when().since_start().as_secs_f64()
        ));
        gone.cancel();
        nap(0.25).await;
        say("slept a quarter");
        call_soon(|| drop(later(0.0, "second generation")));
        nap(0.75).await;
        far.cancel();
        let cancelled = if far.cancelled() { "True" } else { "False" };
        say(format_args!(
            "end {cancelled} {:?}",
            far.when().since_start().as_secs_f64()
        ));
    };
    check(main, include_str!("../recorded/timers.trace"));
}

#[test]
fn sleepers() {
    async fn sleeper(name: String, delays: &'static [f64]) -> String {
        for delay in delays {
            nap(*delay).await;
            say(format_args!("{name} slept {delay}"));
        }
        name
    }
    let main = async {
        let plans: [&[f64]; 7] = [
            &[3.0, 1.0],
            &[1.0, 3.0],
            &[2.0, 2.0],
            &[0.0, 0.0, 4.0],
            &[4.0],
            &[-1.0, 1.0],
            &[0.5, 0.0, 0.5],
        ];
        let named = plans.iter().enumerate();
        let tasks: Vec<_> = named
            .map(|(n, plan)| spawn(sleeper(format!("s{n}"), plan)))
            .collect();
        for task in tasks {
            say(task.await.unwrap());
        }
    };
    check(main, include_str!("../recorded/sleepers.trace"));
}

async fn waiter(name: String, promise: Promise<&'static str>) {
    say(format_args!("{name} waits"));
    match promise.await {
        Ok(value) => say(format_args!("{name} got {value}")),
        Err(PromiseError::Failed(error)) => say(format_args!("{name} got error {error}")),
        Err(PromiseError::Cancelled(why)) => {
            say(format_args!(
                "{name} got cancelled {}",
                why.reason().unwrap()
            ));
        }
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn futures() {
    let main = async {
        let promise = Promise::new;
        let (first, second, third) = (promise(), promise(), promise());
        first.add_done_callback(|| say("callback before the waiters"));
        let mut tasks = Vec::new();
        for (n, promise) in [&first, &second, &third, &first].into_iter().enumerate() {
            tasks.push(spawn(waiter(format!("w{n}"), promise.clone())));
        }
        yield_now().await;
        first.add_done_callback(|| say("callback behind the waiters"));
        let twice = DoneCallback::new(|| say("registered twice"));
        first.add_done_callback(twice.clone());
        first.add_done_callback(twice.clone());
        let removed = second.remove_done_callback(&twice);
        say(format_args!("removed {removed}"));
        let setter = first.clone();
        call_soon(move || setter.set_result("one").unwrap());
        soon("soon behind set_result");
        for _ in 0..3 {
            yield_now().await;
        }
        second.set_exception("two").unwrap();
        third.cancel_with("three");
        say("set");
        soon("soon behind set_exception");
        let value = first.clone().await.unwrap();
        say(format_args!("{value} without a pause"));
        for task in tasks {
            task.await.unwrap();
        }
        first.add_done_callback(|| say("callback of a done future"));
        say("waiting is over");
        yield_now().await;
    };
    check(main, include_str!("../recorded/futures.trace"));
}

/// Does the same as Python's `try: await ... except CancelledError: say(...); raise`.
async fn told<F: IntoFuture>(what: &str, awaited: F) -> F::Output {
    match catch_cancel(awaited.into_future()).await {
        Ok(value) => value,
        Err(cancelled) => {
            say(what);
            match cancelled.raise().await {}
        }
    }
}

async fn inner(cleanup: f64) -> Nothing {
    if let Err(cancelled) = catch_cancel(nap(10.0)).await {
        say("inner is cancelled");
        if cleanup > 0.0 {
            nap(cleanup).await;
            say("inner has cleaned up");
        }
        match cancelled.raise().await {}
    }
    Nothing
}

async fn level(name: String, awaited: Task<Nothing>) -> Nothing {
    let awaited = told(&format!("{name} is cancelled"), awaited).await;
    awaited.expect("a cancel that comes back is a cancel")
}

async fn observe<T: Display + 'static>(task: &mut Task<T>) {
    match task.await {
        Ok(value) => say(format_args!("observed {value}")),
        Err(TaskError::Cancelled(why)) => {
            let why = why.reason().map(|why| format!(" {why}"));
            say(format_args!("observed a cancel{}", why.unwrap_or_default()));
        }
        Err(other) => panic!("{other}"),
    }
}

/// The result of a task without a value, as Python prints it.
struct Nothing;

impl Display for Nothing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("None")
    }
}

fn python(yes: bool) -> &'static str {
    if yes { "True" } else { "False" }
}

async fn cancel_through_levels() {
    for levels in 0..3 {
        let mut task = spawn(inner(0.0));
        for n in 0..levels {
            task = spawn(level(format!("level {n}"), task));
        }
        nap(1.0).await;
        let yes = python(task.cancel_with("why"));
        say(format_args!("cancel through {levels} {yes}"));
        observe(&mut task).await;
    }
}

#[test]
fn cancel() {
    let main = async {
        cancel_through_levels().await;
        let mut unborn = spawn(inner(0.0));
        say(format_args!(
            "cancel the unborn {}",
            python(unborn.cancel())
        ));
        observe(&mut unborn).await;
        let mut slow = spawn(inner(2.0));
        nap(1.0).await;
        slow.cancel();
        observe(&mut slow).await;
        let mut task = spawn(async {
            if catch_cancel(nap(10.0)).await.is_err() {
                say("stubborn goes on");
            }
            nap(1.0).await;
            "stubborn's value"
        });
        nap(1.0).await;
        let (once, twice) = (python(task.cancel()), python(task.cancel()));
        say(format_args!("{once} {twice} {}", task.cancelling()));
        observe(&mut task).await;
        let (cancelled, again) = (
            python(task.cancelled() == Some(true)),
            python(task.cancel()),
        );
        say(format_args!("{cancelled} {again}"));
    };
    check(main, include_str!("../recorded/cancel.trace"));
}

#[test]
fn busy() {
    fn work(seconds: f64) {
        block(Duration::from_secs_f64(seconds));
    }
    fn chain(n: u32) {
        say(format_args!("link {n}"));
        work(0.1);
        if n > 0 {
            call_soon(move || chain(n - 1));
        }
    }
    let main = async {
        later(0.35, "due at 0.35");
        later(0.12, "due at 0.12");
        call_later(Duration::from_millis(120), || soon("soon by a timer"));
        later(0.12, "due at 0.12 too");
        let task = spawn(async {
            for n in 0..6 {
                say(format_args!("turn {n}"));
                work(0.05);
                yield_now().await;
            }
        });
        call_soon(|| chain(5));
        nap(0.2).await;
        say("slept 0.2");
        task.await.unwrap();
        work(1.0);
        let late = spawn(nap(0.0));
        nap(0.05).await;
        let done = python(late.done());
        say(format_args!("slept 0.05 after a second's work {done}"));
    };
    check(main, include_str!("../recorded/busy.trace"));
}

#[test]
fn errors() {
    fn fail(text: &'static str) {
        say(format_args!("fails: {text}"));
        std::panic::panic_any(text);
    }
    let event_loop = log::virtual_loop();
    event_loop.set_exception_handler(Some(Rc::new(|report| {
        let (_, why) = report.message.rsplit_once(": ").unwrap();
        say(format_args!("handler: {why}"));
    })));
    let main = async {
        call_soon(|| fail("first"));
        soon("second");
        let promise = Promise::new();
        promise.add_done_callback(|| fail("done-callback"));
        promise.add_done_callback(|| say("the next done-callback"));
        promise.set_result(()).unwrap();
        call_later(Duration::from_millis(500), || fail("timer"));
        later(0.5, "the next timer");
        let task = spawn(async {
            nap(0.75).await;
            fail("task");
        });
        let bystander = spawn(async {
            nap(1.0).await;
            "unharmed"
        });
        match task.await {
            Err(TaskError::Panicked(panic)) => say(format_args!("caught: {}", panic.message())),
            other => panic!("{other:?}"),
        }
        say(bystander.await.unwrap());
    };
    check_on(&event_loop, main, include_str!("../recorded/errors.trace"));
}
