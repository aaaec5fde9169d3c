//! Cancel trees: random nests of everything that a task can wait in.
//!
//! The problem: a cancel meets combinators in combinators, ours and foreign ones, some dropped
//! after their first poll, some with members in tasks of their own. No author can list the
//! nests that lose it. So trees grow at random, and each tree counts the disturbances of its code: how
//! often it went on after an await, and how often it caught a cancel for good.
//!
//! ```text
//!   task ── timeout 3 ms ── select ─┬─ region, raises after 1 ms ── promise
//!                                   └─ FuturesUnordered ── gather ── (tasks) ...
//! ```
//!
//! Invariant: without a cancel, a tree ends by itself and returns no value.
//!
//! Read next: `cancels.rs`.

use std::cell::Cell;
use std::future::{poll_fn, ready};
use std::rc::Rc;

use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{self, FuturesUnordered, StreamExt};
use groundup_combinators::executor::{call_later, sleep, spawn};
use groundup_combinators::task::{Promise, catch_cancel, yield_now};
use groundup_combinators::*;
use proptest::prelude::*;

use crate::props::ms;

/// Counts what the code of a tree did.
#[derive(Debug, Default)]
pub struct Log {
    /// Awaits of the task itself that suspended and then went on. (A foreign set may poll a
    /// member for the first time in any step.)
    pub steps: Cell<u32>,
    /// Cancels that were caught and not raised again, in any task.
    pub caught: Cell<u32>,
    /// Tasks beside the cancelled one that share its members and have ended well.
    pub ended_beside: Cell<u32>,
    /// Number of all those tasks.
    pub beside: Cell<u32>,
}

fn count(cell: &Cell<u32>) {
    cell.set(cell.get() + 1);
}

#[derive(Clone, Debug)]
pub enum Tree {
    Sleep(u64),
    Yield(u8),
    /// A promise that is set after so many milliseconds.
    Promise(u64),
    Then(Box<[Tree; 2]>),
    Timeout(u64, Box<Tree>),
    WaitFor(u64, Box<Tree>),
    /// A region that cleans up for so many milliseconds, and then raises.
    Region(Option<u64>, Box<Tree>),
    /// A region that catches for good.
    Catches(Box<Tree>),
    Join(Vec<Tree>),
    Select(Vec<Tree>),
    Race(Vec<Tree>),
    Unordered(Vec<Tree>),
    /// `join` of the tree and of so many ready futures that it makes wakers of its own.
    Many(Box<Tree>),
    /// `select` of the crate `futures`.
    Foreign(Box<[Tree; 2]>),
    /// Polled once, and dropped.
    Dropped(Box<Tree>),
    InTask(Over, Vec<Tree>),
}

/// Combinators that make tasks of their members.
#[derive(Clone, Copy, Debug)]
pub enum Over {
    Task,
    WaitForTask(u64),
    Shield,
    Gather,
    Outcomes,
    Wait(ReturnWhen),
    AsCompleted,
    Buffered,
    /// A group; if true, its first child fails.
    Group(bool),
    /// Tasks that another task awaits, too.
    Shared,
}

type Node = LocalBoxFuture<'static, ()>;

impl Tree {
    /// Builds the future of the tree; `here` says that it is part of the cancelled task.
    pub fn grow(&self, log: &Rc<Log>, here: bool) -> Node {
        let mut leaf = self.grow_silent(log, here);
        let log = log.clone();
        async move {
            let mut waited = false;
            poll_fn(|cx| {
                let polled = leaf.as_mut().poll(cx);
                waited |= polled.is_pending();
                polled
            })
            .await;
            if here && waited {
                count(&log.steps);
            }
        }
        .boxed_local()
    }

