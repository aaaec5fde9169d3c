//! The readiness of a socket: what the system has reported last.
//!
//! The problem: the system reports that a socket *became* readable, once, and not that it *is*
//! readable. A report that is lost makes a task wait for ever, and a question to the system before
//! each attempt costs a call. So the socket remembers the last report, and forgets it only when an
//! attempt has shown that it is out of date.
//!
//! ```text
//!                    1 an event
//!      not ready ──────────────────> ready        a new socket is ready, both ways: the first
//!       │     ^                        │           attempt finds out
//!       │     └────────────────────────┘
//!       │        2 an attempt would block
//!       │        3 an attempt got less than it could take, and the way is not closed
//!       │
//!       └── 4 a future waits: an event wakes it, and it attempts again
//! ```
//!
//! Move 3 saves a call: a read of 100 bytes into room for 1,000 has emptied the socket. But if the
//! peer has closed its side, the end of the data was reported with the data, in one event, and no
//! further event will come. So move 3 is not made for a closed way: the next attempt reads the end.
//!
//! An error of an attempt, such as a reset, changes nothing: the next attempt gives an error or the
//! end, too, and no task waits for an event that does not come.
//!
//! A peer that always has data would keep its task in a loop of reads for ever. So a socket has a
//! budget of [`BUDGET`] operations. When the budget is spent, the socket fills it again if the
//! reactor has looked since the last filling. If not, its task waits for the next look. So at most
//! 128 operations lie between two looks: the rest of one budget, and a second budget.
//!
//! The socket and its *source*, its entry in the reactor, share the readiness and the place of the task
//! that waits first. So an attempt and nearly every wait need no table. All changes happen on the thread
//! of the loop, with one exception. A future of the socket may be polled on another thread with a waker
//! of the loop. The check that the socket is in its loop looks at this waker only, so the poll makes its
//! attempt there, and changes the readiness. A store of the other thread may undo one of the loop. Then
//! `Socket::used_elsewhere` makes the loop try again, both ways, also for the end of the data. The bits of
//! the futures that wait are in a byte of their own, which the loop alone changes. So none of them is lost.
//! The readiness is atomic because of that, and because a socket can be sent. A relaxed access costs no
//! more than any other.
//!
//! Invariants:
//! 1. A future waits only while its way is not ready, or when the budget is spent.
//! 2. The bit of a way that says that futures wait is set while there are any. No other thread clears it.
//!
//! Read next: `reactor/look.rs`, where events come from.

use std::io;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::task::Context;

use super::first_waiter::{FirstWaiter, WaiterCount};

/// Number of operations after which a socket asks whether the reactor has looked.
const BUDGET: u8 = 64;

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
    pub(crate) const BOTH: u8 = Way::Read.bit() | Way::Write.bit();

    /// Returns the bit of a readiness that says that the way is ready.
    pub(crate) const fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Returns the bit that says that nothing more will come, or go.
    pub(crate) const fn closed_bit(self) -> u8 {
        4 << self as u8
    }

    /// Returns the bit of the waits that says that the list of the source has futures. That of the way
    /// says that any future waits.
    const fn listed_bit(self) -> u8 {
        4 << self as u8
    }
}

/// The value of an attempt.
pub(crate) enum Attempt<T> {
    /// There may be more.
    Full(T),
    /// The attempt could have taken more.
    Short(T),
}

/// The readiness of a socket, its budget, and the tasks that wait first.
#[derive(Debug)]
pub(crate) struct Readiness {
    /// What can be done: the bits of [`Way`]. A poll on another thread may change them.
    bits: AtomicU8,
    /// For which ways futures wait, and where. The loop alone changes them.
    waits: AtomicU8,
    /// Number of operations until the budget is spent.
    budget: AtomicU8,
    first: [FirstWaiter; 2],
    /// The waiters of the reactor or network of the socket.
    waiters: WaiterCount,
}

impl Readiness {
    pub(super) fn new(waiters: &WaiterCount) -> Self {
        Readiness {
            bits: AtomicU8::new(Way::BOTH),
            waits: AtomicU8::new(0),
            budget: AtomicU8::new(BUDGET),
            first: Default::default(),
            waiters: waiters.clone(),
        }
    }

    /// Lets the running task, which calls `poll_read` or `poll_write`, wait in the socket itself.
    /// Returns false if it must wait in the list of the source.
    // Speed: tcp_echo_64, tcp_echo_1. The plain version is `Waits::wait`, which every other wait takes.
    #[inline(always)]
    pub(crate) fn wait_here(&self, way: Way, cx: &Context<'_>) -> bool {
        let first = &self.first[way as usize];
        let Some(is_new) = first.wait(self.has_waits(way.bit()), cx) else {
            return false;
        };
        if is_new {
            self.add_waits(way.bit());
            self.waiters.set(self.waiters.get() + 1);
        }
        true
    }

