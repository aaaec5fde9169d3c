//! S2: the toolbox, nine ways to wait for several things at once.
//!
//! Two functions have different speeds: `a` takes three seconds and `b` takes one. The
//! programs wait for a handful of them: one after the other, in the order of a list, in
//! the order of completion, all together, in rounds.
//!
//! Python has one type for all coroutines, Rust one for each `async fn`. These programs
//! keep both functions in one list, so the futures are boxed.
//!
//! Each Rust function has its Python original above it.
//!
//! Invariant: every program ends by printing the value of its `main`, as Python prints it.
//!
//! Read next: `ground_up.rs`, which begins below the loop.

use std::collections::BTreeSet;
use std::pin::Pin;

use groundup::ReturnWhen::{AllCompleted, FirstCompleted};
use groundup::{Task, TaskError, WaitSet, as_completed, gather, sleep, spawn, wait};

use super::Program;
use crate::python::{list, set};
use crate::stage::{Outcome, event_loop, pick, say, seconds};

pub(super) static PROGRAMS: [Program; 9] = [
    Program {
        id: "S2.P1",
        title: "Pretend to be completely synchronous",
        see: "One lane: main sleeps three times, one after the other.",
        lanes: &["main"],
        main: p1,
        lines: &["a", "b1", "b2", "['a', 'b1', 'b2']"],
        exact: 5.0,
        ..Program::BLANK
    },
    Program {
        id: "S2.P2",
        title: "In whatever order we like",
        see: "One lane again, in another order: an unspawned coroutine runs only while it is awaited.",
        lanes: &["main"],
        main: p2,
        lines: &["b1", "b2", "a", "['b1', 'b2', 'a']"],
        exact: 5.0,
        remark: "Making a coroutine does not start it, so nothing runs at the same time.",
        ..Program::BLANK
    },
    Program {
        id: "S2.P3",
        title: "Scheduled first, awaited in list order",
        see: "b1 and b2 end at 1 second, but main waits for a first, and takes them at 3.",
        lanes: &["main", "a", "b1", "b2"],
        main: p3,
        lines: &["b1", "b2", "a", "['a', 'b1', 'b2']"],
        exact: 3.0,
        remark: "\"Head-of-line blockage\": b1 and b2 are done at 1 second and taken at 3.",
        ..Program::BLANK
    },
    Program {
        id: "S2.P4",
        title: "as_completed",
        see: "Main runs at 1 second, when b1 and b2 end, and again at 3.",
        lanes: &["main", "a", "b1", "b2"],
        main: p4,
        lines: &["b1", "b2", "a", "['b1', 'b2', 'a']"],
        exact: 3.0,
        ..Program::BLANK
    },
    Program {
        id: "S2.P5",
        title: "gather",
        see: "Main runs once, when the last of three ends.",
        lanes: &["main", "a", "b1", "b2"],
        main: p5,
        lines: &["b1", "b2", "a", "['a', 'b1', 'b2']"],
        exact: 3.0,
        ..Program::BLANK
    },
    Program {
        id: "S2.P6",
        title: "wait",
        see: "The picture of gather: wait also returns when all have ended.",
        lanes: &["main", "a", "b1", "b2"],
        main: p6,
        lines: &["b1", "b2", "a", "['a', 'b1', 'b2']"],
        exact: 3.0,
        remark: "Python's done is a set, in any order; here it is in the order given.",
        ..Program::BLANK
    },
    Program {
        id: "S2.P7",
        title: "wait, a glorified select()",
        see: "Main runs in two rounds: at 1 second for both b's, at 3 for a.",
        lanes: &["main", "a", "b1", "b2"],
        main: p7,
        lines: &["b1", "b2", "a", "{'a', 'b1', 'b2'}"],
        exact: 3.0,
        remark: "Two rounds: b1 and b2 come back together.",
        ..Program::BLANK
    },
    Program {
        id: "S2.P8",
        title: "wait, with something extra in each round",
        see: "Each round of main adds a lane: a staircase of extra tasks.",
        lanes: &["main", "a", "b1", "b2", "b3", "a2", "b4", "b5"],
        main: p8,
        lines: &[
            "b1",
            "b2",
            "b3",
            "a",
            "b4",
            "a",
            "b5",
            "['b1', 'b2', 'b3', 'a', 'b4', 'a', 'b5']",
        ],
        // The second a and b5 are due at the same time: either may be first, and they may
        // be done in one round or in two.
        or_lines: &[
            &[
                "b1",
                "b2",
                "b3",
                "a",
                "b4",
                "b5",
                "a",
                "['b1', 'b2', 'b3', 'a', 'b4', 'b5', 'a']",
            ],
            &[
                "b1",
                "b2",
                "b3",
                "a",
                "b4",
                "b5",
                "a",
                "['b1', 'b2', 'b3', 'a', 'b4', 'a', 'b5']",
            ],
        ],
        exact: 5.0,
        ..Program::BLANK
    },
    Program {
        id: "S2.P9",
        title: "wait, a fully evented main loop",
        see: "Main looks around every 0.2 seconds, whether or not a task has ended.",
        lanes: &["main", "a", "b1", "b2", "a2", "b3", "b4"],
        main: p9,
        lines: &[
            "b1",
            "b2",
            "b3",
            "b4",
            "a",
            "a",
            "['b1', 'b2', 'b3', 'b4', 'a', 'a']",
        ],
        exact: 3.2,
        seeded: Some((3.2, 3.6)),
        remark: "Python's extras.pop() takes any; here the first, or the one that --seed chooses.",
        ..Program::BLANK
    },
];

