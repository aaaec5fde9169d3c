//! S0 and S1: from blocking calls to a map that runs everything at once.
//!
//! An article in seven programs, all of which call a function five times. The function
//! comes in two kinds: `a` blocks, `b` suspends. The first three programs take five
//! seconds. The fourth takes one, because five sleeps that suspend overlap. The rest puts
//! this pattern into a function, and mixes the two kinds.
//!
//! Each Rust function has its Python original above it.
//!
//! Invariant: no program here depends on the kind of its clock.
//!
//! Read next: `toolbox.rs`, the sequel.

use groundup::{MaybeAsync, Task, async_map, plain, sleep};

use super::{ELAPSED, Program};
use crate::stage::{Outcome, block, event_loop, say, seconds, timer};

pub(super) static PROGRAMS: [Program; 7] = [
    Program {
        id: "S0.P1",
        title: "Normal synchronous code",
        see: "One blocking call follows the other: one lane, always running.",
        main: p1,
        lines: &["Normal synchronous code", "a", "a", "a", "a", "a", ELAPSED],
        exact: 5.0,
        claim: Some(5.005340099334717),
        ..Program::BLANK
    },
    Program {
        id: "S0.P2",
        title: "Using asynchronous code synchronously",
        see: "Each task sleeps alone, because the next one starts when it has ended.",
        main: p2,
        lines: &[
            "Using asynchronous code synchronously",
            "b",
            "b",
            "b",
            "b",
            "b",
            ELAPSED,
        ],
        exact: 5.0,
        claim: Some(5.007107496261597),
        remark: "\"There is no speed increase.\"",
        ..Program::BLANK
    },
    Program {
        id: "S0.P3",
        title: "Separate function call, and code running",
        see: "The picture is that of P2: a call makes a coroutine, and nothing runs until the loop is asked.",
        main: p3,
        lines: &[
            "Separate function call, and code running",
            "b",
            "b",
            "b",
            "b",
            "b",
            ELAPSED,
        ],
        exact: 5.0,
        claim: Some(5.006737232208252),
        remark: "Calling an async function starts nothing.",
        ..Program::BLANK
    },
    Program {
        id: "S0.P4",
        title: "Briefer concurrency with map",
        see: "Five sleeps lie above each other, and end in one instant.",
        main: p4,
        lines: &["Briefer concurrency with map", "b b b b b", ELAPSED],
        exact: 1.0,
        claim: Some(1.002532958984375),
        remark: "The call that the source names async() is spawn here.",
        ..Program::BLANK
    },
    Program {
        id: "S0.P5",
        title: "Async map, not using the event loop directly",
        see: "The same five sleeps: `async_map` spawns what P4 spawned by hand.",
        main: p5,
        lines: &[
            "Async map, not using the event loop directly",
            "b b b b b",
            ELAPSED,
        ],
        exact: 1.0,
        claim: Some(1.0016822814941406),
        ..Program::BLANK
    },
    Program {
        id: "S0.P6",
        title: "It still works with synchronous functions",
        see: "A blocking function lets no other task run: the other four are ready and wait.",
        main: p6,
        lines: &[
            "It still works with synchronous functions",
            "a a a a a",
            ELAPSED,
        ],
        exact: 5.0,
        claim: Some(5.006326913833618),
        ..Program::BLANK
    },
    Program {
        id: "S0.P7",
        title: "Mixin' it up",
        see: "The blocking a's push back the b's: the first b should wake at 1 second, and is late by one.",
        lanes: &["b1", "a1", "b2", "a2", "b3"],
        main: p7,
        lines: &["Mixin' it up", "b a b a b", ELAPSED],
        exact: 3.0,
        seeded: Some((2.0, 3.0)),
        claim: Some(3.004204511642456),
        remark: "Each blocking a delays the start of the b behind it. If the b's began together, it would be 2 seconds.",
        ..Program::BLANK
    },
];

/// Blocks for a second.
///
/// ```python
/// def a(A="a"):
///     time.sleep(1)
///     return A
/// ```
fn a() -> &'static str {
    block(seconds(1.0));
    "a"
}

/// Suspends for a second. "By observation, they do the same thing."
///
/// ```python
/// @asyncio.coroutine
/// def b(B="b"):
///     yield from asyncio.sleep(1)
///     return B
/// ```
async fn b() -> &'static str {
    sleep(seconds(1.0)).await;
    "b"
}

