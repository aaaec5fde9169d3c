//! Orders: the results are the same in every order of the ends.
//!
//! The problem: five children can end in 541 orders, ties included. A combinator that works in
//! 540 of them has the kind of bug that is found in production. So the tests try all orders,
//! with each set of failures, with children that end by themselves and children that others
//! release. With more than five children they try random orders, under any schedule.
//!
//! Invariant: the expected results are computed from the ranks alone.
//!
//! Read next: `wait_sets.rs`.

use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{self, StreamExt};
use groundup_combinators::executor::{EventLoop, spawn, time};
use groundup_combinators::*;
use proptest::prelude::*;

use crate::props::ending::{Exit, Way};
use crate::props::members::{Outcome, ms};

type Children = Vec<LocalBoxFuture<'static, Outcome>>;

/// A loop on which one ending after another runs.
struct Host(EventLoop);

impl Host {
    fn new(seed: Option<u64>) -> Self {
        let builder = EventLoop::builder().virtual_time();
        Host(match seed {
            Some(seed) => builder.seed(seed).build(),
            None => builder.build(),
        })
    }

    /// Runs `awaits` over the children, and checks that nothing is left.
    fn run<R>(&self, ending: &Exit, awaits: impl AsyncFnOnce(Children) -> R) -> R {
        let event_loop = &self.0;
        let main = async { awaits(ending.children()).await };
        let output = event_loop.run_until_complete(main).expect("it ends");
        for task in event_loop.all_tasks() {
            event_loop
                .run_until_complete(task.ended())
                .expect("it ends");
        }
        // The notice of the last end comes an iteration later.
        event_loop.run_until_complete(async {}).expect("it ends");
        let counts = event_loop.counts();
        assert!(counts.is_at_rest(), "left: {:#?}", event_loop.leftovers());
        output
    }
}

/// Checks the results that stand in argument order, under any schedule.
fn argument_order(host: &Host, ending: &Exit) {
    let outcomes = ending.outcomes();
    let tasks = |children: Children| children.into_iter().map(spawn).collect::<Vec<_>>();
    let run = |what: &str, got: Vec<Outcome>| assert_eq!(got, outcomes, "{what}: {ending:?}");
    let make = |awaits: fn(Children) -> LocalBoxFuture<'static, Vec<Outcome>>| {
        host.run(ending, async |children| awaits(children).await)
    };
    run(
        "gather",
        make(|all| gather(all).into_future().map(Result::unwrap).boxed_local()),
    );
    run(
        "return_exceptions",
        make(|all| {
            let all = gather(all).return_exceptions().into_future();
            let unwrapped = all.map(|all| all.into_iter().map(Result::unwrap).collect());
            unwrapped.boxed_local()
        }),
    );
    run("join", make(|all| join(all).boxed_local()));
    let joined = host.run(ending, async |all| join(tasks(all)).await);
    run(
        "join of tasks",
        joined.into_iter().map(Result::unwrap).collect(),
    );
    let waited = host.run(ending, async |all: Children| {
        if all.is_empty() {
            return Vec::new(); // a wait for nothing is refused
        }
        let (mut done, rest) = wait(all, ReturnWhen::AllCompleted).await;
        assert!(rest.is_empty());
        let taken = done
            .iter_mut()
            .map(|task| task.take_result().unwrap().unwrap());
        taken.collect()
    });
    run("wait for all", waited);
    let mapped = |all| async_map(|child| child, all);
    let values = host.run(ending, async |all| mapped(all).collect_vec().await);
    run("async_map", values.unwrap());
    for limit in 1..4 {
        let values = host.run(ending, async |all| {
            mapped(all).limit(limit).collect_vec().await
        });
        run("async_map with a limit", values.unwrap());
        let values = host.run(ending, async |all| {
            let results = buffered(stream::iter(all), limit);
            results.map(Result::unwrap).collect::<Vec<_>>().await
        });
        run("buffered", values);
    }
    let grouped = host.run(ending, async |all| {
        task_group(async |group: TaskGroup<()>| {
            let spawn = |child: LocalBoxFuture<'static, Outcome>| group.spawn(child.map(Ok));
            let children: Vec<_> = all.into_iter().map(spawn).collect();
            Ok(join(children).await)
        })
        .await
    });
    run("a group", grouped.unwrap());
}

