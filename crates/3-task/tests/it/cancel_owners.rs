//! Owners of a cancel: there is one at each moment, and none loses it.
//!
//! The problem: between `cancel()` and its end, a cancel is owned by a region, a registration,
//! or a future that raises it. Each of them may be dropped first. A property of floor 5 says
//! that no tree of futures loses a cancel. These tests are the cases that such a tree does not
//! reach, and the cases that show where the cancel goes.
//!
//! Read next: `kernel_edges.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use crate::drive::*;
use futures::future::{FutureExt, LocalBoxFuture};
use futures::poll;
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_task::{
    CancelScope, CancelTargets, Promise, Scheduler, Task, catch_cancel, raise_cancelled, yield_now,
};

#[test]
fn a_region_whose_scope_was_dropped_catches_nothing_of_the_next_scope() {
    Drive::new().run(async {
        let first = CancelScope::new();
        let mut region = pin!(first.catch(forever()));
        assert!(poll!(region.as_mut()).is_pending());
        drop(first);
        let second = CancelScope::new(); // has the same place in the table
        second.cancel();
        pause(2).await;
        assert!(
            poll!(region.as_mut()).is_pending(),
            "it is aimed at another scope"
        );
    });
}

#[test]
fn a_region_whose_scope_was_dropped_still_catches_a_cancel_of_the_task() {
    Drive::new().run(async {
        let task = spawn(async {
            let scope = CancelScope::new();
            let region = scope.catch(forever());
            drop(scope);
            let beside = CancelScope::new();
            let caught = region.await.is_err();
            (caught, beside.cancel_called())
        });
        pause(2).await;
        task.cancel();
        assert_eq!(task.await.unwrap(), (true, false));
    });
}

