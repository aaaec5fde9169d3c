//! Deadlines and cancels taken back, compared with asyncio's counts.
//!
//! The problem: `uncancel` takes a cancel back while it is on its way: at an awaited task, in code that
//! cleans up, in a group that holds it. Then a deadline passes. Is the cancel that comes out the
//! deadline's own? asyncio asks its counts, and nothing else. So the model counts, and knows no
//! addresses.
//!
//! ```text
//!   cancel ──> count + 1      uncancel ──> count - 1
//!   deadline passes ──> count + 1      deadline ends ──> count - 1, and it is its own
//!                                                        if the count is no greater than at its entry
//! ```
//!
//! The model follows one chain of tasks: the root, its child, and so on. A cancel of one of them goes to
//! the last, and counts in each on the way. Where asyncio takes a cancel for the deadline's own that
//! was not taken back, the two differ on purpose (NOT-HERE.md, rule D07). There the comparison ends.
//!
//! Invariant: no two things happen at one instant, so every cancel has gone as far as it can
//! before the next thing happens.
//!
//! Read next: `cancels.rs`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use groundup_combinators::executor::{current_task, sleep, spawn, time};
use groundup_combinators::task::{TaskRef, catch_cancel, raise_cancelled};
use groundup_combinators::{TaskGroup, task_group, timeout};
use proptest::prelude::*;

/// A statement of a program.
#[derive(Clone, Debug)]
enum Node {
    /// Sleeps. If cancelled, cleans up for a time, and lets the cancel go on or not.
    Sleep(u64, u64, bool),
    Timeout(u64, Vec<Node>),
    Catch(Vec<Node>),
    /// Awaits a task.
    Child(Vec<Node>),
    /// Awaits a group with one child.
    Group(Vec<Node>),
}

/// A call on the task at a depth of the chain.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Cancel(usize),
    Uncancel(usize),
}

type Deeds = Vec<(u64, Deed)>;

/// The time, the depth of the task, and what happens there.
type Line = (u64, usize, String);

fn a_node() -> impl Strategy<Value = Node> {
    let clean_up = prop_oneof![1 => Just(0), 5 => 500..4000_u64];
    let leaf = (500..6000_u64, clean_up, prop::bool::weighted(0.2));
    let leaf = leaf.prop_map(|(length, clean_up, keeps)| Node::Sleep(length, clean_up, keeps));
    leaf.prop_recursive(5, 16, 2, |inner| {
        let nodes = prop::collection::vec(inner, 1..3);
        let limited =
            |nodes| (500..4000_u64, nodes).prop_map(|(limit, nodes)| Node::Timeout(limit, nodes));
        let child = nodes.clone().prop_map(Node::Child);
        let group = nodes.clone().prop_map(Node::Group);
        let away = prop_oneof![child, group].boxed();
        prop_oneof![
            2 => limited(nodes.clone().boxed()),
            4 => limited(away.clone().prop_map(|node| vec![node]).boxed()),
            1 => nodes.prop_map(Node::Catch),
            2 => away,
        ]
    })
}

/// Deeds, each some microseconds after the one before: often a cancel that is taken back.
fn deeds() -> impl Strategy<Value = Deeds> {
    let depth = prop_oneof![4 => Just(0_usize), 2 => Just(1), 1 => Just(2)];
    let one = (1..1500_u64, 1..800_u64, depth, 0..5).prop_map(|(gap, later, depth, sort)| {
        let cancel = (gap, Deed::Cancel(depth));
        match sort {
            0 => vec![cancel],
            1 => vec![(gap, Deed::Uncancel(depth))],
            _ => vec![cancel, (later, Deed::Uncancel(depth))],
        }
    });
    prop::collection::vec(one, 1..4).prop_map(|deeds| deeds.concat())
}

/// A deadline of the model.
struct Limit {
    at: u64,
    expired: bool,
    /// The count of its task at its entry.
    entry: u32,
    /// A cancel was taken back on which its decision may depend.
    doubtful: bool,
}

/// A task of the model.
#[derive(Default)]
struct Level {
    count: u32,
    limits: Vec<Limit>,
    /// The task waits for its child in a group. It does if the group holds a cancel.
    group: Option<bool>,
}

/// asyncio, as far as these programs go.
#[derive(Default)]
struct Model {
    now: u64,
    deeds: VecDeque<(u64, Deed)>,
    chain: Vec<Level>,
    lines: Vec<Line>,
    /// Number of lines up to the point where groundup differs on purpose.
    differs: Option<usize>,
    /// Two things have happened at one instant.
    tie: bool,
}

/// A `CancelledError`.
struct Cancelled;

impl Model {
    fn say(&mut self, what: String) {
        self.lines.push((self.now, self.chain.len() - 1, what));
    }

    fn here(&mut self) -> &mut Level {
        self.chain.last_mut().expect("a task runs")
    }

