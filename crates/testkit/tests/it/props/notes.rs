//! Searches by footprints, of random programs on all kinds of wakes.
//!
//! The tasks share nothing else, so that each outcome is one that a note of the loop saves: that of a
//! wake, of a group, of its ends, or of foreign wakers.
//!
//! Read next: `sampled.rs`.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Waker;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groundup::{
    Lock, OwnedLockGuard, Promise, ReturnWhen, Task, WaitSet, as_completed, gather, iteration,
    shield, sleep, spawn, task_group, timeout, wait, yield_now,
};
use groundup_testkit::{Explore, Shared};
use proptest::prelude::*;

use crate::toys::ms;

/// How a child runs and ends.
#[derive(Clone, Copy, Debug)]
struct Child {
    yields: u32,
    sleeps: bool,
    fails: bool,
    /// Sets the promise of this number at its end.
    sets: Option<usize>,
    /// Calls the waker that is kept under this number.
    wakes: Option<usize>,
}

/// What a parent does with its children.
#[derive(Clone, Copy, Debug)]
enum Verb {
    Gather,
    Wait(u8),
    Completed(usize),
    Group,
    Shield,
    /// Waits for both promises in a collection of another crate.
    Foreign,
    /// Counts its polls, while its waker is kept under this number.
    Polls(usize),
    /// Takes the lock with a future that the main task has made.
    Moved,
}

#[derive(Clone, Debug)]
struct Parent {
    yields: u32,
    verb: Verb,
    limit: Option<u64>,
    children: Vec<Child>,
}

fn children() -> impl Strategy<Value = Child> {
    let some = || prop_oneof![2 => Just(None), 1 => (0_usize..2).prop_map(Some)];
    (0_u32..3, any::<bool>(), any::<bool>(), some(), some()).prop_map(
        |(yields, sleeps, fails, sets, wakes)| Child {
            yields,
            sleeps,
            fails,
            sets,
            wakes,
        },
    )
}

fn parents() -> impl Strategy<Value = Parent> {
    let verb = prop_oneof![
        2 => Just(Verb::Gather),
        2 => (0_u8..3).prop_map(Verb::Wait),
        2 => (1_usize..3).prop_map(Verb::Completed),
        2 => Just(Verb::Group),
        1 => Just(Verb::Shield),
        2 => Just(Verb::Foreign),
        2 => (0_usize..2).prop_map(Verb::Polls),
        1 => Just(Verb::Moved),
    ];
    let limit = prop_oneof![Just(None), (1_u64..3).prop_map(Some)];
    let all = prop::collection::vec(children(), 1..3);
    (0_u32..2, verb, limit, all).prop_map(|(yields, verb, limit, children)| Parent {
        yields,
        verb,
        limit,
        children,
    })
}

struct World {
    promises: [Promise<()>; 2],
    wakers: [Shared<Option<Waker>>; 2],
}

async fn child(world: Rc<World>, child: Child) -> Result<u64, u64> {
    for _ in 0..child.yields {
        yield_now().await;
    }
    if child.sleeps {
        sleep(ms(1)).await;
    }
    if let Some(number) = child.sets {
        _ = world.promises[number].set_result(());
    }
    if let Some(waker) = child.wakes.and_then(|number| world.wakers[number].get()) {
        waker.wake();
    }
    let ended = iteration();
    (!child.fails).then_some(ended).ok_or(ended)
}

type Moved = Pin<Box<dyn Future<Output = OwnedLockGuard<()>>>>;

async fn verb(world: &Rc<World>, parent: &Parent, moved: Moved) -> String {
    let of = |each: &Child| child(world.clone(), *each);
    let children = || parent.children.iter().map(of);
    match parent.verb {
        Verb::Gather => format!("{:?}", gather(children().collect::<Vec<_>>()).await),
        Verb::Wait(when) => {
            let when = match when {
                0 => ReturnWhen::FirstCompleted,
                1 => ReturnWhen::FirstException,
                _ => ReturnWhen::AllCompleted,
            };
            let set: WaitSet<_> = children().collect();
            let (ended, left) = wait(set, when).await;
            let mut results = Vec::new();
            for task in ended {
                results.push(task.await.unwrap());
            }
            format!("{results:?} {}", left.len())
        }
        Verb::Completed(take) => {
            let completed = as_completed(children().collect::<Vec<_>>());
            let some: Vec<_> = completed.take(take).map(|next| next.index).collect().await;
            format!("{some:?}")
        }
        Verb::Group => {
            let all: Vec<_> = children().collect();
            let ended = task_group(async move |group| {
                for child in all {
                    group.spawn(child);
                    yield_now().await;
                }
                Ok::<_, u64>(group.len())
            });
            format!("{:?}", ended.await)
        }
        Verb::Shield => {
            let inner: Task<_> = spawn(of(&parent.children[0]));
            format!("{:?}", shield(inner).await)
        }
        Verb::Foreign => {
            let others: Vec<_> = children().map(spawn).collect();
            let waits = world.promises.clone().into_iter().zip(0..);
            let waits = waits.map(|(promise, number)| async move {
                let promised = timeout(ms(3), promise).await;
                (number, promised.is_ok())
            });
            let waits: FuturesUnordered<_> = waits.collect();
            let order: Vec<_> = waits.collect().await;
            drop(others);
            format!("{order:?}")
        }
        Verb::Polls(number) => {
            let others: Vec<_> = children().map(spawn).collect();
            let (mut polls, mut sleeps) = (0, pin!(sleep(ms(1))));
            poll_fn(|cx| {
                polls += 1;
                if polls == 1 {
                    world.wakers[number].set(Some(cx.waker().clone()));
                }
                sleeps.as_mut().poll(cx)
            })
            .await;
            yield_now().await;
            drop(others);
            polls.to_string()
        }
        Verb::Moved => {
            let _guard = moved.await;
            yield_now().await;
            String::new()
        }
    }
}

/// Runs a program. Returns what each parent has seen.
async fn run(program: Vec<Parent>) -> Vec<String> {
    let world = Rc::new(World {
        promises: [(); 2].map(|()| Promise::new()),
        wakers: Default::default(),
    });
    let lock = Rc::new(Lock::new());
    let tasks = program.into_iter().map(|parent| {
        let (world, moved) = (world.clone(), Box::pin(lock.acquire_owned()));
        spawn(async move {
            for _ in 0..parent.yields {
                yield_now().await;
            }
            let verb = verb(&world, &parent, moved);
            let seen = match parent.limit {
                Some(limit) => timeout(ms(limit), verb).await.unwrap_or_default(),
                None => verb.await,
            };
            format!("{seen}@{}", iteration())
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let mut seen = Vec::new();
    for task in tasks {
        seen.push(task.await.unwrap());
    }
    sleep(ms(9)).await;
    seen.push(iteration().to_string());
    seen
}

proptest! {
    /// A search by footprints loses no outcome of a combinator, of a wake, or of a foreign executor.
    #[test]
    fn a_search_by_footprints_keeps_the_outcomes_of_combinators(
        program in prop::collection::vec(parents(), 1..3),
    ) {
        let run = || run(program.clone());
        let all = Explore::new().exhaustive(300);
        let census = all.census(run);
        prop_assume!(census.complete());
        let fewer = all.by_footprints().census(run);
        prop_assert!(fewer.complete());
        prop_assert_eq!(fewer.outcomes(), census.outcomes());
    }
}
