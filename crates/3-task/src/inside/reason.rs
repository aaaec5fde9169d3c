//! Reasons: how a primitive says what a task waits for.
//!
//! The problem: a primitive of a floor above knows what the task waits for, and this
//! floor packs it into a word. A primitive that is held, a lock or a queue, has more to
//! say than fits into a word, and says it anew when its holder changes.
//!
//! ```text
//!   about to return Pending ──> waits_for(cx, reason) ──> a word in the slot
//!   a lock, once ──> ReasonEntry::new ──> a number ──> Reason::Entry, in the word
//! ```
//!
//! Invariant: under a waker that is not the running task's own, nothing is said.
//!
//! Read next: `inside/group.rs`.

use std::rc::Rc;
use std::task::Context;

use groundup_interweave::trace::Wait;

use crate::handles::task_ref::TaskRef;
use crate::run::Scheduler;
use crate::run::waker::ticket_of;
use crate::wait::Word;

/// What a primitive outside this floor can say it waits for, to
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
    /// The end of another task, which is watched and not awaited: a cancel of
    /// the watcher stays with the watcher.
    Watched(&'a TaskRef),
    /// A task or promise, by its ticket; a cancel goes to it first (C05).
    Awaited(u64),
}

/// What a task has said in its step up to a point. It means something to that task
/// in that step. See [`Scheduler::said`] for an example.
#[derive(Clone, Copy, Debug)]
pub struct Said(u64);

/// A place in a loop's table of reasons, for primitives that have a holder.
///
/// ```
/// use groundup_task::{Reason, ReasonEntry, Scheduler, trace::Wait};
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
    word: u64,
}

impl ReasonEntry {
    /// Enters a reason.
    pub fn new(scheduler: &Rc<Scheduler>, wait: Wait) -> Self {
        ReasonEntry {
            word: scheduler.waits.enter(wait),
            scheduler: scheduler.clone(),
        }
    }

    /// Replaces the reason, as when a lock changes hands.
    pub fn set(&self, wait: Wait) {
        drop(self.scheduler.waits.replace(self.word, wait));
    }
}

impl Drop for ReasonEntry {
    fn drop(&mut self) {
        drop(self.scheduler.waits.leave(self.word));
    }
}

impl Scheduler {
    /// Says what the running task waits for. Call it when about to return
    /// `Pending`; it does nothing under a waker that is not the task's own.
    #[inline]
    pub fn waits_for(&self, cx: &Context<'_>, reason: Reason<'_>) {
        let word = match reason {
            Reason::Timer(at) => Word::timer(at),
            Reason::Outside => Word::OUTSIDE,
            Reason::Several => Word::SEVERAL,
            Reason::Entry(entry) => entry.word,
            Reason::Watched(task) => Word::watched(task.ticket()),
            Reason::Awaited(ticket) => ticket,
        };
        if ticket_of(cx) == Some(self.core.current()) {
            self.waits.add(&self.core, word);
        }
    }

    /// What the running task has said in this step so far, to come back to with
    /// [`unsay_since`](Scheduler::unsay_since).
    ///
    /// ```
    /// use groundup_task::{Reason, Scheduler};
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let waiting = scheduler.spawn(poll_fn(|cx| {
    ///     let scheduler = Scheduler::current().unwrap();
    ///     let said = scheduler.said();
    ///     scheduler.waits_for(cx, Reason::Outside);
    ///     scheduler.unsay_since(said); // it is not needed any more
    ///     scheduler.waits_for(cx, Reason::Timer(5_000_000_000));
    ///     Poll::<()>::Pending
    /// }));
    /// scheduler.run_until_idle();
    /// assert!(scheduler.explain(&waiting).ends_with("waits until 5.000 s"));
    /// ```
    #[inline]
    pub fn said(&self) -> Said {
        Said(self.core.running().map_or(0, |slot| slot.wait()))
    }

    /// What was said since is over: the futures that said it have ended or were let
    /// go of, in the same step.
    #[inline]
    pub fn unsay_since(&self, said: Said) {
        if let Some(slot) = self.core.running() {
            slot.set_wait(said.0);
        }
    }
}
