//! Random combinators in which every value panics in its drop.
//!
//! The problem: a combinator holds several values of the user's at once: futures that run, outputs
//! that wait for the others, errors, losers, results that are not read. One drop takes them down
//! together, and each of them may panic. If the first panic unwound through the drop of the
//! second, the process would end.
//!
//! ```text
//!   parts in a holder ──> runs to its end, is given up, is cancelled, or its loop is closed
//! ```
//!
//! Invariant: a bomb panics once, with its number, and that number is seen once: in a report, or in
//! the error that the awaiter gets.
//!
//! Read next: `../props.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::StreamExt;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{iter, once};
use groundup_combinators::executor::{EventLoop, RemoteError, remote, sleep, spawn};
use groundup_combinators::task::{Report, TaskError, yield_now};
use groundup_combinators::*;
use proptest::prelude::*;

use super::ms;

thread_local! {
    static MADE: Cell<u32> = const { Cell::new(0) };
    static FIRED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    static SEEN: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// Panics in its drop, with its number.
#[derive(Debug)]
struct Bomb(u32);

impl Bomb {
    fn new() -> Self {
        MADE.set(MADE.get() + 1);
        Bomb(MADE.get())
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        FIRED.with_borrow_mut(|fired| fired.push(self.0));
        resume_unwind(Box::new(format!("<{}>", self.0)));
    }
}

/// An error whose `Debug` panics, beside its drop.
struct Shy(#[allow(dead_code)] Bomb);

impl fmt::Debug for Shy {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        resume_unwind(Box::new("shy"));
    }
}

#[derive(Clone, Copy, Debug)]
enum End {
    Value,
    Error,
    Panic,
    Never,
}

/// One future in a holder: how many steps it takes, how it ends, and whether it holds a bomb.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    steps: usize,
    end: End,
    holds: bool,
}

type Output = Result<Bomb, Bomb>;

/// Runs a part. At its end it has let go of its bomb: an `await` whose future panics in its drop
/// leaks the value, and that is the compiler's.
struct Running {
    part: Part,
    holds: Option<Bomb>,
}

impl Future for Running {
    type Output = Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Output> {
        if self.part.steps > 0 {
            self.part.steps -= 1;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        if !matches!(self.part.end, End::Never) {
            caught(|| self.holds.take());
        }
        match self.part.end {
            End::Value => Poll::Ready(Ok(Bomb::new())),
            End::Error => Poll::Ready(Err(Bomb::new())),
            End::Panic => resume_unwind(Box::new("the step")),
            End::Never => Poll::Pending,
        }
    }
}

impl Part {
    fn run(self) -> Running {
        let holds = self.holds.then(Bomb::new);
        Running { part: self, holds }
    }
}

fn part() -> impl Strategy<Value = Part> {
    use End::*;
    let end = prop::sample::select(vec![Value, Value, Value, Error, Error, Panic, Never]);
    let part = (0..4usize, end, prop::bool::weighted(0.3));
    part.prop_map(|(steps, end, holds)| Part { steps, end, holds })
}

/// Declares the holders, and the list of them all.
macro_rules! holders {
    ($($holder:ident),+ $(,)?) => {
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Holder {
            $($holder),+
        }

        const HOLDERS: &[Holder] = &[$(Holder::$holder),+];
    };
}

holders! {
    Join,
    JoinTuple,
    TryJoin,
    TryJoinTuple,
    Race,
    RaceTuple,
    RaceOk,
    RaceOkTuple,
    Select,
    Gather,
    GatherTuple,
    TryGather,
    Outcomes,
    AsCompleted,
    Wait,
    MapToVec,
    LimitedMap,
    Buffered,
    Merge,
    Zip,
    TaskGroup,
    BorrowingGroup,
    FirstOfGroup,
    Detached,
    Remote,
    Shield,
    Timeout,
}

/// What happens to the holder, in the iteration that the number says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Awaited,
    GivenUp(usize),
    Cancelled(usize),
    Closed(usize),
    /// Dropped before its first poll.
    Unused,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        2 => Just(Fate::Awaited),
        2 => (0..6usize).prop_map(Fate::GivenUp),
        2 => (0..6usize).prop_map(Fate::Cancelled),
        2 => (0..6usize).prop_map(Fate::Closed),
        1 => Just(Fate::Unused),
    ]
}

pub(crate) type Program = (Holder, Vec<Part>, usize, Fate);

pub(crate) fn programs() -> impl Strategy<Value = Program> {
    let holder = prop::sample::select(HOLDERS.to_vec());
    (
        holder,
        prop::collection::vec(part(), 1..6),
        0..5usize,
        fate(),
    )
}

fn caught<R>(code: impl FnOnce() -> R) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(code()))) {
        SEEN.with_borrow_mut(|seen| seen.extend(payload.downcast_ref::<String>().cloned()));
        std::mem::forget(payload);
    }
}

