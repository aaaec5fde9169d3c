//! The rows on glommio.
//!
//! glommio runs on io_uring only, and locks memory for it. If the kernel refuses, the
//! program fails at once and the table shows that. Groups use the futures crate over
//! glommio's tasks.
//!
//! Invariants: glommio does not bind the executor to a CPU, because the driver binds
//! the process. Left out by the system: a panic in a task unwinds through the
//! executor. `spawn_local` polls the new task before it returns. The rows about
//! callbacks, which must run in their turn, use `spawn_local_into`, which only queues
//! the task.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use bench_kit::{Groups, System, Timers, rows};
use glommio::{LocalExecutorBuilder, Placement, Task};

/// glommio 0.9.
struct Glommio;

impl System for Glommio {
    type Join<T: 'static> = Task<T>;

    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        LocalExecutorBuilder::new(Placement::Unbound)
            .make()
            .expect("glommio needs io_uring and enough lockable memory (ulimit -l)")
            .run(main)
    }

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        glommio::spawn_local(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(glommio::spawn_local(future).detach());
    }

    fn call_soon<F>(f: F)
    where
        F: FnOnce() + 'static,
    {
        let here = glommio::executor().current_task_queue();
        let task = glommio::spawn_local_into(async move { f() }, here);
        drop(task.expect("the queue that runs exists").detach());
    }
}

impl Timers for Glommio {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        glommio::timer::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        glommio::timer::timeout(length, async {
            Ok::<_, glommio::GlommioError<()>>(inner.await)
        })
        .await
        .ok()
    }
}

impl Groups for Glommio {}

fn main() -> ExitCode {
    bench_kit::main("glommio", |row, work| {
        rows::of_system::<Glommio>(row, work)
            .or_else(|| rows::of_timers::<Glommio>(row, work))
            .or_else(|| rows::of_groups::<Glommio>(row, work))
    })
}
