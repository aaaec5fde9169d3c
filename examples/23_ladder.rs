//! Facade: the programs of the first versions, on the whole tower.
//!
//! `crates/3-task/examples/first_task.rs` is the first version of floor 3,
//! `first_loop.rs` of floor 4, `first_combinators.rs` of floor 5, `first_sync.rs` of floor 6, and
//! `first_reactor.rs` of floor 7.
//!
//! Its chapter: `crates/groundup/src/lib.rs`.

use groundup::{
    EventLoop, Lock, Queue, ReturnWhen, Task, WaitSet, run, sleep, spawn, wait, yield_now,
};

#[path = "../crates/7-io/examples/programs/on_streams.rs"]
mod on_streams;
#[path = "../crates/6-sync/examples/programs/sharing.rs"]
mod sharing;
#[path = "../crates/4-executor/examples/programs/sleeping.rs"]
mod sleeping;
#[path = "../crates/5-combinators/examples/programs/waiting.rs"]
mod waiting;
#[path = "../crates/3-task/examples/programs/yielding.rs"]
mod yielding;

async fn gather<F>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: 'static> + 'static,
{
    groundup::gather(futures).await.unwrap()
}

fn group<T: 'static, const N: usize>(tasks: [Task<T>; N]) -> WaitSet<T> {
    tasks.into_iter().collect()
}

async fn wait_first<T: 'static>(pending: WaitSet<T>) -> (Vec<Task<T>>, WaitSet<T>) {
    wait(pending, ReturnWhen::FirstCompleted).await
}

async fn value<T: 'static>(task: Task<T>) -> T {
    task.await.unwrap()
}

fn queue<T>(capacity: usize) -> Queue<T> {
    Queue::new(capacity)
}

fn got<T>(item: Result<T, groundup::QueueShutDown>) -> T {
    item.unwrap()
}

pub(crate) async fn program() {
    yielding::main().await;
    sleeping::main().await;
    waiting::main().await;
    sharing::main().await;
}

fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(program()).unwrap();
    run(on_streams::echoing::main()); // a peer answers in real time
}
