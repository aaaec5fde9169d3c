//! The reactor's entry of one socket.
//!
//! The problem: an event concerns one socket and one or both of its ways. It adds to the readiness that
//! the socket shares, and wakes the futures that wait for these ways. The table finds this entry by
//! the number in the event.
//!
//! Invariants:
//! 1. An event of a way wakes every future that waits for this way.
//! 2. A future of an operation that is dropped leaves no waker.
//! 3. No waker is cloned, called or dropped while the waiters are borrowed.
//!
//! Read next: `reactor/causes.rs`.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use groundup_sync::task::{Reason, ReasonEntry, Scheduler, StoredWaker};
use groundup_sync::trace::{Name, Wait};

use super::about::{About, Origin};
use super::causes::Causes;
use super::first_waiter::WaiterCount;
use super::readiness::{Readiness, Way};
use super::waiters::{Key, Waiters};

/// The events of a watched descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "descriptors are watched on Unix")
)]
pub(super) enum WatchEvent {
    /// It can be read or written.
    Ready,
    /// The reactor is not the driver of its loop any more.
    Lost,
}

/// The function that the events of a watched descriptor call.
pub(super) type WatchFunction = Rc<dyn Fn(WatchEvent)>;

/// The reactor's entry of one socket.
pub(crate) struct Source {
    about: About,
    origin: Cell<Option<Origin>>,
    /// The connection is not there yet.
    connects: Cell<bool>,
    readiness: Arc<Readiness>,
    /// Number of the look after which the budget was filled last.
    filled: Cell<u64>,
    waiters: [RefCell<Waiters>; 2],
    reasons: [OnceCell<ReasonEntry>; 2],
    /// The function that an event calls, of a watched descriptor (`watch.rs`).
    watch: Option<WatchFunction>,
}

impl Source {
    pub(super) fn new(about: About, readiness: Arc<Readiness>) -> Self {
        Source {
            about,
            origin: Cell::new(None),
            connects: Cell::new(false),
            readiness,
            filled: Cell::new(0),
            waiters: Default::default(),
            reasons: Default::default(),
            watch: None,
        }
    }

    /// Makes the source of a socket, which shares its readiness. It is ready both ways: the first
    /// attempt finds out.
    pub(super) fn ready(about: About, waiters: &WaiterCount) -> (Self, Arc<Readiness>) {
        let readiness = Arc::new(Readiness::new(waiters));
        (Source::new(about, readiness.clone()), readiness)
    }

    /// Makes the source of a watched descriptor.
    #[cfg(unix)]
    pub(super) fn watched(about: About, waiters: &WaiterCount, notify: WatchFunction) -> Self {
        Source {
            watch: Some(notify),
            ..Source::new(about, Arc::new(Readiness::new(waiters)))
        }
    }

