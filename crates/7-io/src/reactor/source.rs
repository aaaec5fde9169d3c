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
//! Read next: `reactor/sources.rs`.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;

use groundup_sync::task::{Reason, ReasonEntry, Scheduler, StoredWaker, Ticket};
use groundup_sync::trace::{Cause, Name, Wait};

use super::about::{About, Origin};
use super::readiness::{Readiness, Way};
use super::waiters::{Key, Waiters};

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
    watch: Option<Rc<dyn Fn()>>,
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
        self.is_watched()
    }

    /// Has the next attempt find out whether the way is ready.
    pub(super) fn make_ready(&self, way: Way) {
        self.readiness.happens(way.bit());
    }

    /// Returns true if it is a watched descriptor, for which no future waits.
    pub(super) fn is_watched(&self) -> bool {
        self.watch.is_some()
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
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let is_new = waiters.wait_first(key, ticket, cx);
        if is_new == Some(true) {
            self.readiness.set_awaited(way, true);
        }
        is_new
    }

    /// Removes callers of `poll_read` or `poll_write` if there are so many that most of them may have
    /// given up. They are to be woken, since those that still wait come back.
    pub(super) fn sweep(&self, way: Way, iteration: u64) -> Vec<StoredWaker> {
        self.waiters[way as usize].borrow_mut().sweep(iteration)
    }

    /// Makes the stored waker of a future wake the future, and returns true, if that takes no clone.
    pub(super) fn renew(&self, way: Way, key: Key, cx: &Context<'_>) -> bool {
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
        self.readiness.set_awaited(way, true);
        drop(waiters);
        before.is_none()
    }

    /// Removes the waker of the future with this key, for the caller to drop.
    #[inline]
    pub(super) fn leave(&self, way: Way, key: Key) -> Option<StoredWaker> {
        let mut waiters = self.waiters[way as usize].borrow_mut();
        let left = waiters.remove(key);
        if waiters.is_empty() {
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
        self.waiters[way as usize].borrow_mut().take_all(woken);
    }

    /// Returns the number of the waiters.
    pub(super) fn waiters(&self) -> usize {
        let count = |waiters: &RefCell<Waiters>| waiters.borrow().len();
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
        let (what, origin) = (Wait::Io(self.name(way)), self.origin.get());
        let entry = || {
            let place = origin.map(|origin| origin.place);
            let entry = ReasonEntry::made_at(&scheduler, what, place);
            let how = origin.map_or("made", |origin| origin.how);
            let entry = entry.worded(if self.connects.get() { "begun" } else { how });
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
        self.take_waiters_of(way, &mut woken.wakers);
        if woken.wakers.len() > woken.names.last().map_or(0, |(until, _)| *until) {
            woken.names.push((woken.wakers.len(), self.name(way)));
        }
    }
}

/// The wakers of futures, and the causes of their wakes.
#[derive(Default)]
pub(crate) struct Causes {
    wakers: Vec<StoredWaker>,
    /// The number of wakers up to which the name is the cause.
    names: Vec<(usize, Name)>,
}

impl Causes {
    pub(crate) fn len(&self) -> usize {
        self.wakers.len()
    }

    /// Wakes the tasks, each by its cause.
    pub(crate) fn wake(self, scheduler: &Scheduler) {
        let mut wakers = self.wakers.into_iter().enumerate().peekable();
        for (until, name) in self.names {
            while let Some((_, waker)) = wakers.next_if(|(at, _)| *at < until) {
                scheduler.caused(Cause::Io(name.clone()), || waker.wake());
            }
        }
    }
}
