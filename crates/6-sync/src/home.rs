//! Home: the name of a shared object, its loop, and its wait reasons.
//!
//! The problem: a task that waits for a lock must say so, with a name that a person finds in the
//! program. And a shared object of one loop must not be awaited in another: a wake from there
//! would come while the other loop runs. asyncio lets an object belong to the first loop in which
//! a task waits for it, and refuses each other loop. So does this file, and it enters the reason
//! of the wait in the table of that loop. The entry leads to the line of the waiting tasks, so that a
//! report knows each of them, also a task that waits for several things.
//!
//! ```text
//!   Lock::new()        place: src/main.rs:7:16        name: none, or `named("fork-a")`
//!   the first wait     entry in the table of the running loop: "fork-a held by .."
//!   a later wait       one store: the number of the entry, in the slot of the task
//! ```
//!
//! An object has no entry before the first wait, so a lock that is always free costs no table.
//! Where no loop runs, as under the `block_on` of another crate, an object has no home.
//!
//! Invariants:
//! 1. All entries of an object are in the table of one loop, each with the line of its waiters.
//! 2. A wait in another loop panics, and changes nothing.
//!
//! Read next: `home/brief.rs`.

use std::cell::OnceCell;
use std::fmt;
use std::panic::Location;
use std::ptr;
use std::rc::Rc;
use std::task::Context;

use groundup_combinators::task::{Reason, ReasonEntry, Scheduler, Ticket};
use groundup_combinators::trace::{Access, Name, Touched, Wait};

use crate::wait_list::{Line, Place, WaitList};

pub(crate) mod brief;

/// The home of an object for which tasks wait for `N` different reasons.
pub(crate) struct Home<const N: usize = 1> {
    /// The kind of the object: `lock`, `queue`, ...
    kind: &'static str,
    name: OnceCell<Name>,
    place: &'static Location<'static>,
    entries: [OnceCell<ReasonEntry>; N],
}

impl<const N: usize> Home<N> {
    /// Makes the home of an object that the caller of the caller makes.
    #[track_caller]
    pub(crate) fn new(kind: &'static str) -> Self {
        Self::made_at(kind, Location::caller())
    }

    /// Makes the home of an object that was made at a place of the program.
    fn made_at(kind: &'static str, place: &'static Location<'static>) -> Self {
        Home {
            kind,
            name: OnceCell::new(),
            place,
            entries: [const { OnceCell::new() }; N],
        }
    }

    /// Gives the object a name. The reasons that are in the table keep the old one.
    pub(crate) fn set_name(&mut self, name: Name) {
        self.name = OnceCell::from(name);
    }

    /// Gives the object a name, if it has none. For objects that have several handles.
    pub(crate) fn name_once(&self, name: Name) {
        drop(self.name.set(name));
    }

    /// Returns the name of the object, or its kind if it has none.
    pub(crate) fn name(&self) -> &str {
        self.name.get().map_or(self.kind, |name| name)
    }

