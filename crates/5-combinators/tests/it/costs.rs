//! Cost of a cancel through combinators: looks, and no stack.
//!
//! The problem: a gather of gathers, as a crawler makes them, is cancelled from outside,
//! through its own handle, or by a member that it awaits in a circle. An implementation that
//! recurses makes one nested call for each level.
//!
//! Invariants:
//! 1. A cancel of a nest looks at each task and each gather once, at any depth.
//! 2. A circle of any combinators ends cancelled.
//! 3. A deadline costs the same beside any number of others.
//! 4. A remove of an ended member looks at two members of its set, whatever the size of the set.
//! 5. A future that has ended wakes its task no more.
//!
//! Read next: `foreign.rs`.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use crate::setup::*;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use groundup_combinators::executor::{EventLoop, block, current_task, sleep, spawn};
use groundup_combinators::task::{IntoTask, Scheduler, Task, TaskError, catch_cancel, yield_now};
use groundup_combinators::{ReturnWhen, WaitSet, gather, join, race, shield, timeout};

fn looks() -> u64 {
    Scheduler::current().unwrap().cancel_looks()
}

/// Makes a task that awaits a gather of a task that awaits a gather, and so on.
fn nest(depth: usize, innermost: Task<()>) -> Task<()> {
    (0..depth).fold(innermost, |inner, _| {
        spawn(async move {
            let _ = gather([inner]).await;
        })
    })
}

#[test]
fn a_nest_of_gathers_of_any_depth_is_cancelled() {
    for depth in counts() {
        Setup::new().run(async {
            let task = nest(depth, spawn(pending()));
            yield_now().await;
            yield_now().await;
            let before = looks();
            assert!(task.cancel());
            assert_eq!(looks() - before, 2 * depth as u64 + 1);
            assert!(task.await.unwrap_err().is_cancelled());
        });
    }
}

#[test]
fn a_nest_of_gathers_of_any_depth_is_dropped_with_its_loop() {
    // The outer tasks are older than their children: each cancels its children as it is
    // dropped.
    fn inward(depth: usize) -> Task<()> {
        spawn(async move {
            match depth {
                0 => pending().await,
                _ => drop(gather([inward(depth - 1)]).await),
            }
        })
    }
    for depth in counts() {
        let event_loop = EventLoop::builder().virtual_time().build();
        let scheduler = event_loop.scheduler().clone();
        event_loop
            .run_until_complete(async {
                inward(depth).detach();
                for _ in 0..depth + 2 {
                    yield_now().await;
                }
            })
            .unwrap();
        let before = scheduler.cancel_looks();
        drop(event_loop);
        let looks = scheduler.cancel_looks() - before;
        assert!(looks <= 2 * depth as u64, "{looks} looks at {depth}");
    }
}

/// Each is told of its end an iteration after the one that it shields, and has its value
/// from that one; the last is asked alone.
#[test]
fn a_nest_of_shields_of_any_depth_gives_its_value() {
    for depth in counts().into_iter().take(3) {
        Setup::new().run(async {
            let scheduler = Scheduler::current().unwrap();
            let task = spawn(async { 5 });
            let task = (0..depth).fold(task, |task, _| {
                IntoTask::into_task(shield(task), &scheduler)
            });
            assert_eq!(task.await.unwrap(), 5);
        });
    }
}

#[test]
fn a_circle_of_gathers_ends_cancelled() {
    for length in [1, 2, 3, 1_000] {
        Setup::new().run(async {
            let first: Rc<RefCell<Option<Task<()>>>> = Rc::default();
            let taken = first.clone();
            let head = spawn(async move {
                let end = taken.take().unwrap();
                let _ = gather([end]).await;
            });
            let head_ref = head.task_ref();
            let last = nest(length - 1, head);
            let last_ref = last.task_ref();
            *first.borrow_mut() = Some(last);
            yield_now().await;
            yield_now().await;
            let before = looks();
            assert!(head_ref.cancel());
            assert_eq!(looks() - before, 2 * length as u64 + 1);
            head_ref.ended().await;
            assert!(last_ref.done());
        });
    }
}

#[test]
fn a_gather_that_is_in_itself_ends_cancelled() {
    let ended = Setup::new().run(async {
        let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let taken = own.clone();
        let task = spawn(async move {
            let me = taken.take().unwrap();
            let _ = gather([me]).await;
        });
        let handle = task.clone();
        *own.borrow_mut() = Some(task);
        yield_now().await;
        yield_now().await;
        assert!(handle.cancel());
        handle.await
    });
    assert!(matches!(ended, Err(TaskError::Cancelled(_))));
}

#[test]
fn a_deadline_beside_others_costs_the_same() {
    let cost = |others: usize| {
        Setup::new().run(async move {
            let others: Vec<_> = (0..others)
                .map(|_| spawn(timeout(secs(1_000), pending::<()>())))
                .collect();
            yield_now().await;
            let measured = spawn(async {
                current_task().unwrap().cancel();
                catch_cancel(yield_now()).await.unwrap_err();
                let before = looks();
                for _ in 0..10 {
                    timeout(secs(1), yield_now()).await.unwrap();
                    timeout(ms(1), pending::<()>()).await.unwrap_err();
                }
                looks() - before
            });
            let cost = measured.await.unwrap();
            others.iter().for_each(|other| _ = other.cancel());
            cost
        })
    };
    let costs = counts().map(cost);
    assert_eq!(costs, [costs[0]; 4]);
    assert!(costs[0] <= 100, "{costs:?}");
}

