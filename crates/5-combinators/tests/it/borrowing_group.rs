//! Borrowing groups: children that borrow, beside what a task group does.
//!
//! The table of cancels and the programs of `props/groups.rs` have borrowing groups, too.
//!
//! Read next: `groups.rs`.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures::future::{FutureExt, LocalBoxFuture, poll_immediate};
use groundup_combinators::executor::{call_later, current_task, iteration, sleep, spawn, time};
use groundup_combinators::task::{Cancelled, Promise, catch_cancel, yield_now};
use groundup_combinators::*;

use crate::setup::*;

type Failure = &'static str;
type Borrowing<'env> = BorrowingGroup<'env, Failure>;

fn errors(error: GroupError<Failure>) -> Vec<String> {
    error.errors().iter().map(ToString::to_string).collect()
}

async fn fails(log: &Log, name: Failure, milliseconds: u64) -> Result<(), Failure> {
    sleep(ms(milliseconds)).await;
    log.say(name);
    Err(name)
}

async fn succeeds(log: &Log, name: Failure, milliseconds: u64) -> Result<(), Failure> {
    carefully(log.clone(), name, milliseconds).await;
    Ok(())
}

#[test]
fn children_borrow_what_lives_outside_also_to_change_it() {
    Setup::new().run(async {
        let words = ["one".to_string(), "three".to_string()];
        let (mut first, mut total) = (0, Cell::new(0));
        let (words, lent) = (&words, &mut first);
        let total = &mut total;
        let sum = borrowing_group(async |group: Borrowing<'_>| {
            let total = &*total;
            group.spawn(async move {
                yield_now().await;
                *lent = words[0].len();
                Ok(())
            });
            let lengths = words.iter().map(|word| {
                group.spawn(async move {
                    yield_now().await;
                    total.set(total.get() + word.len());
                    Ok(word.as_str())
                })
            });
            Ok(join(lengths.collect::<Vec<_>>()).await)
        });
        assert_eq!(sum.await.unwrap(), ["one", "three"]);
        assert_eq!((first, total.get()), (3, 8));
    });
}

#[test]
fn p01_it_ends_when_all_children_have_and_those_that_they_spawned() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let value = borrowing_group(async |group: Borrowing<'_>| {
            let inside = group.clone();
            let first = group.spawn(async move {
                sleep(secs(1)).await;
                inside.spawn(succeeds(log, "grandchild", 2000));
                Ok(5)
            });
            Ok(first.await)
        });
        assert_eq!(value.await.unwrap(), 5);
        assert_eq!(time().since_start(), secs(3));
    });
    assert_eq!(log.times(), "grandchild@3000");
}

#[test]
fn p02_the_first_error_cancels_the_rest_and_the_body_and_clean_ups_are_awaited() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            group.spawn(async {
                let _ = catch_cancel(sleep(secs(9))).await;
                fails(log, "clean-up", 2000).await
            });
            group.spawn(fails(log, "bad", 1000));
            group.spawn(succeeds(log, "slow", 9000));
            carefully(log.clone(), "body", 9000).await;
            Ok("not reached")
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["bad", "clean-up"]);
        assert_eq!(
            (current_task().unwrap().cancelling(), time().since_start()),
            (0, secs(3))
        );
        yield_now().await;
    });
    let times = "bad@1000 body!@1000 slow!@1000 body.@2000 slow.@2000 clean-up@3000";
    assert_eq!(log.times(), times);
}

#[test]
fn p04_the_error_of_the_body_is_among_them() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended: Result<(), _> = borrowing_group(async |group: Borrowing<'_>| {
            group.spawn(succeeds(log, "child", 9000));
            sleep(secs(1)).await;
            Err("body")
        })
        .await;
        assert_eq!(errors(ended.unwrap_err()), ["body"]);
    });
    assert_eq!(log.times(), "child!@1000 child.@2000");
}

