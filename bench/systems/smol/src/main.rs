//! The rows on smol: async-executor's StaticLocalExecutor under async-io.
//!
//! The executor stands in a thread-local, as smol's own documentation shows for
//! single-threaded programs. It is the static one, which is never dropped: a LocalExecutor keeps a list
//! of its tasks, and takes a sixth more instructions for spawn_join. The loop is `async_io::block_on`,
//! timers are `async_io::Timer`, and groups are handles of tasks in the set of futures-buffered.
//!
//! Invariants: CPU time includes async-io's helper thread, which takes over the
//! reactor when the loop's thread does not poll it for a while. Left out by the
//! system: a panic in a task unwinds through the executor.
//!
//! Read next: `kit/src/rows/tasks.rs`, or another system.

use std::future::{Future, poll_fn};
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use async_executor::{LocalExecutor, StaticLocalExecutor, Task};
use async_io::Timer;
use bench_kit::sockets::Sockets;
use bench_kit::{
    Children, InPlace, Oneshots, Program, Run, Sample, System, Timers, Work, has_open,
    pool_threads, rows, woken_by_a_thread,
};
use futures_util::future::FutureExt;

mod sharing;
mod sockets;

thread_local! {
    static EXECUTOR: &'static StaticLocalExecutor = LocalExecutor::new().leak();
}

/// async-executor 1.14 and async-io 2.6.
struct Smol;

impl Run for Smol {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        EXECUTOR.with(|executor| async_io::block_on(executor.run(main)))
    }
}

impl System for Smol {
    type Join<T: 'static> = Task<T>;

    fn spawn<F>(future: F) -> Task<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        EXECUTOR.with(|executor| executor.spawn(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        Smol::spawn(future).detach();
    }

    fn one_shot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        <Smol as Oneshots>::oneshot()
    }
}

impl Timers for Smol {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        FutureExt::map(Timer::after(length), drop)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        let late = async {
            Timer::after(length).await;
            None
        };
        futures_lite::future::or(async { Some(inner.await) }, late).await
    }
}

impl Children for Smol {}

impl InPlace for Smol {
    fn in_task<F>(future: F) -> impl Future<Output = F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Self::spawn(future)
    }
}

/// Wakes a task, and keeps the thread that did.
struct Witness {
    waker: Waker,
    thread: OnceLock<ThreadId>,
}

impl Wake for Witness {
    fn wake(self: Arc<Self>) {
        self.thread.get_or_init(|| thread::current().id());
        self.waker.wake_by_ref();
    }
}

/// Returns true if the loop's thread wakes one of ten timers. Without the loop of async-io the
/// timers fire as well, but on a helper thread.
async fn fires_on_the_loop() -> bool {
    let here = thread::current().id();
    for _ in 0..10 {
        let mut timer = Timer::after(Duration::from_millis(1));
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        let thread = OnceLock::new();
        let witness = Arc::new(Witness { waker, thread });
        let observed = Waker::from(witness.clone());
        let mut cx = Context::from_waker(&observed);
        poll_fn(|_| Pin::new(&mut timer).poll(&mut cx)).await;
        if witness.thread.get() == Some(&here) {
            return true;
        }
    }
    false
}

impl Program for Smol {
    const NAME: &str = "smol";

    fn runtime() -> String {
        Smol::run(async {
            Smol::spawn(woken_by_a_thread()).await;
            Smol::connect().await;
            assert!(has_open("eventpoll"), "async-io waits for sockets by epoll");
            assert!(fires_on_the_loop().await, "the loop drives its timers");
        });
        "StaticLocalExecutor in async_io::block_on, which waits by epoll in every row; at most CPUs + 4 threads \
         for jobs"
            .to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_system::<Smol>(row, work)
            .or_else(|| rows::of_timers::<Smol>(row, work))
            .or_else(|| rows::of_children::<Smol>(row, work))
            .or_else(|| rows::of_select::<Smol>(row, work))
            .or_else(|| rows::of_queues::<Smol>(row, work))
            .or_else(|| rows::of_oneshots::<Smol>(row, work))
            .or_else(|| rows::of_locks::<Smol>(row, work))
            .or_else(|| rows::of_permits::<Smol>(row, work))
            .or_else(|| rows::blocking::on_default_pool::<Smol>(row, work).map(Smol::run))
            .or_else(|| {
                // Before the first job: the pool reads its limit when it starts a thread.
                blocking::set_max_blocking_threads(NonZeroUsize::new(pool_threads())?);
                rows::of_blocking::<Smol>(row, work)
            })
            .or_else(|| rows::of_sockets::<Smol>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Smol>()
}
