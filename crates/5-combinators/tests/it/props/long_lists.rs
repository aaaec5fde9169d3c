//! Lists of futures in place, short and long, that are cancelled.
//!
//! The problem: a long list polls only its woken futures, and the scheduler learns of a region only
//! by a poll. A short list polls all. A cancel must go to the same place in both.
//!
//! Invariant: the place is the first future, in argument order, that catches.
//!
//! Read next: `starts.rs`.

use std::future::pending;

use futures::future::FutureExt;
use groundup_combinators::executor::{EventLoop, sleep, spawn};
use groundup_combinators::task::catch_cancel;
use groundup_combinators::{BorrowingGroup, borrowing_group, join, race, timeout};
use proptest::prelude::*;

use crate::setup::{Log, ms, secs};

/// The kinds of futures in a list.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Arm {
    Idle,
    /// Wakes its task each second.
    Ticks,
    /// Catches a cancel, cleans up for a second, and raises it again.
    Catches,
    /// Catches nothing any more.
    HasCaught,
}

/// Around the list.
#[derive(Clone, Copy, Debug)]
enum Around {
    Nothing,
    Deadline,
    /// A long list, in which another future ticks.
    LongList,
    /// A child of a borrowing group.
    Child,
}

/// Runs a list of such futures, and cancels its task, or lets its deadline pass, at 5.5 s. Returns
/// the number of the first future that is told, and when all is over.
fn cancelled_list(arms: Vec<Arm>, join_or_race: bool, around: Around, seed: Option<u64>) -> String {
    let builder = EventLoop::builder().virtual_time();
    let event_loop = match seed {
        Some(seed) => builder.seed(seed).build(),
        None => builder.build(),
    };
    let run = event_loop.run_until_complete(async move {
        let log = Log::default();
        let arm = |(number, arm): (usize, Arm)| {
            let log = log.clone();
            async move {
                if arm == Arm::HasCaught {
                    let brief = timeout(ms(100), pending::<()>()).await;
                    assert!(brief.is_err());
                }
                if arm == Arm::Ticks {
                    loop {
                        sleep(secs(1)).await;
                    }
                }
                if arm != Arm::Catches {
                    return pending().await;
                }
                let cancelled = catch_cancel(pending::<()>()).await.unwrap_err();
                log.say(number);
                sleep(secs(1)).await;
                cancelled.raise().await
            }
        };
        let arms: Vec<_> = arms.into_iter().enumerate().map(arm).collect();
        let list = match join_or_race {
            true => join(arms).map(drop).boxed_local(),
            false => race(arms).boxed_local(),
        };
        let task = spawn(async move {
            match around {
                Around::Nothing => list.await,
                Around::Deadline => assert!(timeout(ms(5500), list).await.is_err()),
                Around::LongList => {
                    let ticks = || {
                        async {
                            loop {
                                sleep(secs(1)).await
                            }
                        }
                        .boxed_local()
                    };
                    let others = (0..40).map(|_| ticks());
                    join([list].into_iter().chain(others)).await;
                }
                Around::Child => {
                    let group = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
                        group.spawn(list.map(Ok));
                        loop {
                            sleep(secs(1)).await;
                        }
                    });
                    group.await.unwrap()
                }
            }
        });
        sleep(ms(5500)).await;
        if !matches!(around, Around::Deadline) {
            task.cancel();
        }
        task.ended().await;
        log.say("over");
        log.times()
    });
    run.unwrap()
}

fn some_arm() -> impl Strategy<Value = Arm> {
    prop_oneof![
        4 => Just(Arm::Idle),
        2 => Just(Arm::Ticks),
        1 => Just(Arm::HasCaught),
        1 => Just(Arm::Catches),
    ]
}

proptest! {
    /// A cancel goes to the first future of a list that catches it, however long the list is and
    /// whichever futures were polled last, and ends the list at once if none does.
    #[test]
    fn a_cancel_goes_to_the_first_future_of_a_list_that_catches_it(
        arms in prop::collection::vec(some_arm(), 1..60),
        join_or_race: bool,
        around in prop::sample::select(vec![
            Around::Nothing, Around::Deadline, Around::LongList, Around::Child,
        ]),
        seed in prop::option::of(0_u64..9),
    ) {
        let expected = match arms.iter().position(|arm| *arm == Arm::Catches) {
            Some(first) => format!("{first}@5500 over@6500"),
            None => "over@5500".to_string(),
        };
        prop_assert_eq!(cancelled_list(arms, join_or_race, around, seed), expected);
    }
}
