//! Combinators and streams in the report of a deadlock.
//!
//! The problem: a program hangs, and its main function waits for several things at once. The report
//! names them all, with the places of the user's source.
//!
//! Invariant: the texts are compared whole, but for the numbers of the lines.
//!
//! Read next: `misuse.rs`.

use std::future::{IntoFuture, pending};
use std::pin::pin;

use futures::StreamExt;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{FuturesUnordered, iter};
use groundup_combinators::executor::{EventLoop, RunError, spawn_named};
use groundup_combinators::task::{Deadlock, Promise, Task, yield_now};
use groundup_combinators::*;

type Part = LocalBoxFuture<'static, ()>;

/// What is named, and the main future.
type Row = (&'static str, fn() -> Part);

fn deadlock(main: Part) -> Deadlock {
    let event_loop = EventLoop::builder().virtual_time().build();
    match event_loop.run_until_complete(main) {
        Err(RunError::Deadlock(deadlock)) => deadlock,
        other => panic!("it ended: {other:?}"),
    }
}

/// Returns what the main future waits for. Places of this file are written as "here".
fn main_waits_for(main: Part) -> String {
    let deadlock = deadlock(main);
    let line = |stuck: &&task::Stuck| stuck.place.is_none();
    let main = deadlock.stuck.iter().find(line).unwrap().to_string();
    let said = main.strip_prefix("Task-1 (the main future) ").unwrap();
    for stuck in &deadlock.stuck {
        let place = stuck.place.map_or(file!(), |place| place.file());
        assert_eq!(place, file!(), "{stuck}");
    }
    let (mut text, mut rest) = (String::new(), said);
    while let Some((before, place)) = rest.split_once(file!()) {
        text = text + before + "here";
        rest = place.trim_start_matches(|at: char| at == ':' || at.is_ascii_digit());
    }
    text + rest
}

fn stuck(name: &str) -> Task<()> {
    spawn_named(name, pending())
}

fn unset() -> Part {
    let promise = Promise::<()>::new();
    promise.into_future().map(drop).boxed_local()
}

fn waiting(name: &str) -> Part {
    let waits = wait([stuck(name)], ReturnWhen::AllCompleted);
    waits.map(drop).boxed_local()
}

fn gathered(name: &str) -> Part {
    gather([stuck(name)]).into_future().map(drop).boxed_local()
}

#[test]
fn everything_that_a_task_waits_for_is_named() {
    let rows: [Row; 9] = [
        (
            "the gather of a (made at here); the gather of b (made at here)",
            || join((gathered("a"), gathered("b"))).map(drop).boxed_local(),
        ),
        ("the wait of a; the wait of b", || {
            race([waiting("a"), waiting("b")]).boxed_local()
        }),
        ("promise 1 (made at here); the wait of a", || {
            select((unset(), waiting("a"))).map(drop).boxed_local()
        }),
        ("promise 1 (made at here); promise 2 (made at here)", || {
            try_join([unset().map(Ok::<_, ()>), unset().map(Ok)])
                .map(drop)
                .boxed_local()
        }),
        ("task a; task b", || {
            join([stuck("a"), stuck("b")]).map(drop).boxed_local()
        }),
        ("the as_completed of a; promise 1 (made at here)", || {
            async {
                let mut ends = as_completed([stuck("a")]);
                let next = ends.next().map(drop);
                race([next.boxed_local(), unset()]).await;
            }
            .boxed_local()
        }),
        ("promise 1 (made at here); promise 2 (made at here)", || {
            let set = FuturesUnordered::from_iter([unset(), unset()]);
            set.count().map(drop).boxed_local()
        }),
        (
            "promise 1 (made at here); promise 2 (made at here); promise 3 (made at here); promise 4 \
          (made at here); promise 5 (made at here); and 35 more",
            || join((0..40).map(|_| unset())).map(drop).boxed_local(),
        ),
        ("the wait of a; the merge of Task-3, Task-4", || {
            async {
                let mut merged = merge([unset().into_stream(), unset().into_stream()]);
                race([waiting("a"), merged.next().map(drop).boxed_local()]).await;
            }
            .boxed_local()
        }),
    ];
    for (named, main) in rows {
        let said = main_waits_for(async move { main().await }.boxed_local());
        let said = said.strip_prefix("waits for several things: ");
        let words = |text: &str| {
            let mut words: Vec<String> = text.split("; ").map(str::to_string).collect();
            words.sort();
            words
        };
        assert_eq!(said.map(words), Some(words(named)), "{said:?}");
    }
}

#[test]
fn one_thing_that_is_known_among_several() {
    let two = || [unset(), pending().boxed_local()];
    assert_eq!(
        main_waits_for(async move { race(two()).await }.boxed_local()),
        "waits for promise 1 (made at here), which is not set and whose handles all wait for it"
    );
    let set = async move {
        FuturesUnordered::from_iter(two()).count().await;
    };
    assert_eq!(
        main_waits_for(set.boxed_local()),
        "waits for several things, among them promise 1 (made at here)"
    );
}

#[test]
fn a_stream_is_named_and_its_tasks_are_spawned_where_it_is_made() {
    let two = || [unset(), unset()];
    let streams = || [unset().into_stream(), unset().into_stream()];
    let rows: [(&str, Part); 7] = [
        (
            "the merge of Task-2, Task-3",
            async move {
                merge(streams()).next().await;
            }
            .boxed_local(),
        ),
        (
            "the zip of Task-2, Task-3",
            async move {
                let [one, other] = streams();
                zip((one, other)).next().await;
            }
            .boxed_local(),
        ),
        (
            "the async_map of Task-2, Task-3",
            async move {
                drop(async_map(|part: Part| part, two()).next().await);
            }
            .boxed_local(),
        ),
        (
            "the async_map of Task-2, Task-3, Task-4",
            async move {
                drop(async_map(|part: Part| part, two()).limit(2).next().await);
            }
            .boxed_local(),
        ),
        (
            "the buffered of Task-2, Task-3, Task-4",
            async move {
                drop(buffered(iter(two()), 2).next().await);
            }
            .boxed_local(),
        ),
        (
            "the buffer_unordered of Task-2, Task-3, Task-4",
            async move {
                drop(buffer_unordered(iter(two()), 2).next().await);
            }
            .boxed_local(),
        ),
        (
            "the wait of Task-2, Task-3",
            async move {
                drop(wait(two(), ReturnWhen::AllCompleted).await);
            }
            .boxed_local(),
        ),
    ];
    for (named, main) in rows {
        assert_eq!(main_waits_for(main), format!("waits for {named}"));
    }
}

#[test]
fn a_stream_is_named_only_while_its_reader_waits() {
    let main = async {
        let mut merged = merge([iter([1]).chain(iter([2])).boxed_local(), pending_after()]);
        assert_eq!(merged.next().await, Some(1));
        unset().await;
    };
    let said = main_waits_for(main.boxed_local());
    assert_eq!(
        said,
        "waits for promise 1 (made at here), which is not set and whose handles all wait for it"
    );
}

fn pending_after() -> futures::stream::LocalBoxStream<'static, i32> {
    futures::stream::pending().boxed_local()
}

