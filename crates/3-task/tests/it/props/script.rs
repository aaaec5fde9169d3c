//! Random scripts, and their runs on the scheduler.
//!
//! The problem: a property over "all programs" needs programs that can be generated, shrunk,
//! printed, and run by two machines that have nothing in common. A script is such a program: the
//! oracle has its language. Here the operations are calls of this floor.
//!
//! Invariant: the log of a script shows all that it does: each operation, its task, its round
//! and its result.
//!
//! Read next: `examples/oracle/model.rs`, the expected behaviour.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Waker;

use crate::drive::*;
use crate::props::model::{End, Op, Outcome, PROMISES, Script};
use groundup_task::trace::{Chosen, Recorder, Recording, Seeded};
use groundup_task::{Promise, Task, TaskRef, catch_cancel, raise_cancelled, yield_now};
use proptest::prelude::*;

fn op() -> impl Strategy<Value = Op> {
    let leaf = prop_oneof![
        4 => Just(Op::Yield),
        1 => Just(Op::Forever),
        4 => any::<usize>().prop_map(Op::Await),
        3 => any::<usize>().prop_map(Op::AwaitPromise),
        2 => any::<usize>().prop_map(Op::Set),
        1 => any::<usize>().prop_map(Op::CancelPromise),
        4 => any::<usize>().prop_map(Op::Cancel),
        1 => any::<usize>().prop_map(Op::Uncancel),
        2 => any::<usize>().prop_map(Op::Wake),
        1 => any::<usize>().prop_map(Op::Callback),
        1 => Just(Op::Raise),
        1 => Just(Op::Panic),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let some = prop::collection::vec(inner, 0..4);
        prop_oneof![
            1 => some.clone().prop_map(Op::Spawn),
            3 => some.prop_map(Op::Catch),
        ]
    })
}

pub(crate) fn script() -> impl Strategy<Value = Script> {
    let task = (prop::collection::vec(op(), 0..8), any::<bool>());
    let seed = prop_oneof![Just(None), any::<u64>().prop_map(Some)];
    (prop::collection::vec(task, 1..6), seed).prop_map(|(tasks, seed)| Script { tasks, seed })
}

/// The data that the tasks of a running script share.
struct World {
    log: Log,
    tasks: RefCell<Vec<TaskRef>>,
    promises: Vec<Promise<()>>,
    wakers: RefCell<Vec<Option<Waker>>>,
    drops: Drops,
}

impl World {
    fn task(&self, number: usize) -> TaskRef {
        let tasks = self.tasks.borrow();
        tasks[number % tasks.len()].clone()
    }
}

fn body(world: Rc<World>, me: usize, ops: Vec<Op>) -> impl Future<Output = ()> {
    let held = world.drops.one();
    async move {
        let _held = held;
        if let Some(place) = world.wakers.borrow_mut().get_mut(me) {
            *place = None;
        }
        let waker = my_waker().await;
        if let Some(place) = world.wakers.borrow_mut().get_mut(me) {
            *place = Some(waker);
        }
        run(&world, me, ops).await;
        world.log.say(format!("{me} returns"));
    }
}

fn run(world: &Rc<World>, me: usize, ops: Vec<Op>) -> Pin<Box<dyn Future<Output = ()> + '_>> {
    Box::pin(async move {
        for op in ops {
            one(world, me, op).await;
        }
    })
}

async fn one(world: &Rc<World>, me: usize, op: Op) {
    let promise = |p: usize| &world.promises[p % PROMISES];
    let mark = match op {
        Op::Yield => {
            yield_now().await;
            "yielded".to_string()
        }
        Op::Forever => {
            forever().await;
            unreachable!("nobody ends this wait but by a cancel")
        }
        Op::Await(t) => {
            world.task(t).ended().await;
            "task ended".to_string()
        }
        Op::AwaitPromise(p) => match promise(p).clone().await {
            Ok(()) => "promise set".to_string(),
            Err(_) => "promise cancelled".to_string(),
        },
        Op::Set(p) => format!("set {}", promise(p).set_result(()).is_ok()),
        Op::CancelPromise(p) => format!("cancel promise {}", promise(p).cancel()),
        Op::Cancel(t) => format!("cancel {}", world.task(t).cancel()),
        Op::Uncancel(t) => match world.task(t) {
            task if task.done() => "uncancel done".to_string(),
            task => format!("uncancel {}", task.uncancel()),
        },
        Op::Wake(t) => {
            let number = t % world.wakers.borrow().len();
            let waker = world.wakers.borrow()[number].clone();
            if let Some(waker) = waker {
                waker.wake();
            }
            "wake".to_string()
        }
        Op::Callback(t) => {
            let inner = world.clone();
            world
                .task(t)
                .add_done_callback(move || inner.log.say(format!("callback of {me}")));
            "add callback".to_string()
        }
        Op::Spawn(ops) => {
            spawn(body(world.clone(), usize::MAX, ops)).detach();
            "spawn".to_string()
        }
        Op::Catch(ops) => match catch_cancel(run(world, me, ops)).await {
            Ok(()) => "left".to_string(),
            Err(_) => "caught".to_string(),
        },
        Op::Raise => match raise_cancelled().await {},
        Op::Panic => panic!("{me} panics"),
    };
    world.log.say(format!("{me} {mark}"));
}

