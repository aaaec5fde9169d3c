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
use groundup_sync::task::{Address, StoredWaker};

use super::about::{About, Origin};
use super::causes::Causes;
use super::first_waiter::WaiterCount;
use super::readiness::{Readiness, Way};
use super::source::{Source, WatchEvent};
use super::sources::{IN_MEMORY, SourceId, Sources};
use super::waiters::Key;

/// The sources of one reactor or network, and the number of their waiters.
pub(crate) struct Waits {
    /// Identifies the reactor or the network in the process.
    number: u64,
    pub(super) sources: Sources,
    /// Number of waiters in all sources.
    pub(super) waiting: WaiterCount,
    /// Last number that was given to a future.
    keys: Cell<u64>,
}

impl Waits {
    pub(super) fn of_reactor() -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        Waits {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            sources: Sources::default(),
            waiting: WaiterCount::default(),
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
        let (source, readiness) = Source::ready(about, &self.waiting);
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

    /// Lets the future with this key wait, after an attempt. Returns false if there is no such source.
    pub(crate) fn wait(&self, id: &SourceId, way: Way, key: &mut Key, cx: &Context<'_>) -> bool {
        let Some(source) = self.sources.get(id) else {
            return false;
        };
        let key = self.numbered(key);
        if !source.renew(way, key, cx) {
            if key == Key::Poll {
                let swept = source.sweep(way, try_iteration().unwrap_or(0));
                self.wake(swept);
            }
            if source.wait(way, key, self.next_number(), cx) {
                self.count_up();
            }
        }
        source.say_reason(way, cx);
        true
    }

    /// Makes both ways of a source ready, and wakes the futures that wait for them.
    #[cold]
    pub(crate) fn try_again(&self, id: &SourceId) {
        if let Some(source) = self.sources.get(id) {
            source.forget_readiness();
            self.wake_all(&source);
        }
    }

    /// Wakes all waiters: each attempts again, and then waits again if the sources are still those of its
    /// loop. Tells the watched descriptors.
    pub(super) fn try_all(&self) {
        let (mut woken, mut watches) = (Vec::new(), Vec::new());
        for source in self.sources.all() {
            match source.watch() {
                Some(watch) => watches.push(watch),
                None => source.end_waits(&mut woken),
            }
        }
        self.wake(woken);
        watches
            .into_iter()
            .for_each(|watch| watch(WatchEvent::Lost));
    }

    /// Wakes the futures that wait for a source. Those that still do wait again.
    #[cold]
    fn wake_all(&self, source: &Source) {
        let mut woken = Vec::new();
        source.take_waiters(Way::BOTH, &mut woken);
        self.wake(woken);
    }

    /// Wakes futures that are not among the waiters any more.
    #[cold]
    pub(super) fn wake(&self, woken: Vec<StoredWaker>) {
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
            source.end_waits(&mut woken);
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
