//! Who polls: a foreign combinator delays no cancel.
//!
//! The problem: a task is cancelled. The loop hands the cancel on to the one task that it sees
//! the task await. But a combinator of another crate may poll a sleep beside it, with a waker of
//! its own, and the loop sees no such wait. So each tree runs twice: as it is, and with our
//! combinators in place of the foreign ones. The loop sees every wait of the second.
//!
//! ```text
//!   select ─┬─ FuturesUnordered ── sleep        select ─┬─ join ── sleep
//!           └─ gather ── (tasks)                        └─ gather ── (tasks)
//!        ends no later                  than            ends
//! ```
//!
//! Invariant: a tree without deadlines of its own does the same until the cancel, whoever polls.
//!
//! Read next: `cancels.rs`.

use std::rc::Rc;
use std::time::Duration;

use futures::future::FutureExt;
use groundup_combinators::executor::{sleep, spawn, time};
use groundup_combinators::timeout;
use proptest::prelude::*;

use crate::props::cancel_trees::{Log, Over, Tree, a_tree, an_over};
use crate::props::{ms, run};

fn all(trees: &[Tree], change: impl Fn(&Tree) -> Tree) -> Vec<Tree> {
    trees.iter().map(change).collect()
}

/// Makes the same tree without what makes a comparison unfair. After a deadline, a failure, or
/// the end of a member that others share, a tree goes on, and it matters when it did. A foreign
/// combinator (`foreign`) does not poll the regions in it when a cancel is delivered, so that
/// another region may catch it.
fn fair(tree: &Tree, foreign: bool) -> Tree {
    let same = |tree: &Tree| fair(tree, foreign);
    let under = |tree: &Tree| fair(tree, true);
    match tree {
        Tree::Sleep(_) | Tree::Yield(_) | Tree::Promise(_) => tree.clone(),
        Tree::Timeout(_, tree) | Tree::WaitFor(_, tree) | Tree::Dropped(tree) => same(tree),
        Tree::Region(_, tree) | Tree::Catches(tree) if foreign => same(tree),
        Tree::Region(clean_up, tree) => Tree::Region(*clean_up, Box::new(same(tree))),
        Tree::Catches(tree) => Tree::Catches(Box::new(same(tree))),
        Tree::Then(both) => Tree::Then(Box::new([same(&both[0]), same(&both[1])])),
        Tree::Foreign(both) => Tree::Foreign(Box::new([under(&both[0]), under(&both[1])])),
        Tree::Many(tree) => Tree::Many(Box::new(under(tree))),
        Tree::Join(trees) => Tree::Join(all(trees, same)),
        Tree::Select(trees) => Tree::Select(all(trees, same)),
        Tree::Race(trees) => Tree::Race(all(trees, same)),
        Tree::Unordered(trees) => Tree::Unordered(all(trees, under)),
        Tree::InTask(over, trees) => {
            let over = match over {
                Over::WaitForTask(_) | Over::Shared => Over::Task,
                Over::Group(_) => Over::Gather, // a group is a region, too
                over => *over,
            };
            Tree::InTask(over, all(trees, |tree| fair(tree, false)))
        }
    }
}

/// Makes the same tree with our combinators in place of the foreign ones.
fn ours(tree: &Tree) -> Tree {
    let one = |tree: &Tree| Box::new(ours(tree));
    match tree {
        Tree::Unordered(trees) => Tree::Join(all(trees, ours)),
        Tree::Many(tree) => Tree::Join(vec![ours(tree)]),
        Tree::Foreign(both) => Tree::Race(all(&both[..], ours)),
        Tree::Then(both) => Tree::Then(Box::new([ours(&both[0]), ours(&both[1])])),
        Tree::Region(clean_up, tree) => Tree::Region(*clean_up, one(tree)),
        Tree::Catches(tree) => Tree::Catches(one(tree)),
        Tree::Timeout(limit, tree) => Tree::Timeout(*limit, one(tree)),
        Tree::WaitFor(limit, tree) => Tree::WaitFor(*limit, one(tree)),
        Tree::Dropped(tree) => Tree::Dropped(one(tree)),
        Tree::Join(trees) => Tree::Join(all(trees, ours)),
        Tree::Select(trees) => Tree::Select(all(trees, ours)),
        Tree::Race(trees) => Tree::Race(all(trees, ours)),
        Tree::InTask(over, trees) => Tree::InTask(*over, all(trees, ours)),
        Tree::Sleep(_) | Tree::Yield(_) | Tree::Promise(_) => tree.clone(),
    }
}

