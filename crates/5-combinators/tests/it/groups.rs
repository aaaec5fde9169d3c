//! Groups of both kinds, at their edges: no reader, no place, no end.
//!
//! The problem: a group has promised to return each error once, to step each child once in an
//! iteration, and to leave nothing behind. Each of these can break where two things meet: a group
//! that is dropped and holds an error, a gather beside the group's own cancel, a place that a new
//! child takes over.
//!
//! | | `task_group` | `borrowing_group` |
//! |---|---|---|
//! | a program that is right gets no report | gathers of children | |
//! | a panic is told once | given up while it holds one; its child panics later | given up while it holds one |
//! | one step in an iteration | by the loop | by its own list |
//! | nothing is left | a count of cancels, an error that holds its group | the same, and a waker |
//!
//! Read next: `cancel_table.rs`.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::future::{Future, IntoFuture, pending, poll_fn};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};

use futures::StreamExt;
use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::{
    EventLoop, call_later, current_task, iteration, sleep, spawn, time,
};
use groundup_combinators::task::trace::{Event, Sink, Verb};
use groundup_combinators::task::{Cancelled, Member, catch_cancel, yield_now};
use groundup_combinators::*;
use proptest::prelude::*;

use crate::setup::*;
use turns::Turns;

type Failure = &'static str;
type Part<'a> = LocalBoxFuture<'a, ()>;

async fn pause(iterations: usize) {
    for _ in 0..iterations {
        yield_now().await;
    }
}

fn lost() -> Result<(), Failure> {
    resume_unwind(Box::new("lost"))
}

/// What a body does with two children.
type Through = fn(Child<()>, Child<()>) -> Part<'static>;

const THROUGH: [(&str, Through); 10] = [
    ("gather", |a, b| {
        gather([a, b]).into_future().map(drop).boxed_local()
    }),
    ("gather!", |a, b| {
        async { drop(gather((a, b)).await) }.boxed_local()
    }),
    ("gather, return_exceptions", |a, b| {
        async { drop(gather([a, b]).return_exceptions().await) }.boxed_local()
    }),
    ("gather of gathers", |a, b| {
        async { drop(gather([gather([a]), gather([b])]).await) }.boxed_local()
    }),
    ("gather of shields", |a, b| {
        async { drop(gather([shield(a), shield(b)]).await) }.boxed_local()
    }),
    ("shield of a gather", |a, b| {
        async { drop(shield(gather([a, b])).await) }.boxed_local()
    }),
    ("gather in a task", |a, b| {
        let task = spawn(async { drop(gather([a, b]).await) });
        task.into_future().map(drop).boxed_local()
    }),
    ("wait_for", |a, b| {
        let both = async {
            let _ = wait_for(a, secs(9)).await;
            let _ = wait_for(b, secs(9)).await;
        };
        both.boxed_local()
    }),
    ("wait", |a, b| {
        wait([a, b], ReturnWhen::AllCompleted)
            .map(drop)
            .boxed_local()
    }),
    ("as_completed", |a, b| {
        as_completed([a, b]).for_each(async |_| ()).boxed_local()
    }),
];

#[test]
fn the_error_of_a_child_is_not_reported_whatever_awaits_the_child() {
    for (what, through) in THROUGH {
        for (first, second) in [(Ok(()), Err("b")), (Err("a"), Ok(())), (Err("a"), Err("b"))] {
            for times in [(1, 2), (2, 1), (1, 1)] {
                let setup = Setup::new();
                let errors = setup.run(async {
                    let ended = task_group(async |group: TaskGroup<Failure>| {
                        let child = |seconds, result: Result<(), Failure>| {
                            group.spawn(sleep(secs(seconds)).map(move |()| result))
                        };
                        let (a, b) = (child(times.0, first), child(times.1, second));
                        through(a, b).await;
                        Ok(())
                    });
                    ended.await.unwrap_err().into_errors().len()
                });
                assert!(errors > 0);
                let row = format!("{what}: {first:?} and {second:?} after {times:?} s");
                assert_eq!(setup.reports(), [""; 0], "{row}");
            }
        }
    }
}