    /// Has the next event of the way call the function. Returns true unless that was so already.
    #[cfg(unix)]
    pub(super) fn arm(&self, way: Way) -> bool {
        !self.readiness.begin_list(way)
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
    #[inline(always)]
    pub(super) fn happens(&self, bits: u8, woken: &mut Vec<StoredWaker>) -> bool {
        let awaited = self.readiness.happens(bits);
        if awaited == 0 {
            return false;
        }
        self.take_waiters(awaited, woken);
        self.is_watched()
    }

    /// Has the next attempts find out what is ready.
    pub(super) fn forget_readiness(&self) {
        self.readiness.forget_all();
    }

    /// Returns true if it is a watched descriptor, for which no future waits.
    pub(super) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Returns the function of a watched descriptor.
    pub(super) fn watch(&self) -> Option<WatchFunction> {
        self.watch.clone()
    }

    /// Removes callers of `poll_read` or `poll_write` if there are so many that most of them may have
    /// given up. They are to be woken, since those that still wait come back.
    pub(super) fn sweep(&self, way: Way, iteration: u64) -> Vec<StoredWaker> {
        self.waiters[way as usize].borrow_mut().sweep(iteration)
    }

    /// Makes the stored waker of a future wake the future, and returns true, if that takes no clone.
    pub(super) fn renew(&self, way: Way, key: Key, cx: &Context<'_>) -> bool {
        let ticket = Scheduler::any_ticket_in(cx).filter(|_| key == Key::Poll);
        if ticket.is_some_and(|ticket| self.readiness.first(way).is(ticket)) {
            return true;
        }
        let mut waiters = self.waiters[way as usize].borrow_mut();
        waiters.renew(key, cx).is_ok()
    }

    /// Stores the waker of the future with this key, which gets the number if it is a caller's. Returns
    /// true if the future did not wait before.
    pub(super) fn wait(&self, way: Way, key: Key, number: u64, cx: &Context<'_>) -> bool {
        let waker = StoredWaker::of(cx); // may clone the waker of another executor
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let Err(key) = waiters.renew(key, cx) else {
            drop(waiters);
            return false; // the clone has made the future wait
        };
        let before = waiters.put(key, number, waker);
        self.readiness.begin_list(way);
        drop(waiters);
        before.is_none()
    }

    /// Removes the waker of the future with this key, for the caller to drop.
    #[inline]
    pub(super) fn leave(&self, way: Way, key: Key) -> Option<StoredWaker> {
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let left = waiters.remove(key);
        if waiters.is_empty() {
            self.readiness.end_list(way);
        }
        left
    }

    /// Moves the wakers of the ways of these bits to `woken`. A task that waits first and can be woken
    /// without a call of any code is woken at once, unless others are to be woken before it.
    #[inline(always)] // Speed: tcp_echo_64, tcp_echo_1.
    pub(super) fn take_waiters(&self, bits: u8, woken: &mut Vec<StoredWaker>) {
        for way in [Way::Read, Way::Write] {
            if bits & way.bit() != 0 {
                self.take_waiters_of(way, woken);
            }
        }
    }

    #[inline(always)]
    fn take_waiters_of(&self, way: Way, woken: &mut Vec<StoredWaker>) {
        let listed = self.readiness.end_waits(way);
        if let Some(ticket) = self.readiness.first(way).take() {
            // Speed: tcp_echo_64, tcp_echo_1.
            if woken.is_empty() && Scheduler::wake_plainly(ticket) {
                self.readiness.count_down();
            } else {
                woken.push(ticket.into());
            }
        }
        if listed {
            self.take_list(way, woken);
        }
    }

    #[cold]
    fn take_list(&self, way: Way, woken: &mut Vec<StoredWaker>) {
        self.waiters[way as usize].borrow_mut().take_all(woken);
    }

    /// Moves all wakers to `woken`. From now on each wait takes the way through the reactor, which may
    /// not be the driver of its loop any more.
    pub(super) fn end_waits(&self, woken: &mut Vec<StoredWaker>) {
        self.take_waiters(Way::BOTH, woken);
        for way in [Way::Read, Way::Write] {
            self.readiness.first(way).set_reason(None);
        }
    }

    /// Returns the number of the waiters.
    pub(super) fn waiters(&self) -> usize {
        let listed = |waiters: &RefCell<Waiters>| waiters.borrow().len();
        let first = |way| usize::from(!self.readiness.first(way).is_empty());
        let armed = self.watch.is_some() && self.readiness.is_awaited();
        self.waiters.iter().map(listed).sum::<usize>()
            + first(Way::Read)
            + first(Way::Write)
            + usize::from(armed)
    }

    /// Stores the reason of the task's wait, for reports and traces. Later waits in the socket itself
    /// have its number.
    pub(super) fn say_reason(&self, way: Way, cx: &Context<'_>) {
        let reason = self.reasons[way as usize].get();
        let Some(entry) = reason.or_else(|| self.enter_reason(way)) else {
            return;
        };
        entry.scheduler().waits_for(cx, Reason::Entry(entry));
        // A reactor may have become the driver of another loop.
        let current = Scheduler::current();
        let is_here = current.is_some_and(|current| Rc::ptr_eq(&current, entry.scheduler()));
        let number = is_here.then(|| entry.number());
        self.readiness.first(way).set_reason(number);
    }

    /// Enters the reason in the table of the loop, when a task waits for the first time.
    #[cold]
    fn enter_reason(&self, way: Way) -> Option<&ReasonEntry> {
        let scheduler = Scheduler::current()?;
        let (what, origin) = (Wait::Io(self.name(way)), self.origin.get());
        let entry = || {
            let place = origin.map(|origin| origin.place);
            let entry = ReasonEntry::made_at(&scheduler, what, place);
            entry.set_word(Origin::word(origin, self.connects.get()));
            match self.about.other_end() {
                Some(line) => entry.with_line(line),
                None => entry,
            }
        };
        Some(self.reasons[way as usize].get_or_init(entry))
    }

    /// Names the thing for which the tasks of a way wait.
    fn name(&self, way: Way) -> Name {
        match self.connects.get() {
            true => self.about.connects_to().into(),
            false => self.about.waits_for(way).into(),
        }
    }

    /// Notes how and where the program got the socket.
    pub(super) fn set_origin(&self, origin: Origin) {
        self.origin.set(Some(origin));
    }

    /// Notes whether the connection is still to come. A later wait names another thing.
    pub(super) fn set_connects(&self, connects: bool) {
        self.connects.set(connects);
        if let Some(entry) = self.reasons[Way::Write as usize].get() {
            entry.set(Wait::Io(self.name(Way::Write)));
            entry.set_word(Origin::word(self.origin.get(), connects));
        }
    }

    /// Does what [`happens`](Source::happens) does, and names the cause of each wake, for a trace.
    #[cold]
    pub(super) fn happens_named(&self, bits: u8, woken: &mut Causes) -> bool {
        let awaited = self.readiness.happens(bits);
        for way in [Way::Read, Way::Write] {
            if awaited & way.bit() != 0 {
                self.take_named(way, woken);
            }
        }
        awaited != 0 && self.is_watched()
    }

    /// Moves the wakers of a way to `woken`, with their cause.
    #[cold]
    pub(super) fn take_named(&self, way: Way, woken: &mut Causes) {
        let take = |wakers: &mut Vec<_>| self.take_waiters_of(way, wakers);
        woken.note(take, || self.name(way));
    }
}