/// Checks the results that stand in completion order, or depend on the first end.
fn completion_order(host: &Host, ending: &Exit) {
    let ends: Vec<Outcome> = ending.ends().iter().map(|n| ending.outcome(*n)).collect();
    let same = |what: &str, got: Vec<Outcome>| assert_eq!(got, ends, "{what}: {ending:?}");
    let completed = host.run(ending, async |all| {
        let results = as_completed(all);
        let checked = results.map(|done| {
            let outcome = done.result.unwrap();
            assert_eq!(done.index, outcome.unwrap_or_else(|number| number));
            outcome
        });
        checked.collect::<Vec<_>>().await
    });
    same("as_completed", completed);
    let unordered = host.run(ending, async |all| {
        let results = buffer_unordered(stream::iter(all), 99);
        results.map(Result::unwrap).collect::<Vec<_>>().await
    });
    same("buffer_unordered", unordered);
    let merged = host.run(ending, async |all| {
        merge(all.into_iter().map(FutureExt::into_stream))
            .collect::<Vec<_>>()
            .await
    });
    same("merge", merged);
    let raced = |number: Option<usize>| number.map(|number| ending.outcome(number));
    if ending.len() > 0 {
        let won = host.run(ending, async |all| race(all).await);
        assert_eq!(
            Some(won),
            raced(ending.first_seen(|_| true)),
            "race: {ending:?}"
        );
        let won = host.run(ending, async |all| {
            race(all.into_iter().map(spawn).collect::<Vec<_>>())
                .await
                .unwrap()
        });
        assert_eq!(
            Some(won),
            raced(ending.first_seen(|_| true)),
            "race of tasks: {ending:?}"
        );
    }
    if let 3 = ending.len() {
        let won = host.run(ending, async |all| {
            let [a, b, c] = <[_; 3]>::try_from(all).ok().unwrap();
            select_biased((a, b, c)).await.index()
        });
        assert_eq!(Some(won), ending.first_seen(|_| true), "select: {ending:?}");
    }
}

/// Checks the results that depend on the failures.
fn failures(host: &Host, ending: &Exit) {
    let failed = |number: usize| ending.fails[number];
    let values: Vec<usize> = (0..ending.len()).collect();
    let gathered = host.run(ending, async |all| {
        let began = time();
        let gathered = try_gather(all).await;
        (
            gathered.map_err(|error| format!("{error:?}")),
            time() - began,
        )
    });
    let expected = match ending.first_ended(failed) {
        Some(first) => Err(format!("Failed({first})")),
        None => Ok(values.clone()),
    };
    assert_eq!(gathered.0, expected, "try_gather: {ending:?}");
    if let (Way::Sleeping, Some(first)) = (ending.way, ending.first_ended(failed)) {
        let at = ms(1 + ending.ranks[first]);
        assert_eq!(
            gathered.1, at,
            "an error is told at its own time: {ending:?}"
        );
    }
    let joined = host.run(ending, async |all| try_join(all).await);
    let expected = ending.first_seen(failed).map_or(Ok(values), Err);
    assert_eq!(joined, expected, "try_join: {ending:?}");
    let raced = host.run(ending, async |all| race_ok(all).await);
    let expected = ending.first_seen(|number| !failed(number));
    let all_errors = || (0..ending.len()).collect();
    assert_eq!(
        raced,
        expected.ok_or_else(all_errors),
        "race_ok: {ending:?}"
    );
    group_errors(host, ending);
}

/// Checks the errors of a group: those that were there when the first was handled.
fn group_errors(host: &Host, ending: &Exit) {
    let grouped = host.run(ending, async |all| {
        task_group(async |group: TaskGroup<usize>| {
            all.into_iter().for_each(|child| drop(group.spawn(child)));
            Ok(())
        })
        .await
    });
    let first = ending.first_ended(|number| ending.fails[number]);
    let Some(first) = first else {
        return assert!(grouped.is_ok(), "a group: {ending:?}");
    };
    let errors: Vec<usize> = (grouped.unwrap_err().into_errors().into_iter())
        .map(|error| match error {
            ChildError::Failed(number) => number,
            ChildError::Panicked(panic) => panic.resume(),
            error => panic!("{error:?}"),
        })
        .collect();
    assert_eq!(errors[0], first, "the first error of a group: {ending:?}");
    if ending.is_apart() {
        let together = |number: &usize| ending.rank(*number) == ending.rank(first);
        let ends = ending.ends().into_iter().filter(together);
        let expected: Vec<usize> = ends.filter(|number| ending.fails[*number]).collect();
        assert_eq!(errors, expected, "the errors of a group: {ending:?}");
    }
}

