//! Queues of crossfire for one sender and one receiver, on tokio.
//!
//! crossfire has channels without locks, for threads and for tasks, and no loop. Its documentation
//! shows it on tokio, and its authors test it there, on async-std and on smol. Of the loops of the
//! rows about queues, tokio's is also the one on which it takes the least time, beside glommio's, on
//! which it is not tested. On monoio it takes fewer instructions, and with a capacity of 1 a third
//! more time. With a capacity of 1,024 it takes the same time on each.
//!
//! Invariants: an end is a type that only one task has, so that an end waits without a lock. The
//! crate is told the number of CPUs before the first channel is made, as its documentation asks:
//! then it does not spin on one CPU, where the other task cannot run meanwhile. The loop is the one
//! of `systems/tokio`. Left out by the benchmark: the type `One`, which has a hundredth fewer
//! instructions than `bounded_async` with a capacity of 1, and no other capacity.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use bench_kit::{
    Get, Gotten, IsPut, Program, Put, Queues, Run, Sample, System, Work, rows, woken_by_a_thread,
};
use crossfire::spsc::{Array, bounded_async};
use crossfire::{AsyncRx, AsyncTx, detect_backoff_cfg};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinHandle, LocalSet};

/// crossfire 3.1 on tokio.
struct Crossfire;

/// The future of a task's result. If the task panicked, it panics.
struct Joined<T>(JoinHandle<T>);

impl<T> Future for Joined<T> {
    type Output = T;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.0)
            .poll(cx)
            .map(|result| result.expect("a task of a row ends well"))
    }
}

impl Run for Crossfire {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        detect_backoff_cfg();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("tokio's runtime starts");
        LocalSet::new().block_on(&runtime, main)
    }
}

impl System for Crossfire {
    type Join<T: 'static> = Joined<T>;

    fn spawn<F>(future: F) -> Joined<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        Joined(tokio::task::spawn_local(future))
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(tokio::task::spawn_local(future));
    }
}

/// The end of a queue into which items go.
struct Sending(AsyncTx<Array<u64>>);

/// The end of a queue from which items come.
struct Receiving(AsyncRx<Array<u64>>);

impl Put for Sending {
    fn put(&mut self, item: u64) -> impl Future<Output = impl IsPut> {
        self.0.send(item)
    }
}

impl Get for Receiving {
    fn get(&mut self) -> impl Future<Output = impl Gotten> {
        self.0.recv()
    }
}

impl Queues for Crossfire {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = bounded_async(capacity);
        (Sending(sending), Receiving(receiving))
    }
}

/// Asserts that a channel has room for `capacity` items and for no more. The channel of capacity 1
/// has two places, one of which is for an item that is being taken out.
fn holds(capacity: usize) {
    let (sending, receiving) = bounded_async::<u64>(capacity);
    let room = (0..).take_while(|&item| sending.try_send(item).is_ok());
    assert_eq!(room.count(), capacity, "the room of a channel");
    drop(receiving);
}

impl Program for Crossfire {
    const NAME: &str = "crossfire";

    fn runtime() -> String {
        Crossfire::run(async {
            let flavor = Handle::current().runtime_flavor();
            assert_eq!(flavor, RuntimeFlavor::CurrentThread);
            Crossfire::spawn(woken_by_a_thread()).await;
            [1, 16, 1024].into_iter().for_each(holds);
        });
        "spsc::bounded_async on tokio's current_thread and a LocalSet; after detect_backoff_cfg, so it does not \
         spin on one CPU"
            .to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_queues::<Crossfire>(row, work)
    }
}

fn main() -> ExitCode {
    bench_kit::main::<Crossfire>()
}
