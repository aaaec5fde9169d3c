//! BriefHome: the home and the waiters of an object for one wait.
//!
//! The problem: a oneshot is made for one value, and there may be millions of them. An entry in the
//! loop's table of reasons for each would cost more than the channel. So all channels without a name
//! that one expression makes share an entry, which the loop keeps. A channel with a name has a
//! [`Home`].
//!
//! ```text
//!   oneshot()                   the entry of the place where it was made
//!   oneshot(), then named(..)   a home of its own, with an entry for each reason
//! ```
//!
//! A channel stores the address of its loop, and keeps nothing of the loop alive.
//!
//! At most one future waits for each reason. Nearly always a task polls it, and the ticket of a task is
//! an integer. Few channels have a name, or a future that is polled under a foreign waker, as in a
//! `FuturesUnordered`. These channels have a box for both. A channel without the box has nothing to drop
//! but its value.
//!
//! The future of a oneshot is made with the channel, long before its await. So reports take the line
//! that calls `poll` for the line of the await, if it is one of the program.
//!
//! Invariants:
//! 1. A wait in another loop than the first panics, and changes nothing.
//! 2. A wake for a reason reaches the ticket or the foreign waker that was stored last, at most once.
//!    While the ticket of a task is stored, no foreign waker of the same reason is.
//!
//! Read next: `locks.rs`.

use std::cell::{Cell, OnceCell};
use std::panic::Location;
use std::ptr;
use std::task::Context;

use groundup_combinators::task::{Address, Scheduler, Ticket};
use groundup_combinators::trace::{Access, Name, Touched, Wait};

use crate::home::{Home, refuse};
use crate::wait_list::one_waiter::OneWaiter;

/// The home of an object for which tasks wait for two different reasons, one future for each.
pub(crate) struct BriefHome {
    place: Cell<&'static Location<'static>>,
    /// The loop of the first wait.
    home: Cell<Option<Address>>,
    // Speed: oneshot. An array of two would be made elsewhere, and moved here.
    /// The task that waits for reason 0; `Ticket::NONE` if none does under its own waker.
    task_0: Cell<Ticket>,
    /// The task that waits for reason 1, or `Ticket::NONE`.
    task_1: Cell<Ticket>,
    // Speed: oneshot. The drop of a channel looks at one word, and not at each of these.
    rare: OnceCell<Box<Rare>>,
}

/// The part that an object has if it has a name, or if a future has waited under a foreign waker.
#[derive(Default)]
struct Rare {
    /// The home, if the object has a name.
    named: OnceCell<Box<Home<2>>>,
    /// The future that waits for each reason under a foreign waker.
    foreign: [OneWaiter; 2],
}

/// A reason for which tasks wait for an object.
pub(crate) struct BriefReason {
    /// The number of the reason: 0 or 1.
    pub(crate) number: usize,
    /// The reason of an object without a name.
    pub(crate) unnamed: &'static str,
    /// Makes the reason of the name of an object.
    pub(crate) named: fn(&str) -> Wait,
}

impl Default for BriefHome {
    /// Makes the home of an object whose place is set next.
    #[inline]
    fn default() -> Self {
        BriefHome {
            place: Cell::new(Location::caller()),
            home: Cell::new(None),
            task_0: Cell::new(Ticket::NONE),
            task_1: Cell::new(Ticket::NONE),
            rare: OnceCell::new(),
        }
    }
}

impl BriefHome {
    /// Stores the place of the program that makes the object.
    #[inline]
    pub(crate) fn set_place(&self, place: &'static Location<'static>) {
        self.place.set(place);
    }

    /// Gives the object a name, if it has none.
    pub(crate) fn name_once(&self, kind: &'static str, name: Name) {
        let made = || Home::made_at(kind, self.place.get());
        self.rare()
            .named
            .get_or_init(|| Box::new(made()))
            .name_once(name);
    }

    /// Returns the rare part, and makes it if there is none.
    fn rare(&self) -> &Rare {
        self.rare.get_or_init(Box::default)
    }

    /// Returns the cell of the task that waits for the reason of this number.
    #[inline(always)]
    fn task(&self, number: usize) -> &Cell<Ticket> {
        match number {
            0 => &self.task_0,
            _ => &self.task_1,
        }
    }

    /// Returns the home of an object with a name.
    fn named(&self) -> Option<&Home<2>> {
        self.rare.get()?.named.get().map(|home| &**home)
    }

    /// Returns the name of the object, or its kind if it has none.
    pub(crate) fn name(&self, kind: &'static str) -> &str {
        self.named().map_or(kind, |home| home.name())
    }

