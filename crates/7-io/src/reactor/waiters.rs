//! The futures that wait for one way of a socket.
//!
//! The problem: several tasks may accept from one listener, or receive from one socket of UDP. An event
//! wakes all of them, and each attempts again. The waker of a task is a ticket, which is stored and
//! called without code of the user's. Another waker may run any code when it is cloned, called or
//! dropped, also an operation on the same socket.
//!
//! A future of `operation.rs` leaves when it is dropped. A *caller* of `poll_read` cannot: one that gave
//! up its read stays among the waiters until the next event, which wakes it once for nothing. On a
//! silent socket such callers would pile up. So if there are many, a *sweep* wakes all callers, and those
//! that still wait come back within a few iterations. The next sweep is due when their number has
//! doubled.
//!
//! ```text
//!   waiters   .. 64 ┐ sweep ┌ 100, all alive ........ 200 ┐ sweep      all still wait: no sweep without
//!                   └───────┘ 8 iterations                             as many new callers
//!   waiters   .. 64 ┐ sweep ┌ 3, the others gave up .. 64 ┐ sweep      most gave up: 64 at most
//!                   └───────┘
//! ```
//!
//! Invariants:
//! 1. A wait wakes no other future, except in a sweep. The sweeps wake, for each new caller, two at most.
//! 2. If the same callers wait and no other comes, there is no sweep: the loop can be idle.
//! 3. There are no others if there is no first.
//!
//! Read next: `reactor/first_waiter.rs`.

use std::task::{Context, Waker};

use groundup_sync::task::{Entry, NumberMap, Scheduler, StoredWaker, Ticket};

/// Identifies a future among the waiters of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A future that has not waited yet. It gets a number when it waits.
    New,
    /// A future of `operation.rs`.
    Numbered(u64),
    /// A caller of `poll_read` or `poll_write`, whose waker says which. Among the waiters its key is one
    /// of the next two.
    Poll,
    /// A task that called `poll_read` or `poll_write`.
    Task(Ticket),
    /// A caller with a waker that is no ticket, and a number that is made of the waker's address.
    Foreign(usize),
}

impl Key {
    /// Makes the key of a call with this context.
    #[inline]
    fn of_call(self, cx: &Context<'_>) -> Key {
        match (self, Scheduler::any_ticket_in(cx)) {
            (Key::Poll, Some(ticket)) => Key::Task(ticket),
            (Key::Poll, None) => Key::of_foreign(cx.waker()),
            _ => self,
        }
    }

    /// Returns the key of a caller as two numbers.
    fn numbers(self) -> (u64, u64) {
        match self {
            Key::Task(ticket) => (Entry::from(ticket).bits(), 0),
            Key::Foreign(number) => (number as u64, 1),
            Key::Numbered(number) => (number, 2),
            Key::New | Key::Poll => (0, 3),
        }
    }

    /// Makes the key of a foreign waker. Two wakers may have the same.
    #[cold]
    fn of_foreign(waker: &Waker) -> Key {
        let vtable = std::ptr::from_ref(waker.vtable()).addr();
        Key::Foreign(waker.data().addr() ^ vtable.rotate_left(8))
    }
}

/// The futures that wait for one way. Most sockets have one reader and one writer, so the first stands
/// apart.
#[derive(Default)]
pub(super) struct Waiters {
    first: Option<(Key, StoredWaker)>,
    others: Option<Box<Others>>,
}

/// The waiters beside the first.
#[derive(Default)]
struct Others {
    /// By number, in the order in which an event wakes them. A future of an operation has the number of
    /// its first wait, and a caller gets one with each wait.
    wakers: NumberMap<(Key, StoredWaker)>,
    /// The numbers of the callers, by their keys.
    callers: NumberMap<u64>,
    sweeps: Sweeps,
}

impl Waiters {
    fn find(&mut self, key: Key) -> Option<&mut StoredWaker> {
        match &mut self.first {
            Some((of, waker)) if *of == key => Some(waker),
            _ => self.others.as_mut()?.find(key),
        }
    }

    /// Makes the stored waker of a future wake the future, if that takes no clone. Otherwise returns
    /// the key with which a clone is to be stored.
    pub(super) fn renew(&mut self, key: Key, cx: &Context<'_>) -> Result<(), Key> {
        let mut key = key.of_call(cx);
        while let Some(stored) = self.find(key) {
            if stored.renew(cx) {
                return Ok(());
            }
            match &mut key {
                // Another waker with this number.
                Key::Foreign(number) => *number = number.wrapping_add(1),
                _ => break,
            }
        }
        Err(key)
    }

