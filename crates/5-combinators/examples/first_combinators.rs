//! Floor 5: the first version: gather and wait on the first loop.
//!
//! This version has costs. A task has one waiter, so it can be in one wait only. Each wait
//! registers with every member again. An end wakes the waiter, which then looks at all
//! members. There is no cancel, no deadline, and a panic ends all tasks.
//!
//! Read next: `gather.rs`.

use std::future::{Future, poll_fn};
use std::task::Poll;

#[path = "../../4-executor/examples/first_loop.rs"]
#[allow(dead_code, reason = "it is a program of its own, too")]
pub(crate) mod first_loop;
#[path = "programs/waiting.rs"]
pub(crate) mod waiting;

use first_loop::first_task::{self, Task, spawn};
use first_loop::{run_until_complete, sleep};

/// Runs the futures side by side. Returns their values in the order of the arguments.
async fn gather<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    let tasks: Vec<_> = futures.into_iter().map(spawn).collect();
    let mut values = Vec::new();
    for task in tasks {
        values.push(task.await);
    }
    values
}

/// Returns true if a task has ended.
fn is_done<T>(task: &Task<T>) -> bool {
    task.0.borrow().value.is_some()
}

/// Makes a group to wait for.
fn group<T, const N: usize>(tasks: [Task<T>; N]) -> Vec<Task<T>> {
    tasks.into()
}

/// Waits until a task ends. Returns the finished tasks and the pending ones.
async fn wait_first<T>(tasks: Vec<Task<T>>) -> (Vec<Task<T>>, Vec<Task<T>>) {
    poll_fn(|cx| {
        if tasks.iter().any(is_done) {
            return Poll::Ready(());
        }
        for task in &tasks {
            task.0.borrow_mut().waiter = cx.waker().clone();
        }
        Poll::Pending
    })
    .await;
    tasks.into_iter().partition(is_done)
}

/// Takes the value of a finished task.
async fn value<T>(task: Task<T>) -> T {
    task.await
}

fn main() {
    run_until_complete(first_task::yielding::main());
    run_until_complete(first_loop::sleeping::main());
    run_until_complete(waiting::main());
}