    /// Stores the reason of number `N` as the wait reason of the task that is polled with `cx`, and
    /// will join `line`, if the object has one. `wait` makes the reason of the name of the object.
    ///
    /// # Panics
    ///
    /// If the object belongs to another loop.
    #[inline]
    pub(crate) fn wait<'a>(
        &self,
        number: usize,
        cx: &Context<'_>,
        line: impl Into<Option<&'a WaitList>>,
        wait: impl FnOnce(&str) -> Wait,
    ) {
        self.touch(Access::Write);
        match self.entries[number].get() {
            Some(entry) if entry.scheduler().ticket_in(cx).is_some() => {
                entry.scheduler().waits_for(cx, Reason::Entry(entry));
            }
            _ => self.wait_slow(number, cx, line.into(), wait),
        }
    }

    /// Stores the reason of number `N`, and takes a place at the end of `line` for a future without
    /// one, if both need no call. Otherwise returns false, and has changed nothing.
    // Speed: lock_contended, queue_stream_1. The plain version is `wait` and `WaitList::join`.
    #[inline(always)]
    pub(crate) fn wait_plainly(
        &self,
        number: usize,
        cx: &Context<'_>,
        line: &WaitList,
        place: &mut Place,
    ) -> bool {
        let ticket = Scheduler::any_ticket_in(cx);
        ticket.is_some_and(|ticket| self.wait_plainly_as(number, ticket, line, place))
    }

    /// Does what [`wait_plainly`](Self::wait_plainly) does, for the ticket in the waker of the context.
    // Speed: lock_contended. The compiler knows the waker where it is made, and passes one word of it.
    #[inline(always)]
    pub(crate) fn wait_plainly_as(
        &self,
        number: usize,
        ticket: Ticket,
        line: &WaitList,
        place: &mut Place,
    ) -> bool {
        let Some(entry) = self.entries[number].get() else {
            return false;
        };
        let scheduler = entry.scheduler();
        if !scheduler.is_running(ticket) || !line.join_plainly(place, ticket) {
            return false;
        }
        scheduler.running_waits(Reason::Entry(entry));
        true
    }

    #[cold]
    fn wait_slow(
        &self,
        number: usize,
        cx: &Context<'_>,
        line: Option<&WaitList>,
        wait: impl FnOnce(&str) -> Wait,
    ) {
        let current = Scheduler::current();
        if let Some(home) = self.entries.iter().find_map(|entry| entry.get()) {
            let here = current.as_ref();
            if here.is_none_or(|here| !Rc::ptr_eq(here, home.scheduler())) {
                refuse(self.name(), self.place);
            }
        }
        let Some(scheduler) = current else {
            return;
        };
        let entry = self.entries[number].get_or_init(|| {
            let entry = ReasonEntry::made_at(&scheduler, wait(self.name()), Some(self.place));
            match line {
                Some(line) => entry.with_line(Rc::<Line>::clone(line)),
                None => entry,
            }
        });
        scheduler.waits_for(cx, Reason::Entry(entry));
        if Scheduler::any_is_watched() {
            scheduler.link_await(self.key(number), Reason::Entry(entry));
        }
    }

    /// Notes that the caller of the caller awaits the object for the reason of number `N`, if a loop is
    /// watched.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn note_await(&self, number: usize) {
        if Scheduler::any_is_watched() {
            self.note_watched(number);
        }
    }

    #[cold]
    #[inline(never)] // Speed: lock.
    #[track_caller]
    fn note_watched(&self, number: usize) {
        self.touch_watched(Access::Write);
        match self.entries[number].get() {
            Some(entry) => entry.note_await(),
            None => Scheduler::note_await_as(self.key(number)),
        }
    }

    /// Notes that the running task looks at the object, or changes it, if a chooser wants footprints. A
    /// future that one task makes may be polled and dropped by others, and each of them notes it.
    #[inline(always)]
    pub(crate) fn touch(&self, access: Access) {
        if Scheduler::any_is_watched() {
            self.touch_watched(access);
        }
    }

    #[cold]
    #[inline(never)]
    fn touch_watched(&self, access: Access) {
        Scheduler::touch(Touched::Object(self.key(0)), access);
    }

    /// Notes that a future whose place in a line is dropped touches the object, and frees the place.
    /// Returns true if the place had a token.
    pub(crate) fn leave(&self, line: &WaitList, place: &mut Place) -> bool {
        if !place.is_taken() {
            return false;
        }
        self.touch(Access::Write);
        line.leave(place)
    }

    /// Returns the key of a note for a reason that is not in the table yet: an address. The place that
    /// made the object tells it from an earlier object at this address.
    fn key(&self, number: usize) -> u64 {
        let made = ptr::from_ref(self.place).addr() as u64;
        ptr::from_ref(&self.entries[number]).addr() as u64 ^ made.rotate_left(32)
    }
}

impl<const N: usize> fmt::Debug for Home<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cold]
fn refuse(name: &str, place: &Location<'_>) -> ! {
    panic!(
        "{name} (made at {place}) is bound to a different event loop: a task of another loop has \
         waited for it, so it belongs there; make one for each loop"
    )
}

/// Returns the task that is polled with `cx`, or that polls the combinator which made `cx`.
#[inline]
pub(crate) fn polled_task(cx: &Context<'_>) -> Option<Ticket> {
    Scheduler::any_ticket_in(cx).or_else(running_task)
}

/// Returns the running task of the loop that runs on this thread.
#[cold]
pub(crate) fn running_task() -> Option<Ticket> {
    Scheduler::running_here()
}
