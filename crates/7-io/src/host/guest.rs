//! A loop that belongs to a host: its runs are futures.
//!
//! The problem: `Runner::run` returns when its main future is done, and blocks until then. In a host
//! it must be a future itself. It has the same parts: a main task, a callback that stops the run when
//! the task is done, iterations, and the value of the task.
//!
//! ```text
//!             run(main) is polled first
//!   +------+ --------------------------> +---------+ -- Busy --> wakes itself
//!   | open |                             | running |
//!   +------+ <-------------------------- +---------+ -- Idle --> a sleep of the host
//!       |      main is done, or stop; or the future is dropped: main is cancelled
//!       | close, drop
//!       v
//!   +--------+
//!   | closed |
//!   +--------+
//! ```
//!
//! Invariants:
//! 1. One run at a time: a second one is refused with an error.
//! 2. A sleep of the host is polled when it is made, so that it wakes the guest.
//!
//! Read next: `host/main_of_guest.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::{Future, IntoFuture, poll_fn};
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_sync::executor::{Builder, EventLoop, Instant, Progress, RunError};

use super::Host;
use super::driver::GuestDriver;
use super::main_of_guest::{CallSite, MainOfGuest};
use crate::reactor::installed::Hosted;

/// Steps of the loop in one poll of the host.
const BUDGET: usize = 256;

/// A loop inside another runtime: a [`Runner`](groundup_sync::executor::Runner) whose runs are
/// futures. [`run_in`](crate::run_in) is enough for one main function.
///
/// A guest stays on its thread, as every loop does. In a host with several threads it belongs in the
/// future of `block_on`, or in a set of local tasks; tasks of the host run on the other threads. From
/// there, and from all code of the host, reach it through a [`Remote`](groundup_sync::executor::Remote)
/// or by a waker: a channel, a task of the host. A method of the loop that other code of this
/// thread calls between two polls, such as [`TaskRef::cancel`](groundup_sync::task::TaskRef::cancel), takes effect at the next poll, and does not
/// cause one.
///
/// ```
/// # mod groundup { pub mod host { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// # use std::future::{Ready, ready};
/// # use std::time::Duration;
/// # struct MyHost;
/// # impl groundup::host::Host for MyHost {
/// #     type Sleep = Ready<()>;
/// #     fn now(&self) -> Duration { Duration::ZERO }
/// #     fn sleep(&self, _: Duration) -> Ready<()> { ready(()) }
/// # }
/// use groundup::host::Guest;
/// use groundup::{EventLoop, spawn};
///
/// # futures::executor::block_on(async {
/// let guest = Guest::with_builder(MyHost, EventLoop::builder().seed(7));
/// let sum = guest.run(async { spawn(async { 1 + 2 }).await.unwrap() }).await;
/// assert_eq!(sum.unwrap(), 3);
/// guest.close().await.unwrap();
/// # });
/// ```
pub struct Guest<H: Host> {
    pub(super) event_loop: EventLoop,
    driver: Rc<GuestDriver<H>>,
    running: Cell<bool>,
}

impl<H: Host> Guest<H> {
    /// Makes a loop that belongs to a host. Its time begins with its first run.
    ///
    /// # Panics
    ///
    /// If [`MAX_LOOPS`](groundup_sync::task::MAX_LOOPS) loops (4,093) are alive in the process.
    #[track_caller]
    pub fn new(host: H) -> Self {
        Guest::with_builder(host, EventLoop::builder())
    }

    /// Makes a loop with the options of a builder, such as a seed or a trace. The driver is the
    /// guest's own, and replaces that of the builder.
    ///
    /// # Panics
    ///
    /// As [`new`](Guest::new).
    #[track_caller]
    pub fn with_builder(host: H, builder: Builder) -> Self {
        let driver = Rc::new(GuestDriver::new(host));
        let event_loop = builder.driver_rc(driver.clone()).build();
        event_loop.keep(Hosted::default).mark();
        Guest {
            event_loop,
            driver,
            running: Cell::new(false),
        }
    }

    /// Returns the loop, for the methods that the guest does not have. A run of the loop itself
    /// panics where it would block the thread.
    pub fn event_loop(&self) -> &EventLoop {
        &self.event_loop
    }

    /// Returns the host.
    pub fn host(&self) -> &H {
        self.driver.host()
    }

