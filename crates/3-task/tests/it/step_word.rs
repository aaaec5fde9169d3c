//! Tests what a combinator knows of its step without a look.
//!
//! The problem: a combinator of ready futures marks a moment of the thread, from which the wait reasons of
//! its step follow, and counts in the thread which future goes first. Loops inside a step, regions, and
//! loops that take turns on one thread use the same words.
//!
//! Invariant: each answer is the one that the scheduler would give.
//!
//! Read next: `memory.rs`.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use groundup_task::{NoRoot, Reason, Scheduler, Several, Task, catch_cancel};

fn scheduler() -> Rc<Scheduler> {
    Scheduler::new().expect("few loops")
}

/// Stores a wait reason, calls a function, then polls as a combinator that ends: only the first reason is
/// left.
fn reason_left(between: impl Fn(&Rc<Scheduler>, &mut Context<'_>) + 'static) -> String {
    let scheduler = scheduler();
    let waiting = scheduler.spawn(poll_fn(move |cx| {
        let here = Scheduler::current().unwrap();
        here.waits_for(cx, Reason::Timer(5_000_000_000));
        between(&here, cx);
        let several = Several::begin();
        here.waits_for(cx, Reason::Outside);
        several.end();
        Poll::<()>::Pending
    }));
    scheduler.run_until_idle();
    scheduler.explain(&waiting)
}

/// A combinator goes back to the wait reason that its step had stored before.
#[test]
fn a_combinator_that_ends_leaves_the_wait_reason_of_its_step() {
    let why = reason_left(|_, _| ());
    assert!(why.ends_with("waits until 5.000 s"), "{why}");
}

/// A loop that runs inside a step changes nothing of what the step knows about its own waits.
#[test]
fn a_loop_inside_a_step_leaves_the_wait_reason_of_the_step() {
    for entered in [true, false] {
        let why = reason_left(move |_, _| {
            let inside = scheduler();
            let _entered = entered.then(|| inside.enter_over());
            let own = inside.clone();
            let polls = poll_fn(move |cx| {
                let several = Several::begin();
                own.waits_for(cx, Reason::Outside);
                several.end();
                Poll::Ready(())
            });
            inside.spawn(polls).detach();
            inside.run_until_idle();
        });
        assert!(why.ends_with("waits until 5.000 s"), "{entered} {why}");
    }
}

/// The same task stores its reason while a loop inside runs, in which a combinator ends.
#[test]
fn a_wait_reason_that_is_stored_inside_a_loop_inside_stays() {
    let scheduler = scheduler();
    let waiting = scheduler.spawn(poll_fn(move |cx| {
        let here = Scheduler::current().unwrap();
        let inside = self::scheduler();
        let entered = inside.enter_over();
        let (outer, waker) = (here.clone(), cx.waker().clone());
        let polls = async move {
            outer.waits_for(&Context::from_waker(&waker), Reason::Timer(5_000_000_000));
            Several::begin().end();
        };
        inside.spawn(polls).detach();
        inside.run_until_idle();
        drop(entered);
        let several = Several::begin();
        here.waits_for(cx, Reason::Outside);
        several.end();
        Poll::<()>::Pending
    }));
    scheduler.run_until_idle();
    let why = scheduler.explain(&waiting);
    assert!(why.ends_with("waits until 5.000 s"), "{why}");
}

/// A region that ends puts a wait reason back, also if a combinator inside has found none.
#[test]
fn a_region_that_ends_leaves_the_wait_reason_of_its_step() {
    for ready in [true, false] {
        let why = reason_left(move |_, cx| {
            let inside = catch_cancel(poll_fn(move |_| {
                Several::begin().end();
                match ready {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            }));
            assert_eq!(pin!(inside).poll(cx).is_ready(), ready);
        });
        assert!(why.ends_with("waits until 5.000 s"), "{ready} {why}");
    }
}

/// A combinator in a region goes back to the reasons of the region, and one around it to those of the step.
#[test]
fn combinators_around_and_in_a_region_go_back_to_their_own_reasons() {
    for suspended in [true, false] {
        let why = reason_left(move |here, cx| {
            let around = Several::begin();
            here.waits_for(cx, Reason::Outside);
            let inside = catch_cancel(poll_fn(|cx| {
                let here = Scheduler::current().unwrap();
                here.waits_for(cx, Reason::Timer(1));
                let several = Several::begin_in_order();
                here.waits_for(cx, Reason::Outside);
                several.end();
                match suspended {
                    true => Poll::Pending,
                    false => Poll::Ready(()),
                }
            }));
            assert_ne!(pin!(inside).poll(cx).is_ready(), suspended);
            around.end();
        });
        assert!(why.ends_with("waits until 5.000 s"), "{suspended} {why}");
    }
}

/// A wait of an earlier step is dropped while another wait for the same task lives: its reason stays.
#[test]
fn a_wait_that_is_dropped_leaves_the_reason_of_another_for_the_same_task() {
    let scheduler = scheduler();
    let task = scheduler.spawn(std::future::pending::<()>());
    let (mut early, late) = (
        Some(Box::pin(task.as_task_ref().ended())),
        task.as_task_ref(),
    );
    let mut late = Box::pin(late.ended());
    let mut steps = 0;
    let waiting = scheduler.spawn(poll_fn(move |cx| {
        steps += 1;
        if steps == 1 {
            assert!(early.as_mut().unwrap().as_mut().poll(cx).is_pending());
            cx.waker().wake_by_ref();
        } else {
            assert!(late.as_mut().poll(cx).is_pending());
            drop(early.take());
        }
        Poll::<()>::Pending
    }));
    scheduler.run_until_idle();
    let why = scheduler.explain(&waiting);
    assert!(why.contains("waits for task Task-1"), "{why}");
}

/// A poll apart that panics leaves the reasons of its step.
#[test]
fn a_poll_apart_that_panics_leaves_the_wait_reason_of_its_step() {
    let why = reason_left(|here, cx| {
        let (here, waker) = (here.clone(), cx.waker().clone());
        let several = Several::begin();
        let panics = || -> () {
            here.waits_for(&Context::from_waker(&waker), Reason::Outside);
            std::panic::resume_unwind(Box::new("a panic"));
        };
        let polled = std::panic::AssertUnwindSafe(|| several.poll_apart(panics));
        assert!(std::panic::catch_unwind(polled).is_err());
    });
    assert!(why.ends_with("waits until 5.000 s"), "{why}");
}

/// Returns which of two options goes first in this call.
fn first(cx: &Context<'_>) -> usize {
    let several = Several::begin_in_turn(cx, 2, Several::NO_TURN);
    several.first().unwrap()
}

/// Makes a task that asks in each of eight steps, by a waker or by its own.
fn asks(scheduler: &Rc<Scheduler>, waker: Option<&'static Waker>) -> Task<Vec<usize>> {
    let mut firsts = Vec::new();
    scheduler.spawn(poll_fn(move |cx| {
        match waker {
            Some(waker) => firsts.push(first(&Context::from_waker(waker))),
            None => firsts.push(first(cx)),
        }
        if firsts.len() == 8 {
            return Poll::Ready(firsts.clone());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }))
}

/// The answers of a new count.
const FIRSTS: [usize; 8] = [0, 1, 0, 1, 0, 0, 1, 0];

/// Each loop of a thread counts for itself, and begins anew.
#[test]
fn what_goes_first_in_a_loop_does_not_depend_on_other_loops_of_the_thread() {
    for _ in 0..3 {
        let loops = [scheduler(), scheduler()];
        let mut tasks = [0, 1, 0, 1].map(|at| asks(&loops[at], None));
        for at in 0..40 {
            let here = &loops[at % 2];
            let _entered = here.enter();
            here.run_round(&mut NoRoot);
        }
        for task in &mut tasks {
            assert_eq!(task.take_value().unwrap(), FIRSTS);
        }
    }
}

/// A loop inside a step takes no count of the step's loop.
#[test]
fn what_goes_first_in_a_step_does_not_depend_on_loops_inside() {
    let scheduler = scheduler();
    let task = scheduler.spawn(poll_fn(move |cx| {
        let firsts = [0; 8].map(|_| {
            let inside = self::scheduler();
            let entered = inside.enter_over();
            let mut task = asks(&inside, None);
            inside.run_until_idle();
            drop(entered);
            assert_eq!(task.take_value().unwrap(), FIRSTS);
            first(cx)
        });
        Poll::Ready(firsts)
    }));
    scheduler.run_until_idle();
    assert_eq!({ task }.take_value(), Some(FIRSTS));
}

/// A future under another waker than that of its task is counted for the task.
#[test]
fn what_goes_first_does_not_depend_on_the_waker() {
    for _ in 0..2 {
        let scheduler = scheduler();
        let mut tasks = [Some(Waker::noop()), None, Some(Waker::noop())];
        let mut tasks = tasks.each_mut().map(|waker| asks(&scheduler, *waker));
        scheduler.run_until_idle();
        for task in &mut tasks {
            assert_eq!(task.take_value().unwrap(), FIRSTS);
        }
    }
}
