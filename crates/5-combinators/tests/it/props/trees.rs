//! Trees: random combinators in combinators in combinators.
//!
//! The problem: the nests that an author has thought of are not the ones that fail. So trees
//! grow at random, with children as their leaves, and are disturbed at random moments, under a
//! random schedule. The end of each leaf depends on the whole tree, and is not checked. The
//! test checks that nothing is left of any leaf.
//!
//! ```text
//!   timeout 5 ms
//!     +-- group
//!           +-- race ---- child, shield of child
//!           +-- wait_for -- gather of children
//! ```
//!
//! Invariant: for every tree, all entries of the members are closed, and the task's count of
//! cancels is the number of cancels from outside.
//!
//! Read next: `wait_sets.rs`.

use std::rc::Rc;
use std::time::Duration;

use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{self, FuturesUnordered, StreamExt};
use groundup_combinators::executor::spawn;
use groundup_combinators::task::{Task, catch_cancel};
use groundup_combinators::*;
use proptest::prelude::*;

use crate::props::disturbance::{Disturbance, When, run_disturbed};
use crate::props::members::{Behaviour, Fails, Members, ms};
use crate::props::programs::{Kind, Program, future, program};
use crate::props::suspension::{any_what, disturbances, nothing_is_left};

type Finished = Result<(), ()>;
type Node = LocalBoxFuture<'static, Finished>;

/// Combinators over several futures.
#[derive(Clone, Copy, Debug)]
pub enum Over {
    Gather,
    Outcomes,
    TryGather,
    Group,
    GroupWithBody,
    Race,
    RaceOk,
    Join,
    TryJoin,
    Wait(ReturnWhen, Option<u64>),
    WaitSet,
    AsCompleted(Option<u64>),
    Buffered(usize),
    Unordered(usize),
    Map(Option<usize>),
    Merge,
    Stranger,
    StrangeSelect,
}

/// Combinators around one future.
#[derive(Clone, Copy, Debug)]
pub enum Around {
    Timeout(u64),
    WaitFor(u64),
    WaitForTask(u64),
    Shield,
    Task,
    /// A region that sleeps after a cancel; if true, it then raises the cancel.
    Region(bool),
}

#[derive(Clone, Debug)]
pub enum Tree {
    Child(Behaviour),
    Over(Over, bool, Vec<Tree>),
    Around(Around, Box<Tree>),
}

fn all_well<T, E>(results: impl IntoIterator<Item = Result<T, E>>) -> Finished {
    match results.into_iter().all(|result| result.is_ok()) {
        true => Ok(()),
        false => Err(()),
    }
}

fn tasks(nodes: Vec<Node>) -> Vec<Task<Finished>> {
    nodes.into_iter().map(spawn).collect()
}

impl Tree {
    pub fn grow(&self, members: &Members) -> Node {
        match self {
            Tree::Child(behaviour) => members.future(*behaviour).map(|_| Ok(())).boxed_local(),
            Tree::Around(around, tree) => enclose(*around, tree.grow(members)),
            Tree::Over(over, as_tasks, trees) => {
                let nodes: Vec<Node> = trees.iter().map(|tree| tree.grow(members)).collect();
                combine(*over, *as_tasks, nodes)
            }
        }
    }
}

fn enclose(around: Around, node: Node) -> Node {
    match around {
        Around::Timeout(limit) => timeout(ms(limit), node)
            .map(|ended| all_well([ended]))
            .boxed_local(),
        Around::WaitFor(limit) => {
            async move { all_well([wait_for(node, ms(limit)).await]) }.boxed_local()
        }
        Around::WaitForTask(limit) => {
            async move { all_well([wait_for(spawn(node), ms(limit)).await]) }.boxed_local()
        }
        Around::Shield => async move { all_well([shield(node).await]) }.boxed_local(),
        Around::Task => async move { all_well([spawn(node).await]) }.boxed_local(),
        Around::Region(raises) => async move {
            if let Err(cancelled) = catch_cancel(node).await {
                executor::sleep(ms(1)).await;
                if raises {
                    cancelled.raise().await;
                }
            }
            Ok(())
        }
        .boxed_local(),
    }
}