/// The value of `main`: the results, in the order in which they were taken.
type Results = Result<Vec<&'static str>, TaskError>;

type Coroutine = Pin<Box<dyn Future<Output = &'static str>>>;

/// ```python
/// def a():
///     yield from sleep(3)
///     print("a")
///     return "a"
/// ```
fn a() -> Coroutine {
    Box::pin(async {
        sleep(seconds(3.0)).await;
        say("a");
        "a"
    })
}

/// ```python
/// def b(B):
///     yield from sleep(1)
///     print(B)
///     return B
/// ```
fn b(name: &'static str) -> Coroutine {
    Box::pin(async move {
        sleep(seconds(1.0)).await;
        say(name);
        name
    })
}

/// ```python
/// if __name__ == '__main__':
///     loop = get_event_loop()
///     result = loop.run_until_complete(main())
///     print(result)
/// ```
fn complete(main: impl Future<Output = Results> + 'static) -> Outcome {
    let result = event_loop().run_until_complete(main)?;
    say(list(result?));
    Ok(())
}

/// Returns the result of a task that is done.
fn result(mut task: Task<&'static str>) -> Result<&'static str, TaskError> {
    task.take_result().unwrap_or(Err(TaskError::Closed))
}

fn p1() -> Outcome {
    complete(main1())
}

/// ```python
/// def main():
///     a_result = yield from a()
///     b1_result = yield from b("b1")
///     b2_result = yield from b("b2")
///     return [a_result, b1_result, b2_result]
/// ```
async fn main1() -> Results {
    let a_result = a().await;
    let b1_result = b("b1").await;
    let b2_result = b("b2").await;
    Ok(vec![a_result, b1_result, b2_result])
}

fn p2() -> Outcome {
    complete(main2())
}

/// ```python
/// def main():
///     a_coro = a()
///     b1_coro = b("b1")
///     b2_coro = b("b2")
///     results = []
///     for coro in b1_coro, b2_coro, a_coro:
///         result = yield from coro
///         results.append(result)
///     return results
/// ```
async fn main2() -> Results {
    let a_coro = a();
    let b1_coro = b("b1");
    let b2_coro = b("b2");
    let mut results = Vec::new();
    for coro in [b1_coro, b2_coro, a_coro] {
        let result = coro.await;
        results.push(result);
    }
    Ok(results)
}

fn p3() -> Outcome {
    complete(main3())
}

/// ```python
/// def main():
///     coros = [
///         async(a()),
///         async(b("b1")),
///         async(b("b2"))]
///     results = []
///     for f in coros:
///         result = yield from f
///         results.append(result)
///     return results
/// ```
async fn main3() -> Results {
    let coros = [spawn(a()), spawn(b("b1")), spawn(b("b2"))];
    let mut results = Vec::new();
    for f in coros {
        let result = f.await?;
        results.push(result);
    }
    Ok(results)
}

fn p4() -> Outcome {
    complete(main4())
}

/// ```python
/// def main():
///     coros = [
///         async(a()),
///         async(b("b1")),
///         async(b("b2"))]
///     results = []
///     for f in as_completed(coros):
///         result = yield from f
///         results.append(result)
///     return results
/// ```
async fn main4() -> Results {
    let coros = [spawn(a()), spawn(b("b1")), spawn(b("b2"))];
    let mut results = Vec::new();
    let mut completed = as_completed(coros);
    while let Some(f) = completed.next().await {
        results.push(f.result?);
    }
    Ok(results)
}

fn p5() -> Outcome {
    complete(main5())
}

/// ```python
/// def main():
///     results = yield from gather(a(), b("b1"), b("b2"))
///     return results
/// ```
async fn main5() -> Results {
    let results = gather([a(), b("b1"), b("b2")]).await?;
    Ok(results)
}

fn p6() -> Outcome {
    complete(main6())
}

/// ```python
/// def main():
///     results, _ = yield from wait([a(), b("b1"), b("b2")])
///     results = [r.result() for r in results]
///     return results
/// ```
async fn main6() -> Results {
    let (results, _) = wait([a(), b("b1"), b("b2")], AllCompleted).await;
    results.into_iter().map(result).collect()
}

fn p7() -> Outcome {
    let result = event_loop().run_until_complete(main7())?;
    say(set(result?));
    Ok(())
}

/// ```python
/// def main():
///     pending = [a(), b("b1"), b("b2")]
///     results = set()
///     while pending:
///         done, pending = yield from wait(pending, return_when=FIRST_COMPLETED)
///         results.update([d.result() for d in done])
///     return results
/// ```
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

fn p8() -> Outcome {
    complete(main8())
}

/// ```python
/// def main():
///     pending = [a(), b("b1"), b("b2")]
///     extra = [b("b3"), a(), b("b4"), b("b5")]
///     results = []
///     while pending:
///         done, pending = yield from wait(pending, return_when=FIRST_COMPLETED)
///         results.extend([d.result() for d in done])
///         if extra:
///             pending.update([extra.pop(0)])
///     return results
/// ```
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

fn p9() -> Outcome {
    complete(main9())
}

/// ```python
/// def main():
///     done = set()
///     pending = {a(), b("b1"), b("b2")}
///     extras = {a(), b("b3"), b("b4")}
///     while pending:
///         just_done, pending = yield from wait(pending, timeout=0.2)
///         done.update(just_done)
///         if extras:
///             pending.add(extras.pop())
///     return [d.result() for d in done]
/// ```
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
