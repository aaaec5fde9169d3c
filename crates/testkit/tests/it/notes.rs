//! One program for each note that names no object of the program.
//!
//! The problem: a note that is missing makes a search by footprints miss an outcome, and no other test
//! sees it. So each program here has an outcome that a search without the note does not find.
//!
//! ```text
//!   Ready              a wake of a task, beside the step of this task
//!   Wakers             two wakes of a foreign executor
//!   an object, Group   two notices for one combinator; each of the notes saves the outcomes
//!   Group, by an end   a task that counts the tasks of a combinator, while one of them ends
//!   Ends               a value and a failure that come in one round, of which one is the last
//! ```
//!
//! Read next: `props/notes.rs`.

use std::cell::Cell;
use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Waker;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groundup::lowlevel::{Group, Listener, Scheduler};
use groundup::{Exit, Promise, as_completed, gather, iteration, sleep, spawn, yield_now};
use groundup_testkit::{Explore, Shared};

use crate::toys::ms;

/// Returns the outcomes of all schedules, if those by footprints are the same.
fn outcomes<F>(program: impl Fn() -> F) -> Vec<F::Output>
where
    F: Future<Output: Ord + Debug + Clone + 'static> + 'static,
{
    let all = Explore::new().exhaustive(50_000);
    let fewer = all.clone().by_footprints().census(&program);
    let all = all.census(&program);
    assert!(all.complete() && fewer.complete(), "{}", all.schedules());
    assert_eq!(fewer.outcomes(), all.outcomes());
    all.outcomes().to_vec()
}

/// A wake of a task that is ready already is none. After its step it leads to another step.
#[test]
fn a_wake_beside_a_step() {
    let steps = outcomes(|| async {
        let kept: Shared<Option<Waker>> = Shared::default();
        let keeps = kept.clone();
        let counts = spawn(async move {
            let (mut polls, mut sleeps) = (0, pin!(sleep(ms(1))));
            poll_fn(|cx| {
                polls += 1;
                if polls == 1 {
                    keeps.set(Some(cx.waker().clone()));
                }
                sleeps.as_mut().poll(cx)
            })
            .await;
            let mut sleeps = pin!(sleep(ms(1)));
            poll_fn(|cx| {
                polls += 1;
                sleeps.as_mut().poll(cx)
            })
            .await;
            polls
        });
        let wakes = spawn(async move {
            sleep(ms(1)).await;
            if let Some(waker) = kept.replace(None) {
                waker.wake();
            }
        });
        wakes.await.unwrap();
        counts.await.unwrap()
    });
    assert_eq!(steps, [4, 5]);
}

/// A collection of another crate keeps the order in which its wakers were called. The task that polls it
/// has no step in the round of the calls, so nothing else tells the two orders apart.
#[test]
fn two_wakes_of_a_foreign_executor() {
    let orders = outcomes(|| async {
        let promises = ['a', 'b'].map(|name| (name, Promise::<()>::new()));
        let waits = promises.clone().map(|(name, promise)| async move {
            promise.await.unwrap();
            name
        });
        let waits: FuturesUnordered<_> = waits.into_iter().collect();
        let waits = spawn(waits.collect::<String>());
        sleep(ms(1)).await;
        let setters =
            promises.map(|(_, promise)| spawn(async move { promise.set_result(()).unwrap() }));
        let order = waits.await.unwrap();
        drop(setters);
        order
    });
    assert_eq!(orders, ["ab", "ba"]);
}

/// The first of two notices comes first out of a combinator.
#[test]
fn two_notices_for_one_combinator() {
    let orders = outcomes(|| async {
        let naps = [0, 1].map(|_| sleep(ms(1)));
        let mut completed = as_completed(naps);
        let mut order = Vec::new();
        while let Some(next) = completed.next().await {
            order.push(next.index);
        }
        order
    });
    assert_eq!(orders, [[0, 1], [1, 0]]);
}

/// A notice that comes before the step of its reader saves this task another step.
#[test]
fn a_notice_beside_the_step_of_its_reader() {
    let ends = outcomes(|| async {
        let ends = [1, 0].map(|yields| async move {
            for _ in 0..yields {
                yield_now().await;
            }
        });
        let mut completed = as_completed(ends);
        let mut order = Vec::new();
        while let Some(next) = completed.next().await {
            order.push(next.index);
        }
        (order, iteration())
    });
    assert_eq!(ends, [(vec![1, 0], 4), (vec![1, 0], 5)]);
}

/// A reader that has other things to do may come before the notice, or behind it.
#[test]
fn a_notice_beside_a_reader_that_does_not_wait() {
    let ends = outcomes(|| async {
        let mut completed = as_completed([yield_now()]);
        for _ in 0..3 {
            yield_now().await;
        }
        completed.next().await.expect("one has ended");
        iteration()
    });
    assert_eq!(ends, [4, 5]);
}

fn running(tasks: usize) -> String {
    format!("<Gather of {tasks} running>")
}

/// A gather counts its tasks that have not ended. Another task than that which has made the
/// combinator asks it, so only the notes of the end and of the question meet.
#[test]
fn an_end_beside_a_question_of_another_task() {
    let counted = outcomes(|| async {
        let all = gather([0, 1, 2].map(|_| async {}));
        let (ended, asked) = (Rc::new(Cell::new(None)), Rc::new(all));
        let (tells, asks) = (ended.clone(), asked.clone());
        let other = spawn(async move { tells.set(Some(format!("{asks:?}"))) });
        other.await.unwrap();
        drop(asked);
        ended.take()
    });
    assert_eq!(counted, [0, 1, 2, 3].map(running).map(Some));
}

/// Counts the ends that a combinator is notified of.
struct Notices(Shared<u32>);

impl Listener for Notices {
    fn on_end(&self, _: u32, _: Exit) {
        self.0.with_mut(|notices| *notices += 1);
    }
}

/// A combinator that gathers is notified of each failure and of the last end. So a value that comes before
/// the failure of the same round gets no notice, and one that comes behind it does.
#[test]
fn the_order_of_a_value_and_a_failure_of_one_round() {
    let counted = outcomes(|| async {
        let group = Group::coalesced(&Scheduler::current().expect("a loop"));
        let notices = Shared::new(0);
        let other = spawn(async { spawn(async {}).detach() }); // the next round is not empty
        let ends = [false, true].map(|fails| spawn(async move { assert!(!fails, "on purpose") }));
        (0..)
            .zip(&ends)
            .for_each(|(number, task)| group.add(task.as_task_ref(), number));
        group.listen(Rc::new(Notices(notices.clone())));
        sleep(ms(1)).await;
        for task in ends {
            task.await.ok();
        }
        other.await.unwrap();
        notices.get()
    });
    assert_eq!(counted, [1, 2]);
}
