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
//! Invariant: a wait in another loop than the first panics, and changes nothing.
//!
//! Read next: `locks.rs`.

use std::cell::OnceCell;
use std::panic::Location;
use std::ptr;
use std::rc::Rc;
use std::task::Context;

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Name, Touched, Wait};

use crate::home::{Home, refuse};

/// The home of an object for which tasks wait for `N` different reasons, each once.
pub(crate) struct BriefHome<const N: usize> {
    place: &'static Location<'static>,
    /// The loop of the first wait.
    scheduler: OnceCell<Rc<Scheduler>>,
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

impl<const N: usize> BriefHome<N> {
    /// Makes the home of an object that the caller of the caller makes.
    #[track_caller]
    #[inline]
    pub(crate) fn new() -> Self {
        BriefHome {
            place: Location::caller(),
            scheduler: OnceCell::new(),
            named: OnceCell::new(),
        }
    }

    /// Gives the object a name, if it has none.
    pub(crate) fn name_once(&self, kind: &'static str, name: Name) {
        self.named
            .get_or_init(|| Box::new(Home::made_at(kind, self.place)))
            .name_once(name);
    }

    /// Returns the name of the object, or its kind if it has none.
    pub(crate) fn name(&self, kind: &'static str) -> &str {
        self.named.get().map_or(kind, |home| home.name())
    }

    /// Notes that the running task touches the object, if a chooser wants footprints.
    #[inline(always)]
    pub(crate) fn touch(&self) {
        if Scheduler::any_is_watched() {
            self.touch_watched();
        }
    }

    #[cold]
    #[inline(never)]
    fn touch_watched(&self) {
        let made = ptr::from_ref(self.place).addr() as u64;
        let key = ptr::from_ref(self).addr() as u64 ^ made.rotate_left(32);
        Scheduler::touch(Touched::Object(key), Access::Write);
    }

    /// Stores the reason as the wait reason of the task that is polled with `cx`.
    ///
    /// # Panics
    ///
    /// If the object belongs to another loop.
    #[inline]
    pub(crate) fn wait(&self, kind: &'static str, cx: &Context<'_>, reason: &BriefReason) {
        self.touch();
        let scheduler = match self.scheduler.get() {
            Some(home) if home.ticket_in(cx).is_some() => home,
            Some(home) => self.assert_in(kind, home),
            None => match Scheduler::current() {
                Some(here) => self.scheduler.get_or_init(|| here),
                None => return,
            },
        };
        match self.named.get() {
            None => scheduler.waits_for_nameless(cx, reason.unnamed, self.place),
            Some(home) => home.wait(reason.number, cx, None, reason.named),
        }
    }

    /// Returns the loop of the object, if it runs.
    #[cold]
    fn assert_in<'a>(&self, kind: &'static str, home: &'a Rc<Scheduler>) -> &'a Rc<Scheduler> {
        match Scheduler::current() {
            Some(here) if Rc::ptr_eq(&here, home) => home,
            _ => refuse(self.name(kind), self.place),
        }
    }
}
