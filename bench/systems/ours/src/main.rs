//! The rows on groundup, through the facade, as its users write them.
//!
//! The rows use groundup as it ships: panics are caught per task, tasks can be
//! cancelled, other threads can wake any task, and the hooks for traces and schedules
//! exist and are off. The driver is the default one: it parks the thread, and polls once a socket exists.
//!
//! Invariants: no row uses a path below the facade. No option is set that the
//! documentation does not recommend to all users.
//!
//! Read next: `generators.rs`, the rows that only a system with generators has.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use bench_kit::rows::{self, timers};
use bench_kit::sockets::Sockets;
use bench_kit::{
    Blocking, Program, Run, Sample, System, Timers, Work, has_open, pool_threads, woken_by_a_thread,
};
use groundup::{EventLoop, Promise, ThreadPark};

mod generators;
mod groups;
mod sharing;
mod sockets;

/// groundup, the version of this repository.
struct Ours;

/// The future of a task's result. If the task was cancelled or panicked, it panics.
struct Joined<T>(groundup::Join<T>);

impl<T: 'static> Future for Joined<T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|result| result.expect("a task of a row ends well"))
    }
}

/// Runs `main` on `event_loop` to its end.
fn run<F: Future>(event_loop: &EventLoop, main: F) -> F::Output {
    event_loop
        .run_until_complete(main)
        .expect("the loop of a row is not closed, stopped or stuck")
}

impl Run for Ours {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        run(&EventLoop::new(), main)
    }
}

impl System for Ours {
    type Join<T: 'static> = Joined<T>;

    fn spawn<F>(future: F) -> Joined<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Joined(groundup::spawn(future).into_future())
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(groundup::spawn(future));
    }

    fn call_soon<F>(f: F)
    where
        F: FnOnce() + 'static,
    {
        drop(groundup::call_soon(f));
    }

    fn give_way() -> impl Future<Output = ()> {
        groundup::yield_now()
    }

    fn one_shot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let promise = Promise::new();
        let set = promise.clone();
        let send = move |value| set.set_result(value).expect("the promise is not set yet");
        (
            send,
            async move { promise.await.expect("the promise is set") },
        )
    }
}

impl Timers for Ours {
    fn sleep(length: Duration) -> impl Future<Output = ()> + 'static {
        groundup::sleep(length)
    }

    async fn timeout<F: Future>(length: Duration, inner: F) -> Option<F::Output> {
        groundup::timeout(length, inner).await.ok()
    }
}

/// Runs `size` sleeps of 0 to 200 ms under virtual time, `each` per task.
async fn under_virtual_time(work: Work, each: u64) -> Sample {
    work.measure(work.size, async || {
        timers::asleep::<Ours, _>(work.size, each, || {
            let started = groundup::time();
            move |length| assert_eq!(groundup::time() - started, length)
        })
        .await;
    })
    .await
}

impl Program for Ours {
    const NAME: &str = "ours";

    fn runtime() -> String {
        Ours::run(async {
            let real = groundup::driver::<ThreadPark>().is_some();
            assert!(real, "the default driver parks the thread");
            Ours::spawn(woken_by_a_thread()).await;
            let slow = |number| {
                move || {
                    thread::sleep(Duration::from_millis(2));
                    number
                }
            };
            let jobs: Vec<_> = (0..200).map(|number| Ours::job(slow(number))).collect();
            for (number, job) in (0..).zip(jobs) {
                assert_eq!(job.await, number);
            }
            assert_eq!(groundup::default_pool().threads(), pool_threads());
        });
        Ours::run(async {
            assert!(!has_open("eventpoll"), "a loop without a socket parks");
            Ours::connect().await;
            assert!(has_open("eventpoll"), "a loop with a socket polls");
            Ours::spawn(woken_by_a_thread()).await;
        });
        "the default driver, which parks the thread; in tcp_echo_* and http_hello the reactor on epoll, which the \
         first socket installs; its default pool for jobs, of at most CPUs + 4 threads"
            .to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        if let Some(each) = timers::virtual_row(row, work) {
            let event_loop = EventLoop::builder().virtual_time().build();
            return Some(run(&event_loop, under_virtual_time(work, each)));
        }
        rows::of_system::<Ours>(row, work)
            .or_else(|| rows::of_timers::<Ours>(row, work))
            .or_else(|| rows::of_children::<Ours>(row, work))
            .or_else(|| rows::of_select::<Ours>(row, work))
            .or_else(|| rows::of_sets::<Ours>(row, work))
            .or_else(|| rows::of_queues::<Ours>(row, work))
            .or_else(|| rows::of_oneshots::<Ours>(row, work))
            .or_else(|| rows::of_locks::<Ours>(row, work))
            .or_else(|| rows::of_permits::<Ours>(row, work))
            .or_else(|| rows::of_blocking::<Ours>(row, work))
            .or_else(|| rows::of_sockets::<Ours>(row, work))
            .or_else(|| rows::sockets::http::<Ours>(row, work).map(Ours::run))
            .or_else(|| generators::serve(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Ours>()
}
