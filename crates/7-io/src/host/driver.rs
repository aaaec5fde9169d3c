//! The driver of a guest: the host's clock, and the host's waker.
//!
//! The problem: a loop unparks its driver from any thread, and a guest does not park. So the function
//! that unparks calls the waker of the host's task. The host may poll with another waker each time,
//! so the waker stands in a place that both threads reach.
//!
//! ```text
//!   poll ── register(waker) ──> place ── take ──<── unpark(), on any thread ──> waker.wake()
//! ```
//!
//! Invariants:
//! 1. No waker is cloned, called or dropped while the place is locked.
//! 2. The loop's time begins when the host polls it first, since a host's clock may be there only
//!    then.
//! 3. A run that would park the thread panics, and does not hang.
//!
//! Read next: `host/guest.rs`.

use std::cell::Cell;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;

use groundup_sync::executor::{Driver, Outside, Parked};
use groundup_sync::task::Unpark;

use super::Host;

/// The waker with which the host has polled last.
#[derive(Default)]
struct WakerPlace(Mutex<Option<Waker>>);

impl WakerPlace {
    fn lock(&self) -> MutexGuard<'_, Option<Waker>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a waker in place of the one before.
    fn register(&self, waker: &Waker) {
        if matches!(&*self.lock(), Some(kept) if kept.will_wake(waker)) {
            return;
        }
        let waker = waker.clone();
        let before = self.lock().replace(waker);
        drop(before); // not under the lock
    }

    /// Calls the waker, once for each time it is registered.
    fn wake(&self) {
        let waker = self.lock().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

/// The outside of a loop that is a guest.
pub(super) struct GuestDriver<H> {
    host: H,
    /// The host's time at the first poll.
    beginning: Cell<Option<Duration>>,
    waker: Arc<WakerPlace>,
}

impl<H: Host> GuestDriver<H> {
    pub(super) fn new(host: H) -> Self {
        GuestDriver {
            host,
            beginning: Cell::new(None),
            waker: Arc::default(),
        }
    }

    pub(super) fn host(&self) -> &H {
        &self.host
    }

    /// Prepares a poll by the host.
    pub(super) fn begin_poll(&self, waker: &Waker) {
        if self.beginning.get().is_none() {
            self.beginning.set(Some(self.host.now()));
        }
        self.waker.register(waker);
    }
}

impl<H: Host> Driver for GuestDriver<H> {
    fn now(&self) -> u64 {
        let Some(beginning) = self.beginning.get() else {
            return 0;
        };
        let passed = self.host.now().saturating_sub(beginning);
        u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX)
    }

    fn park(&self, _: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        if may_block() {
            panic!(
                "this event loop is the guest of a host, which parks for both: await Guest::run in \
                 the host, in place of a run that would block its thread"
            );
        }
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        let waker = self.waker.clone();
        Arc::new(move || waker.wake())
    }

    fn block(&self, duration: Duration) {
        self.host.block(duration);
    }

    fn jumps(&self) -> bool {
        self.host.jumps()
    }
}
