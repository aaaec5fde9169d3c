//! Hidden waits: a cancel beside futures that the loop does not see.
//!
//! The problem: a cancel goes first to the one thing that its task awaits, and waits for that
//! to clean up. A sleep inside a `FuturesUnordered` is polled with another waker. If the loop
//! forgot it, the cancel would wait for the clean-up of one thing, while the sleep ends and the
//! task goes on. If the loop remembered it for too long, nothing could clean up any more.
//!
//! ```text
//!   cancelled at 1 s     awaits a gather that cleans up for 5 s        ends at 6 s
//!                        awaits it beside a hidden wait                ends at 1 s
//! ```
//!
//! Invariant: a wait is hidden from its poll under a foreign waker until it has ended, is
//! dropped, or is polled elsewhere.
//!
//! Read next: `foreign.rs`.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{self, FuturesUnordered, StreamExt};
use futures::task::noop_waker;
use groundup_combinators::executor::{EventLoop, call_later, sleep, spawn, time};
use groundup_combinators::task::{CancelScope, Promise, Task, catch_cancel};
use groundup_combinators::*;

type Part = LocalBoxFuture<'static, ()>;

/// The name of something that suspends, and its maker.
type Leaf = (&'static str, fn() -> Part);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn run<T: 'static>(main: impl Future<Output = T> + 'static) -> T {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(main).expect("it ends")
}

/// Awaits a future as another library does: with a waker of its own.
fn hidden(part: Part) -> Part {
    let set = FuturesUnordered::from_iter([part]);
    set.for_each(|()| ready(())).boxed_local()
}

/// Waits long, and cleans up for 5 s after a cancel.
async fn careful() {
    let _ = catch_cancel(pending::<()>()).await;
    sleep(secs(5)).await;
}

/// Awaits a gather that cleans up for 5 s.
fn known() -> Part {
    gather([careful()]).into_future().map(drop).boxed_local()
}

fn nap(seconds: u64) -> Part {
    sleep(secs(seconds)).boxed_local()
}

/// Cancels a task with these parts in a select at 1 s; returns when it has ended.
async fn end_of(parts: impl IntoIterator<Item = Part> + 'static) -> Duration {
    let task = spawn(async { race(parts).await });
    sleep(secs(1)).await;
    assert!(task.cancel());
    assert!(task.await.unwrap_err().is_cancelled());
    time().since_start()
}

/// Lists everything of ours that suspends, each for 3 s.
fn leaves() -> Vec<Leaf> {
    vec![
        ("sleep", || nap(3)),
        ("promise", || {
            let promise = Promise::new();
            let setter = promise.clone();
            call_later(secs(3), move || drop(setter.set_result(())));
            promise.into_future().map(drop).boxed_local()
        }),
        ("task", || {
            spawn(nap(3)).into_future().map(drop).boxed_local()
        }),
        ("end of a task", || spawn(nap(3)).ended().boxed_local()),
        ("gather", || {
            gather([nap(3)]).into_future().map(drop).boxed_local()
        }),
        ("wait", || {
            let waiting = wait([nap(3)], ReturnWhen::AllCompleted);
            waiting.map(drop).boxed_local()
        }),
        ("as_completed", || {
            as_completed([nap(3)]).count().map(drop).boxed_local()
        }),
        ("shield", || {
            shield(nap(3)).into_future().map(drop).boxed_local()
        }),
        ("buffered", || {
            buffered(stream::iter([nap(3)]), 1)
                .count()
                .map(drop)
                .boxed_local()
        }),
        ("timeout", || {
            timeout(secs(9), nap(3)).map(drop).boxed_local()
        }),
        ("task_group", || {
            let group = task_group(async |group: TaskGroup<()>| {
                drop(group.spawn(nap(3).map(Ok)));
                Ok(())
            });
            group.map(drop).boxed_local()
        }),
    ]
}

#[test]
fn a_cancel_reaches_the_task_beside_any_hidden_wait() {
    for (name, leaf) in leaves() {
        let end = run(async move { end_of([hidden(leaf()), known()]).await });
        assert_eq!(end, secs(1), "hidden {name}");
        let end = run(async move { end_of([known(), hidden(hidden(leaf()))]).await });
        assert_eq!(end, secs(1), "{name}, hidden twice");
        let end = run(async move { end_of([hidden(leaf())]).await });
        assert_eq!(end, secs(1), "nothing but a hidden {name}");
        let end = run(async move { end_of([hidden(known()), leaf()]).await });
        assert_eq!(end, secs(1), "hidden gather beside a {name}");
    }
    let end = run(async { end_of([hidden(known()), known()]).await });
    assert_eq!(end, secs(1), "a hidden gather beside a known one");
    let end = run(async { end_of([hidden(known()), hidden(known())]).await });
    assert_eq!(end, secs(1), "two hidden gathers");
}

#[test]
fn a_remote_task_is_seen_beside_a_known_wait() {
    let end = run(async {
        let remote = executor::remote().spawn(async || nap(3).await);
        end_of([remote.map(drop).boxed_local(), known()]).await
    });
    assert_eq!(end, secs(1));
}

#[test]
fn a_channel_of_another_crate_delays_a_cancel_and_loses_none() {
    let (end, log) = run(async {
        let log = Rc::new(RefCell::new(Vec::new()));
        let told = log.clone();
        let task = async move {
            let (sender, receiver) = oneshot::channel();
            call_later(secs(3), move || sender.send(()).unwrap());
            race([receiver.map(drop).boxed_local(), known()]).await;
            told.borrow_mut().push(time().since_start());
            pending::<()>().await;
        };
        (end_of([task.boxed_local()]).await, log.take())
    });
    assert_eq!((end, log), (secs(3), vec![secs(3)]));
}

#[test]
fn a_long_join_hides_its_futures() {
    let many = || join((0..40).map(|_| nap(3))).map(drop).boxed_local();
    assert_eq!(run(async move { end_of([many(), known()]).await }), secs(1));
}

#[test]
fn a_wait_that_is_over_hides_no_more() {
    for (name, leaf) in leaves() {
        let end = run(async move {
            let task = spawn(async move {
                join([hidden(leaf()), known()]).await;
            });
            sleep(secs(4)).await;
            task.cancel();
            assert!(task.await.unwrap_err().is_cancelled());
            time().since_start()
        });
        assert_eq!(end, secs(9), "{name} has ended");
        let end = run(async move {
            let first = async move {
                race([hidden(leaf()), nap(0)]).await;
                known().await;
            };
            end_of([first.boxed_local()]).await
        });
        assert_eq!(end, secs(6), "{name} was dropped");
    }
}

/// Polls a future in the running task with a waker that wakes no task.
fn poll_once(mut part: Part) -> Part {
    let waker = noop_waker();
    assert!(
        part.poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    part
}

type Shelf = Rc<RefCell<Option<Part>>>;

/// What the second task does with the future that the first one has polled.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Then {
    LeavesIt,
    PollsIt,
    PollsItWithTheSameWaker,
}

/// A task polls a future once and then awaits a gather; another one gets the future. Returns when
/// they end.
fn handed_over(leaf: fn() -> Part, then: Then) -> Vec<Duration> {
    let shelf = Shelf::default();
    run(async move {
        let shelved = shelf.clone();
        let first = async move {
            shelved.replace(Some(poll_once(leaf())));
            known().await;
        };
        let second = async move {
            sleep(secs(1) / 2).await;
            let part = shelf.take().unwrap();
            let (other, kept) = match then {
                Then::LeavesIt => (known(), Some(part)),
                Then::PollsIt => (hidden(part), None),
                Then::PollsItWithTheSameWaker => (known(), Some(poll_once(part))),
            };
            match then {
                Then::PollsIt => race([other, known()]).await,
                _ => other.await,
            }
            drop(kept);
        };
        join([first.boxed_local(), second.boxed_local()].map(|part| end_of([part]))).await
    })
}

#[test]
fn a_wait_that_goes_to_another_task_is_that_ones() {
    let leaves: [Leaf; 4] = [
        ("wait", || {
            wait([nap(90)], ReturnWhen::AllCompleted)
                .map(drop)
                .boxed_local()
        }),
        ("sleep", || nap(90)),
        ("promise", || {
            Promise::<()>::new().into_future().map(drop).boxed_local()
        }),
        ("sleep under a deadline", || {
            timeout(secs(99), nap(90)).map(drop).boxed_local()
        }),
    ];
    for (name, leaf) in leaves {
        // As long as no other task has polled it, it may be the first task that waits.
        let ends = handed_over(leaf, Then::LeavesIt);
        assert_eq!(ends, [secs(1), secs(6)], "{name}");
        for then in [Then::PollsIt, Then::PollsItWithTheSameWaker] {
            assert_eq!(
                handed_over(leaf, then),
                [secs(6), secs(1)],
                "{name}, {then:?}"
            );
        }
    }
}

#[test]
fn a_wait_that_outlives_its_task_hides_nothing_in_the_next_one() {
    let shelf = Shelf::default();
    let shelved = shelf.clone();
    let end = run(async move {
        let first = spawn(async move { drop(shelved.replace(Some(poll_once(nap(90))))) });
        first.await.unwrap();
        let next = async { known().await }; // its gather is made in the task, which has the slot
        end_of([next.boxed_local()]).await
    });
    assert_eq!(end, secs(6));
    assert!(shelf.take().is_some(), "and it is dropped outside any loop");
}

#[test]
fn a_wait_that_a_callback_or_no_task_has_polled_hides_nothing() {
    let shelf = Shelf::default();
    let end = run(async move {
        call_later(Duration::ZERO, move || {
            shelf.replace(Some(poll_once(nap(90))));
        });
        end_of([known()]).await
    });
    assert_eq!(end, secs(6));
}

/// Runs a future under a deadline at 1 s; returns when the deadline has ended it.
fn elapsed_at(part: fn() -> Part) -> Duration {
    run(async move {
        assert_eq!(timeout(secs(1), part()).await, Err(Elapsed));
        time().since_start()
    })
}

#[test]
fn a_deadline_reaches_its_region_beside_a_hidden_wait_in_it() {
    assert_eq!(elapsed_at(known), secs(6));
    assert_eq!(
        elapsed_at(|| race([hidden(nap(3)), known()]).boxed_local()),
        secs(1)
    );
    let nested: fn() -> Part = || {
        let inner = timeout(secs(50), race([hidden(nap(3)), known()]));
        inner.map(drop).boxed_local()
    };
    assert_eq!(elapsed_at(nested), secs(1));
    let beside: fn() -> Part = || {
        let inner = timeout(secs(50), hidden(nap(3)));
        race([inner.map(drop).boxed_local(), known()]).boxed_local()
    };
    assert_eq!(
        elapsed_at(beside),
        secs(1),
        "hidden in a deadline further in"
    );
}

#[test]
fn a_hidden_wait_beside_a_deadline_does_not_concern_it() {
    let (hidden_first, end) = run(async {
        let bounded = async {
            assert_eq!(timeout(secs(1), known()).await, Err(Elapsed));
            time().since_start()
        };
        let long = hidden(timeout(secs(50), hidden(nap(9))).map(drop).boxed_local());
        join((long.map(|()| time().since_start()), bounded)).await
    });
    assert_eq!((hidden_first, end), (secs(9), secs(6)));
}

#[test]
fn a_hidden_wait_in_an_inner_scope_is_one_of_the_scope_around_when_that_has_no_other_left() {
    // The first hidden wait marks the outer scope, and is dropped. The second, in an inner scope,
    // stays.
    let ended = run(async {
        let half = sleep(secs(1) / 2).boxed_local();
        let marks_outer = race([hidden(nap(100)), half]).then(|()| pending());
        let inner = timeout(secs(50), hidden(nap(3))).map(drop);
        let parts = [marks_outer.boxed_local(), inner.boxed_local(), known()];
        (timeout(secs(1), race(parts)).await, time().since_start())
    });
    assert_eq!(ended, (Err(Elapsed), secs(1)));
}

/// A future that is polled wherever it is put: it stays when its holder is dropped.
struct Moved(Rc<RefCell<Part>>);

impl Future for Moved {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.0.borrow_mut().as_mut().poll(cx)
    }
}