#[test]
fn the_waits_of_the_children_of_a_borrowing_group_are_named() {
    let group = async {
        let group = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
            group.spawn(unset().map(Ok));
            group.spawn(waiting("a").map(Ok));
            Ok(())
        });
        group.await.unwrap();
    };
    let says = main_waits_for(group.boxed_local());
    assert_eq!(
        says,
        "waits for the children of a borrowing group; they wait for promise 1 (made at here); the wait \
         of a"
    );
}

#[test]
fn causes_come_first_and_what_is_done_is_not_named() {
    let main = async {
        let first = spawn_named("first", async { drop(stuck("cause").await) });
        let ended = spawn_named("ended", async {});
        let second = spawn_named("second", waiting("other cause"));
        drop(pin!(gather([first, ended, second]).into_future()).await);
    };
    let deadlock = deadlock(main.boxed_local());
    let names: Vec<&str> = deadlock.stuck.iter().map(|stuck| &*stuck.task).collect();
    assert_eq!(names, ["other cause", "cause", "Task-1", "first", "second"]);
    let main = deadlock.stuck[2].combinator.as_ref().unwrap();
    assert_eq!(main.members, ["first".into(), "second".into()]);
    assert_eq!(main.what, "gather");
}

#[test]
fn a_combinator_that_a_set_of_another_crate_polls_is_named() {
    let rows: [Row; 4] = [
        ("the wait of a", || waiting("a")),
        ("the as_completed of a", || {
            async { drop(as_completed([stuck("a")]).next().await) }.boxed_local()
        }),
        ("the task group of a", || {
            let group = task_group(async |group: TaskGroup<()>| {
                group.spawn_named("a", pending::<Result<(), ()>>());
                Ok(())
            });
            group.map(drop).boxed_local()
        }),
        ("the merge of Task-2, Task-3", || {
            let streams = || [unset().into_stream(), unset().into_stream()];
            async move { _ = merge(streams()).next().await }.boxed_local()
        }),
    ];
    for (named, part) in rows {
        let set = async move {
            let parts = [part(), pending().boxed_local()];
            FuturesUnordered::from_iter(parts).count().await;
        };
        let said = main_waits_for(set.boxed_local());
        assert!(said.contains(named), "{said}");
    }
}