#[test]
fn p05_a_child_that_is_cancelled_alone_is_no_error() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            let child = group.spawn(succeeds(log, "a", 9000));
            group.spawn(succeeds(log, "b", 3000));
            sleep(secs(1)).await;
            assert!(child.cancel() && !child.done());
            assert!(matches!(
                child.result().await,
                Err(ChildEnded::Cancelled(_))
            ));
            let raises = group.spawn(async { Err::<(), _>("not reached").or(raised().await) });
            assert!(
                catch_cancel(raises).await.is_err(),
                "who awaits it is cancelled"
            );
            Ok(time().since_start())
        });
        assert_eq!(ended.await.unwrap(), secs(2));
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
    assert_eq!(log.times(), "a!@1000 a.@2000 b@3000");
}

async fn raised() -> Result<(), Failure> {
    task::raise_cancelled().await
}

#[test]
fn p06_a_cancel_from_outside_cancels_all_and_goes_on_behind_errors() {
    for fails_late in [false, true] {
        let setup = Setup::new();
        let log = &setup.log;
        setup.run(async {
            let log = log.clone();
            let parent = spawn(async move {
                let ended = borrowing_group(async |group: Borrowing<'_>| {
                    group.spawn(succeeds(&log, "child", 9000));
                    group.spawn(async {
                        let _ = catch_cancel(sleep(secs(9))).await;
                        if fails_late { Err("late") } else { Ok(()) }
                    });
                    if fails_late {
                        Ok(())
                    } else {
                        succeeds(&log, "body", 9000).await
                    }
                });
                let messages = errors(ended.await.unwrap_err());
                assert_eq!(messages, ["late"]);
                assert!(
                    catch_cancel(yield_now()).await.is_err(),
                    "the cancel was not lost"
                );
            });
            sleep(secs(1)).await;
            assert!(parent.cancel());
            assert_eq!(parent.await.is_ok(), fails_late);
            // The children are cancelled when the body has cleaned up.
            assert_eq!(time().since_start(), secs(if fails_late { 2 } else { 3 }));
        });
    }
}

#[test]
fn p07_a_panic_of_a_child_is_an_error_and_its_clean_up_runs() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            group.spawn(succeeds(log, "sibling", 9000));
            let bad: BorrowingChild<()> = group.spawn(async {
                sleep(secs(1)).await;
                std::panic::resume_unwind(Box::new("oh"))
            });
            let body = catch_cancel(bad).await;
            assert!(body.is_err(), "the group cancels its body at this await");
            Ok(())
        });
        let error = ended.await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "unhandled errors in a task group (1): panicked: oh"
        );
        assert_eq!(current_task().unwrap().cancelling(), 0);
        // The task, and a deadline around, are as before.
        let again = timeout(
            secs(1),
            borrowing_group(async |_: Borrowing<'_>| Ok(pending::<u8>().await)),
        );
        assert!(again.await.is_err());
    });
    assert_eq!(log.times(), "sibling!@1000 sibling.@2000");
    assert_eq!(setup.reports(), [""; 0]);
}

/// A future whose drop panics.
struct Rude;

impl Drop for Rude {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::resume_unwind(Box::new("rude"));
        }
    }
}

impl Future for Rude {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Pending
    }
}

#[test]
fn a_panic_in_the_drop_of_a_cancelled_child_is_an_error_like_others() {
    Setup::new().run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            let rude = group.spawn(Rude);
            let calm = group.spawn(sleep(secs(9)).map(Ok));
            yield_now().await;
            yield_now().await;
            rude.cancel();
            calm.await;
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["panicked: rude"]);
        assert_eq!(current_task().unwrap().cancelling(), 0);
        yield_now().await;
    });
}

#[test]
fn p08_it_takes_no_children_when_it_has_ended_or_shuts_down() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let kept = borrowing_group(async |group: Borrowing<'_>| Ok(group))
            .await
            .unwrap();
        let refused = kept.spawn(async { Ok(5) });
        assert!(refused.done() && !refused.cancel());
        let finished = ChildEnded::Refused(GroupClosed::Finished);
        assert_eq!(refused.result().await, Err(finished));
        kept.cancel();
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            group.spawn(fails(log, "bad", 1000));
            let _ = catch_cancel(sleep(secs(9))).await;
            let refused = group.try_spawn(async { Ok(()) });
            assert_eq!(refused.unwrap_err(), GroupClosed::ShuttingDown);
            Ok(())
        });
        assert_eq!(errors(ended.await.unwrap_err()), ["bad"]);
    });
}

