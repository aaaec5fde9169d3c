//! The cancel table, run cell by cell.
//!
//! The problem: readers trust a table about cancelling, and one wrong cell goes unnoticed. So
//! each cell is a test. It builds the combinator over two children, lets the mishap happen
//! after a second, and checks what happened to the children:
//!
//! ```text
//!   child a   ends after 2 s; cancelled, it cleans up for 1 s
//!   child b   ends after 9 s; cancelled, it cleans up for 3 s
//!
//!   after 1 s the mishap; then, of child b:
//!      logged "b" after 9 s                  it ran on
//!      logged "b!", the caller came back     after 1 s: it waited for none
//!                                            after 2 s: it waited for the first
//!                                            after 4 s: it waited for all
//!      logged "b~"                           it was dropped
//! ```
//!
//! Where futures and tasks have different fates, the test runs both.
//!
//! Invariant: the rows here are those of the table, none missing.
//!
//! Read next: `props.rs`.

use std::time::Duration;

use crate::setup::*;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{self, LocalBoxStream, StreamExt};
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::{Task, catch_cancel};
use groundup_combinators::*;

/// How a child is passed to the combinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As a future that can clean up.
    Future,
    /// As a future without a region, which is simply dropped.
    Plain,
    /// As a task.
    Task,
}

/// Length, clean-up and outcome of a child.
#[derive(Clone)]
struct Child {
    log: Log,
    name: &'static str,
    seconds: u64,
    clean_up: u64,
    fails: bool,
}

type Outcome = Result<(), &'static str>;

/// Logs that a child was dropped, unless it came to an end.
struct Guard(Option<(Log, &'static str)>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some((log, name)) = self.0.take() {
            log.say(format_args!("{name}~"));
        }
    }
}

impl Child {
    fn ended(self, guard: &mut Guard) -> Outcome {
        guard.0 = None;
        self.log.say(self.name);
        if self.fails { Err(self.name) } else { Ok(()) }
    }

    async fn careful(self) -> Outcome {
        let mut guard = Guard(Some((self.log.clone(), self.name)));
        if let Err(cancelled) = catch_cancel(sleep(secs(self.seconds))).await {
            self.log.say(format_args!("{}!", self.name));
            sleep(secs(self.clean_up)).await;
            guard.0 = None;
            cancelled.raise().await;
        }
        self.ended(&mut guard)
    }

    async fn plain(self) -> Outcome {
        let mut guard = Guard(Some((self.log.clone(), self.name)));
        sleep(secs(self.seconds)).await;
        self.ended(&mut guard)
    }

    /// Runs the child as a task. Its failure is a panic, since an `Err` is a value of the task.
    async fn panicking(self) {
        self.careful().await.unwrap();
    }
}