/// Waits for a region in a deadline of 1 s, also if it was polled before in another scope.
async fn in_a_deadline(part: fn() -> Part, moved: bool) -> (Result<(), Elapsed>, Duration) {
    let mut part = Moved(Rc::new(RefCell::new(part())));
    if moved {
        let once = poll_fn(|cx| {
            let _ = Pin::new(&mut part).poll(cx);
            Poll::Ready(())
        });
        assert_eq!(timeout(secs(77), once).await, Ok(()));
    }
    (timeout(secs(1), part).await, time().since_start())
}

#[test]
fn a_region_that_is_moved_to_another_scope_gets_the_cancel_of_that_scope() {
    let regions: [Leaf; 7] = [
        ("catch_cancel", || {
            catch_cancel(nap(9)).map(drop).boxed_local()
        }),
        ("timeout", || {
            timeout(secs(50), nap(9)).map(drop).boxed_local()
        }),
        ("a scope", || {
            let scope = CancelScope::new();
            async move { drop(scope.catch(nap(9)).await) }.boxed_local()
        }),
        ("timeout in catch_cancel", || {
            catch_cancel(timeout(secs(50), nap(9)))
                .map(drop)
                .boxed_local()
        }),
        ("catch_cancel in timeout", || {
            let caught = catch_cancel(nap(9));
            timeout(secs(50), caught).map(drop).boxed_local()
        }),
        ("timeout of a gather", || {
            timeout(secs(50), known()).map(drop).boxed_local()
        }),
        ("timeout of a hidden wait", || {
            timeout(secs(50), hidden(nap(9))).map(drop).boxed_local()
        }),
    ];
    for (name, region) in regions {
        let [stays, moves] = [false, true].map(|moved| run(in_a_deadline(region, moved)));
        assert_eq!(stays, moves, "{name}");
    }
}