    fn task(&mut self, nodes: &[Node]) -> Result<(), Cancelled> {
        self.chain.push(Level::default());
        let ended = self.run(nodes);
        let count = self.here().count;
        if ended.is_ok() {
            self.say(format!("end {count}"));
        }
        self.chain.pop();
        ended
    }

    fn run(&mut self, nodes: &[Node]) -> Result<(), Cancelled> {
        nodes.iter().try_for_each(|node| self.node(node))
    }

    fn node(&mut self, node: &Node) -> Result<(), Cancelled> {
        match node {
            Node::Sleep(length, clean_up, keeps) => self.sleep(*length, *clean_up, *keeps),
            Node::Child(nodes) => self.task(nodes),
            Node::Group(nodes) => {
                self.here().group = Some(false);
                let _ = self.task(nodes);
                match self.here().group.take() {
                    Some(true) => Err(Cancelled),
                    _ => Ok(()),
                }
            }
            Node::Catch(nodes) => {
                if self.run(nodes).is_err() {
                    self.say("caught".into());
                }
                Ok(())
            }
            Node::Timeout(limit, nodes) => {
                let (at, entry) = (self.now + limit, self.here().count);
                let (expired, doubtful) = (false, false);
                self.here().limits.push(Limit {
                    at,
                    expired,
                    entry,
                    doubtful,
                });
                let ended = self.run(nodes);
                let limit = self.here().limits.pop().expect("it was opened above");
                if !limit.expired {
                    return ended;
                }
                let level = self.here();
                level.count = level.count.saturating_sub(1);
                if level.count > limit.entry || ended.is_ok() {
                    return ended;
                }
                if limit.doubtful {
                    self.differs.get_or_insert(self.lines.len());
                }
                self.say("elapsed".into());
                Ok(())
            }
        }
    }

    /// Sleeps, while other things happen.
    fn sleep(&mut self, length: u64, clean_up: u64, keeps: bool) -> Result<(), Cancelled> {
        let (mut end, mut struck) = (self.now + length, 0);
        while let Some(depth) = self.next(end) {
            if self.reaches_the_last(depth) {
                struck += 1;
                end = self.now + if struck == 1 { clean_up } else { 0 };
                if end == self.now {
                    break;
                }
            }
        }
        match struck {
            0 => Ok(()),
            1 if keeps => Ok(()),
            _ => Err(Cancelled),
        }
    }

    /// Lets the next thing happen. Returns the depth of the task that is cancelled by it; `None` if
    /// the sleep is over.
    fn next(&mut self, end: u64) -> Option<usize> {
        loop {
            let limits = self.chain.iter().enumerate().flat_map(|(depth, level)| {
                let open = level
                    .limits
                    .iter()
                    .enumerate()
                    .filter(|(_, limit)| !limit.expired);
                open.map(move |(at, limit)| (limit.at, depth, at))
            });
            let limit = limits.min().unwrap_or((u64::MAX, 0, 0));
            let deed = self.deeds.front().map_or(u64::MAX, |deed| deed.0);
            let now = end.min(deed).min(limit.0);
            let happen = [end, deed, limit.0].iter().filter(|at| **at == now).count();
            self.tie |= happen > 1 || now == self.now;
            self.now = now;
            if now == end {
                return None;
            }
            if now == limit.0 {
                self.chain[limit.1].limits[limit.2].expired = true;
                return Some(limit.1);
            }
            match self.deeds.pop_front().expect("one is due").1 {
                Deed::Cancel(depth) if depth < self.chain.len() => return Some(depth),
                Deed::Uncancel(depth) if depth < self.chain.len() => self.uncancel(depth),
                _ => {}
            }
        }
    }

    fn uncancel(&mut self, depth: usize) {
        let level = &mut self.chain[depth];
        level.count = level.count.saturating_sub(1);
        let left = level.count;
        let mut spent = false;
        for limit in level.limits.iter_mut().rev() {
            // Any one that is taken back may be the deadline's own, that of one inside it, or one
            // from before the entry.
            spent |= limit.expired;
            let earlier = left < limit.entry || left == limit.entry && left > 0;
            limit.doubtful |= spent || earlier;
        }
    }

    /// Cancels a task. Returns true if that cancels the last task of the chain.
    fn reaches_the_last(&mut self, depth: usize) -> bool {
        for level in &mut self.chain[depth..] {
            level.count += 1;
            let held = level
                .group
                .as_mut()
                .map(|held| std::mem::replace(held, true));
            if held == Some(true) {
                return false; // the group has cancelled its child before
            }
        }
        true
    }
}