/// Polls two handles of one task in step 0, and drops the second handle in step `dropped_in`.
fn by_two_handles(dropped_in: u32, second_is_polled_then: bool) {
    Drive::new().run(async {
        let inner = spawn(forever());
        let reference = inner.task_ref();
        let (mut one, mut two) = (inner.clone(), Some(inner));
        let mut step = 0;
        let task = spawn(poll_fn(move |cx| {
            assert!(Pin::new(&mut &mut one).poll(cx).is_pending());
            if let Some(mut other) = two.take() {
                if step == 0 || second_is_polled_then {
                    assert!(Pin::new(&mut &mut other).poll(cx).is_pending());
                }
                two = (step != dropped_in).then_some(other);
            }
            step += 1;
            if step <= dropped_in {
                cx.waker().wake_by_ref();
            }
            Poll::<()>::Pending
        }));
        pause(4).await;
        task.cancel();
        assert_eq!(
            reference.cancelling(),
            1,
            "it is handed on: the first handle still waits"
        );
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn of_two_handles_of_one_task_one_goes_and_the_task_waits_by_the_other() {
    by_two_handles(0, true);
    by_two_handles(1, true);
    by_two_handles(1, false);
    by_two_handles(2, true);
}

#[test]
fn what_was_handed_on_comes_back_when_the_wait_is_given_up() {
    Drive::new().run(async {
        // The task itself drops the wait, or another task drops the future that the first
        // awaits.
        for by_another in [false, true] {
            let cleaning = spawn(async {
                let _ = catch_cancel(forever()).await;
                forever().await;
            });
            let reference = cleaning.task_ref();
            let shared = Rc::new(Cell::new(Some(Box::pin(
                async move { drop(cleaning.await) },
            ))));
            let (held, stop) = (shared.clone(), later(3, ()));
            let went_on = Rc::new(Cell::new(false));
            let after = went_on.clone();
            let task = spawn(async move {
                let mut stop = pin!(async { drop(stop.await) });
                poll_fn(|cx| {
                    if let Some(mut part) = held.take() {
                        assert!(part.as_mut().poll(cx).is_pending());
                        held.set(Some(part));
                    }
                    match by_another {
                        true => Poll::Pending,
                        false => stop.as_mut().poll(cx),
                    }
                })
                .await;
                held.take();
                after.set(true);
                forever().await;
            });
            pause(2).await;
            // In the second case, `stop` is not polled, so the task waits for one thing alone.
            if by_another {
                task.cancel();
                assert_eq!(reference.cancelling(), 1, "handed on");
                pause(2).await;
                assert!(!task.done());
                drop(shared.take());
            } else {
                task.cancel();
            }
            assert!(task.await.unwrap_err().is_cancelled());
            assert!(!by_another || !went_on.get());
        }
    });
}

#[test]
fn two_that_have_raised_give_back_one_cancel() {
    Drive::new().run(async {
        for dropped in [1, 2] {
            let task = spawn(async move {
                let (mut one, mut two) = (Box::pin(raise_cancelled()), Box::pin(raise_cancelled()));
                assert!(poll!(&mut one).is_pending() && poll!(&mut two).is_pending());
                assert!(poll!(&mut one).is_pending(), "however often it is polled");
                drop(one);
                if dropped == 2 {
                    drop(two);
                    return catch_cancel(yield_now()).await.is_err();
                }
                forever().await;
                false
            });
            match dropped {
                1 => assert!(task.await.unwrap_err().is_cancelled(), "the second is out"),
                _ => assert!(
                    task.await.unwrap(),
                    "it came back, and is caught where it suspends"
                ),
            }
        }
    });
}

#[test]
fn a_region_beside_what_raises_waits_and_is_asked_again() {
    Drive::new().run(async {
        let task = spawn(async {
            let mut region = Box::pin(catch_cancel(forever()));
            assert!(poll!(&mut region).is_pending());
            let mut raising = Box::pin(raise_cancelled());
            assert!(poll!(&mut raising).is_pending());
            assert!(poll!(&mut region).is_pending(), "what is raised goes first");
            drop(raising);
            let caught = region.await;
            caught.is_err()
        });
        assert!(
            task.await.unwrap(),
            "given back, and delivered into the region"
        );
    });
}

#[test]
fn a_loop_that_polls_by_hand_behind_the_gate_ends() {
    Drive::new().run(async {
        let refused = Rc::new(Cell::new(0_u64));
        let count = refused.clone();
        let task = spawn(async move {
            let mut step = 0;
            let by_hand = poll_fn(move |_| {
                step += 1;
                if step == 2 {
                    futures::executor::block_on(async {
                        let promise: Promise<()> = Promise::new();
                        promise.set_result(()).unwrap();
                        let mut awaited = pin!(promise.into_future());
                        poll_fn(|cx| {
                            count.set(count.get() + 1);
                            awaited.as_mut().poll(cx)
                        })
                        .await
                        .unwrap();
                    });
                }
                Poll::<()>::Pending
            });
            let _ = futures::future::join(by_hand, catch_cancel(forever())).await;
        });
        pause(2).await;
        task.cancel();
        pause(2).await;
        assert!(refused.get() > 2, "the gate was shut");
        drop(task);
    });
}

/// A region beside a future that has raised is refused as a leaf is, and not for ever.
#[test]
fn a_loop_that_polls_a_region_behind_a_raise_ends() {
    const ENOUGH: u64 = 1 << 21;
    Drive::new().run(async {
        let refused = Cell::new(0_u64);
        let both = async {
            let by_hand = poll_fn(|_| {
                let mut region = pin!(catch_cancel(std::future::ready(3)));
                futures::executor::block_on(poll_fn(|cx| {
                    refused.set(refused.get() + 1);
                    assert!(refused.get() < ENOUGH, "it does not end");
                    region.as_mut().poll(cx)
                }))
                .unwrap();
                Poll::<()>::Pending
            });
            futures::future::join(async { match raise_cancelled().await {} }, by_hand).await
        };
        assert!(catch_cancel(both).await.is_err());
        assert!(refused.get() > 2, "what is raised goes first");
    });
}

/// A cancel of a scope whose task was due to step could be taken back. The next one finds
/// the task suspended, and is on its way from then on.
#[test]
fn a_second_cancel_of_a_scope_that_is_on_its_way_is_not_taken_back() {
    Drive::new().run(async {
        let scope = Rc::new(CancelScope::new());
        let inner = scope.clone();
        let mut steps = 0;
        let task = spawn(async move {
            let mut region = pin!(inner.catch(forever()));
            poll_fn(|cx| {
                steps += 1;
                match steps {
                    2 => Poll::Pending, // the region is not polled, and the first one waits
                    _ => region.as_mut().poll(cx),
                }
            })
            .await
            .is_err()
        });
        yield_now().await;
        scheduler().wake(task.ticket());
        scope.cancel();
        yield_now().await;
        scope.cancel();
        assert_eq!((task.uncancel(), task.uncancel()), (1, 0));
        yield_now().await;
        assert!(task.done(), "it is caught, though nothing counts any more");
        assert!(task.await.unwrap());
    });
}

#[test]
fn an_inner_scope_lets_through_what_is_aimed_at_an_outer_one() {
    Drive::new().run(async {
        let scopes = [(); 2].map(|()| Rc::new(CancelScope::new()));
        let [outer, inner] = scopes.clone();
        let task = spawn(async move {
            let whole = outer.catch(async {
                let _ = inner.catch(forever()).await;
                unreachable!("it is not for the inner one");
            });
            whole.await.is_err()
        });
        pause(2).await;
        scopes[0].cancel();
        assert!(task.await.unwrap());
    });
}

#[test]
fn an_inner_scope_lets_through_what_was_raised_for_an_outer_one() {
    Drive::new().run(async {
        let scopes = [(); 2].map(|()| Rc::new(CancelScope::new()));
        let [outer, inner] = scopes.clone();
        let task = spawn(async move {
            let whole = outer.catch(async {
                let within = async {
                    let caught = catch_cancel(forever()).await.unwrap_err();
                    caught.raise().await
                };
                let _ = inner.catch(within).await;
                unreachable!("it is not for the inner one");
            });
            whole.await.is_err()
        });
        pause(2).await;
        scopes[0].cancel();
        assert!(task.await.unwrap());
    });
}

/// A promise that stands for no task, and so refuses its cancel.
struct Nobody;

impl CancelTargets for Nobody {
    fn target(&self, _: usize) -> Option<groundup_task::Ticket> {
        None
    }

    fn accepted(&self) {}
}

#[test]
fn c05_a_scope_whose_cancel_was_refused_wins_over_the_value() {
    Drive::new().run(async {
        let scope = Rc::new(CancelScope::new());
        let promise: Promise<()> = Promise::new();
        promise.on_cancel(Nobody);
        let (inside, awaited) = (scope.clone(), promise.clone());
        let task = spawn(async move { inside.catch(awaited).await.is_err() });
        pause(2).await;
        scope.cancel();
        pause(2).await;
        assert!(!task.done(), "it ends by itself");
        promise.set_result(()).unwrap();
        assert!(task.await.unwrap(), "and the cancel was not lost");
    });
}

#[test]
fn c14_the_reason_of_what_is_about_to_be_delivered_stands() {
    Drive::new().run(async {
        // A scope's cancel has reached its region: a cancel of the task comes too late to set
        // the reason.
        let scope = Rc::new(CancelScope::new());
        let inside = scope.clone();
        let task = spawn(async move { inside.catch(forever()).await });
        pause(2).await;
        scope.cancel();
        task.cancel_with("later");
        assert_eq!(task.await.unwrap().unwrap_err().reason(), None);
        // The awaited promise was cancelled before: its reason stands.
        let promise: Promise<()> = Promise::new();
        let awaited = promise.clone();
        let task = spawn(async move { catch_cancel(awaited).await.map(drop) });
        pause(2).await;
        promise.cancel_with("first");
        task.cancel_with("later");
        assert_eq!(task.await.unwrap().unwrap_err().reason(), Some("first"));
    });
}

#[test]
fn c09_what_a_task_that_ends_by_its_own_cancel_was_asked_comes_back() {
    Drive::new().run(async {
        let waiting = Rc::new(Cell::new(None));
        let target = waiting.clone();
        let awaited = spawn(async move {
            pause(3).await;
            let waiting: groundup_task::TaskRef = target.take().unwrap();
            assert!(waiting.cancel(), "handed on to the running task");
        });
        let reference = awaited.task_ref();
        awaited.detach(); // its slot is vacated at its end
        let task = spawn(reference.ended());
        waiting.set(Some(task.task_ref()));
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn c10_with_one_left_the_cancel_is_delivered() {
    Drive::new().run(async {
        let task = spawn(async {
            let own = Scheduler::current().unwrap().current_task().unwrap();
            own.cancel();
            own.cancel();
            assert_eq!(own.uncancel(), 1);
            catch_cancel(yield_now()).await.is_err()
        });
        assert!(task.await.unwrap());
    });
}

#[test]
fn c10_a_cancel_of_a_scope_is_taken_back_until_it_has_reached_its_region() {
    Drive::new().run(async {
        for reached in [false, true] {
            let scope = Rc::new(CancelScope::new());
            let inside = scope.clone();
            let task = spawn(async move { inside.catch(pause(4)).await.is_err() });
            yield_now().await;
            let target = task.task_ref();
            // The pause of the task wakes it in each iteration. A task that waits for ever is
            // idle.
            if reached {
                task.cancel();
                drop(task);
                let inside = scope.clone();
                let idle = spawn(async move { inside.catch(forever()).await.is_err() });
                pause(2).await;
                scope.cancel();
                assert_eq!(scope.uncancel(), 0);
                assert!(idle.await.unwrap(), "it has reached the region");
            } else {
                scope.cancel();
                assert_eq!((target.cancelling(), scope.uncancel()), (1, 0));
                assert!(!task.await.unwrap(), "it was on its way");
            }
        }
    });
}

#[test]
fn c10_a_cancel_that_came_back_can_be_taken_back() {
    Drive::new().run(async {
        let task = spawn(async {
            let own = Scheduler::current().unwrap().current_task().unwrap();
            let caught = catch_cancel(forever()).await.unwrap_err();
            drop(caught.hold());
            assert_eq!(own.uncancel(), 0);
            catch_cancel(yield_now()).await.is_ok()
        });
        pause(2).await;
        task.cancel();
        assert!(task.await.unwrap());
    });
}

#[test]
fn c09_a_result_that_a_cancel_overtakes_is_reported_with_its_type() {
    let told = Rc::new(RefCell::new(Vec::new()));
    let log = told.clone();
    let scheduler = Scheduler::new().unwrap();
    let handler = move |report: &groundup_task::Report| {
        log.borrow_mut()
            .push((report.kind, report.message.clone(), report.place.is_some()));
    };
    scheduler.set_exception_handler(Some(Rc::new(handler)));
    let cancels_itself = || {
        Scheduler::current()
            .unwrap()
            .current_task()
            .unwrap()
            .cancel()
    };
    let fallible = scheduler.spawn(async move {
        cancels_itself();
        Err::<(), _>(String::from("no"))
    });
    let plain = scheduler.spawn(async move { cancels_itself() });
    scheduler.run_until_idle();
    scheduler.flush_reports();
    assert_eq!(fallible.cancelled(), Some(true));
    assert_eq!(plain.cancelled(), Some(true));
    let told = told.borrow();
    let [(kind, message, has_place)] = &told[..] else {
        panic!("one report: {told:?}");
    };
    assert_eq!(*kind, groundup_task::ReportKind::ErrorOvertaken);
    assert!(
        message.contains("core::result::Result<(), alloc::string::String>"),
        "{message}"
    );
    assert!(has_place);
}

type Set<T> = FuturesUnordered<LocalBoxFuture<'static, T>>;

/// A set that polls only the woken children, with one child; and the task that has polled it first,
/// which has ended.
async fn set_of_an_ended_task<T: 'static>(
    child: impl Future<Output = T> + 'static,
) -> (Set<T>, Task<()>) {
    let place = Rc::new(RefCell::new(None));
    let put = place.clone();
    let begin = spawn(async move {
        let mut set = Set::from_iter([child.boxed_local()]);
        for _ in 0..3 {
            assert!(poll!(set.next()).is_pending());
            pause(1).await;
        }
        put.replace(Some(set));
    });
    while !begin.done() {
        pause(1).await;
    }
    (place.take().unwrap(), begin)
}

#[test]
fn a_cancel_of_a_scope_reaches_a_region_whose_task_has_ended() {
    Drive::new().run(async {
        for handle_is_kept in [false, true] {
            let scope = Rc::new(CancelScope::new());
            let held = scope.clone();
            let child = async move { held.catch(forever()).await.is_err() };
            let (mut set, first) = set_of_an_ended_task(child).await;
            let first = handle_is_kept.then_some(first);
            let next = spawn(async move {
                let caught = set.next().await;
                (caught, scheduler().current_task().unwrap().cancelling())
            });
            pause(2).await;
            scope.cancel();
            assert_eq!(next.cancelling(), 0, "it is not known where the region is");
            assert_eq!(next.await.unwrap(), (Some(true), 1));
            assert_eq!(scope.uncancel(), 0);
            assert_eq!(first.map_or(0, |task| task.cancelling()), 0);
        }
    });
}

#[test]
fn a_cancel_that_is_given_back_reaches_a_region_whose_task_has_ended() {
    Drive::new().run(async {
        let (scope, held) = (Rc::new(CancelScope::new()), Rc::new(RefCell::new(None)));
        let (outer, keeps) = (scope.clone(), held.clone());
        let child = async move {
            let inside = async {
                outer.cancel();
                let caught = catch_cancel(forever()).await.unwrap_err();
                keeps.replace(Some(caught.hold()));
                forever().await;
            };
            outer.catch(inside).await.is_err()
        };
        let (mut set, _) = set_of_an_ended_task(child).await;
        let next = spawn(async move { set.next().await });
        pause(2).await;
        assert!(held.borrow().is_some() && !next.done());
        drop(held.take());
        assert_eq!(next.await.unwrap(), Some(true));
    });
}

#[test]
fn of_two_scopes_that_are_cancelled_together_the_outer_one_catches() {
    Drive::new().run(async {
        for outer_first in [false, true] {
            let (outer, inner) = (Rc::new(CancelScope::new()), Rc::new(CancelScope::new()));
            let inside = Rc::new(Cell::new(false));
            let (around, within, went_on) = (outer.clone(), inner.clone(), inside.clone());
            let task = spawn(async move {
                let region = async {
                    let _ = within.catch(forever()).await;
                    went_on.set(true);
                    pause(1).await;
                };
                around.catch(region).await.is_err()
            });
            pause(2).await;
            let [first, second] = match outer_first {
                true => [&outer, &inner],
                false => [&inner, &outer],
            };
            first.cancel();
            second.cancel();
            assert!(task.await.unwrap());
            assert!(!inside.get(), "outer first: {outer_first}");
        }
    });
}
