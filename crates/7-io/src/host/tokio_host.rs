//! tokio as the host.
//!
//! The problem: tokio gives each of its tasks a budget of 128 operations in a poll, and all tasks of
//! a guest are one task of tokio. So a task that reads 1,000 messages of tokio would have to wait,
//! though they are there. The guest has a budget of its own, so it takes itself out of tokio's.
//!
//! tokio's timers count whole milliseconds. So a sleep of the guest ends up to a millisecond late.
//!
//! Invariant: the clock is tokio's, so a test that pauses it pauses the guest.
//!
//! Read next: `host/async_io_host.rs`.

use std::cell::OnceCell;
use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::unconstrained;
use tokio::time::{Instant as TokioInstant, Sleep as TokioSleep, sleep as tokio_sleep};

use super::Host;

/// A runtime of tokio, with its timers enabled, as the [`Host`] of a guest. It works in
/// `Runtime::block_on` of both kinds of runtime, and in a `LocalSet`. See [`run_in`](crate::run_in) for
/// an example.
#[derive(Debug, Default)]
pub struct TokioHost {
    beginning: OnceCell<TokioInstant>,
    paused: bool,
}

impl TokioHost {
    /// Makes a host for a guest that is polled in a runtime of tokio.
    ///
    /// ```
    /// # mod groundup { pub mod host { pub use groundup_io::*; } }
    /// use groundup::host::{TokioHost, run_in};
    ///
    /// let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    /// assert_eq!(runtime.block_on(run_in(TokioHost::new(), async { 5 })), 5);
    /// ```
    pub fn new() -> Self {
        TokioHost::default()
    }

    /// Makes a host for a runtime whose time is paused, for a test. The guest takes the iterations that
    /// it takes on virtual time. ([`new`](TokioHost::new) works there, too.)
    ///
    /// ```
    /// # mod groundup { pub mod host { pub use groundup_io::*; } }
    /// use groundup::host::{Host, TokioHost};
    ///
    /// assert!(TokioHost::paused().jumps() && !TokioHost::new().jumps());
    /// ```
    pub fn paused() -> Self {
        TokioHost {
            paused: true,
            ..TokioHost::default()
        }
    }
}

impl Host for TokioHost {
    type Sleep = TokioSleep;

    fn now(&self) -> Duration {
        let now = TokioInstant::now();
        now - *self.beginning.get_or_init(|| now)
    }

    fn sleep(&self, duration: Duration) -> TokioSleep {
        tokio_sleep(duration)
    }

    fn jumps(&self) -> bool {
        self.paused
    }

    fn poll_freely(&self, cx: &mut Context<'_>, poll: &mut dyn FnMut(&mut Context<'_>)) {
        let once = poll_fn(|cx| {
            poll(cx);
            Poll::Ready(())
        });
        let polled = pin!(unconstrained(once)).poll(cx);
        debug_assert!(polled.is_ready());
    }
}