#[test]
fn p11_cancel_ends_body_and_children() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            group.spawn(succeeds(log, "child", 9000));
            let inside = group.clone();
            group.spawn(async move {
                sleep(secs(1)).await;
                inside.cancel();
                inside.cancel(); // changes nothing
                Ok(())
            });
            sleep(secs(9)).await;
            Ok("not reached")
        });
        assert!(matches!(ended.await, Err(GroupError::Cancelled)));
        assert_eq!(
            (current_task().unwrap().cancelling(), time().since_start()),
            (0, secs(2))
        );
        yield_now().await;
    });
    assert_eq!(log.times(), "child!@1000 child.@2000");
}

#[test]
fn a_child_steps_in_the_iteration_after_its_spawn_and_its_awaiter_after_its_end() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            let child = group.spawn(async {
                log.say("first");
                yield_now().await;
                log.say("second");
                Ok(())
            });
            let sibling = group.spawn(async {
                child.await;
                log.say("sibling");
                Ok(())
            });
            log.say("spawned");
            sibling.await;
            log.say("body");
            Ok(iteration())
        });
        let end = ended.await.unwrap();
        assert_eq!(end, iteration(), "the group costs no iteration");
    });
    let hops = |cause, effect| log.hops(cause, effect);
    assert_eq!((hops("spawned", "first"), hops("first", "second")), (1, 1));
    assert_eq!((hops("second", "sibling"), hops("sibling", "body")), (1, 1));
}

#[test]
fn with_a_limit_the_children_take_turns_and_a_cancelled_one_takes_none() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            group.set_limit(2);
            let names = ["a", "b", "c", "d", "e"];
            let children = names.map(|name| group.spawn(child(log.clone(), name, 1000).map(Ok)));
            yield_now().await;
            assert!(children[3].cancel());
            yield_now().await;
            assert!(children[3].done() && !children[3].cancel());
            assert_eq!(group.len(), 4);
            Ok(())
        });
        ended.await.unwrap();
        assert_eq!(time().since_start(), secs(2));
    });
    assert_eq!(log.times(), "a@1000 b@1000 c@2000 e@2000");
}

/// A future that counts its polls, and keeps its waker.
struct Counting<'a>(&'a Cell<u32>, &'a RefCell<Vec<Waker>>);

impl Future for Counting<'_> {
    type Output = Result<(), Failure>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.set(self.0.get() + 1);
        self.1.borrow_mut().push(cx.waker().clone());
        Poll::Pending
    }
}

#[test]
fn a_wake_polls_one_child_and_the_waker_of_one_that_has_ended_none() {
    Setup::new().run(async {
        let polls: Vec<_> = (0..1000).map(|_| Cell::new(0)).collect();
        let wakers: Vec<_> = (0..1000).map(|_| RefCell::default()).collect();
        let (polls, wakers) = (&polls, &wakers);
        let total = || polls.iter().map(Cell::get).sum::<u32>();
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            let counting = polls
                .iter()
                .zip(wakers)
                .map(|(polls, waker)| Counting(polls, waker));
            let children: Vec<_> = counting.map(|child| group.spawn(child)).collect();
            yield_now().await;
            assert_eq!(total(), 0);
            yield_now().await;
            assert_eq!(total(), 1000);
            for _ in 0..3 {
                wakers[500].borrow()[0].wake_by_ref();
                wakers[700].borrow()[0].wake_by_ref();
            }
            yield_now().await;
            yield_now().await;
            assert_eq!((total(), polls[500].get(), polls[700].get()), (1002, 2, 2));
            let thread = wakers[3].borrow()[0].clone();
            std::thread::spawn(move || thread.wake()).join().unwrap();
            yield_now().await;
            yield_now().await;
            assert_eq!((total(), polls[3].get()), (1003, 2));
            children[3].cancel();
            yield_now().await;
            yield_now().await;
            assert!(children[3].done());
            let next = Cell::new(0);
            let _in_the_same_place = group.spawn(async {
                poll_fn(|_| Poll::<()>::Pending).await;
                Ok(())
            });
            yield_now().await;
            wakers[3].borrow()[0].wake_by_ref();
            yield_now().await;
            yield_now().await;
            assert_eq!((total(), next.get()), (1003, 0));
            group.cancel();
            Ok(())
        });
        ended.await.unwrap();
        wakers[5].borrow()[0].wake_by_ref(); // after its end
    });
}

