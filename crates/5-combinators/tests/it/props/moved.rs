//! Blocks that several tasks poll in turn, and the counts of cancels.
//!
//! The problem: a block is a future, so one task may put it aside half done, and another task
//! polls it on. Deadlines and groups in it cancel their own regions, and these cancels count on
//! the task that polls. They may come while the block lies aside, and the task that polled it last
//! may have ended by then. When a deadline or a group ends, it takes back what it has counted, and
//! no cancel of the task in which it ends.
//!
//! A set with a waker for each child polls the woken children only. So the first poll of a child in
//! the next task is the one for which its waker was called, also if that was the waker of a task
//! that has ended.
//!
//! Invariant: a task counts the cancels that it has accepted, whatever blocks went through it.
//!
//! Read next: `groups.rs`.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use std::future::{pending, ready};

use futures::future::{Either, FutureExt, LocalBoxFuture, select};
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_combinators::executor::{call_later, sleep, spawn, time};
use groundup_combinators::task::{CancelScope, Promise, Task, catch_cancel};
use groundup_combinators::{BorrowingGroup, borrowing_group, join, timeout};
use proptest::prelude::*;

use crate::props::cancel_trees::{Log, Tree, a_tree};
use crate::props::{ms, run};

type Pool = Rc<RefCell<Vec<LocalBoxFuture<'static, ()>>>>;

/// A task takes this block out of the pool, polls it for so many milliseconds, and puts it back.
type Turn = (usize, u64);

fn worker(pool: &Pool, turns: Vec<Turn>) -> Task<()> {
    let pool = pool.clone();
    spawn(async move {
        for (which, time) in turns {
            let taken = match pool.borrow().len() {
                0 => None,
                blocks => Some(which % blocks),
            };
            let block = taken.map(|index| pool.borrow_mut().swap_remove(index));
            let pool = &pool;
            let turn = async move {
                let bound = Box::pin(sleep(ms(time)));
                let Some(block) = block else {
                    return bound.await;
                };
                if let Either::Right((_, rest)) = select(block, bound).await {
                    pool.borrow_mut().push(rest);
                }
            };
            let _ = catch_cancel(turn).await;
        }
    })
}

/// Runs the turns of three tasks, and cancels one of them at each of the times. Returns what each
/// task counts in the end, and the cancels that it has accepted.
fn counts(blocks: &[Tree], turns: [Vec<Turn>; 3], cancels: Vec<(u64, usize)>) -> [(u32, u32); 3] {
    let log = Rc::default();
    let pool: Pool = Rc::new(RefCell::new(
        blocks.iter().map(|tree| tree.grow(&log, false)).collect(),
    ));
    run(async move {
        let workers = turns.map(|turns| worker(&pool, turns));
        let mut accepted = [0; 3];
        for (pause, whom) in cancels {
            sleep(ms(pause)).await;
            accepted[whom] += u32::from(workers[whom].cancel());
        }
        sleep(ms(1000)).await; // by now all tasks have ended
        drop(pool.take());
        sleep(ms(1000)).await;
        let counted = workers.map(|task| task.cancelling());
        std::array::from_fn(|index| (counted[index], accepted[index]))
    })
}

/// A child of a set. The time is that of its cancel.
#[derive(Clone, Debug)]
enum Child {
    Tree(Tree),
    Timeout(u64),
    Scope(u64),
    /// A group that is cancelled by its handle.
    Group(u64),
    /// A group of which a child fails.
    Failing(u64),
    /// A timeout around the group, which cleans up for so many milliseconds and returns errors.
    Errors(u64, u64, u64),
}

/// What the program does with the first task of a set.
#[derive(Clone, Copy, Debug, PartialEq)]
enum First {
    /// It keeps the set to its end.
    Keeps,
    /// It puts the set aside, and lives on.
    Lives,
    /// It puts the set aside, and ends.
    Ends,
}

/// The end of a child: its number, the time, and a text.
type End = (usize, Duration, String);

async fn group(fails: Option<u64>, cancelled: Option<u64>, cleans_up: u64) -> String {
    let ended = borrowing_group(async |group: BorrowingGroup<'static, u64>| {
        group.spawn(async move {
            let told = catch_cancel(pending::<()>()).await.map(drop);
            sleep(ms(cleans_up)).await;
            match told {
                Ok(()) => Ok(()),
                Err(cancelled) => match cancelled.raise().await {},
            }
        });
        if let Some(time) = fails {
            group.spawn(async move {
                sleep(ms(time)).await;
                Err::<(), _>(time)
            });
        }
        if let Some(time) = cancelled {
            let handle = group.clone();
            call_later(ms(time), move || handle.cancel());
        }
        Ok(())
    });
    format!("{:?}", ended.await.map_err(|error| error.to_string()))
}