/// A combinator under test. A stream or a set may be awaited again.
enum Waiting {
    Future(LocalBoxFuture<'static, ()>),
    Stream(LocalBoxStream<'static, ()>),
    Set(WaitSet<()>),
}

impl Waiting {
    async fn once(&mut self) {
        match self {
            Waiting::Future(future) => future.await,
            Waiting::Stream(stream) => drop(stream.next().await),
            Waiting::Set(set) => drop(set.wait(ReturnWhen::AllCompleted).await),
        }
    }

    /// Reads it to its end.
    async fn run_out(&mut self) {
        match self {
            Waiting::Stream(stream) => while stream.next().await.is_some() {},
            other => other.once().await,
        }
    }
}

fn future(future: impl Future<Output = ()> + 'static) -> Waiting {
    Waiting::Future(future.boxed_local())
}

/// Builds a combinator whose children are tasks, from futures or from tasks.
fn of_tasks(
    name: &str,
    kind: Kind,
    children: Vec<Child>,
    own: Option<Duration>,
) -> Option<Waiting> {
    if matches!(name, "task_group" | "try_gather" | "borrowing_group") {
        return Some(of_results(name, kind, children));
    }
    let tasks = || {
        children
            .iter()
            .map(|child| spawn(child.clone().panicking()))
    };
    let futures = || children.iter().cloned().map(Child::panicking);
    macro_rules! over {
        (|$items:ident| $make:expr) => {
            match kind {
                Kind::Task => {
                    let $items = tasks().collect::<Vec<_>>().into_iter();
                    $make
                }
                _ => {
                    let $items = futures().collect::<Vec<_>>().into_iter();
                    $make
                }
            }
        };
    }
    let all = ReturnWhen::AllCompleted;
    Some(match name {
        "gather" => over!(|items| future(gather(items).into_future().map(drop))),
        "gather, return_exceptions" => {
            over!(|items| future(gather(items).return_exceptions().into_future().map(drop)))
        }
        "wait" => match own {
            Some(own) => over!(|items| future(wait(items, all).timeout(own).map(drop))),
            None => over!(|items| future(wait(items, all).map(drop))),
        },
        "WaitSet::wait" => Waiting::Set(over!(|items| items.collect())),
        "as_completed" => {
            let results = over!(|items| as_completed(items));
            Waiting::Stream(match own {
                Some(own) => results.timeout(own).map(drop).boxed_local(),
                None => results.map(drop).boxed_local(),
            })
        }
        "shield" => {
            let child = children.into_iter().next_back().expect("a child");
            future(shield(child.panicking()).into_future().map(drop))
        }
        "buffered" => over!(|items| {
            let source = stream::iter(items);
            Waiting::Stream(buffered(source, 2).map(drop).boxed_local())
        }),
        "buffer_unordered" => over!(|items| {
            let source = stream::iter(items);
            Waiting::Stream(buffer_unordered(source, 2).map(drop).boxed_local())
        }),
        "async_map" => {
            let map = async_map(Child::panicking, children);
            Waiting::Stream(map.map(drop).boxed_local())
        }
        "merge" => {
            let sources = children.into_iter().map(source);
            Waiting::Stream(merge(sources).boxed_local())
        }
        "zip" => {
            let mut sources = children.into_iter().map(source);
            let (a, b) = (sources.next().expect("a"), sources.next().expect("b"));
            Waiting::Stream(zip((a, b)).map(drop).boxed_local())
        }
        _ => return None,
    })
}

/// Makes a stream of one item, which is there when the child has ended.
fn source(child: Child) -> LocalBoxStream<'static, ()> {
    stream::once(child.panicking()).boxed_local()
}

fn of_results(name: &str, kind: Kind, children: Vec<Child>) -> Waiting {
    match name {
        "borrowing_group" => future(async move {
            let children = &children;
            let ended = borrowing_group(async |group: BorrowingGroup<'_, &'static str>| {
                for child in children.iter().cloned() {
                    match kind {
                        Kind::Plain => group.spawn(child.plain().boxed_local()),
                        _ => group.spawn(child.careful().boxed_local()),
                    };
                }
                Ok(())
            });
            drop(ended.await);
        }),
        "try_gather" => {
            let children = children.into_iter().map(Child::careful);
            future(try_gather(children).into_future().map(drop))
        }
        _ => future(async move {
            let ended = task_group(async |group: TaskGroup<&'static str>| {
                for child in children {
                    group.spawn(child.careful());
                }
                Ok(())
            });
            drop(ended.await);
        }),
    }
}

/// Builds a combinator that holds its children in place.
fn in_place(name: &str, kind: Kind, children: Vec<Child>, own: Option<Duration>) -> Waiting {
    let alone = matches!(name, "wait_for" | "timeout");
    let mut children = children;
    if alone {
        children.drain(..1);
    }
    if kind == Kind::Task {
        let tasks: Vec<Task<()>> = children.into_iter().map(|c| spawn(c.panicking())).collect();
        return over_tasks(name, tasks, own);
    }
    let child = |child: Child| match kind {
        Kind::Plain => child.plain().boxed_local(),
        _ => child.careful().boxed_local(),
    };
    let mut futures: Vec<_> = children.into_iter().map(child).collect();
    let pair = |mut both: Vec<LocalBoxFuture<'static, Outcome>>| {
        let second = both.pop().expect("b");
        (both.pop().expect("a"), second)
    };
    match name {
        "join" => future(join(futures).map(drop)),
        "try_join" => future(try_join(futures).map(drop)),
        "race" => future(race(futures).map(drop)),
        "race_ok" => future(race_ok(futures).map(drop)),
        "select" => future(select(pair(futures)).map(drop)),
        "wait_for" => future(wait_for(futures.pop().expect("b"), own).map(drop)),
        "timeout" => {
            let within = own.unwrap_or(Duration::MAX);
            future(timeout(within, futures.pop().expect("b")).map(drop))
        }
        _ => panic!("{name} has a row in the table and no test here"),
    }
}

