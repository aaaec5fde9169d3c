//! BriefHome: the home of an object that lives for one wait.
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
//! The future of a oneshot is made with the channel, long before its await. So reports take the line
//! that calls `poll` for the line of the await, if it is one of the program.
//!
//! Invariant: a wait in another loop than the first panics, and changes nothing.
//!
//! Read next: `locks.rs`.

use std::cell::{Cell, OnceCell};
use std::panic::Location;
use std::ptr;
use std::task::Context;

use groundup_combinators::task::{Address, Scheduler, Ticket};
use groundup_combinators::trace::{Access, Name, Touched, Wait};

use crate::home::{Home, refuse};

/// The home of an object for which tasks wait for `N` different reasons, each once.
pub(crate) struct BriefHome<const N: usize> {
    place: Cell<&'static Location<'static>>,
    /// The loop of the first wait.
    home: Cell<Option<Address>>,
    named: OnceCell<Box<Home<N>>>,
}

/// A reason for which tasks wait for an object.
pub(crate) struct BriefReason {
    /// The number of the reason.
    pub(crate) number: usize,
    /// The reason of an object without a name.
    pub(crate) unnamed: &'static str,
    /// Makes the reason of the name of an object.
    pub(crate) named: fn(&str) -> Wait,
}

impl<const N: usize> Default for BriefHome<N> {
    /// Makes the home of an object whose place is set next.
    #[inline]
    fn default() -> Self {
        BriefHome {
            place: Cell::new(Location::caller()),
            home: Cell::new(None),
            named: OnceCell::new(),
        }
    }
}

impl<const N: usize> BriefHome<N> {
    /// Stores the place of the program that makes the object.
    #[inline]
    pub(crate) fn set_place(&self, place: &'static Location<'static>) {
        self.place.set(place);
    }

    /// Gives the object a name, if it has none.
    pub(crate) fn name_once(&self, kind: &'static str, name: Name) {
        self.named
            .get_or_init(|| Box::new(Home::made_at(kind, self.place.get())))
            .name_once(name);
    }

    /// Returns the name of the object, or its kind if it has none.
    pub(crate) fn name(&self, kind: &'static str) -> &str {
        self.named.get().map_or(kind, |home| home.name())
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

    /// Stores the reason as the wait reason of the task that is polled with `cx`, and returns the ticket
    /// of that task. Returns `None` if `cx` has no waker of a task.
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
    ) -> Option<Ticket> {
        // Speed: oneshot. The usual way keeps nothing for the rare one.
        if !Scheduler::any_is_watched()
            && let Some(task) = self.wait_nameless(cx, reason)
        {
            return Some(task);
        }
        self.wait_rare(kind, cx, reason)
    }

    /// Stores the reason of a channel without a name. Returns `None` if the channel has a name, or the
    /// waker is not that of the running task.
    #[inline(always)]
    fn wait_nameless(&self, cx: &Context<'_>, reason: &BriefReason) -> Option<Ticket> {
        let place = self.place.get();
        match self.named.get() {
            None => Scheduler::running_waits_for_nameless(cx, reason.unnamed, place, &self.home),
            Some(_) => None,
        }
    }

    #[cold]
    #[inline(never)]
    #[track_caller]
    fn wait_rare(
        &self,
        kind: &'static str,
        cx: &Context<'_>,
        reason: &BriefReason,
    ) -> Option<Ticket> {
        let stored = self.wait_nameless(cx, reason);
        let stored = stored.or_else(|| self.wait_slow(kind, cx, reason));
        if Scheduler::any_is_watched() {
            self.note_watched(cx);
        }
        stored
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
        if let (Some(home), Some(_)) = (self.named.get(), here) {
            home.wait(reason.number, cx, None, reason.named);
        }
        Scheduler::any_ticket_in(cx)
    }
}