#[test]
fn deadlines_that_pass_together_cost_each_the_same() {
    for count in counts() {
        let cost = Setup::new().run(async move {
            let busy = async || loop {
                yield_now().await;
            };
            let one = |_| spawn(timeout(secs(1), busy()));
            let all: Vec<Task<Result<(), _>>> = (0..count).map(one).collect();
            yield_now().await;
            yield_now().await;
            let before = looks();
            block(secs(2));
            for task in all {
                assert!(task.await.unwrap().is_err());
            }
            looks() - before
        });
        assert!(cost <= 4 * count as u64, "{cost} looks at {count}");
    }
}

#[test]
fn removes_of_ended_members_cost_each_the_same() {
    for count in counts() {
        Setup::new().run(async move {
            let mut set = WaitSet::new();
            let ids: Vec<_> = (0..count).map(|_| set.add(spawn(async {}))).collect();
            let left = set.add(spawn(pending()));
            yield_now().await;
            assert!(
                set.wait(ReturnWhen::FirstCompleted)
                    .now_or_never()
                    .is_none()
            );
            yield_now().await;
            // From both ends and the middle.
            let (front, back) = ids.split_at(count / 2);
            for (front, back) in front.iter().zip(back.iter().rev()) {
                assert!(set.remove(*front).is_some() && set.remove(*back).is_some());
                assert!(set.remove(*front).is_none());
            }
            set.remove(left).unwrap().cancel();
            assert!(set.is_empty());
            assert!(
                set.looks() <= 2 * count as u64,
                "{} at {count}",
                set.looks()
            );
            assert!(set.looks() >= count as u64 / 2, "it counts nothing");
        });
    }
}

/// Each of them has handed its cancel on to the shared task, which goes on.
#[test]
fn waits_for_a_shared_task_are_given_up_at_the_same_cost_each() {
    for count in counts().into_iter().take(3) {
        let cost = Setup::new().run(async move {
            let shared = spawn(async {
                catch_cancel(pending::<()>()).await.unwrap_err();
                sleep(secs(9)).await;
            });
            let one = |_| {
                let shared = shared.clone();
                let bounded = async { drop(timeout(secs(1), shared).await) }.boxed_local();
                spawn(race([bounded, sleep(secs(2)).boxed_local()]))
            };
            let all: Vec<Task<()>> = (0..count).map(one).collect();
            sleep(ms(1_999)).await;
            let before = looks();
            for task in all {
                task.await.unwrap();
            }
            looks() - before
        });
        assert!(cost >= count as u64, "it counts nothing");
        assert!(cost <= 8 * count as u64, "{cost} looks at {count}");
    }
}

/// Counts its calls.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Joins many futures, of which 0 and 1 are woken together. The poll of 0 wakes 1 once more, and 1 ends in
/// the next poll. Later calls of the waker of 1 wake the task no more. Polls by `cx`, and returns the wakers
/// of 0 and 1, and the join.
fn join_with_an_end(
    cx: &mut Context<'_>,
) -> (Rc<RefCell<Vec<Waker>>>, LocalBoxFuture<'static, ()>) {
    let wakers = Rc::<RefCell<Vec<Waker>>>::default();
    let one = |number: usize| {
        let (wakers, mut polls) = (wakers.clone(), 0);
        poll_fn(move |cx| {
            polls += 1;
            match (number, polls) {
                (0 | 1, 1) => wakers.borrow_mut().push(cx.waker().clone()),
                (0, _) => wakers.borrow()[1].wake_by_ref(),
                (1, _) => return Poll::Ready(()),
                _ => {}
            }
            Poll::Pending
        })
    };
    let all = join((0..40).map(one).collect::<Vec<_>>());
    let mut all = all.map(drop).boxed_local();
    assert!(all.poll_unpin(cx).is_pending());
    (wakers, all)
}

#[test]
fn the_waker_of_a_future_that_has_ended_wakes_its_task_no_more() {
    // Under another executor.
    let calls = Arc::<Calls>::default();
    let waker = Waker::from(calls.clone());
    let cx = &mut Context::from_waker(&waker);
    let (wakers, mut all) = join_with_an_end(cx);
    wakers.borrow().iter().for_each(Waker::wake_by_ref);
    (0..3).for_each(|_| assert!(all.poll_unpin(cx).is_pending()));
    let before = calls.0.load(Ordering::Relaxed);
    for _ in 0..3 {
        wakers.borrow()[1].wake_by_ref();
        assert!(all.poll_unpin(cx).is_pending());
    }
    assert_eq!(calls.0.load(Ordering::Relaxed), before);

    // In a task of a loop.
    Setup::new().run(async {
        let (polls, kept) = (Rc::new(Cell::new(0)), Rc::<RefCell<Vec<Waker>>>::default());
        let (counts, keeps) = (polls.clone(), kept.clone());
        let mut all = None;
        let task = spawn(poll_fn(move |cx| {
            counts.set(counts.get() + 1);
            let (wakers, all) = all.get_or_insert_with(|| join_with_an_end(cx));
            keeps.replace(wakers.borrow().clone());
            all.poll_unpin(cx)
        }));
        let steps = async || {
            for _ in 0..3 {
                yield_now().await;
            }
            polls.get()
        };
        steps().await;
        kept.borrow().iter().for_each(Waker::wake_by_ref);
        let before = steps().await;
        for _ in 0..3 {
            kept.borrow()[1].wake_by_ref();
            assert_eq!(steps().await, before);
        }
        task.cancel();
        task.await.unwrap_err();
    });
}