/// How a group is given up while it holds a child's panic, or before.
#[derive(Clone, Copy, Debug)]
enum GivenUp {
    Dropped,
    ByPanicOfItsBody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Handle {
    Dropped,
    Kept,
    Asked,
}

/// A body that goes on when the group cancels it, until the group is given up.
async fn until_given_up(how: GivenUp) -> Result<(), Failure> {
    let _ = catch_cancel(sleep(secs(1))).await;
    if let GivenUp::ByPanicOfItsBody = how {
        resume_unwind(Box::new("of the body"));
    }
    pending().await
}

async fn give_up(group: impl Future) {
    let group = AssertUnwindSafe(group).catch_unwind();
    drop(select((group, sleep(secs(2)))).await);
    sleep(secs(1)).await;
}

async fn cleans_up() -> Result<(), Failure> {
    let _ = catch_cancel(pending::<()>()).await;
    sleep(secs(9)).await;
    Ok(())
}

#[test]
fn a_panic_of_a_child_is_told_once_when_its_group_is_given_up() {
    use Handle::*;
    for how in [GivenUp::Dropped, GivenUp::ByPanicOfItsBody] {
        for (at_once, handle) in [true, false]
            .into_iter()
            .flat_map(|at_once| [Dropped, Kept, Asked].map(|handle| (at_once, handle)))
        {
            let setup = Setup::new();
            setup.run(async {
                let kept = RefCell::new(None);
                let group = task_group(async |group: TaskGroup<Failure>| {
                    let child = group.spawn(async move {
                        if !at_once {
                            let _ = catch_cancel(pending::<()>()).await;
                        }
                        lost()
                    });
                    kept.replace((handle != Dropped).then_some(child));
                    group.spawn(cleans_up());
                    until_given_up(how).await
                });
                give_up(group).await;
                if let (Asked, Some(child)) = (handle, kept.take()) {
                    assert_eq!(child.result().await, Err(ChildEnded::Failed));
                }
                kept.take();
                pause(3).await;
            });
            let reports = setup.reports();
            let told = reports
                .iter()
                .filter(|text| text.ends_with("it panicked: lost"));
            let row = format!("{how:?}, at once: {at_once}, handle: {handle:?}");
            assert_eq!((told.count(), reports.len()), (1, 1), "{row}: {reports:?}");
        }
        let setup = Setup::new();
        setup.run(async {
            let group = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
                group.spawn(async { lost() });
                group.spawn(cleans_up());
                until_given_up(how).await
            });
            give_up(group).await;
        });
        let text = "Task exception was never retrieved: it panicked: lost";
        assert_eq!(setup.reports(), [text], "{how:?}, a borrowing group");
    }
}

/// How a child ends in the step in which it cancels itself.
type LastStep = fn() -> Result<u8, Failure>;

