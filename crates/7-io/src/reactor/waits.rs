//! The sources of one reactor or network, and who waits for them.
//!
//! The problem: a socket of the system waits in a reactor, and a socket in memory in a network. Both
//! have a table of sources, whose events wake the futures that wait. Only the events come from
//! different places. So the table and its waits are written once, here.
//!
//! ```text
//!   Reactor       ── events of the system ──┐
//!                                           ├──> Waits: sources, waiters ──> wakers
//!   a network     ── packets that arrive ───┘
//! ```
//!
//! Invariants:
//! 1. A number is given to one reactor or network of the process, and one bit of it tells which of
//!    the two it is.
//! 2. The count of waiters is exact. So a busy loop without waits asks the system nothing.
//!
//! Read next: `reactor/watch.rs`.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;

use groundup_sync::executor::try_iteration;
use groundup_sync::task::{Address, Scheduler, StoredWaker};

use super::about::{About, Origin};
use super::readiness::{Readiness, Way};
use super::source::{Causes, Source};
use super::sources::{IN_MEMORY, SourceId, Sources};
use super::waiters::Key;

/// The sources of one reactor or network, and the number of their waiters.
pub(crate) struct Waits {
    /// Identifies the reactor or the network in the process.
    number: u64,
    pub(super) sources: Sources,
    /// Number of waiters in all sources.
    waiting: Cell<usize>,
    /// Last number that was given to a future.
    keys: Cell<u64>,
}

/// The result of [`Waits::wait_plain`].
pub(crate) enum Waited {
    /// The future waits.
    Yes,
    /// The waker of the future is not a ticket, or another future waits for this way.
    Rare,
    /// There is no such source.
    Gone,
}