    /// Runs `main` to its end and returns its value. Tasks that it has spawned go on in the next run.
    ///
    /// # Errors
    ///
    /// [`RunError::AlreadyRunning`] if the guest runs; [`RunError::AnotherLoopRuns`] if the future is
    /// polled inside a run of a loop of this crate, which is not a host; [`RunError::Closed`];
    /// [`RunError::Stopped`] if `stop` is called before `main` is done, and [`RunError::Cancelled`]. It
    /// never reports a deadlock, since the host may call at any time.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, `main` is cancelled: it cleans up in the next run, or in
    /// [`close`](Guest::close). If the guest is dropped, all its tasks are.
    ///
    /// # Panics
    ///
    /// If `main` panics: the panic goes on here.
    #[track_caller]
    pub fn run<F>(&self, main: F) -> impl Future<Output = Result<F::Output, RunError>>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: 'static,
    {
        self.run_from(Location::caller(), main)
    }

    /// Runs `main` for a caller at `place`.
    pub(super) async fn run_from<F>(&self, place: CallSite, main: F) -> Result<F::Output, RunError>
    where
        F: IntoFuture,
        F::IntoFuture: 'static,
        F::Output: 'static,
    {
        let _turn = self.begin()?;
        if self.event_loop.is_closed() {
            return Err(RunError::Closed);
        }
        let mut main = MainOfGuest::spawn(&self.event_loop, main, place);
        self.until_stopped().await?;
        main.outcome()
    }

    /// Runs the loop until [`stop`](groundup_sync::executor::stop) is called.
    ///
    /// # Errors
    ///
    /// As [`run`](Guest::run).
    pub async fn run_forever(&self) -> Result<(), RunError> {
        let _turn = self.begin()?;
        self.until_stopped().await
    }

    /// Marks the guest as running, until the returned guard is dropped.
    pub(super) fn begin(&self) -> Result<Turn<'_>, RunError> {
        if self.running.replace(true) {
            return Err(RunError::AlreadyRunning);
        }
        Ok(Turn(&self.running))
    }

    /// Runs pieces until one ends with a request to stop.
    pub(super) async fn until_stopped(&self) -> Result<(), RunError> {
        let mut nap = None;
        poll_fn(|cx| {
            let mut polled = Poll::Pending;
            let mut poll = |cx: &mut Context<'_>| polled = self.poll_piece(cx, &mut nap);
            self.driver.host().poll_freely(cx, &mut poll);
            polled
        })
        .await
    }

    fn poll_piece(
        &self,
        cx: &mut Context<'_>,
        nap: &mut Option<Nap<H>>,
    ) -> Poll<Result<(), RunError>> {
        self.driver.begin_poll(cx.waker());
        let wakes = match self.event_loop.run_some(BUDGET)? {
            Progress::Stopped => return Poll::Ready(Ok(())),
            Progress::Busy => false,
            Progress::Idle { until: None } => {
                *nap = None;
                true
            }
            Progress::Idle { until: Some(until) } => self.wait(until, cx, nap),
        };
        if !wakes {
            cx.waker().wake_by_ref();
        }
        Poll::Pending
    }

    /// Has the host wake the guest at `until`. Returns false if that time has come.
    fn wait(&self, until: Instant, cx: &mut Context<'_>, nap: &mut Option<Nap<H>>) -> bool {
        let sleep = || {
            let duration = until - self.event_loop.time();
            self.driver.host().sleep(duration)
        };
        let nap_of = match nap {
            Some(nap) => {
                if nap.until != until {
                    nap.sleep.set(sleep());
                    nap.until = until;
                }
                nap
            }
            None => {
                let sleep = Box::pin(sleep());
                nap.insert(Nap { until, sleep })
            }
        };
        let waits = nap_of.sleep.as_mut().poll(cx).is_pending();
        if !waits {
            *nap = None;
        }
        waits
    }
}

/// A sleep of the host, which ends at a time of the loop.
struct Nap<H: Host> {
    until: Instant,
    sleep: Pin<Box<H::Sleep>>,
}

/// A run of a guest, until it is dropped.
pub(super) struct Turn<'a>(&'a Cell<bool>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl<H: Host> fmt::Debug for Guest<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest")
            .field("event_loop", &self.event_loop)
            .finish_non_exhaustive()
    }
}
