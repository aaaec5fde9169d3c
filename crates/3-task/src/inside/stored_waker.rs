//! Stores the waker of one waiting future.
//!
//! The problem: nearly every waiter is a task of a loop. Its waker is a ticket, which is stored and
//! redeemed without a call through a table of functions. Any other waker is code of another crate.
//! Its clone, its call and its drop may do anything, also use the same primitive again, and each of
//! them may panic.
//!
//! ```text
//!   cx ──> a waker of a loop? ── yes ──> the ticket: 8 bytes, nothing to drop
//!               │ no
//!               └──> a box: a clone, the record of the hidden wait, the loop
//! ```
//!
//! A primitive that stores tickets alone need not even keep a handle of the loop: the running task of the
//! thread is known, and its reason has a number ([`Scheduler::running_waits_for`]).
//!
//! Invariants:
//! 1. A ticket is compared, stored and dropped without a call of foreign code.
//! 2. A panic of a foreign waker in its wake goes no further: the loop reports it. Where there is no
//!    loop, it is printed.
//!
//! Read next: `inside/reason.rs`.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::task::Context;

use crate::core::Core;
use crate::core::reasons::WaitingTask;
use crate::error::panic::drop_told_by;
use crate::inside::reason::ReasonEntry;
use crate::mailbox::remote::Address;
use crate::run::Scheduler;
use crate::run::waker::ticket_of;
use crate::store::hidden::ForeignWaker;
use crate::store::object::CallSite;
use crate::store::ticket::{Ticket, WaitWord};
use crate::wait;

/// Wakes one waiting future, for a primitive that keeps it while the future waits.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::{Scheduler, StoredWaker};
/// use std::{cell::Cell, future::poll_fn, rc::Rc, task::Poll};
///
/// let scheduler = Scheduler::new().unwrap();
/// let stored = Rc::new(Cell::new(None));
/// let (store, mut polls) = (stored.clone(), 0);
/// let task = scheduler.spawn(poll_fn(move |cx| {
///     store.set(Some(StoredWaker::of(cx)));
///     polls += 1;
///     if polls == 2 { Poll::Ready(()) } else { Poll::Pending }
/// }));
/// scheduler.call_soon(move || stored.take().unwrap().wake()); // after the first poll
/// scheduler.run_until_idle();
/// assert!(task.done());
/// ```
pub struct StoredWaker(Stored);

enum Stored {
    /// The ticket of a task of a loop.
    Ticket(Ticket),
    /// The waker of another executor, or of a combinator that makes its own, and the loop that
    /// calls it.
    Foreign(Box<(ForeignWaker, Option<Rc<Scheduler>>)>),
}

impl From<Ticket> for StoredWaker {
    /// Makes it of the ticket in a waker, see [`Scheduler::any_ticket_in`].
    #[inline]
    fn from(ticket: Ticket) -> Self {
        StoredWaker(Stored::Ticket(ticket))
    }
}

impl StoredWaker {
    /// Stores the waker of `cx`. A foreign waker will be called by the loop that runs now, or else by
    /// the one that runs at the wake.
    #[inline]
    pub fn of(cx: &Context<'_>) -> Self {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) => ticket.into(),
            None => Self::foreign(cx, Scheduler::current()),
        }
    }

    /// Stores the waker of `cx`. A foreign waker will be called by the loop that `scheduler` returns.
    #[inline]
    pub fn called_by(cx: &Context<'_>, scheduler: impl FnOnce() -> Rc<Scheduler>) -> Self {
        match Scheduler::any_ticket_in(cx) {
            Some(ticket) => ticket.into(),
            None => Self::foreign(cx, Some(scheduler())),
        }
    }

    #[cold]
    fn foreign(cx: &Context<'_>, scheduler: Option<Rc<Scheduler>>) -> Self {
        let foreign = Box::new((ForeignWaker::of(cx), scheduler));
        StoredWaker(Stored::Foreign(foreign))
    }

    /// Returns true if it is a clone of a waker, and no ticket. The clone may have run any code.
    #[inline]
    pub fn is_foreign(&self) -> bool {
        matches!(self.0, Stored::Foreign(_))
    }

    /// Returns true if it wakes the future that is polled with `cx`.
    #[inline]
    pub fn is_of(&self, cx: &Context<'_>) -> bool {
        match &self.0 {
            Stored::Ticket(ticket) => Scheduler::any_ticket_in(cx) == Some(*ticket),
            Stored::Foreign(stored) => stored.0.is_of(cx),
        }
    }

    /// Makes this wake the future that is polled with `cx`. Returns false, and changes nothing, if
    /// that takes a new waker.
    #[inline]
    pub fn renew(&mut self, cx: &Context<'_>) -> bool {
        match (&mut self.0, Scheduler::any_ticket_in(cx)) {
            (Stored::Ticket(stored), Some(ticket)) => {
                *stored = ticket;
                true
            }
            (Stored::Foreign(stored), None) => stored.0.is_of(cx),
            _ => false,
        }
    }

    /// Returns the task that waits, for reports. Under a foreign waker it is the task in which the
    /// waker was stored, if there was one.
    pub fn ticket(&self) -> Option<Ticket> {
        match &self.0 {
            Stored::Ticket(ticket) => Some(*ticket),
            Stored::Foreign(stored) => stored.0.task(),
        }
    }

    /// Returns the ticket, if this is one and no foreign waker.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{StoredWaker, Ticket};
    ///
    /// let stored = StoredWaker::from(Ticket::NONE);
    /// assert_eq!(stored.ticket_unless_foreign(), Some(Ticket::NONE));
    /// ```
    #[inline]
    pub fn ticket_unless_foreign(&self) -> Option<Ticket> {
        match &self.0 {
            Stored::Ticket(ticket) => Some(*ticket),
            Stored::Foreign(_) => None,
        }
    }

    /// Returns the task that waits, for a [`WaitLine`](crate::WaitLine).
    pub fn waiting(&self) -> Option<WaitingTask> {
        let hidden = self.is_foreign();
        self.ticket().map(|ticket| WaitingTask { ticket, hidden })
    }

    /// Wakes the future. A panic of a foreign waker goes no further.
    #[inline]
    pub fn wake(self) {
        match self.0 {
            Stored::Ticket(ticket) => Scheduler::wake_ticket(ticket),
            Stored::Foreign(stored) => Self::wake_foreign(*stored),
        }
    }

    #[cold]
    fn wake_foreign((waker, scheduler): (ForeignWaker, Option<Rc<Scheduler>>)) {
        let waker = waker.into_waker();
        match scheduler.or_else(Scheduler::current) {
            Some(scheduler) => scheduler.wake_foreign(waker),
            None => drop_told_by(|| waker.wake()),
        }
    }
}

