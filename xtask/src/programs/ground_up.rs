//! S3: generators, interweavers and coroutines, with no loop at all.
//!
//! The notebook takes turns by hand. Two generators and a `for` loop make the first
//! interweaver, and a deque makes the second. A generator may return a value besides the
//! ones it yields. Then an `async` function that awaits it is only a generator that
//! delegates. No program here waits for anything, so there is no clock: the programs show
//! the order of turns.
//!
//! Each Rust function has its Python original above it. [`named`] gives a generator its
//! lane in the timeline and changes nothing else.
//!
//! All of it runs on floor 2. [`Stepped`], of floor 1, resumes an `async` function as a
//! generator, and the interweaver is floor 2's [`drain`].
//!
//! Invariant: no program of this file has an event loop, a task or a waker. The only name
//! from above floor 2 is the error type that every program returns.
//!
//! Read next: `asyncio_guide.rs`, where the loop comes back.

use std::fmt::Display;

use groundup::Stepped;
use groundup::generator::{AsyncGenerator, Generator, generator, run};
use groundup::interweave::{drain, interweave, lockstep, run_all};

use super::Program;
use crate::stage::{Outcome, named, say};

pub(super) static PROGRAMS: [Program; 9] = [
    Program {
        id: "S3.P1",
        title: "The first interweaver, equal lengths",
        see: "The two lanes take turns, step by step.",
        main: p1,
        lines: &[
            "Computing square of 1",
            "Computing square of 10",
            "Computing square of 2",
            "Computing square of 20",
            "Computing square of 3",
            "Computing square of 30",
            "Computing square of 4",
            "Computing square of 40",
        ],
        ..Program::BLANK
    },
    Program {
        id: "S3.P2",
        title: "The first interweaver, different lengths",
        see: "The shorter lane ends, and the longer one with it: its 6 is missing.",
        main: p2,
        lines: &[
            "Computing square of 1",
            "Computing square of 10",
            "Computing square of 2",
            "Computing square of 20",
            "Computing square of 3",
            "Computing square of 30",
            "Computing square of 4",
            "Computing square of 40",
            "Computing square of 5",
        ],
        remark: "\"It expects all the generators to be of same length\": the 6 is lost.",
        ..Program::BLANK
    },
    Program {
        id: "S3.P3",
        title: "The second interweaver, a deque",
        see: "The longer lane goes on alone after the shorter one has ended.",
        main: p3,
        lines: &[
            "Computing square of 1",
            "Computing square of 10",
            "Computing square of 2",
            "Computing square of 20",
            "Computing square of 3",
            "Computing square of 30",
            "Computing square of 4",
            "Computing square of 40",
            "Computing square of 5",
            "Computing square of 6",
        ],
        ..Program::BLANK
    },
    Program {
        id: "S3.P4",
        title: "Generators that delegate and return",
        see: "The lanes take turns, although each delegates to other generators.",
        main: p4,
        lines: &[
            "Computing square of  1",
            "Computing square of  10",
            "Computing square of  2",
            "Computing square of  20",
            "Computing square of  3",
            "Computing square of  30",
            "Computing square of  4",
            "Computing square of  40",
            "Computing square of  5",
            "Computing square of  50",
            "sum_of_squares [1, 2, 3, 4, 5] 55",
            "sum_of_squares [10, 20, 30, 40, 50] 5500",
        ],
        remark: "Two blanks before each number: the source prints a blank of its own.",
        ..Program::BLANK
    },
    Program {
        id: "S3.P5",
        title: "run: drive one to its end",
        see: "One lane, two steps: the second returns the value.",
        main: p5,
        lines: &["square 3", "9"],
        ..Program::BLANK
    },
    Program {
        id: "S3.P6",
        title: "run: an async function that awaits generators",
        see: "One lane: an async function is stepped like a generator.",
        main: p6,
        lines: &["square 3", "square 4", "25"],
        ..Program::BLANK
    },
    Program {
        id: "S3.P7",
        title: "The third interweaver, on async functions",
        see: "Two async functions take turns without an event loop.",
        main: p7,
        lines: &[
            "square 3",
            "square 30",
            "square 4",
            "25",
            "square 40",
            "2500",
        ],
        ..Program::BLANK
    },
    Program {
        id: "S3.P8",
        title: "One after the other: awaits in sequence",
        see: "One lane: the awaits follow each other.",
        main: p8,
        lines: &["A", "B", "C", "1", "2", "3"],
        ..Program::BLANK
    },
    Program {
        id: "S3.P9",
        title: "In turns: the same, interwoven",
        see: "The same two functions in two lanes: now they take turns.",
        main: p9,
        lines: &["A", "1", "B", "2", "C", "3"],
        ..Program::BLANK
    },
];

/// ```python
/// def squares(numbers):
///     for n in numbers:
///         print("Computing square of", n)
///         yield n*n
/// ```
fn squares(numbers: &[i64]) -> impl Generator<Resume = (), Yield = i64> {
    generator(move |co| async move {
        for n in numbers {
            say(format!("Computing square of {n}"));
            co.yield_(n * n).await;
        }
    })
}

/// ```python
/// def interweave(generators):
///     while True:
///         for g in generators:
///             yield next(g)
///
/// g1 = squares([1, 2, 3, 4])
/// g2 = squares([10, 20, 30, 40])
/// run_all([g1, g2])
/// ```
fn p1() -> Outcome {
    let g1 = named("g1", squares(&[1, 2, 3, 4]));
    let g2 = named("g2", squares(&[10, 20, 30, 40]));
    run_all(lockstep([g1, g2]));
    Ok(())
}