#[test]
fn a_child_that_awaits_itself_panics_with_a_sentence() {
    Setup::new().run(async {
        let own = RefCell::new(None);
        let ended = borrowing_group(async |group: Borrowing<'_>| {
            let own = &own;
            let child = group.spawn(async move {
                let child: BorrowingChild<()> = own.take().expect("it is there");
                child.await;
                Ok(())
            });
            own.replace(Some(child));
            Ok(())
        });
        let error = ended.await.unwrap_err().to_string();
        assert!(
            error.contains("a child of a group cannot await itself"),
            "{error}"
        );
    });
}

#[test]
fn nothing_keeps_itself_alive() {
    Setup::new().run(async {
        let held = Rc::new(());
        for polls in 0..5 {
            let mut group = Box::pin(borrowing_group(async |group: Borrowing<'_>| {
                let (inside, held) = (group.clone(), held.clone());
                group.spawn(async move {
                    let (inside, held) = (inside, held);
                    let grandchild = (inside.clone(), held.clone());
                    inside.spawn(async move {
                        let _keeps = grandchild;
                        pending::<Result<(), Failure>>().await
                    });
                    drop(held);
                    pending::<Result<(), Failure>>().await
                });
                Ok(())
            }));
            for _ in 0..polls {
                assert!(poll_immediate(&mut group).await.is_none());
                yield_now().await;
            }
            drop(group);
            assert_eq!(Rc::strong_count(&held), 1, "after {polls} polls");
        }
        assert_eq!(current_task().unwrap().cancelling(), 0);
    });
}

#[test]
fn a_group_in_a_child_of_a_group_under_a_deadline() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let outer = borrowing_group(async |outer: Borrowing<'_>| {
            outer.spawn(succeeds(log, "beside", 3000));
            outer.spawn(async {
                let inner = borrowing_group(async |inner: Borrowing<'_>| {
                    inner.spawn(succeeds(log, "inside", 9000));
                    succeeds(log, "body", 9000).await
                });
                match timeout(secs(1), inner).await {
                    Err(elapsed) => {
                        assert_eq!(elapsed, Elapsed);
                        log.say("elapsed");
                        Ok(())
                    }
                    Ok(ended) => ended.map_err(|_| "inner"),
                }
            });
            Ok(())
        });
        outer.await.unwrap();
        assert_eq!(current_task().unwrap().cancelling(), 0);
        yield_now().await;
    });
    let times = "body!@1000 body.@2000 inside!@2000 beside@3000 inside.@3000 elapsed@3000";
    assert_eq!(log.times(), times);
}

/// Counts the polls of a future.
async fn counted<F: Future>(polls: &Cell<usize>, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        polls.set(polls.get() + 1);
        future.as_mut().poll(cx)
    })
    .await
}

/// A group in a child of a group, and so on; the innermost child yields so many times.
fn nest(levels: usize, yields: usize, polls: &Cell<usize>) -> LocalBoxFuture<'_, ()> {
    let inner = async move {
        for _ in 0..yields {
            yield_now().await;
        }
    };
    if levels == 0 {
        return inner.boxed_local();
    }
    let group = borrowing_group(async move |group: Borrowing<'_>| {
        let child = nest(levels - 1, yields, polls).map(Ok);
        group.spawn(counted(polls, child));
        Ok(())
    });
    group.map(Result::unwrap).boxed_local()
}

/// The price that the documentation of `borrowing_group` names: each child begins in an iteration of its
/// own, and a step is a poll of each child around it.
#[test]
fn a_nest_of_groups_costs_a_poll_of_each_level_in_each_step() {
    for levels in [1, 2, 10, 40] {
        for yields in [0, 1, 10] {
            Setup::new().run(async move {
                let (polls, begun) = (Cell::new(0), iteration());
                nest(levels, yields, &polls).await;
                let begins = levels * (levels + 1) / 2;
                assert_eq!(polls.get(), begins + levels * yields, "{levels}, {yields}");
                assert_eq!(iteration() - begun, (levels + yields) as u64);
            });
        }
    }
}

