//! Asks the system for events, and wakes the tasks that wait for them.
//!
//! The problem: the loop calls its driver at two kinds of moments. When it is idle, the driver
//! blocks until something happens. When it is busy, the driver must look without blocking, or a
//! task that always yields would starve every socket. One function, a *look*, serves an idle and a
//! busy loop, with different limits of time.
//!
//! ```text
//!   park(until)      may_block() ─ true ──> look, for as long as `until` allows
//!                         └─ false ───────> look, without blocking
//!   glance()         does a task wait? ───> look, without blocking
//! ```
//!
//! One look takes all events, and only then calls wakers. Most waiters are tasks of the loop without an
//! observer. A wake of such a task calls no other code, so the task becomes ready with its event, unless
//! a waker is still to be called before it. The tasks become ready in the order of the events. If a
//! chooser orders the steps of the loop, the events are first sorted by the numbers of their sources,
//! which the program determines and the system does not. So the same choices give the same order, if
//! the same events come in the same looks.
//!
//! Invariants:
//! 1. Events are taken under a borrow, and wakers are called after it.
//! 2. A look wakes the tasks that wait because the budget of their socket is spent. In their next
//!    step the socket fills its budget.
//! 3. A park is exact to the system's clock, and not to whole milliseconds (`precise.rs`).
//!
//! Read next: `sockets/socket.rs`, a socket as an id.

use std::io;
use std::mem;
use std::sync::Arc;
use std::time::Duration;
use std::vec;

use groundup_sync::executor::{Driver, Outside, Parked, ThreadPark};
use groundup_sync::task::{Scheduler, Unpark};
use mio::event::Event;
use mio::{Events, Token};

use super::Reactor;
use super::causes::Causes;
use super::precise;
use super::readiness::Way;
use super::source::{Source, WatchEvent};
#[cfg(unix)]
use crate::system::dispositions::interrupt;

/// The longest block of one look: a day, as in asyncio. A longer park returns early, and the loop
/// parks again.
const LONGEST: Duration = Duration::from_secs(86_400);

/// A shorter park blocks once, in the exact way (`precise.rs`). A longer park first blocks for whole
/// milliseconds, and then for the rest in the exact way.
const SHORT: Duration = Duration::from_millis(20);

impl Driver for Reactor {
    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn clock(&self) -> Option<&ThreadPark> {
        Some(&self.clock)
    }

    fn park(&self, until: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        // Speed: tcp_echo_1. A park without a deadline computes no time.
        match until {
            None => {
                let blocks = self.spent.borrow().is_empty() && may_block();
                self.look((!blocks).then_some(Duration::ZERO));
            }
            Some(until) => self.park_until(until, may_block),
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
        self.look_for_interrupt();
        let waits = self.waits.count() != 0;
        if waits {
            self.look(Some(Duration::ZERO));
        }
        waits
    }

    fn sources(&self) -> usize {
        self.waits.sources.len()
    }

    /// Wakes the waiters, whose next attempt gives an error, unless the loop has this driver again.
    fn replaced(&self) {
        self.waits.try_all();
        #[cfg(unix)]
        if self.interruptible.get() {
            let _ = self.handle_interrupts(false);
            interrupt::driver_replaced();
        }
    }
}

impl Reactor {
    /// Looks, and blocks until a deadline.
    #[inline(never)] // Speed: tcp_echo_1. Inlined, it makes `park` push more registers.
    fn park_until(&self, until: u64, may_block: &mut dyn FnMut() -> bool) {
        let wait = Duration::from_nanos(until.saturating_sub(self.now()));
        let blocks = !wait.is_zero() && self.spent.borrow().is_empty();
        if !blocks || !may_block() {
            self.look(Some(Duration::ZERO));
        } else if wait < SHORT {
            self.look_within(wait);
        } else {
            let whole = Duration::from_millis(wait.min(LONGEST).as_millis() as u64);
            // If there was no event, no message has come, since a message ends a park by an event. So
            // the second look may block without `may_block`.
            if !self.look(Some(whole)) {
                let left = until.saturating_sub(self.now());
                self.look_within(Duration::from_nanos(left).min(SHORT));
            }
        }
    }

