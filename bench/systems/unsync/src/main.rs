//! Queues, oneshots and permits of async-unsync, on tokio or monoio.
//!
//! async-unsync has queues, oneshots and semaphores that stay on one thread, and no loop. A row runs on
//! the loop on which it takes less time: queues on a LocalSet of tokio, where a queue of capacity 1 takes
//! three fifths of the time that it takes on monoio; oneshots on monoio, where they take six sevenths of the
//! time on tokio. Permits run on tokio: on monoio a task that yields is resumed at once, so that no other
//! task waits for its permit. The crate serves no other rows: those are of the loops themselves.
//!
//! Invariants: both ends of a queue are on one thread. The loops are those of `systems/tokio` and
//! `systems/monoio`.
//!
//! Read next: `kit/src/rows/sharing.rs`.

use std::future::Future;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll};

use async_unsync::bounded::{Receiver, Sender, channel};
use async_unsync::semaphore::Semaphore;
use bench_kit::{
    Get, Gotten, IsPut, Oneshots, Permits, Program, Put, Queues, Run, Sample, System, Work, rows,
    woken_by_a_thread,
};
use monoio::FusionDriver;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::{JoinHandle, LocalSet};

/// async-unsync 0.3 on tokio.
struct OnTokio;

/// async-unsync 0.3 on monoio.
struct OnMonoio;

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

impl Run for OnTokio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("tokio's runtime starts");
        LocalSet::new().block_on(&runtime, main)
    }
}

impl System for OnTokio {
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

impl Run for OnMonoio {
    fn run<F>(main: F) -> F::Output
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let runtime = monoio::RuntimeBuilder::<FusionDriver>::new().build();
        runtime.expect("monoio's runtime starts").block_on(main)
    }
}

impl System for OnMonoio {
    type Join<T: 'static> = monoio::task::JoinHandle<T>;

    fn spawn<F>(future: F) -> monoio::task::JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        monoio::spawn(future)
    }

    fn detach<F>(future: F)
    where
        F: Future<Output = ()> + 'static,
    {
        drop(monoio::spawn(future));
    }
}

/// The end of a queue into which items go.
struct Sending(Sender<u64>);

/// The end of a queue from which items come.
struct Receiving(Receiver<u64>);

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

impl Queues for OnTokio {
    fn queue(capacity: usize) -> (impl Put, impl Get) {
        let (sending, receiving) = channel(capacity).into_split();
        (Sending(sending), Receiving(receiving))
    }
}

impl Oneshots for OnMonoio {
    fn oneshot() -> (
        impl FnOnce(u64) + 'static,
        impl Future<Output = u64> + 'static,
    ) {
        let (sender, receiver) = async_unsync::oneshot::channel().into_split();
        (
            move |value| sender.send(value).expect("the receiver is there"),
            async { receiver.await.expect("the value is sent") },
        )
    }
}

impl Permits for OnTokio {
    type Semaphore = Semaphore;

    fn semaphore() -> Semaphore {
        Semaphore::new(1)
    }

    fn permit(semaphore: &Semaphore) -> impl Future<Output = impl Sized> {
        semaphore.acquire()
    }
}

impl Program for OnTokio {
    const NAME: &str = "unsync";

    fn runtime() -> String {
        OnTokio::run(async {
            let flavor = Handle::current().runtime_flavor();
            assert_eq!(flavor, RuntimeFlavor::CurrentThread);
            OnTokio::spawn(woken_by_a_thread()).await;
        });
        OnMonoio::run(async { OnMonoio::spawn(woken_by_a_thread()).await });
        "queues and permits on tokio's current_thread and a LocalSet, oneshots on monoio's fusion driver"
            .to_owned()
    }

    fn serve(row: &str, work: Work) -> Option<Sample> {
        rows::of_queues::<OnTokio>(row, work)
            .or_else(|| rows::of_oneshots::<OnMonoio>(row, work))
            .or_else(|| rows::of_permits::<OnTokio>(row, work))
    }
}

fn main() -> ExitCode {
    bench_kit::main::<OnTokio>()
}