#[test]
fn a_foreign_combinator_may_poll_it() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let group = |name| {
            borrowing_group(async move |group: Borrowing<'_>| {
                let child = group.spawn(succeeds(log, name, 1000));
                child.await;
                Ok(name)
            })
        };
        let groups: futures::stream::FuturesUnordered<_> =
            ["one", "two"].into_iter().map(group).collect();
        let mut groups = pin!(groups);
        while let Some(ended) = futures::StreamExt::next(&mut groups).await {
            log.say(ended.unwrap());
        }
    });
    assert_eq!(log.times(), "one@1000 two@1000 one@1000 two@1000");
}

/// A handle of the child of a group in another task, which returns 3 after a second.
async fn child_of_another_task() -> BorrowingChild<u8> {
    let slot = Rc::<RefCell<Option<BorrowingChild<u8>>>>::default();
    let told = slot.clone();
    let group = borrowing_group(async move |group: Borrowing<'static>| {
        told.replace(Some(group.spawn(sleep(secs(1)).map(|()| Ok(3)))));
        Ok(())
    });
    spawn(group.map(drop)).detach();
    yield_now().await;
    slot.take().expect("the body has spawned it")
}

#[test]
fn a_handle_that_has_moved_to_another_task_wakes_that_task() {
    Setup::new().run(async {
        let mut child = child_of_another_task().await;
        assert!(poll_immediate(&mut child).await.is_none());
        let other = spawn(child);
        assert_eq!(timeout(secs(9), other).await.unwrap().unwrap(), 3);
        assert_eq!(time().since_start(), secs(1));
    });
}

#[test]
fn c06_a_cancel_that_meets_the_value_of_a_child_is_told_to_the_region_beside_it() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let promise = Promise::<()>::new();
        let awaited = promise.clone();
        let task = spawn(async move {
            let ended = borrowing_group(async |group: Borrowing<'_>| {
                let child = group.spawn(awaited.into_future().map(|_| Ok(3)));
                let region = catch_cancel(pending::<()>());
                match select((child.result(), region)).await {
                    Selected::First(value) => log.say(format_args!("{value:?}")),
                    Selected::Second(caught) => log.say(format_args!("{}", caught.is_err())),
                }
                Ok(())
            });
            ended.await.unwrap();
        });
        for _ in 0..5 {
            yield_now().await;
        }
        promise.set_result(()).unwrap();
        yield_now().await; // the child takes its last step now
        task.cancel();
        task.await.expect("the region has caught the cancel");
    });
    assert_eq!(setup.log.texts(), "true");
}

#[test]
fn a_limit_that_is_raised_lets_the_next_child_begin_at_once() {
    let setup = Setup::new();
    let log = &setup.log;
    setup.run(async {
        let ended = borrowing_group(async |group: Borrowing<'static>| {
            group.set_limit(1);
            for name in ["a", "b"] {
                let log = log.clone();
                group.spawn(async move {
                    log.say(name);
                    sleep(secs(5)).await;
                    Ok(())
                });
            }
            call_later(secs(1), move || group.set_limit(2));
            Ok(())
        });
        ended.await.unwrap();
    });
    assert_eq!(log.times(), "a@0 b@1000");
}

async fn raises(cancelled: Cancelled) -> Result<(), Failure> {
    cancelled.raise().await
}

/// The body has caught the cancel of the task, and a child lets it go on.
#[test]
fn a_child_that_raises_the_cancel_of_the_task_ends_the_body_and_the_group() {
    Setup::new().run(async {
        let task = spawn(async {
            let ended = borrowing_group(async |group: Borrowing<'_>| {
                let caught = catch_cancel(pending::<()>()).await.unwrap_err();
                group.spawn(raises(caught));
                sleep(secs(9)).await;
                Ok(())
            });
            drop(ended.await);
        });
        yield_now().await;
        task.cancel_with("why");
        let ended = task.await.unwrap_err().to_string();
        assert_eq!(ended, "the task was cancelled: why");
        assert_eq!(time().since_start(), secs(0));
    });
}