    /// Notes that the running task touches the object, if a chooser wants footprints.
    #[inline(always)]
    pub(crate) fn touch(&self) {
        // Speed: oneshot. A look at the gate costs less than the look that `Scheduler::touch` makes.
        if !Scheduler::polls_plainly() {
            self.touch_watched();
        }
    }

    #[cold]
    #[inline(never)]
    fn touch_watched(&self) {
        let made = ptr::from_ref(self.place.get()).addr() as u64;
        let key = ptr::from_ref(self).addr() as u64 ^ made.rotate_left(32);
        Scheduler::touch(Touched::Object(key), Access::Write);
    }

    /// Stores the ticket of the task that `cx` is of, or else the waker of `cx`, for [`wake`](Self::wake).
    /// Stores the reason as the wait reason of that task. The caller has found that it must wait. The clone
    /// or the drop of a foreign waker may change that, so `must_wait` is asked after them.
    ///
    /// # Panics
    ///
    /// If the object belongs to another loop.
    #[inline]
    #[track_caller]
    pub(crate) fn wait(
        &self,
        kind: &'static str,
        cx: &Context<'_>,
        reason: &BriefReason,
        must_wait: impl FnOnce() -> bool,
    ) {
        // Speed: oneshot. The usual way keeps nothing for the rare one.
        if !Scheduler::any_is_watched()
            && self.rare.get().is_none()
            && let Some(task) = self.wait_nameless(cx, reason)
        {
            return self.task(reason.number).set(task);
        }
        self.wait_rare(kind, cx, reason, must_wait);
    }

    /// Stores the reason of a channel without a name, and returns the ticket of the running task. Returns
    /// `None` if the waker is not that of this task.
    #[inline(always)]
    fn wait_nameless(&self, cx: &Context<'_>, reason: &BriefReason) -> Option<Ticket> {
        let (place, home) = (self.place.get(), &self.home);
        Scheduler::running_waits_for_nameless(cx, reason.unnamed, place, home)
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn wait_rare(
        &self,
        kind: &'static str,
        cx: &Context<'_>,
        reason: &BriefReason,
        must_wait: impl FnOnce() -> bool,
    ) {
        let stored = match self.named() {
            None => self.wait_nameless(cx, reason),
            Some(_) => None,
        };
        let stored = stored.or_else(|| self.wait_slow(kind, cx, reason));
        if Scheduler::any_is_watched() {
            self.note_watched(cx);
        }
        let number = reason.number;
        // The drop of a foreign waker may wake this task, so the ticket is stored before.
        self.task(number).set(stored.unwrap_or(Ticket::NONE));
        match stored {
            Some(_) => self.leave_foreign(number),
            None => self.rare().foreign[number].wait_foreign(cx, must_wait),
        }
    }

    /// Wakes the task or the foreign waker that waits for the reason of this number, if there is one.
    #[inline]
    pub(crate) fn wake(&self, number: usize) {
        match (self.task(number).replace(Ticket::NONE), self.rare.get()) {
            (Ticket::NONE, None) => {}
            (Ticket::NONE, Some(rare)) => rare.foreign[number].wake(),
            (task, _) => Scheduler::wake_ticket(task),
        }
    }

    /// Forgets the future that waits for the reason of this number: it does not wait any more.
    #[inline]
    pub(crate) fn leave(&self, number: usize) {
        self.task(number).set(Ticket::NONE);
        self.leave_foreign(number);
    }

    /// Drops the foreign waker that waits for the reason of this number.
    #[inline]
    fn leave_foreign(&self, number: usize) {
        if let Some(rare) = self.rare.get() {
            rare.foreign[number].leave();
        }
    }

    /// Notes the touch, and the line of the await that has polled this channel's future.
    #[cold]
    #[inline(never)]
    #[track_caller]
    fn note_watched(&self, cx: &Context<'_>) {
        self.touch_watched();
        Scheduler::note_poll(cx);
    }

    /// Stores the reason of a channel with a name. Else only asserts that the loop is the right one: the
    /// waker is not that of a task.
    fn wait_slow(
        &self,
        kind: &'static str,
        cx: &Context<'_>,
        reason: &BriefReason,
    ) -> Option<Ticket> {
        let here = Scheduler::current().map(|scheduler| scheduler.address());
        match self.home.get() {
            None => self.home.set(here),
            Some(_) if self.home.get() == here => {}
            Some(_) => refuse(self.name(kind), self.place.get()),
        }
        if let (Some(home), Some(_)) = (self.named(), here) {
            home.wait(reason.number, cx, None, reason.named);
        }
        Scheduler::any_ticket_in(cx)
    }
}
