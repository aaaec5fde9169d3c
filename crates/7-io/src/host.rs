//! The whole loop as a future of another runtime, its host.
//!
//! The problem: many libraries are written for tokio, and open their sockets and spawn their tasks
//! in its runtime. A thread can park in one place only, so tokio must own the thread. The loop of
//! this crate then is a *guest*: a future, which tokio polls as any other. In each poll the loop
//! runs what is ready, and tells the host until when it has nothing to do.
//!
//! ```text
//!   host                         Guest                          EventLoop
//!    | poll  ------------------>  1 registers the host's waker
//!    |                            2 run_some(256)  ---------->   iterations, while there is work
//!    |                            <-- Busy ----------------      the budget is spent
//!    | <-- Pending, and wakes itself
//!    |                            <-- Idle { until } -------     parked: a message unparks
//!    |                            3 polls a sleep of the host, until then
//!    | <-- Pending
//!    |
//!    | its timer, or: a socket of the host wakes a task of the loop
//!    |   ── a message ──> unpark ── wakes the host's waker
//!    | poll  ------------------>  ...
//! ```
//!
//! The clock of the guest is the host's clock, so a paused clock of tokio pauses the guest, too.
//! A task of the guest awaits what the host offers: its sockets, its timers, its tasks, and every
//! library that stands on them. Sockets of this crate need the loop's own reactor, and a guest has
//! none: it uses the host's, and a socket of this crate is refused with a sentence that says so.
//!
//! Invariants:
//! 1. The waker of the present poll is registered before the loop runs. So no wake is lost, also if
//!    the host polls with another waker each time.
//! 2. A guest never blocks the thread, and runs at most its budget of steps in a poll.
//! 3. Steps and iterations have the order and the numbers of a loop that parks, on a clock of the same
//!    kind.
//! 4. A guest never reports a deadlock, since any code of the host may call.
//!
//! Access: this folder stands on floor 4, and uses nothing of the reactor or of the sockets but the mark
//! of a guest (`reactor/installed.rs`).
//!
//! Read next: `host/driver.rs`.

use std::future::Future;
use std::task::Context;
use std::time::Duration;

use groundup_sync::executor::{Driver, ThreadPark};

#[cfg(feature = "smol")]
pub(crate) mod async_io_host;
mod clean_up;
mod driver;
pub(crate) mod guest;
mod main_of_guest;
pub(crate) mod run_in;
#[cfg(feature = "tokio")]
pub(crate) mod tokio_host;

/// A runtime that owns the thread: the clock by which a [`Guest`](crate::Guest) lives, and the
/// timers by which the runtime wakes it.
///
/// The features `tokio` and `smol` have ready-made hosts, `TokioHost` and `SmolHost`. Another one
/// takes a few lines:
///
/// ```
/// # mod groundup { pub mod host { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use std::cell::Cell;
/// use std::future::{Ready, ready};
/// use std::rc::Rc;
/// use std::time::Duration;
///
/// use groundup::host::{Host, run_in};
/// use groundup::{sleep, time};
///
/// /// A host whose clock jumps, under any executor.
/// #[derive(Clone, Default)]
/// struct Jumps(Rc<Cell<Duration>>);
///
/// impl Host for Jumps {
///     type Sleep = Ready<()>;
///
///     fn now(&self) -> Duration {
///         self.0.get()
///     }
///     fn sleep(&self, duration: Duration) -> Ready<()> {
///         self.0.set(self.0.get() + duration);
///         ready(())
///     }
///     fn jumps(&self) -> bool {
///         true
///     }
/// }
///
/// let now = futures::executor::block_on(run_in(Jumps::default(), async {
///     sleep(Duration::from_secs(3600)).await;
///     time()
/// }));
/// assert_eq!(now.since_start(), Duration::from_secs(3600));
/// ```
pub trait Host: 'static {
    /// The future of a sleep of the host.
    type Sleep: Future;

    /// Returns the time of the host's clock, from any beginning. It never goes back.
    fn now(&self) -> Duration;

    /// Makes a future that ends when `duration` has passed. It is polled in the host, and may end
    /// late. If it ends early, the guest makes another one.
    fn sleep(&self, duration: Duration) -> Self::Sleep;

    /// Lets `duration` pass while no other task runs. The default blocks the thread.
    fn block(&self, duration: Duration) {
        ThreadPark::new().block(duration);
    }

    /// Returns true if the clock stands still while tasks run: time passes in sleeps and in `block` only.
    /// The loop then takes the iterations that it takes on virtual time. On another clock it looks at
    /// timers of the far future now and then, in iterations of their own.
    fn jumps(&self) -> bool {
        false
    }

    /// Calls `poll` once, free from the limits that the host sets to the operations of one poll. The
    /// guest has a limit of its own, its budget of steps.
    fn poll_freely(&self, cx: &mut Context<'_>, poll: &mut dyn FnMut(&mut Context<'_>)) {
        poll(cx);
    }
}