/// Checks the first return of `wait`, and each return of a loop around it.
fn waits(host: &Host, ending: &Exit) {
    if !ending.is_apart() || ending.len() == 0 {
        return;
    }
    let groups = ending.groups();
    let numbers = |tasks: Vec<task::Task<Outcome>>| -> Vec<usize> {
        let mut tasks = tasks;
        let taken = tasks
            .iter_mut()
            .map(|task| task.take_result().unwrap().unwrap());
        taken
            .map(|outcome| outcome.unwrap_or_else(|number| number))
            .collect()
    };
    let failing = |group: &Vec<usize>| group.iter().any(|number| ending.fails[*number]);
    let until = groups.iter().position(failing).unwrap_or(groups.len() - 1);
    let mut expected = groups[..=until].concat();
    expected.sort_unstable();
    let waited = host.run(ending, async |all| {
        let (done, rest) = wait(all, ReturnWhen::FirstException).errors_count().await;
        assert_eq!(done.len() + rest.len(), ending.len());
        for task in rest.into_tasks() {
            task.cancel();
        }
        numbers(done)
    });
    assert_eq!(waited, expected, "wait for an exception: {ending:?}");
    let looped = host.run(ending, async |all| {
        let (mut turns, mut pending) = (Vec::new(), all.into_iter().collect::<WaitSet<_>>());
        while !pending.is_empty() {
            let (done, rest) = wait(pending, ReturnWhen::FirstCompleted).await;
            turns.push(numbers(done));
            pending = rest;
        }
        turns
    });
    assert_eq!(looped, groups, "a loop around wait: {ending:?}");
    let stays = host.run(ending, async |all| {
        let (mut turns, mut set) = (Vec::new(), all.into_iter().collect::<WaitSet<_>>());
        while !set.is_empty() {
            turns.push(numbers(set.wait(ReturnWhen::FirstCompleted).await));
        }
        turns
    });
    assert_eq!(stays, groups, "a set that stays: {ending:?}");
}

/// Returns all orders of so many ends: ranks from 0, none left out.
fn all_orders(count: usize) -> Vec<Vec<u64>> {
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        let longer = |order: &Vec<u64>| {
            let next = |rank| order.iter().copied().chain([rank]).collect::<Vec<u64>>();
            (0..count as u64).map(next).collect::<Vec<_>>()
        };
        orders = orders.iter().flat_map(longer).collect();
    }
    let none_left_out = |order: &Vec<u64>| {
        let highest = order.iter().max().map_or(0, |rank| rank + 1);
        (0..highest).all(|rank| order.contains(&rank))
    };
    orders.retain(none_left_out);
    orders
}

const WAYS: [Way; 4] = [
    Way::Sleeping,
    Way::Released(0),
    Way::Released(1),
    Way::Released(4),
];

/// The most children that end in every order. A build for debugging, which runs them ten times
/// as slowly, has one less; `cargo xtask props` has them all.
const MOST: usize = if cfg!(debug_assertions) { 4 } else { 5 };

/// Checks every order in which up to so many children can end.
fn all_endings(most: usize, check: impl Fn(&Host, &Exit)) {
    let host = Host::new(None);
    for count in 0..=most {
        for ranks in all_orders(count) {
            for way in WAYS {
                let fails = vec![false; count];
                let ranks = ranks.clone();
                check(&host, &Exit { ranks, fails, way });
            }
        }
    }
}

/// In every order in which a few children can end, a combinator that promises argument
/// order returns its results in argument order.
#[test]
fn every_order_gives_the_same_results() {
    all_endings(MOST, argument_order);
}

/// In every order in which a few children can end, a combinator that promises completion
/// order keeps it, with ties in the order of the ends, and the first end is the first.
#[test]
fn every_order_is_told_as_it_is() {
    all_endings(MOST, |host, ending| {
        completion_order(host, ending);
        waits(host, ending);
    });
}

/// In every order in which a few children can end, and for every set of failing children,
/// the first failure counts, and the other failures change nothing.
#[test]
fn every_set_of_failures_in_every_order() {
    all_endings(MOST - 1, |host, ending| {
        for set in 0..1_u32 << ending.len() {
            let mut ending = ending.clone();
            for (number, fails) in ending.fails.iter_mut().enumerate() {
                *fails = set & 1 << number != 0;
            }
            failures(host, &ending);
            waits(host, &ending);
        }
    });
}

fn an_ending() -> impl Strategy<Value = Exit> {
    let children = prop::collection::vec((0_u64..9, prop::bool::weighted(0.2)), 0..24);
    let way = prop::sample::select(&WAYS);
    (children, way).prop_map(|(children, way)| {
        let (ranks, fails) = children.into_iter().unzip();
        Exit { ranks, fails, way }
    })
}

proptest! {
    /// Under any schedule, results in argument order are the same.
    #[test]
    fn no_schedule_changes_the_results(ending in an_ending(), seed: Option<u64>) {
        argument_order(&Host::new(seed), &ending);
    }

    /// Many children end like few: in completion order, the first failure first.
    #[test]
    fn many_end_as_few_do(ending in an_ending()) {
        let host = Host::new(None);
        completion_order(&host, &ending);
        failures(&host, &ending);
        waits(&host, &ending);
    }
}
