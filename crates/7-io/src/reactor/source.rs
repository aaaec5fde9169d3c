//! The readiness of one socket, and the tasks that wait for it.
//!
//! The problem: the system reports that a socket *became* readable, once, and not that it *is*
//! readable. A report that is lost makes a task wait for ever, and a question to the system before
//! each attempt costs a call. So the source remembers the last report, and forgets it only when an
//! attempt has shown that it is out of date.
//!
//! ```text
//!                    1 an event
//!      not ready ──────────────────> ready        a new source is ready, both ways: the first
//!       │     ^                        │           attempt finds out
//!       │     └────────────────────────┘
//!       │        2 an attempt would block
//!       │        3 it got less than it could take, and the way is not closed
//!       │
//!       └── 4 a future waits: an event wakes it, and it attempts again
//! ```
//!
//! Move 3 saves a call: a read of 100 bytes into room for 1,000 has emptied the socket. But if the
//! peer has closed its side, the end of the data was reported with the data, in one event, and no
//! further event will come. So move 3 is not made then: the next attempt reads the end.
//!
//! An error of an attempt, such as a reset, changes nothing: the next attempt gives an error or the
//! end, too, and no task waits for an event that does not come.
//!
//! A peer that always has data would keep its task in a loop of reads for ever. So a source is
//! served at most [`MOST`] times between two looks. Its task then waits for the next look.
//!
//! Invariants:
//! 1. A future waits only after an attempt would have blocked, or when the source is served out.
//! 2. An event of a way wakes every future that waits for this way. Each attempts again.
//! 3. A future that is dropped leaves no waker.
//! 4. The bit of a way that says that futures wait is set while there are any.
//! 5. No waker is cloned, called or dropped while the waiters are borrowed.
//!
//! Read next: `reactor/look.rs`, where events come from.

use std::cell::{Cell, OnceCell, RefCell};
use std::task::Context;

use groundup_sync::task::{Reason, ReasonEntry, Scheduler, StoredWaker, Ticket};
use groundup_sync::trace::Wait;

use super::about::About;

/// Number of operations of one source between two looks.
pub(super) const MOST: u64 = 128;

/// A short read or write shows that the socket is empty or full. Windows gives no such promise.
const SHORT_IS_DRAINED: bool = cfg!(unix);

/// One of the two ways of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Data that comes in, and connections.
    Read,
    /// Data that goes out, and the end of a connect.
    Write,
}

impl Way {
    /// The bits of both ways.
    pub(super) const BOTH: u8 = Way::Read.bit() | Way::Write.bit();

    /// Returns the bit of a readiness that says that the way is ready.
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Returns the bit that says that nothing more will come, or go.
    pub(super) const fn closed_bit(self) -> u8 {
        4 << self as u8
    }

    /// Returns the bit that says that a future waits.
    const fn waits_bit(self) -> u8 {
        16 << self as u8
    }
}

/// The value of an attempt.
pub(crate) enum Attempt<T> {
    /// There may be more.
    Full(T),
    /// The attempt could have taken more.
    Short(T),
}

/// Identifies a future among the waiters of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

impl Key {
    /// The key of a future that has not waited yet. It gets a number when it waits.
    pub(crate) const NEW: Key = Key(0);
    /// The key of all callers of `poll_read`, or of `poll_write`: the last one is woken.
    pub(crate) const LAST_POLL: Key = Key(u64::MAX);

    pub(super) fn numbered(number: u64) -> Key {
        Key(number)
    }
}

/// The futures that wait for one way, the oldest first. Most sockets have one reader and one writer,
/// so the first stands apart.
#[derive(Default)]
struct Waiters {
    first: Option<(Key, StoredWaker)>,
    /// Empty if there is no first.
    more: Vec<(Key, StoredWaker)>,
}

impl Waiters {
    fn find(&mut self, key: Key) -> Option<&mut StoredWaker> {
        let mut all = self.first.iter_mut().chain(&mut self.more);
        all.find(|(of, _)| *of == key).map(|(_, waker)| waker)
    }

    fn push(&mut self, key: Key, waker: StoredWaker) {
        match self.first {
            None => self.first = Some((key, waker)),
            Some(_) => self.more.push((key, waker)),
        }
    }

    fn remove(&mut self, key: Key) -> Option<StoredWaker> {
        let is_key = |(of, _): &mut (Key, StoredWaker)| *of == key;
        if let Some((_, waker)) = self.first.take_if(is_key) {
            if !self.more.is_empty() {
                self.first = Some(self.more.remove(0));
            }
            return Some(waker);
        }
        let at = self.more.iter().position(|(of, _)| *of == key)?;
        Some(self.more.remove(at).1)
    }
}

/// The reactor's entry of one socket.
pub(crate) struct Source {
    about: About,
    /// The bits of [`Way`]: the readiness, and whether futures wait.
    bits: Cell<u8>,
    /// The number of a look, and in the lowest byte the number of operations since.
    served: Cell<u64>,
    waiters: [RefCell<Waiters>; 2],
    reasons: [OnceCell<ReasonEntry>; 2],
}