/// ```python
/// # the same interweave
/// g1 = squares([1, 2, 3, 4, 5, 6])
/// g2 = squares([10, 20, 30, 40])
/// run_all([g1, g2])
/// ```
fn p2() -> Outcome {
    let g1 = named("g1", squares(&[1, 2, 3, 4, 5, 6]));
    let g2 = named("g2", squares(&[10, 20, 30, 40]));
    run_all(lockstep([g1, g2]));
    Ok(())
}

/// ```python
/// def interweave(generators):
///     # create a queue of generators
///     generators = deque(generators)
///     while generators:
///         # pop and progress the left most one.
///         g = generators.popleft()
///         try:
///             yield next(g)
///         except StopIteration:
///             pass
///         else:
///             # if it has more elements, enqueue it again.
///             generators.append(g)
///
/// g1 = squares([1, 2, 3, 4, 5, 6])
/// g2 = squares([10, 20, 30, 40])
/// run_all([g1, g2])
/// ```
fn p3() -> Outcome {
    let g1 = named("g1", squares(&[1, 2, 3, 4, 5, 6]));
    let g2 = named("g2", squares(&[10, 20, 30, 40]));
    run_all(interweave([g1, g2]));
    Ok(())
}

/// ```python
/// def square(x):
///     yield
///     print("Computing square of ", x)
///     return x*x
/// ```
fn square(x: i64) -> impl Generator<Resume = (), Yield = (), Return = i64> {
    generator(move |co| async move {
        co.yield_(()).await;
        say(format!("Computing square of  {x}"));
        x * x
    })
}

/// ```python
/// def sum_of_squares(numbers):
///     result = 0
///     for n in numbers:
///         n2 = yield from square(n)
///         result += n2
///     yield
///     print("sum_of_squares", numbers, result)
///     return result
/// ```
fn sum_of_squares(numbers: &[i64]) -> impl Generator<Resume = (), Yield = (), Return = i64> {
    generator(move |co| async move {
        let mut result = 0;
        for &n in numbers {
            let n2 = co.yield_from(square(n)).await;
            result += n2;
        }
        co.yield_(()).await;
        say(format!("sum_of_squares {numbers:?} {result}"));
        result
    })
}

/// ```python
/// g1 = sum_of_squares([1, 2, 3, 4, 5])
/// g2 = sum_of_squares([10, 20, 30, 40, 50])
/// run_all([g1, g2])
/// ```
fn p4() -> Outcome {
    let g1 = named("g1", sum_of_squares(&[1, 2, 3, 4, 5]));
    let g2 = named("g2", sum_of_squares(&[10, 20, 30, 40, 50]));
    run_all(interweave([g1, g2]));
    Ok(())
}

/// In Python, `@types.coroutine` lets an `async def` await a generator. Here the type of
/// the generator does.
///
/// ```python
/// @types.coroutine
/// def square(x):
///     yield
///     print("square", x)
///     return x*x
/// ```
fn cosquare(x: i64) -> AsyncGenerator<impl Future<Output = i64>, ()> {
    generator(move |co| async move {
        co.yield_(()).await;
        say(format!("square {x}"));
        x * x
    })
}

/// ```python
/// def run(coroutine):
///     try:
///         while True:
///             coroutine.send(None)
///     except StopIteration as e:
///         return e.value
///
/// run(square(3))
/// ```
fn p5() -> Outcome {
    say(run(named("square", cosquare(3))));
    Ok(())
}

/// ```python
/// async def sum_of_squares(x, y):
///     return await square(x) + await square(y)
/// ```
async fn co_sum_of_squares(x: i64, y: i64) -> i64 {
    cosquare(x).await + cosquare(y).await
}

/// ```python
/// run(sum_of_squares(3, 4))
/// ```
fn p6() -> Outcome {
    let coroutine = Stepped::new(co_sum_of_squares(3, 4));
    say(run(named("sum", coroutine)));
    Ok(())
}

/// ```python
/// async def print_sum_of_squares(x, y):
///     print(await sum_of_squares(x, y))
/// ```
async fn print_sum_of_squares(x: i64, y: i64) {
    say(co_sum_of_squares(x, y).await);
}

/// ```python
/// def interweave(coroutines):
///     q = deque(coroutines)
///     while q:
///         coro = q.popleft()
///         try:
///             coro.send(None)
///         except StopIteration as e:
///             pass
///         else:
///             q.append(coro)
///
/// interweave([print_sum_of_squares(3, 4), print_sum_of_squares(30, 40)])
/// ```
fn p7() -> Outcome {
    drain([
        named("(3, 4)", Stepped::new(print_sum_of_squares(3, 4))),
        named("(30, 40)", Stepped::new(print_sum_of_squares(30, 40))),
    ]);
    Ok(())
}

/// ```python
/// @types.coroutine
/// def display(values):
///     for v in values:
///         print(v)
///         yield
/// ```
fn display<V>(values: V) -> AsyncGenerator<impl Future<Output = ()>, ()>
where
    V: IntoIterator<Item: Display>,
{
    generator(move |co| async move {
        for v in values {
            say(v);
            co.yield_(()).await;
        }
    })
}

/// ```python
/// async def display2(values1, values2):
///     await display(values1)
///     await display(values2)
/// ```
async fn display2(values1: &str, values2: &str) {
    display(values1.chars()).await;
    display(values2.chars()).await;
}

/// ```python
/// run(display2("ABC", "123"))
/// ```
fn p8() -> Outcome {
    run(named("display2", Stepped::new(display2("ABC", "123"))));
    Ok(())
}

/// ```python
/// interweave([display("ABC"), display("123")])
/// ```
fn p9() -> Outcome {
    drain([
        named("ABC", display("ABC".chars())),
        named("123", display("123".chars())),
    ]);
    Ok(())
}