/// Runs a task with the tree, cancels it, or a deadline around the tree, at half a millisecond
/// after a time, and returns when the tree has ended. No timer of the tree fires at that moment.
fn end_of(tree: &Tree, cancelled_at: Option<u64>, by_deadline: bool) -> Duration {
    let node = tree.grow(&Rc::new(Log::default()), true);
    let at = cancelled_at.map(|at| ms(at) + ms(1) / 2);
    let limit = at.filter(|_| by_deadline).unwrap_or(Duration::MAX);
    run(async move {
        let task = spawn(timeout(limit, node).map(|_| ()));
        if let Some(at) = at.filter(|_| !by_deadline) {
            let target = task.task_ref();
            drop(spawn(async move {
                sleep(at).await;
                target.cancel();
            }));
        }
        let ended = task.await;
        let end = time().since_start();
        assert!(ended.is_ok() || at.is_some());
        sleep(ms(1000)).await; // by now all other tasks have ended
        end
    })
}

fn no_cancel_comes_later(tree: &Tree, by_deadline: bool) {
    let tree = fair(tree, false);
    let twin = ours(&tree);
    let end = end_of(&twin, None, by_deadline);
    assert_eq!(end_of(&tree, None, by_deadline), end, "the trees are alike");
    for at in 0..=end.as_millis().min(8) as u64 {
        let ends = [&tree, &twin].map(|tree| end_of(tree, Some(at), by_deadline));
        assert!(ends[0] <= ends[1], "cancelled at {at} ms: {ends:?}");
    }
}

/// Generates a tree in which many waits are polled by a foreign combinator, and many by a task
/// that takes its time after a cancel.
fn a_tree_of_many_polls() -> impl Strategy<Value = Tree> {
    let leaf = || {
        prop_oneof![
            4 => (0_u64..9).prop_map(Tree::Sleep),
            2 => (0_u64..9).prop_map(Tree::Promise),
            1 => a_tree(1),
        ]
    };
    let careful = (0_u64..6, leaf())
        .prop_map(|(clean_up, tree)| Tree::Region(Some(clean_up), Box::new(tree)));
    let tasks = (an_over(), prop::collection::vec(careful, 1..3))
        .prop_map(|(over, trees)| Tree::InTask(over, trees));
    let polled = prop_oneof![
        2 => leaf(),
        3 => prop::collection::vec(leaf(), 1..3).prop_map(Tree::Unordered),
        1 => leaf().prop_map(|tree| Tree::Many(Box::new(tree))),
        4 => tasks,
    ];
    polled.prop_recursive(3, 8, 3, |inner| {
        let two = || (inner.clone(), inner.clone());
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            1 => two().prop_map(|(a, b)| Tree::Then(Box::new([a, b]))),
            2 => two().prop_map(|(a, b)| Tree::Foreign(Box::new([a, b]))),
            2 => several().prop_map(Tree::Join),
            2 => several().prop_map(Tree::Race),
            2 => several().prop_map(Tree::Unordered),
            1 => inner.clone().prop_map(|tree| Tree::Many(Box::new(tree))),
            1 => inner.clone().prop_map(|tree| Tree::Catches(Box::new(tree))),
            1 => (an_over(), several()).prop_map(|(over, trees)| Tree::InTask(over, trees)),
        ]
    })
}

proptest! {
    /// A cancel of a task, or of a deadline in it, takes its effect no later because foreign
    /// combinators poll parts of the task.
    #[test]
    fn a_foreign_combinator_delays_no_cancel(tree in a_tree_of_many_polls(), by_deadline: bool) {
        no_cancel_comes_later(&tree, by_deadline);
    }
}