    fn grow_silent(&self, log: &Rc<Log>, here: bool) -> Node {
        let one = |tree: &Tree| tree.grow(log, here);
        let all = |trees: &[Tree]| trees.iter().map(one).collect::<Vec<Node>>();
        match self {
            Tree::Sleep(delay) => sleep(ms(*delay)).boxed_local(),
            Tree::Yield(times) => yields(*times).boxed_local(),
            Tree::Promise(delay) => set_after(*delay).boxed_local(),
            Tree::Then(both) => {
                let [first, second] = [one(&both[0]), one(&both[1])];
                first.then(|()| second).boxed_local()
            }
            Tree::Timeout(limit, tree) => {
                let bounded = timeout(ms(*limit), one(tree));
                bounded.map(drop).boxed_local()
            }
            Tree::WaitFor(limit, tree) => wait_for(one(tree), ms(*limit)).map(drop).boxed_local(),
            Tree::Region(clean_up, tree) => raises(log.clone(), *clean_up, one(tree)).boxed_local(),
            Tree::Catches(tree) => catches(log.clone(), one(tree)).boxed_local(),
            Tree::Join(trees) => join(all(trees)).map(drop).boxed_local(),
            Tree::Select(trees) => select((one(&trees[0]), race(all(trees))))
                .map(drop)
                .boxed_local(),
            Tree::Race(trees) => race(all(trees)).boxed_local(),
            Tree::Unordered(trees) => {
                let set: FuturesUnordered<Node> = all(trees).into_iter().collect();
                set.for_each(|()| ready(())).boxed_local()
            }
            Tree::Many(tree) => {
                let ready = (0..40).map(|_| ready(()).boxed_local());
                join([one(tree)].into_iter().chain(ready))
                    .map(drop)
                    .boxed_local()
            }
            Tree::Foreign(both) => {
                let [first, second] = [one(&both[0]), one(&both[1])];
                futures::future::select(first, second)
                    .map(drop)
                    .boxed_local()
            }
            Tree::Dropped(tree) => {
                let both = futures::future::select(one(tree), ready(()));
                both.map(drop).boxed_local()
            }
            Tree::InTask(over, trees) => in_tasks(*over, trees.clone(), log.clone()).boxed_local(),
        }
    }

    /// Returns true if the whole tree is in one task and cleans up nothing: after a cancel of
    /// the task, no code of the tree runs any more.
    pub fn goes_at_once(&self) -> bool {
        match self {
            Tree::Sleep(_) | Tree::Yield(_) | Tree::Promise(_) => true,
            Tree::Region(Some(_), _) | Tree::Catches(_) | Tree::InTask(..) => false,
            Tree::Region(None, tree)
            | Tree::Timeout(_, tree)
            | Tree::WaitFor(_, tree)
            | Tree::Many(tree)
            | Tree::Dropped(tree) => tree.goes_at_once(),
            Tree::Then(both) | Tree::Foreign(both) => both.iter().all(Tree::goes_at_once),
            Tree::Join(trees)
            | Tree::Select(trees)
            | Tree::Race(trees)
            | Tree::Unordered(trees) => trees.iter().all(Tree::goes_at_once),
        }
    }
}

async fn yields(times: u8) {
    for _ in 0..times {
        yield_now().await;
    }
}

async fn set_after(delay: u64) {
    let promise = Promise::new();
    let setter = promise.clone();
    call_later(ms(delay), move || drop(setter.set_result(())));
    let _ = promise.await;
}

async fn raises(log: Rc<Log>, clean_up: Option<u64>, node: Node) {
    if let Err(cancelled) = catch_cancel(node).await {
        if let Some(delay) = clean_up {
            let mut holding = Holding(Some(log));
            sleep(ms(delay)).await;
            holding.0 = None;
        }
        cancelled.raise().await;
    }
}

/// Holds the cancel during a clean-up. If the clean-up is dropped, the cancel counts as caught.
struct Holding(Option<Rc<Log>>);

impl Drop for Holding {
    fn drop(&mut self) {
        if let Some(log) = &self.0 {
            count(&log.caught);
        }
    }
}

async fn catches(log: Rc<Log>, node: Node) {
    if catch_cancel(node).await.is_err() {
        count(&log.caught);
    }
}

