//! The hosts: tokio and smol, on real clocks and on clocks that jump.
//!
//! The problem: a host is a clock, timers, and a function that runs a future to its end. On a clock that
//! jumps, the kit must also know when the guest has nothing to wait for any more: then no host would
//! poll it again.
//!
//! Invariants:
//! 1. All clones of a host have one clock.
//! 2. The clock can be read outside a run, too.
//!
//! Read next: `guests.rs`.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup::host::{Host, SmolHost, TokioHost};
use tokio::runtime::{Builder, Runtime};
use tokio::task::LocalSet;

/// A host, with an executor.
pub(crate) trait Executes: Host + Clone {
    /// Runs a future to its end.
    fn execute<T>(&self, future: impl Future<Output = T>) -> T;

    /// Returns the number of sleeps that are armed, on a clock that jumps.
    fn sleeping(&self) -> usize {
        1
    }
}

/// A sleep that counts itself.
pub(crate) struct Counted<S> {
    sleep: Pin<Box<S>>,
    count: Rc<Cell<usize>>,
}

impl<S> Counted<S> {
    fn new(sleep: S, count: &Rc<Cell<usize>>) -> Self {
        count.set(count.get() + 1);
        Counted {
            sleep: Box::pin(sleep),
            count: count.clone(),
        }
    }
}

impl<S: Future> Future for Counted<S> {
    type Output = S::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<S::Output> {
        self.sleep.as_mut().poll(cx)
    }
}

impl<S> Drop for Counted<S> {
    fn drop(&mut self) {
        self.count.set(self.count.get() - 1);
    }
}

/// tokio: in paused time, on one thread, or with two workers.
#[derive(Clone)]
pub(crate) struct Tokio {
    runtime: Rc<Runtime>,
    host: Rc<TokioHost>,
    /// What blocking calls have added to a clock that is paused.
    blocked: Rc<Cell<Duration>>,
    paused: bool,
    sleeping: Rc<Cell<usize>>,
}

impl Tokio {
    fn new(runtime: Runtime, paused: bool) -> Self {
        let tokio = Tokio {
            runtime: Rc::new(runtime),
            host: Rc::new(match paused {
                true => TokioHost::paused(),
                false => TokioHost::new(),
            }),
            blocked: Rc::default(),
            paused,
            sleeping: Rc::default(),
        };
        tokio.now(); // its time begins here
        tokio
    }

    /// Returns how many times as fast as the guest's clock tokio's runs. Its timers count whole
    /// milliseconds, and in paused time they cost none.
    fn pace(&self) -> u32 {
        if self.paused { 1000 } else { 1 }
    }

    pub(crate) fn paused() -> Self {
        let mut builder = Builder::new_current_thread();
        let runtime = builder.enable_time().start_paused(true).build();
        Tokio::new(runtime.expect("a runtime"), true)
    }

    pub(crate) fn one_thread() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build();
        Tokio::new(runtime.expect("a runtime"), false)
    }

    pub(crate) fn two_workers() -> Self {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_time().build();
        Tokio::new(runtime.expect("a runtime"), false)
    }
}

impl Host for Tokio {
    type Sleep = Counted<<TokioHost as Host>::Sleep>;

    fn now(&self) -> Duration {
        let _entered = self.runtime.enter(); // the clock is that of the runtime
        self.host.now() / self.pace() + self.blocked.get()
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        Counted::new(self.host.sleep(duration * self.pace()), &self.sleeping)
    }

    fn block(&self, duration: Duration) {
        match self.paused {
            true => self.blocked.set(self.blocked.get() + duration),
            false => self.host.block(duration),
        }
    }

    fn jumps(&self) -> bool {
        self.paused
    }

    fn poll_freely(&self, cx: &mut Context<'_>, poll: &mut dyn FnMut(&mut Context<'_>)) {
        self.host.poll_freely(cx, poll);
    }
}

impl Executes for Tokio {
    fn execute<T>(&self, future: impl Future<Output = T>) -> T {
        let local = LocalSet::new();
        self.runtime.block_on(local.run_until(future))
    }

    fn sleeping(&self) -> usize {
        self.sleeping.get()
    }
}

/// smol's executor, on the real clock.
#[derive(Clone)]
pub(crate) struct Smol(Rc<SmolHost>);

impl Smol {
    pub(crate) fn new() -> Self {
        Smol(Rc::new(SmolHost::new()))
    }
}

impl Host for Smol {
    type Sleep = <SmolHost as Host>::Sleep;

    fn now(&self) -> Duration {
        self.0.now()
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.0.sleep(duration)
    }
}

impl Executes for Smol {
    fn execute<T>(&self, future: impl Future<Output = T>) -> T {
        let executor = async_executor::LocalExecutor::new();
        async_io::block_on(executor.run(future))
    }
}

/// smol's executor, on a clock that jumps when a sleep is polled again.
#[derive(Clone, Default)]
pub(crate) struct Jumping {
    now: Rc<Cell<Duration>>,
    sleeping: Rc<Cell<usize>>,
}

/// A sleep whose second poll moves the clock to its end.
pub(crate) struct Jump {
    now: Rc<Cell<Duration>>,
    until: Duration,
    polled: bool,
}

impl Future for Jump {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.polled, true) {
            self.now.set(self.now.get().max(self.until));
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Host for Jumping {
    type Sleep = Counted<Jump>;

    fn now(&self) -> Duration {
        self.now.get()
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        let jump = Jump {
            now: self.now.clone(),
            until: self.now.get() + duration,
            polled: false,
        };
        Counted::new(jump, &self.sleeping)
    }

    fn block(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    fn jumps(&self) -> bool {
        true
    }
}

impl Executes for Jumping {
    fn execute<T>(&self, future: impl Future<Output = T>) -> T {
        let executor = async_executor::LocalExecutor::new();
        async_io::block_on(executor.run(future))
    }

    fn sleeping(&self) -> usize {
        self.sleeping.get()
    }
}