#[test]
fn what_a_foreign_combinator_keeps_in_a_moved_region_stays_hidden_in_the_scope_before() {
    // The set polls only what was woken, so the new scope never learns of the sleep in it. Its
    // cancel goes to the gather, which cleans up, and the sleep ends first.
    let part = || race([hidden(nap(3)), known()]).boxed_local();
    assert_eq!(run(in_a_deadline(part, false)), (Err(Elapsed), secs(1)));
    let moved = async {
        let mut set = Moved(Rc::new(RefCell::new(hidden(nap(3)))));
        let once = poll_fn(|cx| {
            let _ = Pin::new(&mut set).poll(cx);
            Poll::Ready(())
        });
        assert_eq!(timeout(secs(77), once).await, Ok(()));
        let race = race([set.boxed_local(), known()]);
        (timeout(secs(1), race).await, time().since_start())
    };
    assert_eq!(run(moved), (Ok(()), secs(3)));
}

/// Lets a combinator end while tasks that were lent to it still run; returns these.
async fn lend(verb: &str, mut tasks: Vec<Task<()>>) -> Vec<Task<()>> {
    let half = || sleep(secs(1) / 2);
    let lent = tasks.iter_mut();
    match verb {
        "race" => assert!(race(lent).await.is_ok()),
        "race_ok" => assert!(race_ok(lent).await.is_ok()),
        "try_join" => {
            let fails = async |task: &mut Task<()>| Err::<(), _>(task.await.is_ok());
            assert_eq!(try_join(lent.map(fails)).await, Err(true));
        }
        "join" => {
            let bounded = async |task| drop(select_biased((task, half())).await);
            join(lent.map(bounded)).await;
        }
        "a join that is dropped" => drop(select((join(lent), half())).await),
        "a join in a race" => {
            let (some, others) = tasks.split_at_mut(1);
            race([join(some.iter_mut()), join(others.iter_mut())]).await;
        }
        _ => {
            let group = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
                for task in lent {
                    group.spawn(async { task.await.map_err(drop) });
                }
                half().await;
                group.cancel();
                Ok(())
            });
            assert!(group.await.is_ok());
        }
    }
    tasks
}

