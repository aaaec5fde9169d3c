//! Asks the system for events, and wakes the tasks that wait for them.
//!
//! The problem: the loop calls its driver at two kinds of moments. When it is idle, the driver
//! blocks until something happens. When it is busy, the driver must look without blocking, or a
//! task that always yields would starve every socket. Both are one function here, a *look*, with
//! another limit of time.
//!
//! ```text
//!   park(until)      may_block() ─ true ──> look, for as long as `until` allows
//!                         └─ false ───────> look, without blocking
//!   glance()         does a task wait? ───> look, without blocking
//! ```
//!
//! One look takes all events, and only then wakes. The tasks become ready in the order of the
//! events. If a chooser orders the steps of the loop, the events are first sorted by the numbers of
//! their sources, which the program determines and the system does not. So the same choices give
//! the same order, if the same events come in the same looks.
//!
//! Invariants:
//! 1. Events are taken under a borrow, and wakers are called after it.
//! 2. A look wakes the tasks of the sockets whose budget was spent, which may then fill it.
//! 3. A park is exact to the system's clock, and not to whole milliseconds (`precise.rs`).
//!
//! Read next: `sockets/socket.rs`, a socket as a number.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use groundup_sync::executor::{Driver, Outside, Parked};
use groundup_sync::task::{Scheduler, StoredWaker, Unpark};
use mio::event::Event;

use super::Reactor;
use super::precise;
use super::readiness::Way;
use super::source::Source;

/// A longer park takes several looks, as asyncio's does: a day.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A shorter park is exact from its beginning. A longer one first waits for whole milliseconds.
const SHORT: Duration = Duration::from_millis(20);

impl Driver for Reactor {
    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn park(&self, until: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        let wait = until.map(|until| Duration::from_nanos(until.saturating_sub(self.now())));
        let blocks = wait != Some(Duration::ZERO) && self.spent.borrow().is_empty();
        if !blocks || !may_block() {
            self.look(Some(Duration::ZERO));
            return Parked::Awake;
        }
        match wait {
            None => drop(self.look(None)),
            Some(wait) if wait < SHORT => self.look_within(wait),
            Some(wait) => {
                let whole = Duration::from_millis(wait.min(LONGEST).as_millis() as u64);
                // No message has come, and the first one is an event: a second look may block.
                if !self.look(Some(whole)) {
                    let left = until.map_or(0, |until| until.saturating_sub(self.now()));
                    self.look_within(Duration::from_nanos(left).min(SHORT));
                }
            }
        }
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        let unparker = self.unparker.clone();
        // It fails only if the reactor is gone, and then no loop is parked in it.
        Arc::new(move || drop(unparker.wake()))
    }

    fn block(&self, duration: Duration) {
        self.clock.block(duration);
    }

    fn glance(&self) -> bool {
        let waits = self.waits.count() != 0;
        if waits {
            self.look(Some(Duration::ZERO));
        }
        waits
    }
}

impl Reactor {
    /// Looks, and blocks for at most `wait`, which is less than some milliseconds.
    fn look_within(&self, wait: Duration) {
        if wait.is_zero() {
            return;
        }
        if cfg!(unix) {
            precise::block(&self.registry, wait);
            self.look(Some(Duration::ZERO));
        } else {
            self.look(Some(wait));
        }
    }

    /// Takes the events of the system, after blocking for at most `limit`, and wakes their tasks.
    /// Returns true if there was any event.
    fn look(&self, limit: Option<Duration>) -> bool {
        self.looks.set(self.looks.get() + 1);
        let mut woken = self.woken.take();
        let any = self.collect(limit, &mut woken);
        for (id, way) in self.spent.take() {
            let wake = |source: &Source| source.take_waiters(way.bit(), &mut woken);
            self.waits.sources.with(&id, wake);
        }
        self.waits.count_down(woken.len());
        for waker in woken.drain(..) {
            waker.wake();
        }
        self.woken.set(woken);
        any
    }

    /// Asks the system for events, and moves the wakers of their sources to `woken`. Returns true if
    /// there was any event.
    fn collect(&self, limit: Option<Duration>, woken: &mut Vec<StoredWaker>) -> bool {
        let mut events = self.events.borrow_mut();
        match self.poll.borrow_mut().poll(&mut events, limit) {
            Ok(()) => {}
            // A signal: the loop looks around, as after any wake.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(error) => panic!("the system gives no events: {error}"),
        }
        let mut take = |token, bits| {
            // The token of `unpark` has no source.
            self.waits
                .sources
                .with_token(token, |source| source.happens(bits, woken));
        };
        if Scheduler::current().is_some_and(|scheduler| scheduler.has_chooser()) {
            let mut sorted: Vec<_> = events.iter().map(|of| (of.token(), bits_of(of))).collect();
            sorted.sort_unstable();
            sorted
                .into_iter()
                .for_each(|(token, bits)| take(token, bits));
        } else {
            events.iter().for_each(|of| take(of.token(), bits_of(of)));
        }
        !events.is_empty()
    }
}

/// Returns what an event says, as bits of a readiness.
fn bits_of(event: &Event) -> u8 {
    let closed = [
        (Way::Read, event.is_read_closed()),
        (Way::Write, event.is_write_closed()),
    ];
    let mut bits = 0;
    for (way, is_closed) in closed {
        let ready = match way {
            Way::Read => event.is_readable(),
            Way::Write => event.is_writable(),
        };
        if ready || is_closed || event.is_error() {
            bits |= way.bit();
        }
        if is_closed {
            bits |= way.closed_bit();
        }
    }
    bits
}
