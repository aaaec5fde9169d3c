//! The futures that wait for one socket.
//!
//! The problem: several tasks may accept from one listener, or receive from one socket of UDP. An event
//! wakes all of them, and each attempts again. The waker of a task is a ticket, which is stored and
//! called without code of the user's. Another waker may run any code when it is cloned, called or
//! dropped, also an operation on the same socket.
//!
//! A future of `operation.rs` leaves when it is dropped. A caller of `poll_read` cannot: a task that gave
//! up its read stays among the waiters until the next event, which wakes it once for nothing.
//!
//! Invariants:
//! 1. An event of a way wakes every future that waits for this way.
//! 2. A future of an operation that is dropped leaves no waker. Of tasks that called `poll_read`, at
//!    most 65 wait.
//! 3. No waker is cloned, called or dropped while the waiters are borrowed.
//!
//! Read next: `reactor/sources.rs`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use groundup_sync::task::{Reason, ReasonEntry, Scheduler, StoredWaker, Ticket};
use groundup_sync::trace::Wait;

use super::about::About;
use super::readiness::{Readiness, Way};

/// Identifies a future among the waiters of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// A future that has not waited yet. It gets a number when it waits.
    New,
    /// A future of `operation.rs`.
    Numbered(u64),
    /// A task that called `poll_read` or `poll_write`.
    Task(Ticket),
    /// A caller of `poll_read` or `poll_write`. If its waker is that of a task, its key is the task.
    /// Otherwise the last such caller waits, and the one before it is woken.
    Poll,
}

impl Key {
    /// Makes the key of a call with this context.
    #[inline]
    fn of_call(self, cx: &Context<'_>) -> Key {
        match (self, Scheduler::any_ticket_in(cx)) {
            (Key::Poll, Some(ticket)) => Key::Task(ticket),
            _ => self,
        }
    }
}

/// Number of tasks that may wait for one way by `poll_read` or `poll_write`. Most of more have given up.
const TASKS: usize = 64;

/// The futures that wait for one way. Most sockets have one reader and one writer, so the first stands
/// apart.
#[derive(Default)]
struct Waiters {
    first: Option<(Key, StoredWaker)>,
    /// In the order of their keys, which is that of their first waits. Empty if there is no first.
    more: BTreeMap<Key, StoredWaker>,
}

impl Waiters {
    fn find(&mut self, key: Key) -> Option<&mut StoredWaker> {
        match &mut self.first {
            Some((of, waker)) if *of == key => Some(waker),
            _ => self.more.get_mut(&key),
        }
    }

    #[inline]
    fn push(&mut self, key: Key, waker: StoredWaker) {
        match self.first {
            None => self.first = Some((key, waker)),
            Some(_) => self.push_more(key, waker),
        }
    }

    #[cold]
    #[inline(never)] // Speed: tcp_echo_64.
    fn push_more(&mut self, key: Key, waker: StoredWaker) {
        let before = self.more.insert(key, waker);
        debug_assert!(before.is_none(), "the future waits already");
    }

    fn remove(&mut self, key: Key) -> Option<StoredWaker> {
        let is_key = |(of, _): &mut (Key, StoredWaker)| *of == key;
        if let Some((_, waker)) = self.first.take_if(is_key) {
            self.first = self.more.pop_first();
            return Some(waker);
        }
        self.more.remove(&key)
    }
}

/// The reactor's entry of one socket.
pub(crate) struct Source {
    about: About,
    readiness: Arc<Readiness>,
    /// Number of the look after which the budget was filled last.
    filled: Cell<u64>,
    waiters: [RefCell<Waiters>; 2],
    reasons: [OnceCell<ReasonEntry>; 2],
    /// The function that an event calls, of a watched descriptor (`watch.rs`).
    watch: Option<Rc<dyn Fn()>>,
}

impl Source {
    pub(super) fn new(about: About, readiness: Arc<Readiness>) -> Self {
        Source {
            about,
            readiness,
            filled: Cell::new(0),
            waiters: Default::default(),
            reasons: Default::default(),
            watch: None,
        }
    }

    /// Makes the source of a socket, which shares its readiness. It is ready both ways: the first
    /// attempt finds out.
    pub(super) fn ready(about: About) -> (Self, Arc<Readiness>) {
        let readiness = Arc::new(Readiness::new());
        (Source::new(about, readiness.clone()), readiness)
    }

    /// Makes the source of a watched descriptor.
    #[cfg(unix)]
    pub(super) fn watched(about: About, notify: Rc<dyn Fn()>) -> Self {
        Source {
            watch: Some(notify),
            ..Source::new(about, Arc::new(Readiness::new()))
        }
    }

    /// Has the next event of the way call the function. Returns true unless that was so already.
    #[cfg(unix)]
    pub(super) fn arm(&self, way: Way) -> bool {
        !self.readiness.set_awaited(way, true)
    }

    /// Fills the budget of the socket, if there was a look since the last time.
    pub(super) fn refill(&self, look: u64) -> bool {
        let looked = self.filled.replace(look) != look;
        if looked {
            self.readiness.refill();
        }
        looked
    }