#[test]
fn c09_a_child_that_cancels_itself_in_its_last_step_is_cancelled_unless_it_fails() {
    let cancelled = || Err(ChildEnded::Cancelled(Default::default()));
    let rows: [(LastStep, bool, Result<u8, ChildEnded>); 4] = [
        (|| Ok(1), false, cancelled()),
        (|| Ok(1), true, Ok(1)), // it has caught the cancel before
        (|| Err("no"), false, Err(ChildEnded::Failed)),
        (|| lost().map(|()| 1), false, Err(ChildEnded::Failed)),
    ];
    for (end, catches, expected) in rows {
        let ends = async || {
            if catches {
                assert!(catch_cancel(yield_now()).await.is_err());
            }
            end()
        };
        let failed = usize::from(expected == Err(ChildEnded::Failed));
        let setup = Setup::new();
        setup.run(async {
            let ended = task_group(async |group: TaskGroup<Failure>| {
                let child = group.spawn(async move {
                    assert!(current_task().unwrap().cancel());
                    if catches {
                        assert!(catch_cancel(yield_now()).await.is_err());
                    }
                    end()
                });
                pause(4).await;
                assert_eq!(child.result().await, expected, "a task group");
                Ok(())
            });
            assert_eq!(
                ended.await.err().map_or(0, |error| error.errors().len()),
                failed
            );
            let slot: RefCell<Option<BorrowingChild<u8>>> = RefCell::default();
            let itself = &slot;
            let ends = &ends;
            let ended = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
                let child = group.spawn(async move {
                    assert!(itself.borrow().as_ref().unwrap().cancel());
                    ends().await
                });
                itself.replace(Some(child));
                let _ = catch_cancel(pause(4)).await;
                let child = itself.take().unwrap();
                assert_eq!(child.result().await, expected, "a borrowing group");
                Ok(())
            });
            assert_eq!(
                ended.await.err().map_or(0, |error| error.errors().len()),
                failed
            );
            assert_eq!(current_task().unwrap().cancelling(), 0);
        });
    }
}

/// A child that wakes itself in each of its polls, so many times, and leaves its waker behind.
struct Restless<'a> {
    name: usize,
    steps: usize,
    wakes: usize,
    log: &'a RefCell<Vec<(u64, usize)>>,
    wakers: &'a RefCell<Vec<Waker>>,
}

impl Future for Restless<'_> {
    type Output = Result<(), Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.log.borrow_mut().push((iteration(), self.name));
        self.wakers.borrow_mut().push(cx.waker().clone());
        (0..self.wakes).for_each(|_| cx.waker().wake_by_ref());
        match self.steps {
            0 => Poll::Ready(Ok(())),
            _ => {
                self.steps -= 1;
                Poll::Pending
            }
        }
    }
}

mod props {
    use super::*;

    proptest! {
        /// A child of a borrowing group takes one step in an iteration, beside children that have woken
        /// themselves in their last step, and whose places it may have, and so whose wakers are called.
        #[test]
        fn a_borrowing_child_takes_one_step_in_an_iteration(
            children in prop::collection::vec((0..4usize, 1..3usize, 0..3usize, any::<bool>()), 1..8),
        ) {
            let (log, wakers) = (RefCell::default(), RefCell::default());
            Setup::new().run(async {
                let (log, wakers, children) = (&log, &wakers, &children);
                let ended = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
                    for (name, &(steps, wakes, later, wake_all)) in children.iter().enumerate() {
                        group.spawn(Restless { name, steps, wakes, log, wakers });
                        pause(later).await;
                        if wake_all {
                            let old: Vec<Waker> = wakers.borrow().clone();
                            old.iter().for_each(Waker::wake_by_ref);
                        }
                    }
                    Ok(())
                });
                ended.await.unwrap();
            });
            let mut steps: Vec<(u64, usize)> = log.into_inner();
            let all = children.iter().map(|(steps, ..)| steps + 1).sum::<usize>();
            prop_assert!(children.iter().any(|child| child.3) || steps.len() == all, "{steps:?}");
            let logged = steps.clone();
            steps.sort_unstable();
            steps.dedup();
            prop_assert_eq!(steps.len(), logged.len(), "{:?}", logged);
        }
    }
}

#[test]
fn a_wake_after_the_end_of_a_borrowing_group_wakes_nothing() {
    for given_up in [false, true] {
        Setup::new().run(async {
            let wakers = RefCell::new(Vec::<Waker>::new());
            let kept = RefCell::new(None);
            let (kept, wakers) = (&kept, &wakers);
            let borrowing = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
                kept.replace(Some(group.clone()));
                for pending in [false, given_up] {
                    group.spawn(poll_fn(move |cx| {
                        wakers.borrow_mut().push(cx.waker().clone());
                        if pending {
                            Poll::Pending
                        } else {
                            Poll::Ready(Ok(()))
                        }
                    }));
                }
                Ok(())
            });
            drop(select((borrowing, sleep(secs(1)))).await);
            let group = kept.take().unwrap();
            for waker in wakers.take() {
                call_later(secs(1), move || waker.wake());
            }
            group.set_limit(5);
            group.cancel();
            let (mut polls, mut slept) = (0, pin!(sleep(secs(2))));
            poll_fn(|cx| {
                polls += 1;
                slept.as_mut().poll(cx)
            })
            .await;
            assert_eq!(polls, 2, "given up: {given_up}");
        });
    }
}

