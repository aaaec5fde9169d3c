//! Notes the places of awaits for the primitives of the floors above.
//!
//! The problem: a function that makes a future, such as `sleep` or `Lock::acquire`, knows the line that
//! calls it, by `#[track_caller]`. It does not know the reason of the wait, which the first poll makes.
//! So it notes the place with a key of its own, and the poll links the key to the reason.
//!
//! ```text
//!   sleep(2 s)       note_await_as(key of 2 s) ──> notes of the running task: key ─> src/main.rs:7:9
//!   its first poll   link_await(key, Timer(5.0)) ─────────────────────────────> timer at 5.0 ─> ..
//! ```
//!
//! Invariant: while no loop of the process is watched, a note costs a load and a branch.
//!
//! Read next: `inside/group.rs`.

use std::panic::Location;
use std::task::Context;

use crate::core::places::{any_is_watched, may_be_await};
use crate::inside::reason::{Reason, ReasonEntry};
use crate::run::Scheduler;
use crate::store::notes::Thing;
use crate::store::object::CallSite;
use crate::store::ticket::WaitWord;

impl Reason<'_> {
    /// Returns the wait word of the reason.
    #[inline]
    pub(super) fn word(self) -> WaitWord {
        match self {
            Reason::Timer(at) => WaitWord::timer(at),
            Reason::Outside => WaitWord::OUTSIDE,
            Reason::Several => WaitWord::SEVERAL,
            Reason::Entry(entry) => WaitWord::named(entry.number),
            Reason::Watched(task) => WaitWord::watched(task.ticket()),
        }
    }
}

impl Scheduler {
    /// Returns true if a loop of the process is watched: by a sink, or in debug mode. Only then is the
    /// place of an await worth a note.
    #[inline(always)]
    pub fn any_is_watched() -> bool {
        any_is_watched()
    }

    /// Notes that the caller polls a future which has stored its reason now, in the word of the running
    /// task. Call it only if [`any_is_watched`](Scheduler::any_is_watched), in a `poll` with
    /// `#[track_caller]`. If a combinator polls, no place is noted.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Reason, Scheduler};
    /// use std::{future::poll_fn, rc::Rc, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.set_debug(Some((Rc::new(|| 0), 1)));
    /// let waiting = scheduler.spawn(poll_fn(|cx| {
    ///     Scheduler::current().unwrap().waits_for(cx, Reason::Outside);
    ///     Scheduler::note_poll(cx); // a report says: awaited at this line
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// # drop(waiting);
    /// ```
    #[cold]
    #[track_caller]
    pub fn note_poll(cx: &Context<'_>) {
        let place = Location::caller();
        Self::peek(|scheduler| {
            let core = &scheduler.core;
            if scheduler.running_in(cx).is_some()
                && let Some(slot) = core.running()
                && slot.wait() != WaitWord::SEVERAL
                && may_be_await(place)
            {
                core.note_await(core.thing(slot.wait()), place);
            }
        });
    }

    /// Notes that the caller polls a future which the program has made at `place`, and which has stored
    /// its reason now: an entry, in the word of the running task. A place of the program that is noted for
    /// this entry already is nearer, and stays. A place in a library is not noted. With `None` it forgets
    /// the place of the entry: a future whose place no code knows waits for it now. Call it only if
    /// [`any_is_watched`](Scheduler::any_is_watched).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{Reason, ReasonEntry, Scheduler};
    /// use groundup::trace::Wait;
    /// use std::{future::poll_fn, panic::Location, rc::Rc, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.set_debug(Some((Rc::new(|| 0), 1)));
    /// let entry = ReasonEntry::new(&scheduler, Wait::Other("a parcel".into()));
    /// let place = Location::caller(); // of a function with `#[track_caller]`
    /// let waiting = scheduler.spawn(poll_fn(move |cx| {
    ///     entry.scheduler().waits_for(cx, Reason::Entry(&entry));
    ///     Scheduler::note_poll_made_at(cx, Some(place));
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// let why = scheduler.explain(&waiting);
    /// assert!(why.contains("waits for a parcel (awaited at "), "{why}");
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    #[cold]
    pub fn note_poll_made_at(cx: &Context<'_>, place: Option<CallSite>) {
        Self::peek(|scheduler| {
            let core = &scheduler.core;
            let running = scheduler.running_in(cx).and_then(|_| core.running());
            let Some(slot) = running.filter(|slot| slot.wait().entry().is_some()) else {
                return;
            };
            let known = core.place_of(slot, slot.wait());
            let thing = core.thing(slot.wait());
            match place {
                None => core.forget_await(thing),
                Some(place) if may_be_await(place) && !known.is_some_and(may_be_await) => {
                    core.note_await(thing, place);
                }
                Some(_) => {}
            }
        });
    }