fn model(nodes: &[Node], deeds: &Deeds) -> Model {
    let at = deeds.iter().scan(0, |at, (gap, deed)| {
        *at += gap;
        Some((*at, *deed))
    });
    let mut model = Model {
        deeds: at.collect(),
        ..Model::default()
    };
    if model.task(nodes).is_err() {
        model.lines.push((model.now, 0, "cancelled".into()));
    }
    model
}

/// A run on a loop.
#[derive(Default)]
struct Run {
    lines: RefCell<Vec<Line>>,
    /// The last task that was at each depth of the chain.
    chain: RefCell<Vec<TaskRef>>,
}

fn now() -> u64 {
    time().since_start().as_micros() as u64
}

fn us(delay: u64) -> Duration {
    Duration::from_micros(delay)
}

impl Run {
    fn say(&self, depth: usize, what: String) {
        self.lines.borrow_mut().push((now(), depth, what));
    }

    async fn task(self: Rc<Self>, nodes: Vec<Node>, depth: usize) {
        let me = current_task().expect("it runs in a task");
        self.chain.borrow_mut().truncate(depth);
        self.chain.borrow_mut().push(me.clone());
        self.nodes(nodes, depth).await;
        self.say(depth, format!("end {}", me.cancelling()));
    }

    fn nodes(self: &Rc<Self>, nodes: Vec<Node>, depth: usize) -> Pin<Box<dyn Future<Output = ()>>> {
        let run = self.clone();
        Box::pin(async move {
            for node in nodes {
                run.node(node, depth).await;
            }
        })
    }

    async fn node(self: &Rc<Self>, node: Node, depth: usize) {
        match node {
            Node::Sleep(length, clean_up, keeps) => {
                if let Err(cancelled) = catch_cancel(sleep(us(length))).await {
                    let clean_up = async move {
                        if clean_up > 0 {
                            sleep(us(clean_up)).await;
                        }
                    };
                    if keeps {
                        clean_up.await;
                    } else {
                        // A further cancel ends the clean-up, and the first one goes on.
                        let _ = catch_cancel(clean_up).await;
                        cancelled.raise().await;
                    }
                }
            }
            Node::Timeout(limit, nodes) => {
                if timeout(us(limit), self.nodes(nodes, depth)).await.is_err() {
                    self.say(depth, "elapsed".into());
                }
            }
            Node::Catch(nodes) => {
                if catch_cancel(self.nodes(nodes, depth)).await.is_err() {
                    self.say(depth, "caught".into());
                }
            }
            Node::Child(nodes) => {
                if spawn(self.clone().task(nodes, depth + 1)).await.is_err() {
                    raise_cancelled().await;
                }
            }
            Node::Group(nodes) => {
                let run = self.clone();
                let ended = task_group(async |group: TaskGroup<()>| {
                    group.spawn(async move {
                        run.task(nodes, depth + 1).await;
                        Ok(())
                    });
                    Ok(())
                });
                ended.await.expect("no child fails");
            }
        }
        self.chain.borrow_mut().truncate(depth + 1);
    }

    fn carry_out(&self, deed: Deed) {
        let (Deed::Cancel(depth) | Deed::Uncancel(depth)) = deed;
        let task = self.chain.borrow().get(depth).cloned();
        match (deed, task) {
            (Deed::Cancel(_), Some(task)) => drop(task.cancel()),
            (Deed::Uncancel(_), Some(task)) => drop(task.uncancel()),
            _ => {}
        }
    }
}

fn run(nodes: &[Node], deeds: &Deeds) -> Vec<Line> {
    let run = Rc::new(Run::default());
    let (inside, nodes, deeds) = (run.clone(), nodes.to_vec(), deeds.clone());
    super::run(async move {
        let root = spawn(inside.clone().task(nodes, 0));
        let watched = root.task_ref();
        let hand = inside.clone();
        let hand = spawn(async move {
            for (gap, deed) in deeds {
                sleep(us(gap)).await;
                if !watched.done() {
                    hand.carry_out(deed);
                }
            }
        });
        if root.await.is_err() {
            inside.say(0, "cancelled".into());
        }
        hand.await.unwrap();
    });
    run.lines.take()
}

proptest! {
    /// A deadline takes a cancel for its own where asyncio's counts do, in any program of deadlines,
    /// groups and tasks with `cancel` and `uncancel` at any moment, except where NOT-HERE.md says.
    #[test]
    fn the_counts_decide_about_a_cancel_that_was_taken_back(
        nodes in prop::collection::vec(a_node(), 1..3),
        deeds in deeds(),
    ) {
        let model = model(&nodes, &deeds);
        if model.tie {
            return Ok(());
        }
        let lines = run(&nodes, &deeds);
        let compared = model.differs.unwrap_or(model.lines.len().max(lines.len()));
        let (model, ours) = (model.lines.iter().take(compared), lines.iter().take(compared));
        prop_assert_eq!(ours.collect::<Vec<_>>(), model.collect::<Vec<_>>());
    }
}