    /// Adds the bits of an event, and moves the wakers of the futures that waited for it to `woken`.
    /// Returns true if the function of a watched descriptor is to be called.
    #[inline]
    pub(super) fn happens(&self, bits: u8, woken: &mut Vec<StoredWaker>) -> bool {
        let awaited = self.readiness.happens(bits);
        if awaited == 0 {
            return false;
        }
        self.take_waiters(awaited, woken);
        self.watch.is_some()
    }

    /// Has the next attempt find out whether the way is ready.
    pub(super) fn make_ready(&self, way: Way) {
        self.readiness.happens(way.bit());
    }

    /// Returns the function of a watched descriptor.
    pub(super) fn watch(&self) -> Option<Rc<dyn Fn()>> {
        self.watch.clone()
    }

    /// Lets the future with this key, whose waker is a ticket, wait. Returns true if it did not wait before,
    /// and `None` if another future stands first.
    #[inline(always)]
    pub(super) fn wait_first(
        &self,
        way: Way,
        key: Key,
        ticket: Ticket,
        cx: &Context<'_>,
    ) -> Option<bool> {
        let key = match key {
            Key::Poll => Key::Task(ticket),
            key => key,
        };
        let mut waiters = self.waiters[way as usize].borrow_mut();
        match &mut waiters.first {
            Some((of, stored)) => (*of == key && stored.renew(cx)).then_some(false),
            first => {
                *first = Some((key, ticket.into()));
                self.readiness.set_awaited(way, true);
                Some(true)
            }
        }
    }

    /// Returns true if so many tasks wait that most of them have given up.
    pub(super) fn is_crowded(&self, way: Way, key: Key) -> bool {
        key == Key::Poll && self.waiters[way as usize].borrow().more.len() >= TASKS
    }

    /// Makes the stored waker of a future wake the future, and returns true, if that takes no clone.
    pub(super) fn renew(&self, way: Way, key: Key, cx: &Context<'_>) -> bool {
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let stored = waiters.find(key.of_call(cx));
        stored.is_some_and(|stored| stored.renew(cx))
    }

    /// Stores the waker of the future with this key. Returns true if the future did not wait before.
    pub(super) fn wait(&self, way: Way, key: Key, cx: &Context<'_>) -> bool {
        if self.renew(way, key, cx) {
            return false;
        }
        let key = key.of_call(cx);
        let waker = StoredWaker::of(cx); // may clone the waker of another executor
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let before = match waiters.find(key) {
            Some(stored) => Some(std::mem::replace(stored, waker)),
            None => {
                waiters.push(key, waker);
                self.readiness.set_awaited(way, true);
                None
            }
        };
        drop(waiters);
        let is_new = before.is_none();
        if let Some(before) = before.filter(|_| key == Key::Poll) {
            before.wake(); // its future waits again, if it still does
        }
        is_new
    }

    /// Removes the waker of the future with this key, for the caller to drop.
    #[inline]
    pub(super) fn leave(&self, way: Way, key: Key) -> Option<StoredWaker> {
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let left = waiters.remove(key);
        if waiters.first.is_none() {
            self.readiness.set_awaited(way, false);
        }
        left
    }

    /// Moves the wakers of the ways of these bits to `woken`.
    #[inline]
    pub(super) fn take_waiters(&self, bits: u8, woken: &mut Vec<StoredWaker>) {
        if bits & Way::Read.bit() != 0 {
            self.take_waiters_of(Way::Read, woken);
        }
        if bits & Way::Write.bit() != 0 {
            self.take_waiters_of(Way::Write, woken);
        }
    }

    #[inline]
    fn take_waiters_of(&self, way: Way, woken: &mut Vec<StoredWaker>) {
        self.readiness.set_awaited(way, false);
        let mut waiters = self.waiters[way as usize].borrow_mut();
        if let Some((_, waker)) = waiters.first.take() {
            woken.push(waker);
        }
        if !waiters.more.is_empty() {
            woken.extend(std::mem::take(&mut waiters.more).into_values());
        }
    }

    /// Returns the number of the waiters.
    pub(super) fn waiters(&self) -> usize {
        let count = |waiters: &RefCell<Waiters>| {
            let waiters = waiters.borrow();
            usize::from(waiters.first.is_some()) + waiters.more.len()
        };
        let armed = self.watch.is_some() && self.readiness.is_awaited();
        self.waiters.iter().map(count).sum::<usize>() + usize::from(armed)
    }

    /// Stores the reason of the task's wait, for reports and traces.
    #[inline]
    pub(super) fn say_reason(&self, way: Way, cx: &Context<'_>) {
        let reason = self.reasons[way as usize].get();
        if let Some(entry) = reason.or_else(|| self.enter_reason(way)) {
            entry.scheduler().waits_for(cx, Reason::Entry(entry));
        }
    }

    /// Enters the reason in the table of the loop, when a task waits for the first time.
    #[cold]
    fn enter_reason(&self, way: Way) -> Option<&ReasonEntry> {
        let scheduler = Scheduler::current()?;
        let what = Wait::Other(self.about.waits_for(way).into());
        let entry = || ReasonEntry::new(&scheduler, what);
        Some(self.reasons[way as usize].get_or_init(entry))
    }
}