    /// Returns the place of the task that waits first.
    #[inline]
    pub(super) fn first(&self, way: Way) -> &FirstWaiter {
        &self.first[way as usize]
    }

    #[inline]
    fn has(&self, bits: u8) -> bool {
        self.bits.load(Relaxed) & bits != 0
    }

    #[inline]
    fn has_waits(&self, bits: u8) -> bool {
        self.waits.load(Relaxed) & bits != 0
    }

    /// Returns true if an attempt is worth its call.
    #[inline]
    pub(crate) fn is_ready(&self, way: Way) -> bool {
        self.has(way.bit())
    }

    /// Notes that the list of the source has futures that wait for this way. Returns true if futures
    /// waited before.
    pub(super) fn begin_list(&self, way: Way) -> bool {
        let before = self.has_waits(way.bit());
        self.add_waits(way.bit() | way.listed_bit());
        before
    }

    /// Notes that the list of the source is empty.
    pub(super) fn end_list(&self, way: Way) {
        self.clear_waits(way.listed_bit());
        if self.first(way).is_empty() {
            self.clear_waits(way.bit());
        }
    }

    /// Notes that no future waits for this way. Returns true if the list of the source has futures, which
    /// the caller takes out, as it does with the first.
    #[inline]
    pub(super) fn end_waits(&self, way: Way) -> bool {
        let listed = self.has_waits(way.listed_bit());
        self.clear_waits(way.bit() | way.listed_bit());
        listed
    }

    /// Counts a future less among the waiters of the reactor.
    #[inline]
    pub(super) fn count_down(&self) {
        self.waiters.set(self.waiters.get() - 1);
    }

    /// Returns true if futures wait.
    pub(super) fn is_awaited(&self) -> bool {
        self.has_waits(Way::BOTH)
    }

    /// Adds the bits of an event. Returns the bits of the ways for which futures wait.
    #[inline]
    pub(super) fn happens(&self, bits: u8) -> u8 {
        self.add(bits);
        bits & Way::BOTH & self.waits.load(Relaxed)
    }

    /// Has the next attempts find out what is ready, and what is closed, after a poll on another thread,
    /// which may have undone events. A short read shows no more that the socket is empty.
    pub(super) fn forget_all(&self) {
        self.add(Way::BOTH | Way::Read.closed_bit() | Way::Write.closed_bit());
    }

    /// Fills the budget again. A socket in memory needs no look: its data is bounded.
    pub(crate) fn refill(&self) {
        self.budget.store(BUDGET, Relaxed);
    }

    fn add(&self, bits: u8) {
        self.bits.store(self.bits.load(Relaxed) | bits, Relaxed);
    }

    fn clear(&self, bits: u8) {
        self.bits.store(self.bits.load(Relaxed) & !bits, Relaxed);
    }

    fn add_waits(&self, bits: u8) {
        self.waits.store(self.waits.load(Relaxed) | bits, Relaxed);
    }

    fn clear_waits(&self, bits: u8) {
        self.waits.store(self.waits.load(Relaxed) & !bits, Relaxed);
    }

    /// Makes attempts until one is done. Returns `None` if the future is to wait: an attempt would
    /// block, or the budget is spent and `refill` returns false.
    #[inline(always)]
    pub(crate) fn attempt<T>(
        &self,
        way: Way,
        mut refill: impl FnMut() -> bool,
        mut attempt: impl FnMut() -> io::Result<Attempt<T>>,
    ) -> Option<io::Result<T>> {
        while self.is_ready(way) {
            let budget = self.budget.load(Relaxed);
            if budget == 0 {
                if !refill() {
                    return None;
                }
                continue;
            }
            self.budget.store(budget - 1, Relaxed);
            match attempt() {
                Ok(Attempt::Full(value)) => return Some(Ok(value)),
                Ok(Attempt::Short(value)) => {
                    if SHORT_IS_DRAINED && !self.has(way.closed_bit()) {
                        self.clear(way.bit());
                    }
                    return Some(Ok(value));
                }
                Err(error) => match kind_of(&error) {
                    io::ErrorKind::WouldBlock => self.clear(way.bit()),
                    io::ErrorKind::Interrupted => {}
                    _ => return Some(Err(error)),
                },
            }
        }
        None
    }
}

/// Returns the kind of an error. Nearly every one says that the call would block.
// Speed: tcp_echo_64. A comparison in place of a table of all errors.
#[inline]
fn kind_of(error: &io::Error) -> io::ErrorKind {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::AGAIN.raw_os_error()) {
        return io::ErrorKind::WouldBlock;
    }
    error.kind()
}

#[cfg(test)]
#[path = "../../tests/unit/readiness.rs"]
mod tests;