#[test]
fn a_circle_goes_through_a_gather_and_a_gather_in_a_gather() {
    for depth in [0, 1, 2, 3, 4] {
        let main = async move {
            let (ends, end) = futures::channel::oneshot::channel::<Task<()>>();
            let first = spawn_named("first", async move { end.await.unwrap().await.unwrap() });
            let beside = spawn_named("beside", async {});
            let second = spawn_named("second", async move {
                match depth {
                    0 => drop(first.await),
                    1 => drop(gather([beside, first]).await),
                    3 => drop(
                        FuturesUnordered::from_iter([gather([first]).into_future()])
                            .count()
                            .await,
                    ),
                    4 => drop(
                        FuturesUnordered::from_iter([first.into_future()])
                            .count()
                            .await,
                    ),
                    _ => drop(gather([gather([beside, first])]).await),
                }
            });
            ends.send(second).unwrap();
            pending().await
        };
        let circles = deadlock(main.boxed_local()).cycles;
        assert_eq!(circles.len(), 1, "at depth {depth}");
        assert_eq!(circles[0].len(), 3, "at depth {depth}: {circles:?}");
    }
}

/// Reads from a stream, gives the read up, and awaits another future. A read by another crate's
/// `next` says nothing when it is dropped.
macro_rules! gives_up {
    ($stream:expr, $own:expr, $after:expr) => {{
        let mut stream = $stream;
        match $own {
            true => drop(select((stream.next(), yield_now())).await),
            false => drop(select((StreamExt::next(&mut stream), yield_now())).await),
        }
        $after.await;
    }};
}

#[test]
fn a_stream_whose_read_was_given_up_is_not_named() {
    type After = (bool, fn() -> Part, &'static str);
    let afters: [After; 4] = [
        (
            true,
            unset,
            "waits for promise 1 (made at here), which is not set and whose handles all wait for it",
        ),
        (
            false,
            unset,
            "waits for promise 1 (made at here), which is not set and whose handles all wait for it",
        ),
        (
            true,
            || pending().boxed_local(),
            "waits for something that the loop does not know",
        ),
        (
            true,
            || select((unset(), unset())).map(|_| ()).boxed_local(),
            TWO,
        ),
    ];
    const TWO: &str =
        "waits for several things: promise 1 (made at here); promise 2 (made at here)";
    let never = || [pending::<u8>(), pending::<u8>()];
    let map = || async_map(|_: u8| pending::<u8>(), [1, 2]);
    for (own, after, said) in afters {
        for kind in 0..5 {
            if said == TWO && kind == 3 {
                continue; // it keeps a handle of the awaited task, which is named
            }
            let main = async move {
                match kind {
                    0 => gives_up!(merge([pending_after(), pending_after()]), own, after()),
                    1 => gives_up!(zip([pending_after(), pending_after()]), own, after()),
                    2 => gives_up!(buffered(iter(never()), 2), own, after()),
                    3 => gives_up!(map(), own, after()),
                    _ => gives_up!(map().limit(1), own, after()),
                }
            };
            assert_eq!(
                main_waits_for(main.boxed_local()),
                said,
                "kind {kind}, own {own}"
            );
        }
    }
}
