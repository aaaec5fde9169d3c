//! Other executors: the tools that work there, the errors of the others.
//!
//! The problem: sooner or later a future of one library is awaited under another library's
//! executor, or inside its combinator. A combinator that holds futures in place works anywhere.
//! A combinator that makes tasks needs a loop. Where no loop runs, it panics with a message
//! that names the way out.
//!
//! Invariants:
//! 1. Nothing hangs: a call works, or its error says what is missing.
//! 2. Inside a task of a loop everything works, also when a foreign combinator polls it.
//!
//! Read next: `misuse.rs`.

use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::setup::*;
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{BoxFuture, FutureExt, LocalBoxFuture, poll_fn, poll_immediate};
use futures::stream::{self, FuturesUnordered, StreamExt};
use groundup_combinators::executor::{EventLoop, current_task, sleep, spawn, time};
use groundup_combinators::task::{Report, ReportKind, Task, catch_cancel, yield_now};
use groundup_combinators::*;

/// Makes futures that other threads make ready, in a shuffled order; they return 0, 1, ...
fn from_threads(count: usize) -> Vec<BoxFuture<'static, usize>> {
    let (senders, receivers): (Vec<_>, Vec<_>) =
        (0..count).map(|_| oneshot::channel::<usize>()).unzip();
    let mut senders: Vec<_> = senders.into_iter().enumerate().collect();
    senders.sort_by_key(|(n, _)| n * 7919 % 101);
    let mut halves = [Vec::new(), Vec::new()];
    for (n, sender) in senders {
        halves[n % 2].push((n, sender));
    }
    for half in halves {
        std::thread::spawn(move || {
            for (n, sender) in half {
                let _ = sender.send(n);
            }
        });
    }
    let receive = |receiver: oneshot::Receiver<usize>| receiver.map(Result::unwrap).boxed();
    receivers.into_iter().map(receive).collect()
}

/// Runs the combinators in place, over few and over many futures that threads make ready.
async fn in_place() {
    for count in [2, 8, 31, 32, 500] {
        let expected: Vec<usize> = (0..count).collect();
        assert_eq!(join(from_threads(count)).await, expected);
        let results = from_threads(count).into_iter().map(|f| f.map(Ok::<_, ()>));
        assert_eq!(try_join(results).await, Ok(expected));
        let results = from_threads(count)
            .into_iter()
            .map(|f| f.map(|n| if n == 1 { Err("one") } else { Ok(n) }));
        assert_eq!(try_join(results).await, Err("one"));
        assert!(race(from_threads(count)).await < count);
        let results = from_threads(count)
            .into_iter()
            .map(|f| f.map(|n| if n == 1 { Ok(n) } else { Err(n) }));
        assert_eq!(race_ok(results).await, Ok(1));
        let results = from_threads(count).into_iter().map(|f| f.map(Err::<(), _>));
        assert_eq!(race_ok(results).await.unwrap_err().len(), count);
    }
    let text = String::from("borrowed");
    assert_eq!(
        join((async { text.len() }, async { &text })).await,
        (8, &text)
    );
    let late = from_threads(1).remove(0);
    let selected = select((pending::<()>(), late, pending::<u8>())).await;
    assert_eq!((selected.index(), selected), (1, Selected::Second(0)));
}

#[test]
fn in_place_under_block_on() {
    block_on(in_place());
}

#[test]
fn in_place_under_tokio() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        in_place().await;
        let tasks = (0..100).map(|n| tokio::spawn(async move { n }));
        let numbers: Vec<u32> = try_join(tasks).await.unwrap();
        assert_eq!(numbers, (0..100).collect::<Vec<_>>());
        tokio::spawn(async { join([ready(1), ready(2)]).await })
            .await
            .unwrap();
    });
}

#[test]
fn in_place_on_the_loop_with_threads_calling_in() {
    // The loop has the real clock, but waits only for the threads, never for a time.
    executor::run(async {
        let outside = executor::remote();
        in_place().await;
        drop(outside);
    });
}

