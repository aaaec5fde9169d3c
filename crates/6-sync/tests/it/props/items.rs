//! Items are conserved, on queues.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `faulty.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_sync::combinators::wait_for;
use groundup_sync::{BaseQueue, LifoQueue, PriorityQueue, Queue, QueueStore};
use proptest::prelude::*;

use crate::setup::secs;

use super::faulty::{OldQueue, OldWaitFor};
use super::ways::{Plan, Program, Way, fault_of, on_the_way, plan, way, yields};

/// A queue of numbers, true or faulty.
pub(super) trait Items: 'static {
    fn new(capacity: usize) -> Self;
    /// Puts an item; returns it if the queue was shut down.
    fn put(&self, item: u32) -> impl Future<Output = Result<(), u32>>;
    fn get(&self) -> impl Future<Output = Option<u32>>;
    fn get_nowait(&self) -> Option<u32>;
    fn len(&self) -> usize;
    fn shutdown(&self);
}

impl<S: QueueStore<Item = u32> + 'static> Items for BaseQueue<S> {
    fn new(capacity: usize) -> Self {
        BaseQueue::new(capacity)
    }
    async fn put(&self, item: u32) -> Result<(), u32> {
        self.put(item).await.map_err(|error| error.into_item())
    }
    async fn get(&self) -> Option<u32> {
        self.get().await.ok()
    }
    fn get_nowait(&self) -> Option<u32> {
        self.get_nowait().ok()
    }
    fn len(&self) -> usize {
        self.len()
    }
    fn shutdown(&self) {
        self.shutdown();
    }
}

/// A queue whose getters wait by `wait_for`, with a timeout that is far away.
struct InWaitFor(Rc<Queue<u32>>);

impl Items for InWaitFor {
    fn new(capacity: usize) -> Self {
        InWaitFor(Rc::new(Queue::new(capacity)))
    }
    async fn put(&self, item: u32) -> Result<(), u32> {
        Items::put(&*self.0, item).await
    }
    async fn get(&self) -> Option<u32> {
        let queue = self.0.clone();
        let got = wait_for(async move { queue.get().await.ok() }, secs(3600)).await;
        got.ok().flatten()
    }
    fn get_nowait(&self) -> Option<u32> {
        Items::get_nowait(&*self.0)
    }
    fn len(&self) -> usize {
        Items::len(&*self.0)
    }
    fn shutdown(&self) {
        Items::shutdown(&*self.0);
    }
}

/// What a task does.
#[derive(Clone, Copy, Debug)]
enum Job {
    Put,
    Get,
    /// Takes an item without waiting, and so overtakes a getter that was woken.
    Overtake,
}

/// A task: it begins after so many iterations, and does its job so often.
type Part = (Job, usize, usize, Way);

#[derive(Clone, Debug)]
struct Tasks {
    capacity: usize,
    parts: Vec<Part>,
    plan: Plan,
    /// The iteration of a shutdown.
    shut: Option<usize>,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let job = prop_oneof![4 => Just(Job::Put), 4 => Just(Job::Get), 1 => Just(Job::Overtake)];
    let part = (job, 0_usize..6, 1_usize..4, way());
    let parts = prop::collection::vec(part, 1..9);
    let shut = prop::option::weighted(0.2, 0_usize..15);
    let all = (1_usize..4, parts, plan(), shut);
    all.prop_map(|(capacity, parts, plan, shut)| Tasks {
        capacity,
        parts,
        plan,
        shut,
    })
}

/// Runs the tasks. Returns what is wrong: an item is lost or doubled, or a task waits for ever
/// although it could go on.
fn run<Q: Items>(tasks: &Tasks) -> Result<(), String> {
    let queue = Rc::new(Q::new(tasks.capacity));
    let mut program = Program::new(tasks.plan);
    let (put, got) = (
        Rc::new(RefCell::new(Vec::new())),
        Rc::new(RefCell::new(Vec::new())),
    );
    for (number, (job, begins, times, way)) in (0..).zip(tasks.parts.iter().copied()) {
        let (queue, put, got) = (queue.clone(), put.clone(), got.clone());
        program.spawn(way, async move {
            yields(begins).await;
            for time in 0..times as u32 {
                match job {
                    Job::Put => {
                        let item = number * 10 + time;
                        if let Some(Ok(())) = on_the_way(way, queue.put(item)).await {
                            put.borrow_mut().push(item);
                        }
                    }
                    Job::Get => {
                        let item = on_the_way(way, queue.get()).await;
                        got.borrow_mut().extend(item.flatten());
                    }
                    Job::Overtake => got.borrow_mut().extend(queue.get_nowait()),
                }
                yields(1).await;
            }
        });
    }
    if let Some(when) = tasks.shut {
        let queue = queue.clone();
        program.spawn(Way::ToTheEnd, async move {
            yields(when).await;
            queue.shutdown();
        });
    }
    let shut = tasks.shut.is_some();
    for at in program.run(100)? {
        let (len, job) = (queue.len(), tasks.parts.get(at).map(|(job, ..)| *job));
        let goes_on = match job {
            Some(Job::Put) => len < tasks.capacity || shut,
            Some(Job::Get) => len > 0 || shut,
            Some(Job::Overtake) | None => true,
        };
        if goes_on {
            return Err(format!(
                "task {at}, {job:?}, waits for ever, and {len} items are there"
            ));
        }
    }
    drop(program);
    let left = std::iter::from_fn(|| queue.get_nowait());
    got.borrow_mut().extend(left);
    put.borrow_mut().sort_unstable();
    got.borrow_mut().sort_unstable();
    match put == got {
        true => Ok(()),
        false => Err(format!("put {put:?}, got {got:?}")),
    }
}

proptest! {
    /// Each item that was put is taken once or is left, and no task waits for what is there.
    #[test]
    fn items_are_conserved(tasks in tasks()) {
        let results = [
            run::<Queue<u32>>(&tasks),
            run::<PriorityQueue<u32>>(&tasks),
            run::<LifoQueue<u32>>(&tasks),
            run::<InWaitFor>(&tasks),
        ];
        for result in results {
            prop_assert_eq!(result, Ok(()));
        }
    }
}

/// Issue 270 of asyncio's first repository: a getter that is cancelled after its wake takes the
/// notice along, and the next one sleeps beside an item.
#[test]
fn the_same_property_finds_the_fault_of_the_old_queue() {
    let found = fault_of(tasks(), run::<OldQueue>);
    assert!(found.contains("waits for ever"), "{found}");
}

/// CPython issue 86296: a task that is cancelled when its item has come goes on, as if no one had
/// cancelled it.
#[test]
fn the_same_property_finds_the_fault_of_the_old_wait_for() {
    let cancelled_only = |tasks: &Tasks| {
        let mut tasks = tasks.clone();
        tasks.plan = tasks.plan.to_the_end();
        let ways = tasks.parts.iter_mut().map(|part| &mut part.3);
        ways.for_each(|way| *way = way.cancelled_only());
        tasks
    };
    let found = fault_of(tasks(), |tasks| run::<OldWaitFor>(&cancelled_only(tasks)));
    assert!(found.contains("was cancelled, and went on"), "{found}");
}
