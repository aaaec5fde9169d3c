//! Properties of the combinators: order kept, nothing left behind.
//!
//! The problem: children end in any order, and a gather is cancelled at any moment. In every
//! case, results stand in argument order, and afterwards the loop holds no task, no timer and
//! no registration.
//!
//! Invariant: every program here leaves the loop empty.
//!
//! Read next: `props/members.rs`, which records what happens to the children.

#![allow(unreachable_pub)] // the modules of one test binary

mod bombs;
mod borrowing;
mod cancel_trees;
mod cancels;
mod disturbance;
mod ending;
mod failures;
mod groups;
mod held;
mod hooks;
mod long_lists;
mod members;
mod moved;
mod nests;
mod orders;
mod over_tasks;
mod programs;
mod starts;
mod suspension;
mod taken_back;
mod trees;
mod unordered;
mod wait_sets;
mod waiter;
mod watched;
mod who_polls;

use std::time::Duration;

use groundup_combinators::executor::{EventLoop, sleep, spawn};
use groundup_combinators::{ReturnWhen, WaitSet, as_completed, gather};
use proptest::prelude::*;

fn ms(delay: u64) -> Duration {
    Duration::from_millis(delay)
}

async fn after(delay: u64, value: usize) -> usize {
    sleep(ms(delay)).await;
    value
}

fn children(delays: &[u64]) -> Vec<impl Future<Output = usize> + use<>> {
    let delays = delays.to_vec();
    (0..)
        .zip(delays)
        .map(|(value, delay)| after(delay, value))
        .collect()
}

fn run<F: Future>(main: F) -> F::Output {
    let event_loop = EventLoop::builder().virtual_time().build();
    let output = event_loop.run_until_complete(main).expect("it ends");
    let counts = event_loop.counts();
    assert!(counts.is_at_rest(), "left: {:#?}", event_loop.leftovers());
    output
}

proptest! {
    /// Whatever a combinator holds, and however it ends, the process goes on if all of it panics in
    /// its drop, and each such panic is told once.
    #[test]
    fn every_panic_in_a_drop_is_told_once(program in bombs::programs()) {
        bombs::run(program);
    }

    /// In whichever order its children end, a gather returns results in argument order.
    #[test]
    fn a_gather_keeps_argument_order(delays in prop::collection::vec(0u64..9, 0..12)) {
        let expected: Vec<usize> = (0..delays.len()).collect();
        prop_assert_eq!(run(async { gather(children(&delays)).await.unwrap() }), expected);
    }

    /// As completed returns each result once, and results with shorter delays first.
    #[test]
    fn as_completed_gives_completion_order(delays in prop::collection::vec(1u64..9, 0..12)) {
        let mut expected: Vec<usize> = (0..delays.len()).collect();
        expected.sort_by_key(|&index| delays[index]);
        let got = run(async {
            let mut results = as_completed(children(&delays));
            let mut got = Vec::new();
            while let Some(done) = results.next().await {
                got.push(done.result.unwrap());
            }
            got
        });
        prop_assert_eq!(got, expected);
    }

    /// A loop around a wait set returns every task once, and registers each task once.
    #[test]
    fn a_wait_loop_gives_every_task_once(delays in prop::collection::vec(0u64..9, 1..12)) {
        let mut got = run(async {
            let mut set: WaitSet<usize> = children(&delays).into_iter().collect();
            let mut got = Vec::new();
            while !set.is_empty() {
                for task in set.wait(ReturnWhen::FirstCompleted).await {
                    got.push(task.await.unwrap());
                }
            }
            got
        });
        got.sort_unstable();
        prop_assert_eq!(got, (0..delays.len()).collect::<Vec<_>>());
    }

    /// A gather that is cancelled at any moment, by its task or by its handle, leaves no child
    /// behind; a gather that is cancelled by its handle ends cancelled or has all results.
    #[test]
    fn a_cancelled_gather_leaves_nothing(
        delays in prop::collection::vec(0u64..9, 1..12),
        at in 0u64..10,
        by_handle: bool,
    ) {
        let longest = delays.iter().copied().max().unwrap_or(0);
        run(async {
            let gathering = gather(children(&delays));
            let handle = gathering.handle();
            let task = spawn(gathering);
            sleep(ms(at)).await;
            let accepted = match by_handle {
                true => handle.cancel(),
                false => task.cancel(),
            };
            match task.await {
                Ok(Ok(all)) => assert!(!accepted && all.len() == delays.len()),
                Ok(Err(error)) => assert!(by_handle && accepted && error.is_cancelled()),
                Err(error) => assert!(!by_handle && accepted && error.is_cancelled()),
            }
            assert!(accepted || at >= longest);
            assert!(handle.done() && !handle.cancel());
            sleep(ms(1)).await;
        });
    }
}
