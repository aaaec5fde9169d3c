//! The rows on glommio.
//!
//! glommio runs on io_uring only, and locks memory for it. If the kernel refuses, the
//! program fails at once and the table shows that. Groups use the futures crate over
//! glommio's tasks.
//!
//! Invariants: glommio does not bind the executor to a CPU, because the driver binds
//! the process. Left out by the system: a panic in a task unwinds through the
//! executor. `spawn_local` polls the new task before it returns. Tasks that are not
//! awaited must run in their turn, so they use `spawn_local_into`, which only queues the
//! task.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use bench_kit::{Children, InPlace, Program, Run, Sample, System, Timers, Work, rows};
use glommio::{LocalExecutorBuilder, Placement, Task};

mod sockets;

/// glommio 0.9.
struct Glommio;

impl Run for Glommio {
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
}

impl System for Glommio {
    type Join<T: 'static> = Task<T>;

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
        let here = glommio::executor().current_task_queue();
        let task = glommio::spawn_local_into(future, here);
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

impl Children for Glommio {}

impl InPlace for Glommio {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Self::spawn(future)
    }
}

impl Program for Glommio {
    const NAME: &str = "glommio";

    fn runtime() -> String {
        assert!(glommio::executor().id() > 0, "an executor of glommio runs");
        "io_uring, not bound to a CPU by itself".to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Glommio>(row, work)
            .or_else(|| rows::of_timers::<Glommio>(row, work))
            .or_else(|| rows::of_children::<Glommio>(row, work))
            .or_else(|| rows::of_select::<Glommio>(row, work))
            .or_else(|| rows::of_uring::<Glommio>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Glommio>()
}