/// Awaits a member and then suspends once, where a cancel that follows the errors of a group in
/// it can arrive.
async fn member(node: Node) {
    node.await;
    yield_now().await;
}

async fn in_tasks(over: Over, trees: Vec<Tree>, log: Rc<Log>) {
    let mut members: Vec<_> = trees
        .iter()
        .map(|tree| member(tree.grow(&log, false)))
        .collect();
    match over {
        Over::Task => drop(spawn(members.remove(0)).await),
        Over::WaitForTask(limit) => drop(wait_for(spawn(members.remove(0)), ms(limit)).await),
        Over::Shield => drop(shield(members.remove(0)).await),
        Over::Gather => drop(gather(members).await),
        Over::Outcomes => drop(gather(members).return_exceptions().await),
        Over::Wait(when) => drop(wait(members, when).await),
        Over::AsCompleted => drop(as_completed(members).count().await),
        Over::Buffered => drop(buffered(stream::iter(members), 2).count().await),
        Over::Group(fails) => drop(a_group(fails, members).await),
        Over::Shared => {
            let tasks: Vec<_> = members.into_iter().map(spawn).collect();
            for task in &tasks {
                let (task, log) = (task.clone(), log.clone());
                count(&log.beside);
                drop(spawn(async move {
                    let _ = task.await;
                    count(&log.ended_beside);
                }));
            }
            for task in tasks {
                let _ = task.await;
            }
        }
    }
}

async fn a_group<F>(fails: bool, mut members: Vec<F>) -> Result<(), GroupError<()>>
where
    F: Future<Output = ()> + 'static,
{
    let body = members.remove(0);
    task_group(async move |group: TaskGroup<()>| {
        for (number, member) in members.into_iter().enumerate() {
            let failing = fails && number == 0;
            drop(group.spawn(async move {
                member.await;
                if failing { Err(()) } else { Ok(()) }
            }));
        }
        body.await;
        Ok(())
    })
    .await
}

/// Generates a combinator that makes tasks.
pub fn an_over() -> impl Strategy<Value = Over> {
    use ReturnWhen::*;
    prop_oneof![
        2 => Just(Over::Task),
        1 => (0_u64..5).prop_map(Over::WaitForTask),
        1 => Just(Over::Shield),
        2 => Just(Over::Gather),
        1 => Just(Over::Outcomes),
        1 => prop::sample::select(vec![AllCompleted, FirstCompleted, FirstException])
            .prop_map(Over::Wait),
        1 => Just(Over::AsCompleted),
        1 => Just(Over::Buffered),
        2 => any::<bool>().prop_map(Over::Group),
        1 => Just(Over::Shared),
    ]
}

/// Generates trees of at most this depth.
pub fn a_tree(depth: u32) -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        (0_u64..5).prop_map(Tree::Sleep),
        (0_u8..4).prop_map(Tree::Yield),
        (0_u64..5).prop_map(Tree::Promise),
    ];
    leaf.prop_recursive(depth, 16, 3, |inner| {
        let one = || inner.clone().prop_map(Box::new);
        let two = || (inner.clone(), inner.clone()).prop_map(|(a, b)| Box::new([a, b]));
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            1 => two().prop_map(Tree::Then),
            3 => (0_u64..5, one()).prop_map(|(limit, tree)| Tree::Timeout(limit, tree)),
            1 => (0_u64..5, one()).prop_map(|(limit, tree)| Tree::WaitFor(limit, tree)),
            2 => (prop::option::of(0_u64..3), one()).prop_map(|(up, tree)| Tree::Region(up, tree)),
            1 => one().prop_map(Tree::Catches),
            2 => several().prop_map(Tree::Join),
            2 => several().prop_map(Tree::Select),
            1 => several().prop_map(Tree::Race),
            2 => several().prop_map(Tree::Unordered),
            1 => one().prop_map(Tree::Many),
            2 => two().prop_map(Tree::Foreign),
            1 => one().prop_map(Tree::Dropped),
            4 => (an_over(), several()).prop_map(|(over, trees)| Tree::InTask(over, trees)),
        ]
    })
}