#[test]
fn in_place_in_a_futures_unordered() {
    let event_loop = Setup::new();
    event_loop.run(async {
        let naps = |n: u64| join((n..n + 40).map(|n| sleep(ms(n)))).map(move |_| n);
        let mut all: FuturesUnordered<_> = [30, 10, 20].into_iter().map(naps).collect();
        let mut order = Vec::new();
        while let Some(n) = all.next().await {
            order.push((n, time().since_start().as_millis() as u64));
        }
        assert_eq!(order, [(10, 49), (20, 59), (30, 69)]);
    });
}

/// Each combinator that needs a loop names it in its message where no loop runs.
#[test]
fn outside_a_loop_each_says_what_is_missing() {
    fn says<F: IntoFuture>(make: impl FnOnce() -> F) -> String {
        let awaited = AssertUnwindSafe(|| drop(block_on(async { make().await })));
        let payload = catch_unwind(awaited).expect_err("it cannot work without a loop");
        *payload.downcast::<String>().expect("a sentence")
    }
    let group = async |_: TaskGroup<()>| Ok(());
    let mark = [
        ("gather", says(|| gather([ready(1)]))),
        ("try_gather", says(|| try_gather([ready(Ok::<_, ()>(1))]))),
        ("gather", says(|| gather((ready(1), ready('x'))))),
        ("wait", says(|| wait([ready(1)], ReturnWhen::AllCompleted))),
        (
            "as_completed",
            says(|| as_completed([ready(1)]).into_future()),
        ),
        ("shield", says(|| shield(ready(1)))),
        ("task_group", says(|| task_group(group))),
        (
            "async_map",
            says(|| async_map(async |n| n, [1]).collect_vec()),
        ),
        ("merge", says(|| merge([stream::iter([1])]).into_future())),
        (
            "zip",
            says(|| zip((stream::iter([1]), stream::iter([2]))).into_future()),
        ),
        (
            "buffered",
            says(|| buffered(stream::iter([ready(1)]), 1).into_future()),
        ),
        ("wait_for", says(|| wait_for(ready(1), Duration::ZERO))),
        ("wait_for", says(|| wait_for(pending::<()>(), secs(1)))),
        ("timeout", says(|| timeout(secs(1), pending::<()>()))),
    ];
    for (name, sentence) in mark {
        assert!(
            sentence.starts_with("no running event loop: "),
            "{name}: {sentence}"
        );
        let inside = ["inside one", "inside a task of one"];
        assert!(
            inside.iter().any(|words| sentence.contains(words)),
            "{name}: {sentence}"
        );
    }
    assert_eq!(
        says(|| gather([ready(1)])),
        "no running event loop: gather makes tasks, which only a loop can run; call it inside one \
         (join, try_join, race, race_ok and select make none, and work under any executor)"
    );
}

#[test]
fn without_a_time_wait_for_needs_no_loop() {
    assert_eq!(block_on(wait_for(ready(1), None)), Ok(1));
}

/// Awaits futures as another library's combinator does: with wakers of its own.
async fn unordered<T: 'static>(futures: Vec<LocalBoxFuture<'static, T>>) -> Vec<T> {
    futures
        .into_iter()
        .collect::<FuturesUnordered<_>>()
        .collect()
        .await
}

#[test]
fn in_a_task_everything_works_whoever_polls_it() {
    let setup = Setup::new();
    setup.run(async {
        let nap = |seconds| sleep(secs(seconds));
        let group = task_group(async move |group: TaskGroup<()>| {
            group.spawn(nap(2).map(Ok));
            nap(1).await;
            Ok(())
        });
        let ended = unordered(vec![
            gather([nap(1), nap(3)])
                .into_future()
                .map(|all| assert!(all.is_ok()))
                .boxed_local(),
            wait([nap(1), nap(4)], ReturnWhen::AllCompleted)
                .map(|(done, _)| assert_eq!(done.len(), 2))
                .boxed_local(),
            as_completed([nap(5)])
                .count()
                .map(|n| assert_eq!(n, 1))
                .boxed_local(),
            shield(nap(6))
                .into_future()
                .map(|ended| ended.unwrap())
                .boxed_local(),
            wait_for(nap(7), secs(9))
                .map(|ended| ended.unwrap())
                .boxed_local(),
            group.map(|ended| ended.unwrap()).boxed_local(),
            async_map(nap, [8])
                .collect_vec()
                .map(|all| assert!(all.is_ok()))
                .boxed_local(),
            merge([nap(9).into_stream()])
                .count()
                .map(|n| assert_eq!(n, 1))
                .boxed_local(),
            buffered(stream::iter([nap(10)]), 2)
                .count()
                .map(|n| assert_eq!(n, 1))
                .boxed_local(),
        ]);
        assert_eq!(ended.await.len(), 9);
        assert_eq!(time().since_start(), secs(10));
    });
}