/// How a script is observed while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Sink,
    Debug,
    /// Before each round, every task's wait is explained.
    Explained,
}

/// Runs a script on a scheduler, not observed.
pub(crate) fn perform(script: &Script) -> Outcome {
    watched(script, None).0
}

/// Runs a script on a scheduler that is observed in some way. Returns the outcome, and the
/// choices that the chooser was asked for.
pub(crate) fn watched(script: &Script, way: Option<Way>) -> (Outcome, Vec<Chosen>) {
    perform_with(script, way, &Recorder::new())
}

/// Returns the trace of a script.
pub(crate) fn trace(script: &Script) -> String {
    let recorder = Recorder::new();
    perform_with(script, Some(Way::Sink), &recorder);
    recorder.text()
}

fn perform_with(script: &Script, way: Option<Way>, recorder: &Recorder) -> (Outcome, Vec<Chosen>) {
    let drive = Drive::new();
    match way {
        Some(Way::Sink) => drive.scheduler.set_sink(Some(Box::new(recorder.clone()))),
        Some(Way::Debug) => {
            let clock: Rc<dyn Fn() -> u64> = Rc::new(|| 0);
            drive.scheduler.set_debug(Some((clock, 0)));
        }
        Some(Way::Explained) | None => {}
    }
    let chooser = script.seed.map(|seed| Recording::new(Seeded::new(seed)));
    if let Some(chooser) = chooser.clone() {
        drive.scheduler.set_chooser(Some(Box::new(chooser)));
    }
    let world = Rc::new(World {
        log: drive.log.clone(),
        tasks: RefCell::default(),
        promises: (0..PROMISES).map(|_| drive.scheduler.promise()).collect(),
        wakers: RefCell::new(vec![None; script.tasks.len()]),
        drops: Drops::default(),
    });
    let kept: Vec<Option<Task<()>>> = script
        .tasks
        .iter()
        .enumerate()
        .map(|(me, (ops, keep))| {
            let task = drive.spawn(body(world.clone(), me, ops.clone()));
            world.tasks.borrow_mut().push(task.task_ref());
            keep.then_some(task)
        })
        .collect();
    let explain = || {
        for task in drive.scheduler.all_tasks() {
            assert!(!drive.scheduler.explain(&task).is_empty());
        }
    };
    quietly(|| match way {
        Some(Way::Explained) => {
            while !drive.scheduler.is_idle() {
                explain();
                drive.turns(1);
            }
        }
        _ => drop(drive.settle()),
    });
    let end = |task: &Task<()>| match () {
        () if !task.done() => End::Pending,
        () if task.cancelled() == Some(true) => End::Cancelled,
        () if task.panicked() == Some(true) => End::Panicked,
        () => End::Returned,
    };
    let ends = kept.iter().map(|task| task.as_ref().map(end)).collect();
    let tasks = world.tasks.borrow().clone();
    let pending = tasks.iter().filter(|task| !task.done());
    let cancelling = pending.map(|task| task.cancelling()).collect();
    drop(tasks);
    quietly(|| drive.close());
    drop(kept);
    let log = drive.log.all();
    let dropped = (world.drops.count(), world.drops.made());
    let outcome = Outcome {
        log,
        ends,
        cancelling,
        dropped,
    };
    let asked = chooser.map(|chooser| chooser.record()).unwrap_or_default();
    (outcome, asked)
}