fn over_tasks(name: &str, mut tasks: Vec<Task<()>>, own: Option<Duration>) -> Waiting {
    match name {
        "join" => future(join(tasks).map(drop)),
        "try_join" => future(try_join(tasks).map(drop)),
        "race" => future(race(tasks).map(drop)),
        "race_ok" => future(race_ok(tasks).map(drop)),
        "select" => {
            let second = tasks.pop().expect("b");
            future(select((tasks.pop().expect("a"), second)).map(drop))
        }
        "wait_for" => future(wait_for(tasks.pop().expect("b"), own).map(drop)),
        "timeout" => {
            let within = own.unwrap_or(Duration::MAX);
            future(timeout(within, tasks.pop().expect("b")).map(drop))
        }
        _ => panic!("{name} has a row in the table and no test here"),
    }
}

fn has_own_timeout(name: &str) -> bool {
    ["wait", "as_completed", "wait_for", "timeout"].contains(&name)
}

fn build(name: &str, kind: Kind, children: Vec<Child>, own: Option<Duration>) -> Waiting {
    match of_tasks(name, kind, children.clone(), own) {
        Some(waiting) => waiting,
        None => in_place(name, kind, children, own),
    }
}

/// Lets the mishap happen after a second, and logs "back" when the combinator has returned.
async fn happen(log: Log, mishap: Mishap, name: &'static str, kind: Kind) {
    let child = |name, seconds, clean_up, fails| Child {
        log: log.clone(),
        name,
        seconds,
        clean_up,
        fails,
    };
    let fails = mishap == Mishap::OneFails;
    let a = child("a", if fails { 1 } else { 2 }, 1, fails);
    let mut children = vec![a, child("b", 9, 3, false)];
    let alone = matches!(name, "wait_for" | "timeout" | "shield");
    if fails && alone {
        children.reverse();
    }
    let own = (mishap == Mishap::TimesOut && has_own_timeout(name)).then(|| secs(1));
    let mut waiting = build(name, kind, children, own);
    match mishap {
        Mishap::Cancelled => {
            let waiter = spawn(async move {
                assert!(catch_cancel(waiting.once()).await.is_err());
                log.say("back");
                keep(waiting).await;
            });
            sleep(secs(1)).await;
            waiter.cancel();
            waiter.await.expect("it has caught the cancel");
        }
        Mishap::Dropped => {
            let mut once = waiting.once().boxed_local();
            select((&mut once, sleep(secs(1)))).await;
            drop(once);
            drop(waiting);
            log.say("back");
        }
        Mishap::TimesOut if own.is_some() => {
            waiting.once().await;
            log.say("back");
            keep(waiting).await;
        }
        Mishap::TimesOut => {
            assert_eq!(timeout(secs(1), waiting.once()).await, Err(Elapsed));
            log.say("back");
            keep(waiting).await;
        }
        Mishap::OneFails => {
            let waiter = spawn(async move {
                let read = std::panic::AssertUnwindSafe(waiting.run_out());
                let _ = read.catch_unwind().await;
                log.say("back");
                // After a panic the reader would drop the stream or set: it is kept a while
                // longer.
                keep(waiting).await;
            });
            waiter.await.expect("the panic was caught");
        }
    }
    sleep(secs(20)).await;
}