fn child(child: &Child, log: &Rc<Log>) -> LocalBoxFuture<'static, String> {
    match *child {
        Child::Tree(ref tree) => tree.grow(log, false).map(|()| String::new()).boxed_local(),
        Child::Timeout(time) => {
            let ended = timeout(ms(time), pending::<()>());
            ended.map(|ended| format!("{ended:?}")).boxed_local()
        }
        Child::Scope(time) => async move {
            let scope = Rc::new(CancelScope::new());
            let called = scope.clone();
            call_later(ms(time), move || called.cancel());
            let ended = scope.catch(pending::<()>()).await.is_err();
            format!("{ended}, {}", scope.uncancel())
        }
        .boxed_local(),
        Child::Group(time) => group(None, Some(time), 0).boxed_local(),
        Child::Failing(time) => group(Some(time), None, 0).boxed_local(),
        Child::Errors(time, fails, cleans_up) => {
            let ended = timeout(ms(time), group(Some(fails), None, cleans_up));
            ended.map(|ended| format!("{ended:?}")).boxed_local()
        }
    }
}

/// Polls a set of these children in a task until a time in halves of a millisecond, and after a pause
/// in milliseconds in the main future.
/// Returns the ends of the children and what the trees have counted.
fn ends(
    children: &[Child],
    ours: bool,
    (until, pause): (u64, u64),
    first: First,
) -> (Vec<End>, String) {
    let (log, ends) = <(Rc<Log>, Rc<RefCell<Vec<End>>>)>::default();
    let numbered = (0..).zip(children).map(|(number, kind)| {
        let (ends, child) = (ends.clone(), child(kind, &log));
        async move {
            let text = child.await;
            ends.borrow_mut().push((number, time().since_start(), text));
        }
        .boxed_local()
    });
    let set: LocalBoxFuture<'static, ()> = match ours {
        true => {
            let others = (0..40).map(|_| ready(()).boxed_local());
            join(numbered.chain(others)).map(drop).boxed_local()
        }
        false => {
            let set: FuturesUnordered<_> = numbered.collect();
            set.collect::<()>().boxed_local()
        }
    };
    run(async move {
        let aside = Promise::new();
        let put = aside.clone();
        let task = spawn(async move {
            let set = match first {
                First::Keeps => {
                    set.await;
                    None
                }
                _ => match select(set, Box::pin(sleep(ms(until) / 2))).await {
                    Either::Left(_) => None,
                    Either::Right((_, set)) => Some(set),
                },
            };
            put.set_result(Rc::new(RefCell::new(set))).unwrap();
            if first == First::Lives {
                sleep(ms(1000)).await;
            }
        });
        let set = aside.await.unwrap();
        if first != First::Keeps {
            sleep(ms(pause)).await;
        }
        let rest = set.take();
        if let Some(set) = rest {
            set.await;
        }
        let counted =
            (groundup_combinators::executor::current_task()).map(|task| task.cancelling());
        assert_eq!(counted.unwrap_or(0), 0);
        task.await.unwrap();
        sleep(ms(1000)).await;
    });
    (ends.take(), format!("{log:?}"))
}

fn a_child() -> impl Strategy<Value = Child> {
    let time = || 0_u64..9;
    prop_oneof![
        2 => a_tree(3).prop_map(Child::Tree),
        1 => time().prop_map(Child::Timeout),
        1 => time().prop_map(Child::Scope),
        1 => time().prop_map(Child::Group),
        1 => time().prop_map(Child::Failing),
        1 => (time(), time(), time()).prop_map(|(a, b, c)| Child::Errors(a, b, c)),
    ]
}

fn some_turns() -> impl Strategy<Value = Vec<Turn>> {
    prop::collection::vec((0_usize..4, 0_u64..4), 1..6)
}

proptest! {
    /// A task counts exactly the cancels that it has accepted, after any blocks have gone from
    /// task to task through it.
    #[test]
    fn blocks_that_move_leave_the_counts_of_their_tasks_as_they_were(
        blocks in prop::collection::vec(a_tree(3), 1..4),
        turns in [some_turns(), some_turns(), some_turns()],
        cancels in prop::collection::vec((0_u64..3, 0_usize..3), 0..5),
    ) {
        for (counted, accepted) in counts(&blocks, turns, cancels) {
            prop_assert_eq!(counted, accepted);
        }
    }

    /// A set with a waker for each child that goes on in another task ends in the same way if its
    /// first task has ended and if that task lives.
    #[test]
    fn a_set_goes_on_in_another_task_if_its_first_task_has_ended(
        children in prop::collection::vec(a_child(), 1..5),
        ours: bool,
        times in (0_u64..12, 0_u64..6),
    ) {
        let lives = ends(&children, ours, times, First::Lives);
        let ended = ends(&children, ours, times, First::Ends);
        prop_assert_eq!(&ended, &lives);
        // The move takes iterations. In the middle of a millisecond nothing else happens, so it
        // changes nothing but the order of the ends of one instant.
        if times.0 % 2 == 1 && times.1 == 0 {
            let sorted = |mut ends: Vec<End>| {
                ends.sort();
                ends
            };
            let keeps = ends(&children, ours, times, First::Keeps);
            prop_assert_eq!(sorted(ended.0), sorted(keeps.0));
        }
    }
}