fn said(message: &str) {
    SEEN.with_borrow_mut(|seen| seen.push(message.to_string()));
}

fn saw(error: &TaskError) {
    if let TaskError::Panicked(panic) = error {
        said(panic.message());
    }
}

/// Drops what a program gets one by one, as a careful program does.
fn each<T>(values: impl IntoIterator<Item = T>) {
    values.into_iter().for_each(|value| caught(|| value));
}

fn outcome<T>(outcome: Result<T, TaskError>) {
    match outcome {
        Ok(value) => caught(|| value),
        Err(error) => saw(&error),
    }
}

fn errors(error: GroupError<Bomb>) {
    for error in error.errors() {
        if let ChildError::Panicked(panic) = error {
            said(panic.message());
        }
    }
    caught(|| error); // all at once: the list drops its errors one by one
}

async fn pause(iterations: usize) {
    for _ in 0..iterations {
        yield_now().await;
    }
}

/// A holder of the parts; `reads` says how far its results are read.
fn hold((holder, mut parts, reads, fate): Program) -> LocalBoxFuture<'static, ()> {
    // A gather that has ended counts the later failures of its children as seen, as asyncio's does.
    // The errors of a group that is given up have no reader.
    let no_reader = match holder {
        Holder::Gather | Holder::GatherTuple | Holder::TryGather | Holder::Outcomes => true,
        Holder::FirstOfGroup => true, // only the first error has one
        Holder::TaskGroup | Holder::BorrowingGroup => {
            matches!(fate, Fate::GivenUp(_) | Fate::Closed(_))
        }
        _ => false,
    };
    parts.iter_mut().for_each(|part| part.holds &= !no_reader);
    let all = {
        let parts = parts.clone();
        move || parts.clone().into_iter().map(Part::run)
    };
    let three = [0, 1, 2].map(|at| parts[at % parts.len()]);
    let [a, b, c] = three;
    match holder {
        Holder::Join => join(all()).map(each).boxed_local(),
        Holder::JoinTuple => join((a.run(), b.run(), c.run()))
            .map(|(a, b, c)| each([a, b, c]))
            .boxed_local(),
        Holder::TryJoin => try_join(all())
            .map(|joined| match joined {
                Ok(values) => each(values),
                Err(error) => caught(|| error),
            })
            .boxed_local(),
        Holder::TryJoinTuple => try_join((a.run(), b.run(), c.run()))
            .map(|joined| match joined {
                Ok((a, b, c)) => each([a, b, c]),
                Err(error) => caught(|| error),
            })
            .boxed_local(),
        Holder::Race => race(all().collect::<Vec<_>>())
            .map(|first| caught(|| first))
            .boxed_local(),
        Holder::RaceTuple => race((a.run(), b.run(), c.run()))
            .map(|first| caught(|| first))
            .boxed_local(),
        Holder::RaceOk => race_ok(all().collect::<Vec<_>>())
            .map(|first| match first {
                Ok(value) => caught(|| value),
                Err(errors) => each(errors),
            })
            .boxed_local(),
        Holder::RaceOkTuple => race_ok((a.run(), b.run(), c.run()))
            .map(|first| match first {
                Ok(value) => caught(|| value),
                Err(errors) => each(errors),
            })
            .boxed_local(),
        Holder::Select => select((a.run(), b.run(), c.run()))
            .map(|first| caught(|| first))
            .boxed_local(),
        Holder::Gather => async move {
            match gather(all()).await {
                Ok(values) => each(values),
                Err(error) => saw(&error),
            }
        }
        .boxed_local(),
        Holder::GatherTuple => async move {
            match gather((a.run(), b.run(), c.run())).await {
                Ok((a, b, c)) => each([a, b, c]),
                Err(error) => saw(&error),
            }
        }
        .boxed_local(),
        Holder::TryGather => async move {
            match try_gather(all()).await {
                Ok(values) => each(values),
                Err(GatherError::Failed(error)) => caught(|| error),
                Err(GatherError::Task(error)) => saw(&error),
                Err(_) => {}
            }
        }
        .boxed_local(),
        Holder::Outcomes => async move {
            let outcomes = gather(all()).return_exceptions().await;
            outcomes.into_iter().for_each(outcome);
        }
        .boxed_local(),
        Holder::AsCompleted => async move {
            let mut ends = as_completed(all());
            for _ in 0..reads {
                let Some(end) = ends.next().await else { break };
                outcome(end.result);
            }
        }
        .boxed_local(),
        Holder::Wait => async move {
            drop(wait(all(), ReturnWhen::FirstException).await);
        }
        .boxed_local(),
        Holder::MapToVec => async move {
            match async_map(|part: Part| part.run(), parts)
                .collect_vec()
                .await
            {
                Ok(values) => each(values),
                Err(error) => saw(&error),
            }
        }
        .boxed_local(),
        Holder::LimitedMap => async move {
            let map = async_map(|part: Part| part.run(), parts).limit(2);
            match map.collect_vec().await {
                Ok(values) => each(values),
                Err(error) => saw(&error),
            }
        }
        .boxed_local(),
        Holder::Buffered => async move {
            let mut read = buffered(iter(parts).map(Part::run), 3);
            for _ in 0..reads {
                let Some(result) = read.next().await else {
                    break;
                };
                outcome(result);
            }
        }
        .boxed_local(),
        Holder::Merge => {
            let mut read = merge(all().map(once).collect::<Vec<_>>());
            async move {
                for _ in 0..reads {
                    let Some(item) = read.next().await else { break };
                    caught(|| item);
                }
            }
            .boxed_local()
        }
        Holder::Zip => {
            let mut read = zip((once(a.run()), once(b.run()), once(c.run())));
            async move {
                for _ in 0..reads {
                    let Some((a, b, c)) = read.next().await else {
                        break;
                    };
                    each([a, b, c]);
                }
            }
            .boxed_local()
        }
        Holder::TaskGroup => async move {
            let ended = task_group(async move |group: TaskGroup<Bomb>| {
                let children: Vec<_> = all().map(|part| group.spawn(part)).collect();
                pause(reads).await;
                drop(children); // all at once
                Ok(Bomb::new())
            });
            match ended.await {
                Ok(value) => caught(|| value),
                Err(error) => errors(error),
            }
        }
        .boxed_local(),
        Holder::BorrowingGroup => async move {
            let ended = borrowing_group(async move |group: BorrowingGroup<'_, Bomb>| {
                let children: Vec<_> = all().map(|part| group.spawn(part)).collect();
                pause(reads).await;
                drop(children);
                Ok(Bomb::new())
            });
            match ended.await {
                Ok(value) => caught(|| value),
                Err(error) => errors(error),
            }
        }
        .boxed_local(),
        Holder::FirstOfGroup => async move {
            let ended = task_group(async move |group: TaskGroup<Bomb>| {
                all().for_each(|part| drop(group.spawn(part)));
                Ok(Bomb::new())
            });
            match ended.await {
                Ok(value) => caught(|| value),
                Err(GroupError::Cancelled) => {}
                Err(GroupError::Children(errors)) => caught(|| errors.into_first()),
            }
        }
        .boxed_local(),
        Holder::Detached => async move {
            for part in all() {
                let shy = async move { part.await.map_err(Shy) };
                spawn(shy).detach_reporting();
            }
            pause(reads).await;
        }
        .boxed_local(),
        Holder::Remote => async move {
            let tasks = parts.iter().map(|&part| remote().spawn(move || part.run()));
            let mut tasks: Vec<_> = tasks.collect();
            pause(reads).await;
            if reads > 2 {
                match tasks.remove(0).await {
                    Ok(value) => caught(|| value),
                    Err(RemoteError::Panicked(message)) => said(&message),
                    Err(_) => {}
                }
            }
            drop(tasks);
        }
        .boxed_local(),
        Holder::Shield => shield(a.run()).into_future().map(outcome).boxed_local(),
        Holder::Timeout => timeout(ms(reads as u64), a.run())
            .map(|value| caught(|| value))
            .boxed_local(),
    }
}