impl Source {
    pub(super) fn new(about: About) -> Self {
        Source {
            about,
            bits: Cell::new(Way::BOTH),
            served: Cell::new(0),
            waiters: Default::default(),
            reasons: Default::default(),
        }
    }

    #[inline]
    pub(super) fn is_ready(&self, way: Way) -> bool {
        self.bits.get() & way.bit() != 0
    }

    /// Adds the bits of an event, and moves the wakers of the futures that waited for it to `woken`.
    #[inline]
    pub(super) fn happens(&self, bits: u8, woken: &mut Vec<StoredWaker>) {
        self.bits.set(self.bits.get() | bits);
        self.take_waiters(bits, woken);
    }

    /// Counts an operation, unless the source is served out since the look of this number.
    #[inline]
    pub(super) fn serve(&self, look: u64) -> bool {
        let (look, mut served) = (look << 8, self.served.get());
        if served < look {
            served = look;
        }
        let serves = served - look < MOST;
        self.served.set(served + u64::from(serves));
        serves
    }

    /// An attempt would have blocked.
    pub(super) fn would_block(&self, way: Way) {
        self.bits.set(self.bits.get() & !way.bit());
    }

    /// An attempt got less than it could take.
    #[inline]
    pub(super) fn is_drained(&self, way: Way) {
        if SHORT_IS_DRAINED && self.bits.get() & way.closed_bit() == 0 {
            self.would_block(way);
        }
    }

    /// Stores a ticket for the future with this key, and returns true, if the future does not wait.
    #[inline]
    pub(super) fn wait_plain(&self, way: Way, key: Key, ticket: Ticket) -> bool {
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let is_new = waiters.first.is_none() || waiters.find(key).is_none();
        if is_new {
            waiters.push(key, ticket.into());
            self.bits.set(self.bits.get() | way.waits_bit());
        }
        is_new
    }

    /// Makes the stored waker of a future wake the future, and returns true, if that takes no clone.
    pub(super) fn renew(&self, way: Way, key: Key, cx: &Context<'_>) -> bool {
        let mut waiters = self.waiters[way as usize].borrow_mut();
        waiters.find(key).is_some_and(|stored| stored.renew(cx))
    }

    /// Stores the waker of the future with this key. Returns true if the future did not wait before.
    pub(super) fn wait(&self, way: Way, key: Key, cx: &Context<'_>) -> bool {
        if self.renew(way, key, cx) {
            return false;
        }
        let waker = StoredWaker::of(cx); // may clone the waker of another executor
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let before = match waiters.find(key) {
            Some(stored) => Some(std::mem::replace(stored, waker)),
            None => {
                waiters.push(key, waker);
                self.bits.set(self.bits.get() | way.waits_bit());
                None
            }
        };
        drop(waiters);
        before.is_none()
    }

    /// Removes the waker of the future with this key, for the caller to drop.
    #[inline]
    pub(super) fn leave(&self, way: Way, key: Key) -> Option<StoredWaker> {
        if self.bits.get() & way.waits_bit() == 0 {
            return None;
        }
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let left = waiters.remove(key);
        if waiters.first.is_none() {
            self.bits.set(self.bits.get() & !way.waits_bit());
        }
        left
    }

    /// Moves the wakers of the ways of these bits to `woken`.
    #[inline]
    pub(super) fn take_waiters(&self, bits: u8, woken: &mut Vec<StoredWaker>) {
        // The bits of the ways for which futures wait, at the places of the bits of the ways.
        let waited = bits & (self.bits.get() / Way::Read.waits_bit());
        for way in [Way::Read, Way::Write] {
            if waited & way.bit() != 0 {
                self.bits.set(self.bits.get() & !way.waits_bit());
                let mut waiters = self.waiters[way as usize].borrow_mut();
                if let Some((_, waker)) = waiters.first.take() {
                    woken.push(waker);
                }
                if !waiters.more.is_empty() {
                    woken.extend(waiters.more.drain(..).map(|(_, waker)| waker));
                }
            }
        }
    }

    /// Returns the number of the waiters.
    pub(super) fn waiters(&self) -> usize {
        let count = |waiters: &RefCell<Waiters>| {
            let waiters = waiters.borrow();
            usize::from(waiters.first.is_some()) + waiters.more.len()
        };
        self.waiters.iter().map(count).sum()
    }

    /// Stores the reason of the task's wait, for reports and traces.
    pub(super) fn say_reason(&self, way: Way, cx: &Context<'_>) {
        let reason = &self.reasons[way as usize];
        if reason.get().is_none()
            && let Some(scheduler) = Scheduler::current()
        {
            let what = Wait::Other(self.about.waits_for(way).into());
            let _ = reason.set(ReasonEntry::new(&scheduler, what));
        }
        if let Some(entry) = reason.get() {
            entry.scheduler().waits_for(cx, Reason::Entry(entry));
        }
    }
}