impl Waits {
    pub(super) fn of_reactor() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Waits {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            sources: Sources::default(),
            waiting: Cell::new(0),
            keys: Cell::new(0),
        }
    }

    /// Makes the table of a network in memory.
    pub(crate) fn of_network() -> Self {
        let waits = Waits::of_reactor();
        let number = waits.number | IN_MEMORY;
        Waits { number, ..waits }
    }

    /// Returns the number of the reactor or network.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Returns true if `id` is the id of a source of this table, now or before.
    pub(crate) fn has(&self, id: &SourceId) -> bool {
        id.reactor() == self.number
    }

    /// Adds a source. It is ready both ways: the first attempt finds out.
    pub(crate) fn insert(&self, about: About, address: Address) -> (SourceId, Arc<Readiness>) {
        let (source, readiness) = Source::ready(about);
        (self.add(source, address), readiness)
    }

    pub(super) fn add(&self, source: Source, address: Address) -> SourceId {
        self.sources.insert(source, self.number, address)
    }

    /// Removes a source whose socket is closed, or about to be.
    pub(crate) fn forget(&self, id: &SourceId) {
        if let Some(source) = self.sources.remove(id) {
            self.count_down(source.waiters());
        }
    }

    /// Lets the future with this key wait, if its waker is a ticket and no other waits for this way. Calls
    /// no code of the user's: it runs while its table is borrowed.
    // It is used twice, in memory and on the system.
    #[inline(always)]
    pub(crate) fn wait_plain(
        &self,
        id: &SourceId,
        way: Way,
        key: &mut Key,
        cx: &Context<'_>,
    ) -> Waited {
        let Some(ticket) = Scheduler::any_ticket_in(cx) else {
            return Waited::Rare;
        };
        let waited = self.sources.with(id, |source| {
            match source.wait_first(way, self.numbered(key), ticket, cx) {
                Some(is_new) => self.waiting.set(self.waiting.get() + usize::from(is_new)),
                None => return Waited::Rare,
            }
            source.say_reason(way, cx);
            Waited::Yes
        });
        waited.unwrap_or(Waited::Gone)
    }

    /// Stores the waker of a future that waits, after an attempt.
    pub(crate) fn wait(&self, id: &SourceId, way: Way, key: &mut Key, cx: &Context<'_>) {
        let Some(source) = self.sources.get(id) else {
            return;
        };
        let key = self.numbered(key);
        if !source.renew(way, key, cx) {
            if key == Key::Poll {
                let swept = source.sweep(way, try_iteration().unwrap_or(0));
                self.wake(swept);
            }
            if source.wait(way, key, self.next_number(), cx) {
                self.waiting.set(self.waiting.get() + 1);
            }
        }
        source.say_reason(way, cx);
    }

    /// Makes a way of a source ready, and wakes the futures that wait for it.
    #[cold]
    pub(crate) fn try_again(&self, id: &SourceId, way: Way) {
        if let Some(source) = self.sources.get(id) {
            source.make_ready(way);
            self.wake_all(&source, way);
        }
    }

    /// Wakes all waiters: each attempts again, and then waits again if the sources are still those of its
    /// loop.
    pub(super) fn try_all(&self) {
        let mut woken = Vec::new();
        for source in self.sources.all() {
            if !source.is_watched() {
                source.take_waiters(Way::BOTH, &mut woken);
            }
        }
        self.wake(woken);
    }

    /// Wakes the futures that wait for a way. Those that still do wait again.
    #[cold]
    fn wake_all(&self, source: &Source, way: Way) {
        let mut woken = Vec::new();
        source.take_waiters(way.bit(), &mut woken);
        self.wake(woken);
    }

    /// Wakes futures that are not among the waiters any more.
    fn wake(&self, woken: Vec<StoredWaker>) {
        self.count_down(woken.len());
        woken.into_iter().for_each(StoredWaker::wake);
    }

    #[inline]
    fn next_number(&self) -> u64 {
        self.keys.set(self.keys.get() + 1);
        self.keys.get()
    }

    /// Gives a key a number, if it is new.
    #[inline]
    fn numbered(&self, key: &mut Key) -> Key {
        if *key == Key::New {
            *key = Key::Numbered(self.next_number());
        }
        *key
    }

    /// Removes the waker of a future that does not wait any more.
    pub(crate) fn leave(&self, id: &SourceId, way: Way, key: Key) {
        if let Some(source) = self.sources.get(id) {
            let left = source.leave(way, key);
            self.count_down(usize::from(left.is_some()));
        }
    }

    /// Adds the bits of an event to the readiness of a source in memory, and moves the wakers of the
    /// futures that waited for it to `woken`.
    pub(crate) fn happens(&self, id: &SourceId, bits: u8, woken: &mut Vec<StoredWaker>) {
        let before = woken.len();
        let happens = |source: &Source| source.happens(bits, woken);
        self.sources.with(id, happens);
        self.count_down(woken.len() - before);
    }

    /// Does what [`happens`](Waits::happens) does, and names the causes, for a trace.
    #[cold]
    pub(crate) fn happens_named(&self, id: &SourceId, bits: u8, woken: &mut Causes) {
        let before = woken.len();
        let happens = |source: &Source| source.happens_named(bits, woken);
        self.sources.with(id, happens);
        self.count_down(woken.len() - before);
    }

    /// Notes whether the connection of a source is still to come.
    pub(crate) fn set_connects(&self, id: &SourceId, connects: bool) {
        if let Some(source) = self.sources.get(id) {
            source.set_connects(connects);
        }
    }

    /// Notes how and where the program got the socket of a source.
    pub(crate) fn set_origin(&self, id: &SourceId, origin: Origin) {
        self.sources.with(id, |source| source.set_origin(origin));
    }

    /// Removes all sources, and wakes their waiters, whose next attempt gives an error.
    pub(crate) fn end(&self) {
        let mut woken = Vec::new();
        for source in self.sources.take_all() {
            source.take_waiters(Way::BOTH, &mut woken);
        }
        self.waiting.set(0);
        for waker in woken {
            waker.wake();
        }
    }

    /// Returns the number of waiters.
    #[inline]
    pub(crate) fn count(&self) -> usize {
        self.waiting.get()
    }

    pub(super) fn count_up(&self) {
        self.waiting.set(self.waiting.get() + 1);
    }

    #[inline]
    pub(super) fn count_down(&self, waiters: usize) {
        self.waiting.set(self.waiting.get() - waiters);
    }
}
