//! smol as the host, and every executor beside `async-io`.
//!
//! The problem: smol is a bundle of crates. Its timers and sockets are those of `async-io`, which has
//! a thread of its own, so they wake a guest under any executor.
//!
//! Invariant: none beyond those of `host.rs`.
//!
//! Read next: `web.rs`.

use std::fmt;
use std::time::Duration;

use async_io::Timer;
use groundup_sync::executor::{Driver, ThreadPark};

use super::Host;

/// smol as the [`Host`] of a guest: `smol::block_on`, a `LocalExecutor`, or any other executor whose
/// timers are those of `async-io`.
///
/// ```
/// # mod groundup { pub mod host { pub use groundup_io::*; } pub use groundup_io::executor::*; }
/// use std::time::Duration;
///
/// use groundup::host::{SmolHost, run_in};
/// use groundup::{sleep, spawn};
///
/// let word = async_io::block_on(run_in(SmolHost::new(), async {
///     spawn(async {
///         sleep(Duration::from_millis(2)).await;
///         "slept"
///     })
///     .await
///     .unwrap()
/// }));
/// assert_eq!(word, "slept");
/// ```
pub struct SmolHost {
    clock: ThreadPark,
}

impl SmolHost {
    /// Makes a host for a guest of this thread.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        SmolHost {
            clock: ThreadPark::new(),
        }
    }
}

impl Host for SmolHost {
    type Sleep = Timer;

    fn now(&self) -> Duration {
        Duration::from_nanos(self.clock.now())
    }

    fn sleep(&self, duration: Duration) -> Timer {
        Timer::after(duration)
    }
}

impl fmt::Debug for SmolHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmolHost")
    }
}