    /// Stores the waker of a future, and returns the one that the future had before. `number` is new.
    pub(super) fn put(&mut self, key: Key, number: u64, waker: StoredWaker) -> Option<StoredWaker> {
        if let Some(stored) = self.find(key) {
            return Some(std::mem::replace(stored, waker));
        }
        let mut new = (key, waker);
        match &mut self.first {
            None => {
                self.first = Some(new);
                return None;
            }
            // The first is woken first, so it has the lower number.
            Some(first) if matches!((first.0, key), (Key::Numbered(of), Key::Numbered(new)) if new < of) =>
            {
                std::mem::swap(first, &mut new);
            }
            Some(_) => {}
        }
        self.others.get_or_insert_default().insert(number, new);
        None
    }

    /// Removes a future that has a number.
    pub(super) fn remove(&mut self, key: Key) -> Option<StoredWaker> {
        if let Some((_, waker)) = self.first.take_if(|(of, _)| *of == key) {
            self.first = self.others.as_mut().and_then(|others| others.pop());
            return Some(waker);
        }
        let (Key::Numbered(number), Some(others)) = (key, &mut self.others) else {
            return None;
        };
        others.wakers.remove((number, 0)).map(|(_, waker)| waker)
    }

    /// Moves all wakers to `woken`.
    pub(super) fn take_all(&mut self, woken: &mut Vec<StoredWaker>) {
        if let Some((_, waker)) = self.first.take() {
            woken.push(waker);
        }
        if self.others.is_some() {
            self.take_others(woken);
        }
    }

    fn take_others(&mut self, woken: &mut Vec<StoredWaker>) {
        let mut others = self.others.take().unwrap_or_default();
        for (_, waker) in others.wakers.take_all() {
            woken.push(waker);
        }
    }

    /// Removes all callers beside the first if a sweep is due, for the caller of this to wake.
    pub(super) fn sweep(&mut self, iteration: u64) -> Vec<StoredWaker> {
        let others = self.others.as_mut();
        others.map_or_else(Vec::new, |others| others.sweep_if_due(iteration))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn len(&self) -> usize {
        let others = self.others.as_ref();
        usize::from(self.first.is_some()) + others.map_or(0, |others| others.wakers.len())
    }
}

impl Others {
    fn find(&mut self, key: Key) -> Option<&mut StoredWaker> {
        let number = match key {
            Key::Numbered(number) => number,
            _ => *self.callers.get(key.numbers())?,
        };
        self.wakers.get_mut((number, 0)).map(|(_, waker)| waker)
    }

    fn insert(&mut self, number: u64, (key, waker): (Key, StoredWaker)) {
        let number = match key {
            Key::Numbered(of) => of,
            _ => number,
        };
        if !matches!(key, Key::Numbered(_)) {
            self.callers.insert(key.numbers(), number);
        }
        let before = self.wakers.insert((number, 0), (key, waker));
        debug_assert!(before.is_none(), "the future waits already");
    }

    fn pop(&mut self) -> Option<(Key, StoredWaker)> {
        let first = self.wakers.remove(self.wakers.first()?)?;
        self.callers.remove(first.0.numbers());
        Some(first)
    }

    fn sweep_if_due(&mut self, iteration: u64) -> Vec<StoredWaker> {
        if !self.sweeps.is_due(self.wakers.len(), iteration) {
            return Vec::new();
        }
        self.callers.take_all();
        let of_caller = |(key, _): &(Key, StoredWaker)| !matches!(key, Key::Numbered(_));
        let numbers = self.wakers.keys();
        let numbers = numbers.filter(|number| self.wakers.get(*number).is_some_and(of_caller));
        let mut swept = Vec::new();
        for number in numbers.collect::<Vec<_>>() {
            swept.extend(self.wakers.remove(number).map(|(_, waker)| waker));
        }
        self.sweeps.begin(swept.len(), iteration);
        swept
    }
}

/// Number of waiters beside the first for which there is no sweep.
const FEW: usize = 64;

/// Says when a sweep is due.
#[derive(Default)]
struct Sweeps {
    /// Number of waiters at which the next sweep is due, if more than [`FEW`].
    due: usize,
    /// The iteration in which the callers of the last sweep have come back, if it is not looked at yet.
    back: Option<u64>,
}

impl Sweeps {
    fn is_due(&mut self, waiters: usize, iteration: u64) -> bool {
        if self.back.is_some_and(|back| iteration < back) {
            return false;
        }
        if self.back.take().is_some() {
            self.due = 2 * waiters;
        }
        waiters >= self.due.max(FEW)
    }

    /// Notes that so many callers are woken. A task is back in the next iteration. A future in a set, or
    /// in a set of sets, may be later: a set polls at least 32 of its futures in one iteration.
    fn begin(&mut self, swept: usize, iteration: u64) {
        self.back = Some(iteration + 8 + swept as u64 / 32);
    }
}