/// Keeps a stream or a set after a cancel; a future is used up.
async fn keep(waiting: Waiting) {
    match waiting {
        Waiting::Future(future) => drop(future),
        kept => {
            sleep(secs(20)).await;
            drop(kept);
        }
    }
}

/// Returns true if the log shows this fate. `kind` decides where a fate has two forms.
fn told(log: &Log, fate: Fate, kind: Kind) -> bool {
    let (ran, cancelled, dropped) = (log.mark("b"), log.mark("b!"), log.mark("b~"));
    let back = log.time_of("back");
    let ran_on = ran && !cancelled && !dropped;
    let stopped_at = |time| cancelled && !ran && back == time;
    let in_place = kind != Kind::Task;
    match fate {
        Fate::RunOn => ran_on,
        Fate::NoOthers => log.mark("a") && back == 1000,
        Fate::Cancelled => stopped_at(1000),
        Fate::CancelledFirstAwaited => stopped_at(2000),
        Fate::CancelledAwaited => stopped_at(4000),
        Fate::LetGo | Fate::GivenUp if in_place => dropped && !ran && !cancelled && back == 1000,
        Fate::LetGo => ran_on && back == 1000,
        Fate::GivenUp => stopped_at(1000),
    }
}

fn check(name: &'static str, mishap: Mishap) {
    let row = CANCEL_TABLE.iter().find(|row| row.combinator == name);
    let fate = row.expect("a row of the table").fate(mishap);
    let in_place = ["race", "race_ok", "join", "try_join", "select"].contains(&name);
    let dropping = matches!(fate, Fate::LetGo | Fate::GivenUp);
    let future = if in_place || dropping {
        Kind::Plain
    } else {
        Kind::Future
    };
    // The children of a borrowing group are futures, never tasks.
    let other = match name {
        "borrowing_group" => future,
        _ => Kind::Task,
    };
    for kind in [future, other] {
        let setup = Setup::new();
        setup.run(happen(setup.log.clone(), mishap, name, kind));
        assert!(
            told(&setup.log, fate, kind),
            "{name}, {mishap}, children as {kind:?}: the table says {fate:?}, and this happened: {}",
            setup.log.times()
        );
    }
}

macro_rules! rows {
    ($($module:ident $name:literal,)+) => {
        $(mod $module {
            use super::*;

            #[test]
            fn is_cancelled() {
                check($name, Mishap::Cancelled);
            }

            #[test]
            fn is_dropped() {
                check($name, Mishap::Dropped);
            }

            #[test]
            fn times_out() {
                check($name, Mishap::TimesOut);
            }

            #[test]
            fn one_child_fails() {
                check($name, Mishap::OneFails);
            }
        })+

        const ROWS: &[&str] = &[$($name),+];
    };
}

rows! {
    row_gather "gather",
    row_gather_return_exceptions "gather, return_exceptions",
    row_try_gather "try_gather",
    row_wait "wait",
    row_wait_set "WaitSet::wait",
    row_as_completed "as_completed",
    row_wait_for "wait_for",
    row_timeout "timeout",
    row_shield "shield",
    row_task_group "task_group",
    row_borrowing_group "borrowing_group",
    row_race "race",
    row_race_ok "race_ok",
    row_join "join",
    row_try_join "try_join",
    row_select "select",
    row_async_map "async_map",
    row_merge "merge",
    row_zip "zip",
    row_buffered "buffered",
    row_buffer_unordered "buffer_unordered",
}

#[test]
fn every_row_of_the_table_is_run() {
    let rows: Vec<&str> = CANCEL_TABLE.iter().map(|row| row.combinator).collect();
    assert_eq!(rows, ROWS);
}

#[test]
fn the_essay_prints_the_table() {
    let essay = include_str!("../../src/lib.rs");
    let lines = essay.lines().filter_map(|line| line.strip_prefix("//! "));
    let printed: String = lines.map(|line| format!("{line}\n")).collect();
    assert!(
        printed.contains(&cancel_table()),
        "the table in src/lib.rs should be:\n{}",
        cancel_table()
            .lines()
            .map(|line| format!("//! {line}\n"))
            .collect::<String>()
    );
}