#[test]
fn deadlines_that_others_poll_cancel_what_is_under_them() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let careful = |name, seconds| {
            let ended = timeout(secs(seconds), carefully(log.clone(), name, 9000));
            let log = log.clone();
            async move {
                assert_eq!(ended.await, Err(Elapsed));
                log.say(format_args!("{name}:elapsed"));
            }
        };
        unordered(vec![
            careful("a", 1).boxed_local(),
            careful("b", 1).boxed_local(),
            careful("c", 3).boxed_local(),
        ])
        .await;
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
    assert_eq!(
        log.times(),
        "a!@1000 b!@1000 a.@2000 a:elapsed@2000 b.@2000 b:elapsed@2000 c!@3000 c.@4000 c:elapsed@4000"
    );
}

#[test]
fn groups_that_others_poll_end_with_their_first_error() {
    let setup = Setup::new();
    setup.run(async {
        let fails = |seconds| {
            task_group(async move |group: TaskGroup<u64>| {
                let failing = group.spawn(async move {
                    sleep(secs(seconds)).await;
                    Err::<(), _>(seconds)
                });
                drop(failing);
                sleep(secs(100)).await;
                Ok(())
            })
            .map(|ended| ended.unwrap_err().errors().len())
            .boxed_local()
        };
        assert_eq!(
            unordered(vec![fails(1), fails(2), fails(1)]).await,
            [1, 1, 1]
        );
        assert_eq!(
            (time().since_start(), current_task().unwrap().cancelling()),
            (secs(2), 0)
        );
    });
}

#[test]
fn deadlines_side_by_side_are_each_others_business_no_more() {
    for count in [2, 40] {
        let setup = Setup::new();
        setup.run(async move {
            let late = |_| timeout(secs(1), sleep(secs(9)));
            let ended = join((0..count).map(late)).await;
            assert_eq!(ended, vec![Err(Elapsed); count]);
            assert_eq!(
                (time().since_start(), current_task().unwrap().cancelling()),
                (secs(1), 0)
            );
            // A cancel from outside in the same instant still wins.
            let task = spawn(async move {
                join((0..count).map(late)).await;
                panic!("the cancel was taken for a deadline");
            });
            sleep(secs(1)).await;
            task.cancel();
            let ended: Result<(), _> = task.await;
            assert!(ended.unwrap_err().is_cancelled());
        });
    }
}

#[test]
fn a_cancel_that_cannot_reach_a_region_ends_the_task() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let inner = log.clone();
        let task = spawn(async move {
            let region = catch_cancel(sleep(secs(9))).map(move |_| inner.say("caught"));
            unordered(vec![region.boxed_local()]).await;
        });
        sleep(secs(1)).await;
        task.cancel();
        assert!(task.await.unwrap_err().is_cancelled());
        log.say("ended");
    });
    assert_eq!(log.times(), "ended@1000");
}

#[test]
fn our_joins_bring_a_cancel_to_the_first_region_however_many_there_are() {
    for count in [2, 40] {
        let setup = Setup::new();
        let log = setup.log.clone();
        setup.run(async {
            let inner = log.clone();
            let task = spawn(async move {
                let region = |n| {
                    let log = inner.clone();
                    async move {
                        if n > 0 && catch_cancel(sleep(secs(9))).await.is_err() {
                            log.say(n);
                        }
                    }
                };
                join((0..count).map(region)).await.len()
            });
            sleep(secs(1)).await;
            task.cancel();
            assert_eq!(task.await.unwrap(), count);
            assert_eq!(time().since_start(), secs(if count == 2 { 1 } else { 9 }));
        });
        assert_eq!(log.times(), "1@1000");
    }
}