    /// Notes that the caller awaits a thing whose reason is not known yet. The poll that makes the
    /// reason passes the same key to [`link_await`](Scheduler::link_await). Call it only if
    /// [`any_is_watched`](Scheduler::any_is_watched), in a function with `#[track_caller]`.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Reason, Scheduler};
    /// use std::{future::poll_fn, rc::Rc, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.set_debug(Some((Rc::new(|| 0), 1)));
    /// let waiting = scheduler.spawn(async {
    ///     Scheduler::note_await_as(7);
    ///     poll_fn(|cx| {
    ///         let scheduler = Scheduler::current().unwrap();
    ///         scheduler.waits_for(cx, Reason::Outside);
    ///         scheduler.link_await(7, Reason::Outside);
    ///         Poll::<()>::Pending
    ///     })
    ///     .await;
    /// });
    /// scheduler.run_until_idle();
    /// let why = scheduler.explain(&waiting);
    /// assert!(why.contains("waits for something outside the loop (awaited at "), "{why}");
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    #[cold]
    #[track_caller]
    pub fn note_await_as(key: u64) {
        if let Some(scheduler) = Scheduler::current() {
            (scheduler.core).note_await(Thing::Key(key), Location::caller());
        }
    }

    /// Does what [`note_await_as`](Scheduler::note_await_as) does, for a key that several things may
    /// have, as two sleeps of one delay. If two of them are noted at different places before the first
    /// poll of one, a report names the place of neither.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Reason, Scheduler};
    /// use std::{future::poll_fn, rc::Rc, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// scheduler.set_debug(Some((Rc::new(|| 0), 1)));
    /// let waiting = scheduler.spawn(async {
    ///     Scheduler::note_await_among(7);
    ///     Scheduler::note_await_among(7);
    ///     poll_fn(|cx| {
    ///         let scheduler = Scheduler::current().unwrap();
    ///         scheduler.waits_for(cx, Reason::Outside);
    ///         scheduler.link_await(7, Reason::Outside);
    ///         Poll::<()>::Pending
    ///     })
    ///     .await;
    /// });
    /// scheduler.run_until_idle();
    /// assert!(!scheduler.explain(&waiting).contains("awaited at"));
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    #[cold]
    #[track_caller]
    pub fn note_await_among(key: u64) {
        if let Some(scheduler) = Scheduler::current() {
            (scheduler.core).note_await_among(key, Location::caller());
        }
    }

    /// Links a key of [`note_await_as`](Scheduler::note_await_as) or
    /// [`note_await_among`](Scheduler::note_await_among) to the reason of the wait.
    #[cold]
    pub fn link_await(&self, key: u64, reason: Reason<'_>) {
        self.core.link_await(key, reason.word());
    }
}

impl ReasonEntry {
    /// Notes that the caller awaits the thing of this entry. Call it only if
    /// [`any_is_watched`](Scheduler::any_is_watched), in a function with `#[track_caller]`.
    #[cold]
    #[track_caller]
    pub fn note_await(&self) {
        let word = Reason::Entry(self).word();
        let core = &self.scheduler.core;
        core.note_await(core.thing(word), Location::caller());
    }
}
