//! The rows on glommio.
//!
//! glommio runs on io_uring only, and locks memory for it. If the kernel refuses, the
//! program fails at once and the table shows that. Groups are handles of
//! tasks in the set of futures-buffered.
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
use std::thread;
use std::time::Duration;

use bench_kit::{
    Blocking, Children, InPlace, Program, Run, Sample, System, Timers, Work, has_open,
    pool_threads, rows, woken_by_a_thread,
};
use glommio::{LocalExecutorBuilder, Placement, PoolPlacement, Task};

mod sharing;
mod sockets;

/// glommio 0.9.
struct Glommio;

impl Run for Glommio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        run(LocalExecutorBuilder::new(Placement::Unbound), main)
    }
}

/// Runs a future on the executor of `builder`.
fn run<F: Future>(builder: LocalExecutorBuilder, main: F) -> F::Output {
    let executor = builder.make();
    let executor = executor.expect("glommio needs io_uring and enough lockable memory (ulimit -l)");
    executor.run(main)
}

/// Runs a future beside as many threads for jobs as every system has. The default is one thread.
fn run_with_threads<F: Future>(main: F) -> F::Output {
    let pool = PoolPlacement::Unbound(pool_threads());
    let builder = LocalExecutorBuilder::new(Placement::Unbound);
    run(builder.blocking_thread_pool_placement(pool), main)
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
        Glommio::run(async {
            assert!(glommio::executor().id() > 0, "an executor of glommio runs");
            assert!(has_open("io_uring"), "its driver is io_uring");
            Glommio::spawn(woken_by_a_thread()).await;
        });
        let here = thread::current().id();
        let elsewhere = move || u64::from(thread::current().id() != here);
        let job = run_with_threads(async move { Glommio::job(elsewhere).await });
        assert_eq!(job, 1, "a job runs on another thread");
        "io_uring, not bound to a CPU by itself; in the rows blocking_* a pool of CPUs + 4 threads; its lock is \
         an RwLock, taken for writing"
            .to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Glommio>(row, work)
            .or_else(|| rows::of_timers::<Glommio>(row, work))
            .or_else(|| rows::of_children::<Glommio>(row, work))
            .or_else(|| rows::of_select::<Glommio>(row, work))
            .or_else(|| rows::of_queues::<Glommio>(row, work))
            .or_else(|| rows::of_locks::<Glommio>(row, work))
            .or_else(|| rows::of_permits::<Glommio>(row, work))
            .or_else(|| rows::blocking::jobs::<Glommio>(row, work).map(run_with_threads))
            .or_else(|| rows::of_uring::<Glommio>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Glommio>()
}