async fn under_fate(program: Program) {
    let fate = program.3;
    let task = spawn(async move {
        match fate {
            Fate::GivenUp(iterations) => drop(select((hold(program), pause(iterations))).await),
            Fate::Unused => drop(hold(program)),
            _ => hold(program).await,
        }
    });
    match fate {
        Fate::Cancelled(iterations) => {
            pause(iterations).await;
            task.cancel();
        }
        Fate::Closed(iterations) => {
            pause(iterations).await;
            return;
        }
        _ => {}
    }
    // Parts that never end are given up.
    sleep(ms(9)).await;
    task.cancel();
    if let Err(error) = task.await {
        saw(&error);
    }
    sleep(ms(9)).await;
}

pub(crate) fn run(program: Program) {
    MADE.set(0);
    FIRED.take();
    SEEN.take();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(|report: &Report| said(&report.message))
        .build();
    event_loop.run_until_complete(under_fate(program)).unwrap();
    drop(event_loop);
    let (fired, seen) = (FIRED.take(), SEEN.take());
    assert_eq!(fired.len(), MADE.get() as usize, "each bomb went off");
    for bomb in fired {
        let number = format!("<{bomb}>");
        let times = seen.iter().filter(|text| text.contains(&number)).count();
        assert_eq!(times, 1, "bomb {bomb} in {seen:#?}");
    }
}
