//! Random programs of tasks that await promises that stand for tasks.
//!
//! The problem: a cancel walks such a program with a list, and must do the same as recursive
//! calls. So the model is those calls: short, and as deep as the program.
//!
//! Invariant: a program may contain circles, or reach a task by several ways.
//!
//! Read next: `../props.rs`.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use groundup_task::{CancelTargets, Promise, TaskRef, catch_cancel};
use proptest::prelude::*;

use crate::drive::*;

/// The object that a task of a random program awaits.
#[derive(Clone, Debug)]
pub(crate) enum Awaits {
    Nothing,
    /// A promise that stands for these tasks, some of them more than once.
    Promise(Vec<usize>),
}

pub(crate) fn program() -> impl Strategy<Value = Vec<Awaits>> {
    let targets = prop::collection::vec(0..7_usize, 0..3).prop_map(Awaits::Promise);
    prop::collection::vec(prop_oneof![1 => Just(Awaits::Nothing), 2 => targets], 7)
}

/// asyncio's `cancel` as recursive calls. A task that stands on the path is not asked again.
/// The task that would ask it is woken, if none of its targets accepts.
struct Model<'a> {
    program: &'a [Awaits],
    path: Vec<usize>,
    asked: Vec<u32>,
    woken: Vec<usize>,
}

/// The reply to a cancel; `None` means that the task stands on the path already.
type Accepted = Option<bool>;

impl Model<'_> {
    fn cancel(&mut self, task: usize) -> Accepted {
        if self.path.contains(&task) {
            return None;
        }
        self.asked[task] += 1;
        if self.woken.contains(&task) {
            return Some(true); // it steps anyway
        }
        self.path.push(task);
        let reply = match &self.program[task] {
            Awaits::Nothing => None,
            Awaits::Promise(targets) => {
                let replies: Vec<_> = targets.iter().map(|target| self.cancel(*target)).collect();
                match replies.contains(&Some(true)) {
                    true => Some(true),
                    false => (!replies.contains(&None)).then_some(false),
                }
            }
        };
        self.path.pop();
        if reply.is_none() {
            self.woken.push(task);
        }
        Some(true)
    }
}

/// Stands for these tasks, in this order.
struct StandsFor(Vec<TaskRef>);

impl CancelTargets for StandsFor {
    fn target(&self, number: usize) -> Option<groundup_task::Ticket> {
        self.0.get(number).map(TaskRef::ticket)
    }

    fn accepted(&self) {}
}

/// Cancels the first task. Returns how often each task was asked and which were woken, in
/// order: from the scheduler, then from the model.
pub(crate) fn cancel_the_first(program: &[Awaits]) -> [(Vec<u32>, Vec<usize>); 2] {
    let drive = Drive::new();
    let order: Rc<RefCell<Vec<usize>>> = Rc::default();
    let promises: Vec<Promise<()>> = program.iter().map(|_| drive.scheduler.promise()).collect();
    let task = |(number, awaits): (usize, &Awaits)| {
        let (promise, awaits) = (promises[number].clone(), awaits.clone());
        let order = order.clone();
        drive.spawn(async move {
            let waits = async {
                match awaits {
                    Awaits::Nothing => pending().await,
                    Awaits::Promise(_) => drop(promise.await),
                }
            };
            let _ = catch_cancel(waits).await;
            order.borrow_mut().push(number);
        })
    };
    let tasks: Vec<_> = program.iter().enumerate().map(task).collect();
    for (promise, awaits) in promises.iter().zip(program) {
        if let Awaits::Promise(targets) = awaits {
            let targets = targets.iter().map(|target| tasks[*target].task_ref());
            promise.on_cancel(StandsFor(targets.collect()));
        }
    }
    drive.settle();
    let mut model = Model {
        program,
        path: Vec::new(),
        asked: vec![0; program.len()],
        woken: Vec::new(),
    };
    model.cancel(0);
    tasks[0].cancel();
    let asked: Vec<u32> = tasks.iter().map(|task| task.cancelling()).collect();
    drive.settle();
    [(asked, order.take()), (model.asked, model.woken)]
}