impl ReasonEntry {
    /// Returns its number in the table of the loop, for
    /// [`running_waits_for`](Scheduler::running_waits_for).
    #[inline]
    pub fn number(&self) -> u32 {
        self.number
    }
}

impl Scheduler {
    /// Wakes the task of a ticket and returns true, if it is a task of the thread's scheduler that nothing
    /// observes, and the ready queue has room. Otherwise it does nothing, and the caller calls
    /// [`wake_ticket`](Scheduler::wake_ticket). It calls no code of the user's.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let task = scheduler.spawn(std::future::pending::<()>());
    /// scheduler.run_until_idle();
    /// assert!(!Scheduler::wake_plainly(task.ticket()), "no scheduler has entered");
    /// let _entered = scheduler.enter();
    /// if !Scheduler::wake_plainly(task.ticket()) {
    ///     Scheduler::wake_ticket(task.ticket());
    /// }
    /// assert_eq!(scheduler.ready_len(), 1);
    /// ```
    #[inline]
    pub fn wake_plainly(ticket: Ticket) -> bool {
        Self::peek(|scheduler| scheduler.core.wake_plain(ticket)) == Some(true)
    }

    /// Stores the reason `what` for the task that takes a step on this thread, and returns its ticket, if
    /// `cx` has the waker of that task and `home` is the address of its loop. If `home` is empty, this
    /// loop is entered there. Otherwise it stores nothing. It is for a thing without a name that was made at
    /// `place`, which needs no entry of its own in the table of reasons: the loop keeps one entry for all
    /// such things that are made there.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::Scheduler;
    /// use std::{cell::Cell, future::poll_fn, panic::Location, task::Poll};
    ///
    /// let (scheduler, place) = (Scheduler::new().unwrap(), Location::caller());
    /// let home = Cell::new(None);
    /// let waiting = scheduler.spawn(poll_fn(move |cx| {
    ///     let stored = Scheduler::running_waits_for_nameless(cx, "a parcel", place, &home);
    ///     assert_eq!(stored, Scheduler::running_here());
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// assert!(scheduler.explain(&waiting).contains("waits for a parcel (made at "));
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    // Speed: oneshot. The usual way makes no call: the reason is that of the last wait.
    #[inline]
    pub fn running_waits_for_nameless(
        cx: &Context<'_>,
        what: &'static str,
        place: CallSite,
        home: &Cell<Option<Address>>,
    ) -> Option<Ticket> {
        let ticket = ticket_of(cx)?;
        let last = |core: &Core| core.last_reason_at(what, place);
        let stored = Self::peek(|scheduler| scheduler.waits_at_home(ticket, home, last));
        match stored {
            Some(true) => Some(ticket),
            _ => Self::waits_for_other(ticket, what, place, home),
        }
    }

    /// Does the same for a reason that may be another one than that of the last wait.
    #[cold]
    #[inline(never)]
    fn waits_for_other(
        ticket: Ticket,
        what: &'static str,
        place: CallSite,
        home: &Cell<Option<Address>>,
    ) -> Option<Ticket> {
        let any = |core: &Core| Some(core.reason_at(what, place));
        let stored = Self::peek(|scheduler| scheduler.waits_at_home(ticket, home, any));
        (stored == Some(true)).then_some(ticket)
    }

    /// Stores the reason that `reason` finds, if the task of `ticket` runs and this loop is its home.
    #[inline(always)]
    fn waits_at_home(
        &self,
        ticket: Ticket,
        home: &Cell<Option<Address>>,
        reason: impl FnOnce(&Core) -> Option<u32>,
    ) -> bool {
        let core = &self.core;
        // Speed: oneshot. The address is read where it is needed, so no register keeps it meanwhile.
        let here = || core.loop_side().address;
        let is_home = home.get().is_none_or(|home| home == here());
        if !is_home || ticket != core.current() {
            return false;
        }
        let Some(number) = reason(core) else {
            return false;
        };
        home.set(Some(here()));
        wait::add_to(core, ticket, WaitWord::named(number));
        true
    }
}

impl fmt::Debug for StoredWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoredWaker").field(&self.ticket()).finish()
    }
}
