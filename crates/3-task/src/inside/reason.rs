//! Stores the reason for which a task waits, for primitives above.
//!
//! The problem: a primitive of a floor above knows the reason for which its task waits, and
//! this floor packs the reason into a word. A primitive that has a name, such as a lock or a queue,
//! has a longer reason than fits into a word, perhaps with a holder that changes.
//!
//! ```text
//!   about to return Pending ──> waits_for(cx, reason) ──> a word in the slot
//!   a lock, once ──> ReasonEntry::new ──> a number ──> Reason::Entry, in the word
//!   the lock changes hands ──> held_by(holder) ──> the ticket of the holder, in the entry
//! ```
//!
//! Invariant: under a waker that is not the running task's own, no reason is stored.
//!
//! Read next: `inside/reason/running.rs`.

use std::rc::Rc;
use std::task::Context;

use groundup_interweave::trace::Wait;

use crate::core::reasons::{Holder, WaitLine};
use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::run::waker::ticket_of;
use crate::store::object::CallSite;
use crate::wait;

mod mark;
mod noted;
mod running;

pub use mark::ReasonMark;

/// The reason of a wait, which a primitive outside this floor passes to
/// [`Scheduler::waits_for`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Reason<'a> {
    /// A timer that is due at this time, in ns since the loop's beginning.
    Timer(u64),
    /// Something the loop cannot see: a thread, a device.
    Outside,
    /// More than one thing.
    Several,
    /// An entry of the table of reasons: a lock, a queue.
    Entry(&'a ReasonEntry),
    /// The end of another task, which is watched and not awaited: a cancel of the watching task
    /// stays with it.
    Watched(&'a TaskRef),
}

/// An entry in a loop's table of reasons, for primitives that have a holder, or a name.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
/// use groundup::lowlevel::{Reason, ReasonEntry, Scheduler};
/// use groundup::trace::Wait;
/// use std::{future::poll_fn, task::Poll};
///
/// let scheduler = Scheduler::new().unwrap();
/// let entry = ReasonEntry::new(&scheduler, Wait::Other("a parcel".into()));
/// let waiting = scheduler.spawn(poll_fn(move |cx| {
///     Scheduler::current().unwrap().waits_for(cx, Reason::Entry(&entry));
///     Poll::<()>::Pending
/// }));
/// scheduler.run_until_idle();
/// assert!(scheduler.explain(&waiting).contains("a parcel"));
/// # waiting.cancel();
/// # scheduler.run_until_idle();
/// ```
#[derive(Debug)]
pub struct ReasonEntry {
    scheduler: Rc<Scheduler>,
    pub(super) number: u32,
}

impl ReasonEntry {
    /// Adds a reason to the table.
    pub fn new(scheduler: &Rc<Scheduler>, wait: Wait) -> Self {
        Self::made_at(scheduler, wait, None)
    }

    /// Adds a reason to the table, with the place in the caller's source that made the primitive.
    /// A report says the place.
    pub fn made_at(scheduler: &Rc<Scheduler>, wait: Wait, place: Option<CallSite>) -> Self {
        ReasonEntry {
            number: scheduler.core.enter_reason(wait, place),
            scheduler: scheduler.clone(),
        }
    }

    /// Adds the reason of a combinator that polls futures in its own task, under wakers that it has
    /// made. A report adds the things for which these futures wait.
    pub fn for_futures(scheduler: &Rc<Scheduler>, wait: Wait) -> Self {
        let entry = Self::new(scheduler, wait);
        if let Some(mut reason) = scheduler.core.reason_mut(entry.number) {
            reason.for_futures = true;
        }
        entry
    }

    /// Adds the line of the primitive. So a report also names the primitive for a task that waits
    /// for several things, and for a future under the waker of another executor.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{Reason, ReasonEntry, Scheduler, StoredWaker, WaitLine, WaitingTask};
    /// use groundup::trace::Wait;
    /// use std::{cell::RefCell, future::poll_fn, rc::Rc, task::Poll};
    ///
    /// #[derive(Default)]
    /// struct Line(RefCell<Vec<StoredWaker>>);
    /// impl WaitLine for Line {
    ///     fn waiting(&self) -> Vec<WaitingTask> {
    ///         self.0.borrow().iter().filter_map(StoredWaker::waiting).collect()
    ///     }
    /// }
    /// let (scheduler, line) = (Scheduler::new().unwrap(), Rc::new(Line::default()));
    /// let parcel = ReasonEntry::new(&scheduler, Wait::Other("a parcel".into())).with_line(line.clone());
    /// let waiting = scheduler.spawn(poll_fn(move |cx| {
    ///     line.0.borrow_mut().push(StoredWaker::of(cx));
    ///     parcel.scheduler().waits_for(cx, Reason::Entry(&parcel));
    ///     parcel.scheduler().waits_for(cx, Reason::Outside);
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// let why = scheduler.explain(&waiting);
    /// assert!(why.ends_with("waits for several things, among them a parcel"), "{why}");
    /// # waiting.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    #[must_use]
    pub fn with_line(self, line: Rc<dyn WaitLine>) -> Self {
        let core = &self.scheduler.core;
        if let Some(mut reason) = core.reason_mut(self.number) {
            reason.line = Some(line);
        }
        self
    }

    /// Sets the word for the making of the thing, such as `accepted` of a connection. A report writes it
    /// before the place; without this it is `made`.
    pub fn set_word(&self, made: &'static str) {
        if let Some(mut reason) = self.scheduler.core.reason_mut(self.number) {
            reason.made = made;
        }
    }

    /// Returns the loop in whose table the entry is.
    #[inline]
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.scheduler
    }

    /// Stores the holder of the thing that the reason names, as when a lock changes hands. If the
    /// reason is a `Wait::Held` without a holder, a report looks up the name of this holder, and
    /// follows it to the reason for which the holder waits. If the reason is a `Wait::Other`, the
    /// holder is a producer, and a report follows it, too. Costs a look-up and a store.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } pub use groundup_task::trace; }
    /// use groundup::lowlevel::{Holder, Reason, ReasonEntry, Scheduler};
    /// use groundup::trace::Wait;
    /// use std::{future::{pending, poll_fn}, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let kant = scheduler.spawn_named("Kant", pending::<()>());
    /// let fork = ReasonEntry::new(&scheduler, Wait::Held { what: "fork".into(), by: None });
    /// fork.held_by(Holder::Task(kant.ticket()));
    /// let plato = scheduler.spawn_named("Plato", poll_fn(move |cx| {
    ///     fork.scheduler().waits_for(cx, Reason::Entry(&fork));
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// let why = scheduler.explain(&plato);
    /// assert!(why.starts_with("Plato waits for fork held by Kant, which waits for"), "{why}");
    /// # plato.cancel();
    /// # kant.cancel();
    /// # scheduler.run_until_idle();
    /// ```
    #[inline]
    pub fn held_by(&self, holder: Holder) {
        self.scheduler.core.set_holder(self.number, holder);
    }

    /// Replaces the reason, as when a combinator finds out more about the things that it awaits.
    pub fn set(&self, wait: Wait) {
        drop(self.scheduler.core.replace_reason(self.number, wait));
    }
}

impl Drop for ReasonEntry {
    fn drop(&mut self) {
        drop(self.scheduler.core.leave_reason(self.number));
    }
}

impl Scheduler {
    /// Stores the reason for which the running task waits. Call it when about to return
    /// `Pending`; it does nothing under a waker that is not the task's own.
    #[inline]
    pub fn waits_for(&self, cx: &Context<'_>, reason: Reason<'_>) {
        if ticket_of(cx) == Some(self.core.current()) {
            wait::add(&self.core, reason.word());
        }
    }
}