#[test]
fn a_task_can_be_awaited_by_another_executor_while_the_loop_stands_still() {
    let setup = Setup::new();
    let task = setup.event_loop.spawn(async { 5 });
    let other = Rc::new(RefCell::new(Some(task)));
    let awaited = other.clone();
    let mut waiting = Box::pin(async move {
        let mut task: Task<u32> = awaited.borrow_mut().take().unwrap();
        race((&mut task, pending())).await
    });
    let first = block_on(poll_fn(|cx| {
        Poll::Ready(waiting.as_mut().poll(cx).is_pending())
    }));
    assert!(first, "the loop has not run");
    setup.event_loop.run_until_complete(async {}).unwrap();
    assert_eq!(block_on(waiting).unwrap(), 5);
    setup.finish();
}

#[test]
fn the_macros_of_futures_take_our_combinators() {
    Setup::new().run(async {
        let (both, one) = futures::join!(
            gather([sleep(secs(1))]).into_future(),
            wait_for(sleep(secs(9)), secs(2))
        );
        assert!(both.is_ok());
        assert_eq!((one, time().since_start()), (Err(Elapsed), secs(2)));
        let mut nap = Box::pin(sleep(secs(5)).fuse());
        let mut tasks = Box::pin(gather([sleep(secs(1))]).into_future().fuse());
        let first = futures::select! {
            _ = nap => "nap",
            _ = tasks => "tasks",
        };
        assert_eq!((first, time().since_start()), ("tasks", secs(3)));
    });
}

/// A deadline wakes its present poller, not an earlier one.
#[test]
fn a_deadline_somebody_else_has_polled_ends_in_time() {
    Setup::new().run(async {
        let mut slow = Box::pin(timeout(secs(1), sleep(secs(5))));
        assert!((&mut slow).now_or_never().is_none());
        assert_eq!((slow.await, time().since_start()), (Err(Elapsed), secs(1)));
    });
}

/// Two loops number their scopes alike. A deadline that began in one loop and goes on in the
/// other is taken for no deadline of the other.
#[test]
fn a_deadline_that_goes_on_in_another_loop_does_no_harm_there() {
    let [one, other] = [(), ()].map(|()| EventLoop::builder().virtual_time().build());
    let mut moved = Box::pin(timeout(secs(1), pending::<()>()));
    let begun = one.run_until_complete(async { poll_immediate(&mut moved).await });
    assert!(begun.unwrap().is_none());
    let under_its_own = other.spawn(timeout(secs(2), pending::<()>()));
    let ended = other.run_until_complete(async {
        yield_now().await;
        let guest = spawn(moved);
        let ended = under_its_own.await;
        guest.cancel();
        (ended.unwrap(), guest.await.unwrap_err().is_cancelled())
    });
    assert_eq!(
        (ended.unwrap(), other.time().since_start()),
        ((Err(Elapsed), true), secs(2))
    );
}

/// The waker of another executor: counts its wakes, and panics at each if it is told to.
struct Flare {
    wakes: AtomicUsize,
    panics: bool,
}

impl Wake for Flare {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "the flare is wet");
    }
}

fn flare(panics: bool) -> (Arc<Flare>, Waker) {
    let wakes = AtomicUsize::new(0);
    let flare = Arc::new(Flare { wakes, panics });
    (flare.clone(), Waker::from(flare))
}

/// A loop, and the kinds of the reports to its exception handler.
fn loop_with_kinds() -> (EventLoop, Rc<RefCell<Vec<ReportKind>>>) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let kinds = Rc::<RefCell<Vec<ReportKind>>>::default();
    let told = kinds.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        told.borrow_mut().push(report.kind);
    })));
    (event_loop, kinds)
}