/// Combines nodes. A combinator that makes tasks makes them when it is polled, in its own task.
fn combine(over: Over, as_tasks: bool, nodes: Vec<Node>) -> Node {
    let in_place = matches!(over, Over::Race | Over::RaceOk | Over::Join | Over::TryJoin);
    if in_place && as_tasks {
        return async move { of_tasks(over, tasks(nodes)).await }.boxed_local();
    }
    async move {
        match over {
            Over::Gather => all_well([gather(nodes).await]),
            Over::Outcomes => all_well(gather(nodes).return_exceptions().await),
            Over::TryGather => all_well([try_gather(nodes).await]),
            Over::Group | Over::GroupWithBody => grouped(over, nodes).await,
            Over::Race => race(nodes).await,
            Over::RaceOk => all_well([race_ok(nodes).await]),
            Over::Join => all_well(join(nodes).await),
            Over::TryJoin => all_well([try_join(nodes).await]),
            Over::Wait(when, limit) => {
                let waiting = wait(tasks(nodes), when).errors_count();
                let (done, _) = waiting.timeout(limit.map_or(Duration::MAX, ms)).await;
                all_well([(!done.is_empty()).then_some(()).ok_or(())])
            }
            Over::WaitSet => {
                let mut set: WaitSet<Finished> = nodes.into_iter().collect();
                while !set.is_empty() {
                    set.wait(ReturnWhen::FirstCompleted).await;
                }
                Ok(())
            }
            Over::AsCompleted(limit) => {
                let results = as_completed(nodes).timeout(limit.map_or(Duration::MAX, ms));
                all_well(results.collect::<Vec<_>>().await)
            }
            Over::Buffered(limit) => all_well(
                buffered(stream::iter(nodes), limit)
                    .collect::<Vec<_>>()
                    .await,
            ),
            Over::Unordered(limit) => {
                let results = buffer_unordered(stream::iter(nodes), limit);
                all_well(results.collect::<Vec<_>>().await)
            }
            Over::Map(limit) => {
                let map = async_map(|node| node, nodes).limit(limit.unwrap_or(usize::MAX));
                all_well([map.collect_vec().await])
            }
            Over::Merge => {
                let merged = merge(nodes.into_iter().map(|node| node.into_stream()));
                all_well(merged.collect::<Vec<_>>().await)
            }
            Over::Stranger => {
                let all: FuturesUnordered<Node> = nodes.into_iter().collect();
                all_well(all.collect::<Vec<_>>().await)
            }
            Over::StrangeSelect => futures::future::select_all(nodes).await.0,
        }
    }
    .boxed_local()
}

async fn of_tasks(over: Over, tasks: Vec<Task<Finished>>) -> Finished {
    match over {
        Over::Race => all_well([race(tasks).await]),
        Over::RaceOk => all_well([race_ok(tasks).await]),
        Over::Join => all_well(join(tasks).await),
        _ => all_well([try_join(tasks).await]),
    }
}

/// Makes a group of the nodes; the first of them may be its body.
async fn grouped(over: Over, mut nodes: Vec<Node>) -> Finished {
    let body = match over {
        Over::GroupWithBody => nodes.remove(0),
        _ => async { Ok(()) }.boxed_local(),
    };
    let ended = task_group(async move |group: TaskGroup<()>| {
        for node in nodes {
            drop(group.spawn(node));
        }
        body.await
    });
    all_well([ended.await])
}

fn a_leaf() -> impl Strategy<Value = Tree> {
    let clean_up = prop::option::of(0_u64..3);
    (0_u32..3, 0_u64..5, clean_up).prop_map(|(yields, sleeps, clean_up)| {
        Tree::Child(Behaviour {
            yields,
            sleeps,
            clean_up,
            fails: Fails::Never,
        })
    })
}

fn an_over() -> impl Strategy<Value = Over> {
    use ReturnWhen::*;
    let when = prop::sample::select(&[AllCompleted, FirstCompleted, FirstException]);
    let limit = || prop::option::of(0_u64..6);
    let plain = [
        Over::Gather,
        Over::Outcomes,
        Over::TryGather,
        Over::Group,
        Over::GroupWithBody,
        Over::Race,
        Over::RaceOk,
        Over::Join,
        Over::TryJoin,
        Over::WaitSet,
        Over::Merge,
        Over::Stranger,
        Over::StrangeSelect,
    ];
    prop_oneof![
        12 => prop::sample::select(plain.to_vec()),
        1 => (when, limit()).prop_map(|(when, limit)| Over::Wait(when, limit)),
        1 => limit().prop_map(Over::AsCompleted),
        1 => (1_usize..4).prop_map(Over::Buffered),
        1 => (1_usize..4).prop_map(Over::Unordered),
        1 => prop::option::of(1_usize..4).prop_map(Over::Map),
    ]
}

fn an_around() -> impl Strategy<Value = Around> {
    prop_oneof![
        (0_u64..7).prop_map(Around::Timeout),
        (0_u64..7).prop_map(Around::WaitFor),
        (0_u64..7).prop_map(Around::WaitForTask),
        Just(Around::Shield),
        Just(Around::Task),
        any::<bool>().prop_map(Around::Region),
    ]
}

pub fn a_tree() -> impl Strategy<Value = Tree> {
    a_leaf().prop_recursive(4, 16, 4, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            (an_over(), any::<bool>(), several)
                .prop_map(|(over, as_tasks, trees)| Tree::Over(over, as_tasks, trees)),
            (an_around(), inner).prop_map(|(around, tree)| Tree::Around(around, Box::new(tree))),
        ]
    })
}

fn planted(tree: Tree) -> Program {
    let tree = Rc::new(tree);
    let mut program = program("a tree", Kind::Futures, move |members| {
        future(tree.grow(members))
    });
    program.until = u64::MAX;
    program
}

proptest! {
    /// Disturbed at any moment, and once more at another, every tree ends, and nothing is left
    /// of it.
    #[test]
    fn nothing_is_left_of_a_tree(
        tree in a_tree(),
        seed: Option<u64>,
        what in any_what(),
        again in disturbances(),
    ) {
        let program = planted(tree);
        let (calm, more, order) = again.of(&program, seed);
        for k in 0..calm.iterations.len() {
            for when in [When::Between(k), When::Somewhere(k)] {
                let once = [Disturbance { what, when }];
                let disturbances: Vec<Disturbance> = once.into_iter().chain(more.clone()).collect();
                let seen = run_disturbed(program.event_loop(), &program.make, &disturbances, order, Some(&calm));
                nothing_is_left(&program, &seen);
            }
        }
    }
}