/// A block that a sink or a drop may take away.
type Block = Rc<RefCell<Option<Part<'static>>>>;

/// Drops a block in the event of the cancel with this number.
struct Dropping(Block, usize);

impl Sink for Dropping {
    fn event(&mut self, event: &Event) {
        if let Verb::Cancel { .. } = event.verb {
            self.1 = self.1.wrapping_sub(1);
            if self.1 == 0 {
                let block = self
                    .0
                    .try_borrow_mut()
                    .ok()
                    .and_then(|mut block| block.take());
                drop(block);
            }
        }
    }
}

async fn fails_after_a_second() -> Result<(), Failure> {
    sleep(secs(1)).await;
    Err("no")
}

fn block_of(borrowing: bool, cancelled_by_itself: bool) -> Part<'static> {
    match borrowing {
        false => async move {
            let ended = task_group(async |group: TaskGroup<Failure>| {
                group.spawn(fails_after_a_second());
                (0..3).for_each(|_| drop(group.spawn(cleans_up())));
                if cancelled_by_itself {
                    let group = group.clone();
                    call_later(secs(1), move || group.cancel());
                }
                sleep(secs(9)).await;
                Ok(())
            });
            drop(ended.await);
        }
        .boxed_local(),
        true => async move {
            let ended = borrowing_group(async |group: BorrowingGroup<'static, Failure>| {
                group.spawn(fails_after_a_second());
                (0..3).for_each(|_| drop(group.spawn(cleans_up())));
                if cancelled_by_itself {
                    let group = group.clone();
                    call_later(secs(1), move || group.cancel());
                }
                sleep(secs(9)).await;
                Ok(())
            });
            drop(ended.await);
        }
        .boxed_local(),
    }
}

#[test]
fn a_group_that_is_dropped_while_it_cancels_leaves_no_count() {
    let rows = (0..4).map(|row| (row & 1 != 0, row & 2 != 0));
    for ((borrowing, by_itself), at) in rows.flat_map(|row| (1..8).map(move |at| (row, at))) {
        let setup = Setup::new();
        let block = Block::default();
        let sink = Dropping(block.clone(), at);
        setup.event_loop.set_trace(Some(Box::new(sink)));
        let counted = setup.run(async {
            block.replace(Some(block_of(borrowing, by_itself)));
            let polled = poll_fn(|cx| match block.take() {
                None => Poll::Ready(()),
                Some(mut part) => {
                    let polled = part.as_mut().poll(cx);
                    block.replace(polled.is_pending().then_some(part));
                    polled
                }
            });
            let _ = timeout(secs(20), polled).await;
            current_task().unwrap().cancelling()
        });
        assert_eq!(
            counted, 0,
            "borrowing: {borrowing}, by itself: {by_itself}, event {at}"
        );
    }
}