#[test]
fn a_combinator_that_is_over_hides_none_of_the_tasks_that_were_lent_to_it() {
    let verbs = [
        "race",
        "race_ok",
        "try_join",
        "join",
        "a join that is dropped",
        "a join in a race",
        "borrowing_group",
    ];
    for verb in verbs {
        for count in [3, 40] {
            let end = run(async move {
                let tasks = (0..count).map(|n| spawn(nap(if n == 0 { 0 } else { 90 })));
                let tasks = tasks.collect();
                let both = async move {
                    let _kept = lend(verb, tasks).await;
                    known().await;
                };
                end_of([both.boxed_local()]).await
            });
            assert_eq!(end, secs(6), "{verb} of {count}");
        }
    }
}

#[test]
fn a_long_list_hides_its_futures_wherever_it_is_polled() {
    fn many_naps() -> Part {
        race((0..40).map(|_| nap(90))).boxed_local()
    }
    let lists: [Leaf; 5] = [
        ("in a join of two", || {
            join([many_naps(), nap(90)]).map(drop).boxed_local()
        }),
        ("in a long join", || {
            join((0..40).map(|n| {
                if n == 7 {
                    many_naps()
                } else {
                    pending().boxed_local()
                }
            }))
            .map(drop)
            .boxed_local()
        }),
        ("under a deadline", || {
            timeout(secs(99), many_naps()).map(drop).boxed_local()
        }),
        ("in a foreign set", || hidden(many_naps())),
        ("of foreign sets", || {
            race((0..40).map(|_| hidden(nap(90)))).boxed_local()
        }),
    ];
    for (name, list) in lists {
        let end = run(async move { end_of([list(), known()]).await });
        assert_eq!(end, secs(1), "{name}");
    }
    // It moves to another task, which does not poll the futures again.
    let end = run(async {
        let mut list = many_naps();
        assert!(futures::poll!(&mut list).is_pending());
        end_of([list, known()]).await
    });
    assert_eq!(end, secs(1), "moved");
}