/// ```python
/// def main():
///     with timer("Normal synchronous code"):
///         for x in range(5):
///             print(a())
/// ```
fn p1() -> Outcome {
    timer("Normal synchronous code", || {
        for _ in 0..5 {
            say(a());
        }
        Ok(())
    })
}

/// ```python
/// def main():
///     loop = asyncio.get_event_loop()
///     with timer("Using asynchronous code synchronously"):
///         for x in range(5):
///             retval = loop.run_until_complete(b())
///             print(retval)
/// ```
fn p2() -> Outcome {
    let event_loop = event_loop();
    timer("Using asynchronous code synchronously", || {
        for _ in 0..5 {
            let retval = event_loop.run_until_complete(b())?;
            say(retval);
        }
        Ok(())
    })
}

/// ```python
/// def main():
///     loop = asyncio.get_event_loop()
///     with timer("Separate function call, and code running"):
///         tasks = []
///         for x in range(5):
///             task = b()
///             tasks.append(task)
///         for task in tasks:
///             retval = loop.run_until_complete(task)
///             print(retval)
/// ```
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

/// ```python
/// def main():
///     loop = asyncio.get_event_loop()
///     with timer("Briefer concurrency with map"):
///         tasks = [asyncio.async(b()) for x in range(5)]
///         print(*map(loop.run_until_complete, tasks))
/// ```
fn p4() -> Outcome {
    let event_loop = event_loop();
    timer("Briefer concurrency with map", || {
        let tasks: Vec<Task<_>> = (0..5).map(|_| event_loop.spawn(b())).collect();
        let retvals = tasks
            .into_iter()
            .map(|task| event_loop.run_until_done(task));
        say(retvals.collect::<Result<Vec<_>, _>>()?.join(" "));
        Ok(())
    })
}

/// The article writes this function; here the library has it. It is lazy, keeps the order
/// of its arguments, and `run_on` drives it from a plain `for` loop.
///
/// ```python
/// def async_map(func, *iterables, event_loop=None):
///     loop = event_loop or asyncio.get_event_loop()
///     args_iter = zip(*iterables)
///     tasks = [asyncio.async(func(*args)) for args in args_iter]
///     for task in tasks:
///         yield loop.run_until_complete(task)
///
/// def main():
///     with timer("Async map, not using the event loop directly"):
///         tasks = [b for x in range(5)]
///         retvals = [r for r in async_map(lambda x: x(), tasks)]
///         print(*retvals)
/// ```
fn p5() -> Outcome {
    let event_loop = event_loop();
    timer("Async map, not using the event loop directly", || {
        let tasks = (0..5).map(|_| b);
        let retvals = async_map(|x| x(), tasks).run_on(&event_loop);
        say(retvals.collect::<Result<Vec<_>, _>>()?.join(" "));
        Ok(())
    })
}

/// Python asks at run time whether a function is a coroutine function. Rust knows it at
/// compile time: [`plain`] marks this function as an ordinary one.
///
/// ```python
/// def async_map(func, *iterables, event_loop=None):
///     loop = event_loop or asyncio.get_event_loop()
///     args_iter = zip(*iterables)
///     if asyncio.iscoroutinefunction(func):
///         coro = func
///     else:
///         @asyncio.coroutine
///         def coro(*args):
///             return func(*args)
///     tasks = [asyncio.async(coro(*args)) for args in args_iter]
///     for task in tasks:
///         yield loop.run_until_complete(task)
///
/// def main():
///     with timer("It still works with synchronous functions"):
///         tasks = [a for x in range(5)]
///         retvals = [r for r in async_map(lambda x: x(), tasks)]
///         print(*retvals)
/// ```
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

/// Only the call shows whether `apply` returns a letter, or a coroutine that will return
/// one. `MaybeAsync` is the type of both.
///
/// ```python
/// def main():
///     apply = lambda x: x()
///     with timer("Mixin' it up"):
///         tasks = [b, a, b ,a, b]
///         retvals = [r for r in async_map(apply, tasks)]
///         print(*retvals)
/// ```
fn p7() -> Outcome {
    type Either = fn() -> MaybeAsync<&'static str>;
    let a: Either = || MaybeAsync::value(a());
    let b: Either = || MaybeAsync::future(b());
    let apply = |x: Either| x();
    let event_loop = event_loop();
    timer("Mixin' it up", || {
        let tasks = [b, a, b, a, b];
        let retvals = async_map(apply, tasks).run_on(&event_loop);
        say(retvals.collect::<Result<Vec<_>, _>>()?.join(" "));
        Ok(())
    })
}