#[test]
fn an_error_that_holds_its_group_is_dropped_with_the_group() {
    struct Holding<G>(#[allow(dead_code)] G, #[allow(dead_code)] Rc<()>);
    let (mut held, known): (Vec<Weak<()>>, _) = (Vec::new(), Rc::new(Cell::new(0)));
    let (first, second) = (Rc::new(()), Rc::new(()));
    held.extend([Rc::downgrade(&first), Rc::downgrade(&second)]);
    // Each error holds its group, and the group an error: the type is that of a boxed one.
    struct InTaskGroup(#[allow(dead_code)] Holding<TaskGroup<InTaskGroup>>);
    struct InBorrowing(#[allow(dead_code)] Holding<BorrowingGroup<'static, InBorrowing>>);
    Setup::new().run(async {
        let group = task_group(async |group: TaskGroup<InTaskGroup>| {
            let handle = group.clone();
            group.spawn(async move { Err::<(), _>(InTaskGroup(Holding(handle, first))) });
            group.spawn(async { cleans_up().await.map_err(|_| unreachable!()) });
            Ok(())
        });
        drop(select((group, sleep(secs(1)))).await);
        let group = borrowing_group(async |group: BorrowingGroup<'static, InBorrowing>| {
            let handle = group.clone();
            group.spawn(async move { Err::<(), _>(InBorrowing(Holding(handle, second))) });
            group.spawn(async { cleans_up().await.map_err(|_| unreachable!()) });
            Ok(())
        });
        drop(select((group, sleep(secs(1)))).await);
        known.set(held.iter().filter(|held| held.strong_count() > 0).count());
    });
    assert_eq!(known.get(), 0);
}

/// A child that awaits the next one, which it finds in the slot.
async fn awaits_next(slot: &RefCell<Option<BorrowingChild<()>>>) -> Result<(), Failure> {
    yield_now().await;
    let next = slot.take().expect("it was spawned before");
    next.await;
    Ok(())
}

#[test]
fn a_deadlock_says_that_the_children_await_each_other() {
    let rows = [
        (0, usize::MAX, ""),
        (2, usize::MAX, ": all of them await others of the group"),
        (3, usize::MAX, ": all of them await others of the group"),
        (
            3,
            1,
            ": those that run await others of the group, and 2 may not begin under its limit",
        ),
        (
            3,
            2,
            ": those that run await others of the group, and 1 may not begin under its limit",
        ),
    ];
    for (count, limit, more) in rows {
        let event_loop = EventLoop::builder().virtual_time().build();
        let stuck = event_loop.run_until_complete(async {
            let slots: Vec<_> = (0..count).map(|_| RefCell::new(None)).collect();
            let slots = &slots;
            let ended = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
                group.set_limit(limit);
                for at in 0..count {
                    let child = group.spawn(awaits_next(&slots[(at + 1) % count]));
                    slots[at].replace(Some(child));
                }
                if count == 0 {
                    group.spawn(pending::<Result<(), Failure>>());
                }
                Ok(())
            });
            ended.await.unwrap();
        });
        let text = stuck.unwrap_err().to_string();
        let expected = format!("waits for the children of a borrowing group{more}\n");
        assert!(text.contains(&expected), "{count} under {limit}: {text}");
    }
}

/// The children that wait for their turn: the source of the crate, alone.
#[path = "../../src/task_group/borrowing/turns.rs"]
mod turns;

thread_local! {
    static LOOKS: Cell<usize> = const { Cell::new(0) };
}

/// A number whose comparisons are counted: each is a look at an entry of the list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Counted(u64);