    /// Looks, and blocks for at most `wait`, which is at most `SHORT`.
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
        if Scheduler::any_is_watched() {
            let current = Scheduler::current();
            if let Some(scheduler) = current.filter(|it| it.is_observed()) {
                return self.look_named(limit, &scheduler);
            }
        }
        let mut woken = Vec::new();
        let any = self.collect(limit, |source, bits| source.happens(bits, &mut woken));
        if !self.spent.borrow().is_empty() {
            self.take_spent(|source, way| source.take_waiters(way.bit(), &mut woken));
        }
        // Read before the wakers run. One of them may end the last watch, and an event of that watch,
        // which this look has taken, must still be counted down (`notify_watches`).
        let watched = self.watched.get() != 0;
        match woken.is_empty() {
            false => self.waits.wake(woken),
            true => mem::forget(woken), // Speed: tcp_echo_1. An empty list has no memory.
        }
        if watched {
            self.notify_watches();
        }
        self.look_for_interrupt();
        any
    }

    /// Does what `look` does, and names the cause of each wake, for a trace.
    #[cold]
    fn look_named(&self, limit: Option<Duration>, scheduler: &Scheduler) -> bool {
        let mut woken = Causes::default();
        let any = self.collect(limit, |source, bits| source.happens_named(bits, &mut woken));
        self.take_spent(|source, way| source.take_named(way, &mut woken));
        self.waits.count_down(woken.len());
        let watched = self.watched.get() != 0;
        woken.wake(scheduler);
        if watched {
            self.notify_watches();
        }
        self.look_for_interrupt();
        any
    }

    /// Calls `take` with each way whose budget was spent, and its source.
    #[cold]
    fn take_spent(&self, mut take: impl FnMut(&Source, Way)) {
        for (id, way) in self.spent.take() {
            self.waits
                .sources
                .with(&id, |source: &Source| take(source, way));
        }
    }

    /// Calls the functions of the watched descriptors that had an event.
    #[cold]
    fn notify_watches(&self) {
        let notified = self.notified.take();
        self.waits.count_down(notified.len());
        for notify in notified {
            notify(WatchEvent::Ready);
        }
    }

    /// Looks for Ctrl-C, if a run of the loop handles it.
    #[inline]
    fn look_for_interrupt(&self) {
        #[cfg(unix)]
        if self.interruptible.get() {
            interrupt::look();
        }
    }

    /// Asks the system for events, and calls `happens` with the source and the bits of each; `happens`
    /// returns true if the function of a watched descriptor is to be called. `collect` returns true if
    /// there was any event.
    #[inline]
    fn collect(
        &self,
        limit: Option<Duration>,
        mut happens: impl FnMut(&Source, u8) -> bool,
    ) -> bool {
        let mut events = self.events.borrow_mut();
        match self.poll.borrow_mut().poll(&mut events, limit) {
            Ok(()) => {}
            // A signal: the loop looks around, as after any wake.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return true,
            Err(error) => panic!("the system gives no events: {error}"),
        }
        let mut unsorted = events.iter();
        let mut sorted = Scheduler::chooses_here().then(|| in_order_of_sources(&events));
        // Speed: tcp_echo_64, tcp_echo_1. There is one call of `happens`, so it is inlined.
        loop {
            let next = match &mut sorted {
                None => unsorted.next().map(|of| (of.token(), bits_of(of))),
                Some(sorted) => sorted
                    .next()
                    .map(|(token, bits)| (Token(token as usize), bits as u8)),
            };
            let Some((token, bits)) = next else { break };
            // The tokens (of `mio`) of `unpark` and of an interrupt have no source.
            let happens = |source: &Source| happens(source, bits);
            if self.waits.sources.with_token(token, happens) == Some(true) {
                self.note_watch(token);
            }
        }
        !events.is_empty()
    }

    /// Notes that the function of a watched descriptor is to be called after the look.
    #[cold]
    fn note_watch(&self, token: Token) {
        let watch = self.waits.sources.with_token(token, Source::watch);
        self.notified.borrow_mut().extend(watch.flatten());
    }
}

/// Returns the tokens and bits of events, in the order of the numbers of their sources.
#[cold]
fn in_order_of_sources(events: &Events) -> vec::IntoIter<(u64, u64)> {
    let mut sorted = Vec::new();
    for event in events {
        sorted.push((event.token().0 as u64, bits_of(event).into()));
    }
    sorted.sort_unstable(); // floor 3 has the code that sorts such pairs
    sorted.into_iter()
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
