//! Items are conserved, on queues.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `faulty.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_sync::{BaseQueue, LifoQueue, PriorityQueue, Queue, QueueStore};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::faulty::OldQueue;
use super::ways::{Way, drive, event_loop, on_the_way, way, yields};

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
struct Program {
    capacity: usize,
    parts: Vec<Part>,
    seed: Option<u64>,
    closed: Option<usize>,
    /// The iteration of a shutdown.
    shut: Option<usize>,
}

fn program() -> impl Strategy<Value = Program> {
    let job = prop_oneof![4 => Just(Job::Put), 4 => Just(Job::Get), 1 => Just(Job::Overtake)];
    let part = (job, 0_usize..6, 1_usize..4, way());
    let parts = prop::collection::vec(part, 1..9);
    let closed = prop::option::weighted(0.2, 0_usize..15);
    let shut = prop::option::weighted(0.2, 0_usize..15);
    let all = (1_usize..4, parts, any::<Option<u64>>(), closed, shut);
    all.prop_map(|(capacity, parts, seed, closed, shut)| Program {
        capacity,
        parts,
        seed,
        closed,
        shut,
    })
}

/// Runs a program. Returns what is wrong: an item is lost or doubled, or a task waits for ever
/// although it could go on.
fn run<Q: Items>(program: &Program) -> Result<(), String> {
    let queue = Rc::new(Q::new(program.capacity));
    let event_loop = event_loop(program.seed);
    let (put, got) = (
        Rc::new(RefCell::new(Vec::new())),
        Rc::new(RefCell::new(Vec::new())),
    );
    let mut tasks: Vec<_> = (0..)
        .zip(program.parts.iter().copied())
        .map(|(number, (job, begins, times, way))| {
            let (queue, put, got) = (queue.clone(), put.clone(), got.clone());
            let task = event_loop.spawn(async move {
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
            (task.task_ref(), way)
        })
        .collect();
    if let Some(when) = program.shut {
        let queue = queue.clone();
        let task = event_loop.spawn(async move {
            yields(when).await;
            queue.shutdown();
        });
        tasks.push((task.task_ref(), Way::ToTheEnd));
    }
    drive(&event_loop, &tasks, program.closed.unwrap_or(100));
    if program.closed.is_none() {
        let waits = |wanted: fn(&Job) -> bool| {
            let parts = program.parts.iter().zip(&tasks);
            let mut left = parts.filter(|((job, ..), (task, _))| wanted(job) && !task.done());
            left.next().is_some()
        };
        let (len, shut) = (queue.len(), program.shut.is_some());
        if waits(|job| matches!(job, Job::Get)) && (len > 0 || shut) {
            return Err(format!(
                "a getter waits for ever, and {len} items are there"
            ));
        }
        if waits(|job| matches!(job, Job::Put)) && (len < program.capacity || shut) {
            return Err(format!(
                "a putter waits for ever, and {len} items are there"
            ));
        }
    }
    drop((tasks, event_loop));
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
    fn items_are_conserved(program in program()) {
        let results = [
            run::<Queue<u32>>(&program),
            run::<PriorityQueue<u32>>(&program),
            run::<LifoQueue<u32>>(&program),
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
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let found = (0..500).find_map(|_| {
        let tree = program().new_tree(&mut runner).unwrap();
        run::<OldQueue>(&tree.current()).err()
    });
    let found = found.expect("the fault is found");
    assert!(found.contains("waits for ever"), "{found}");
}