impl PartialOrd for Counted {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Counted {
    fn cmp(&self, other: &Self) -> Ordering {
        LOOKS.set(LOOKS.get() + 1);
        self.0.cmp(&other.0)
    }
}

#[test]
fn a_cancel_of_a_waiting_child_looks_at_few_of_the_others() {
    for (count, step) in [100_u64, 1_000, 10_000, 100_000]
        .into_iter()
        .flat_map(|count| [(count, 1), (count, count - 1)])
    {
        let mut turns = Turns::new();
        (0..count).for_each(|number| turns.add(Counted(number), number));
        LOOKS.set(0);
        for at in 0..count {
            let number = at * step % count; // from the first to the last, and the other way
            assert_eq!(turns.take_out(vec![Counted(number)]), [number]);
        }
        let most = count as usize * 12 * (count.ilog2() as usize / 3 + 1);
        assert!(
            LOOKS.get() <= most,
            "{} looks at {count}, more than {most}",
            LOOKS.get()
        );
        assert_eq!((turns.len(), turns.next()), (0, None));
    }
}

#[test]
fn those_that_are_taken_out_come_in_the_order_of_their_spawns_and_once() {
    let mut turns = Turns::new();
    (0..6).for_each(|number| turns.add(number, number * 10));
    assert_eq!(turns.next(), Some(0));
    assert_eq!(turns.take_out(vec![4, 0, 2, 4, 9]), [20, 40]);
    assert_eq!(
        [turns.next(), turns.next(), turns.next(), turns.next()],
        [Some(10), Some(30), Some(50), None]
    );
}

#[test]
fn the_cancels_by_a_group_count_on_its_task_while_children_clean_up() {
    // A task group has cancelled its block; a borrowing group has cancelled two children.
    for (borrowing, counted) in [(false, 1), (true, 2)] {
        Setup::new().run(async {
            let task = spawn(async move {
                let errors = if borrowing {
                    let ended = borrowing_group(async |group: BorrowingGroup<'_, Failure>| {
                        group.spawn(fails_after_a_second());
                        (0..2).for_each(|_| drop(group.spawn(cleans_up())));
                        Ok(())
                    });
                    ended.await.unwrap_err().into_errors()
                } else {
                    let ended = task_group(async |group: TaskGroup<Failure>| {
                        group.spawn(fails_after_a_second());
                        (0..2).for_each(|_| drop(group.spawn(cleans_up())));
                        Ok(())
                    });
                    ended.await.unwrap_err().into_errors()
                };
                (errors.len(), current_task().unwrap().cancelling())
            });
            sleep(secs(2)).await;
            assert_eq!(task.cancelling(), counted, "borrowing: {borrowing}");
            assert_eq!(task.await.unwrap(), (1, 0), "borrowing: {borrowing}");
        });
    }
}

/// What a task says that is given the children of a group when the group has looked at the first.
type Late = fn(Vec<Child<()>>) -> LocalBoxFuture<'static, String>;

#[test]
fn a_child_whose_group_has_its_error_has_failed_for_those_that_come_later() {
    let rows: [(Late, &str); 2] = [
        (
            |children| {
                let ended = wait(children, ReturnWhen::FirstException);
                ended
                    .map(|(done, pending)| {
                        format!("{} done, {} pending", done.len(), pending.len())
                    })
                    .boxed_local()
            },
            "1 done, 1 pending",
        ),
        (
            |children| {
                let ended = gather(children).into_future();
                ended
                    .map(|ended| ended.unwrap_err().to_string())
                    .boxed_local()
            },
            "what was awaited failed: the child failed; its error is in the group's",
        ),
    ];
    for (late, says) in rows {
        Setup::new().run(async {
            let slot = Rc::<RefCell<Vec<Child<()>>>>::default();
            let given = slot.clone();
            let told = spawn(async move {
                sleep(secs(2)).await;
                (late(given.take()).await, time().since_start())
            });
            let ended = task_group(async |group: TaskGroup<Failure>| {
                let children = [
                    group.spawn(fails_after_a_second()),
                    group.spawn(cleans_up()),
                ];
                slot.borrow_mut().extend(children);
                Ok(())
            });
            assert_eq!(ended.await.unwrap_err().into_errors().len(), 1);
            assert_eq!(told.await.unwrap(), (says.to_string(), secs(2)));
        });
    }
}

#[test]
fn the_output_of_a_child_is_that_of_the_outcome_of_a_task_in_its_place() {
    let cancelled = |reason| ChildEnded::Cancelled(Cancelled::with_reason(reason));
    let rows = [Ok(1), Err(ChildEnded::Failed), Err(cancelled("why"))];
    for output in rows {
        let outcome = Child::<u8>::outcome(output.clone());
        let again = Child::<u8>::output(outcome).unwrap();
        let text = |output: Result<u8, ChildEnded>| output.map_err(|ended| ended.to_string());
        assert_eq!(text(again), text(output));
    }
}