/// Each combinator with one reader, polled by an executor whose waker panics.
#[test]
fn a_panic_of_a_stored_waker_is_reported_as_one_of_a_waker() {
    type Waiting = LocalBoxFuture<'static, ()>;
    type Combinator = (&'static str, fn(Waiting) -> Waiting);
    let nap = || sleep(secs(1)).boxed_local();
    let combinators: [Combinator; 7] = [
        ("gather", |nap| {
            gather([nap]).into_future().map(drop).boxed_local()
        }),
        ("wait", |nap| {
            let waiting = wait([nap], ReturnWhen::AllCompleted);
            waiting.map(drop).boxed_local()
        }),
        ("as_completed", |nap| {
            as_completed([nap]).count().map(drop).boxed_local()
        }),
        ("shield", |nap| {
            shield(nap).into_future().map(drop).boxed_local()
        }),
        ("buffered", |nap| {
            buffered(stream::iter([nap]), 1)
                .count()
                .map(drop)
                .boxed_local()
        }),
        ("merge", |nap| {
            merge([nap.into_stream()]).count().map(drop).boxed_local()
        }),
        ("task_group", |nap| {
            let group = task_group(async move |group: TaskGroup<()>| {
                let child = group.spawn(nap.map(|_| Ok(())));
                drop(child);
                Ok(())
            });
            group.map(drop).boxed_local()
        }),
    ];
    for (name, combinator) in combinators {
        let (event_loop, kinds) = loop_with_kinds();
        let (flare, waker) = flare(true);
        let ended = event_loop.run_until_complete(async {
            let mut waiting = combinator(nap());
            let mut cx = Context::from_waker(&waker);
            while waiting.poll_unpin(&mut cx).is_pending() {
                sleep(secs(1)).await;
            }
        });
        assert!(ended.is_ok(), "{name}");
        let wakes = flare.wakes.load(Ordering::Relaxed);
        assert!(wakes > 0, "{name} has woken its reader");
        let expected = vec![ReportKind::PanicInWaker; wakes];
        assert_eq!(*kinds.borrow(), expected, "{name}");
    }
}

/// The readers of one queue are woken each, also behind one whose waker panics.
#[test]
fn a_reader_behind_a_waker_that_panics_is_woken() {
    let (event_loop, kinds) = loop_with_kinds();
    let flares = [flare(true), flare(false)];
    let readers = event_loop.run_until_complete(async {
        let items = as_completed([1, 2].map(|seconds| sleep(secs(seconds))));
        let readers = items.into_iter();
        readers.map(|item| item.boxed_local()).collect::<Vec<_>>()
    });
    let mut readers = readers.unwrap();
    for (reader, (_, waker)) in readers.iter_mut().zip(&flares) {
        let mut cx = Context::from_waker(waker);
        assert!(reader.poll_unpin(&mut cx).is_pending());
    }
    event_loop.close().unwrap();
    let wakes = flares.map(|(flare, _)| flare.wakes.load(Ordering::Relaxed));
    assert_eq!(wakes, [1, 1], "no result will come, and both learn of it");
    assert_eq!(*kinds.borrow(), [ReportKind::PanicInWaker]);
}

/// A group that another executor awaits learns of the close of its loop.
#[test]
fn a_group_whose_loop_is_closed_wakes_its_awaiter_and_says_so() {
    type Waiting = LocalBoxFuture<'static, ()>;
    type Block = (&'static str, fn() -> Waiting);
    let groups: [Block; 2] = [
        ("task group", || {
            let group = task_group(async |group: TaskGroup<()>| {
                drop(group.spawn(pending::<Result<(), ()>>()));
                Ok(())
            });
            group.map(drop).boxed_local()
        }),
        ("borrowing group", || {
            let group = borrowing_group(async |group: BorrowingGroup<'static, ()>| {
                drop(group.spawn(pending::<Result<(), ()>>()));
                Ok(())
            });
            group.map(drop).boxed_local()
        }),
    ];
    for (name, group) in groups {
        let (event_loop, _) = loop_with_kinds();
        let mut waiting = group();
        let begun = event_loop.run_until_complete(async { poll_immediate(&mut waiting).await });
        assert!(begun.unwrap().is_none());
        let (flare, waker) = flare(false);
        let mut cx = Context::from_waker(&waker);
        assert!(waiting.poll_unpin(&mut cx).is_pending());
        let before = flare.wakes.load(Ordering::Relaxed);
        event_loop.close().unwrap();
        let wakes = flare.wakes.load(Ordering::Relaxed) - before;
        assert_eq!(wakes, 1, "the close wakes the awaiter of a {name}");
        let polled = catch_unwind(AssertUnwindSafe(|| waiting.poll_unpin(&mut cx)));
        let payload = polled.expect_err("it would wait for ever");
        let text = payload.downcast_ref::<String>().unwrap();
        assert!(text.contains(name), "{text}");
    }
}
