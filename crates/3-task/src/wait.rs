//! What a suspended task waits for, and how a primitive says it.
//!
//! The problem: "why does my program hang" has an answer only if every wait says
//! what it is for. So a primitive that is about to return `Pending` says so in
//! the task's slot: one store. Cancellation reads the same word: a cancel that
//! meets a task awaiting another task goes to the awaited (C05).
//!
//! ```text
//!  wait = 0                      nothing: a bare yield, or a future we do not know
//!         loop|generation|index  a task or a promise of this loop
//!         4095 | gen. | index    a task that is watched, not awaited
//!         0 | TIMER | deadline   a timer; from 13 days on in units of 16 us
//!         0 | HELD  | number     an entry of the table of reasons
//!         0 | SEVERAL, OUTSIDE
//! ```
//!
//! Invariants:
//! 1. The word is cleared before each step. What stands there was said in the
//!    last one.
//! 2. Two waits said in one step make `SEVERAL`: such a task is cancelled where
//!    it is, since no single thing it waits for could answer for it.
//! 3. A waker that is not the running task's own says nothing here.
//! 4. What is over in the step in which it was said is unsaid: by the wait itself
//!    when it is dropped, by a region when what is in it has ended, by a combinator
//!    that lets go of what it was lent. A combinator that does not know of this
//!    word, from another crate, leaves it, and then 2 holds.
//!
//! Read next: `registration.rs`, how it gets its wake.

use std::rc::Rc;
use std::task::Context;

use groundup_interweave::trace::{Name, Wait};

use crate::scheduler::Scheduler;
use crate::slot::Slot;
use crate::task_ref::TaskRef;
use crate::ticket::{LOOP, PROMISE};
use crate::waker::ticket_of;

const TIMER: u64 = 1 << 51;
const HELD: u64 = 1 << 50;
/// A deadline that would not fit beside the marks is kept without its last bits.
const FAR_SHIFT: u32 = 14;
/// A wait for a task that is watched: the loop number no loop has.
pub(crate) const WATCHED: u64 = LOOP;
pub(crate) const SEVERAL: u64 = 1;
const OUTSIDE: u64 = 2;

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

/// A place in a loop's table of reasons, for primitives that are held by somebody.
///
/// ```
/// use groundup_task::{Reason, ReasonEntry, Scheduler, trace::Wait, yield_now};
/// use std::{future::poll_fn, task::Poll};
///
/// # let scheduler = groundup_task::Scheduler::new().unwrap();
/// # let _entered = scheduler.enter();
/// # let task = scheduler.spawn(async {
/// let scheduler = Scheduler::current().unwrap();
/// let waiting = scheduler.spawn(async {
///     let scheduler = Scheduler::current().unwrap();
///     let entry = ReasonEntry::new(&scheduler, Wait::Other("a parcel".into()));
///     poll_fn(|cx| {
///         scheduler.waits_for(cx, Reason::Entry(&entry));
///         Poll::<()>::Pending
///     })
///     .await
/// });
/// yield_now().await;
/// assert!(scheduler.explain(&waiting).contains("a parcel"));
/// waiting.cancel();
/// # });
/// # while !scheduler.is_idle() {
/// #     scheduler.run_round(&mut groundup_task::NoRoot);
/// # }
/// # assert!(task.done() && !task.panicked());
/// ```
pub struct ReasonEntry {
    scheduler: Rc<Scheduler>,
    number: u32,
}

impl ReasonEntry {
    /// Enters a reason.
    pub fn new(scheduler: &Rc<Scheduler>, wait: Wait) -> Self {
        let number = scheduler.reasons.borrow_mut().insert(wait);
        ReasonEntry {
            scheduler: scheduler.clone(),
            number,
        }
    }

    /// Says it anew, as when a lock changes hands.
    pub fn set(&self, wait: Wait) {
        if let Some(entry) = self.scheduler.reasons.borrow_mut().get_mut(self.number) {
            *entry = wait;
        }
    }
}

impl std::fmt::Debug for ReasonEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReasonEntry({})", self.number)
    }
}

impl Drop for ReasonEntry {
    fn drop(&mut self) {
        self.scheduler.reasons.borrow_mut().remove(self.number);
    }
}

/// The deadline in the word of a timer; the last one is the one that never comes.
fn deadline(word: u64) -> u64 {
    match word & (HELD - 1) {
        at if word & HELD == 0 => at,
        at if at == HELD - 1 => u64::MAX,
        at => at << FAR_SHIFT,
    }
}

impl Scheduler {
    /// Says what the running task waits for. Call it when about to return
    /// `Pending`; it does nothing under a waker that is not the task's own.
    #[inline]
    pub fn waits_for(&self, cx: &Context<'_>, reason: Reason<'_>) {
        let word = match reason {
            Reason::Timer(at) if at < HELD => TIMER | at,
            Reason::Timer(at) => TIMER | HELD | (at >> FAR_SHIFT),
            Reason::Outside => OUTSIDE,
            Reason::Several => SEVERAL,
            Reason::Entry(entry) => HELD | u64::from(entry.number),
            Reason::Watched(task) => WATCHED | (task.ticket() & !LOOP),
            Reason::Awaited(ticket) => ticket,
        };
        if ticket_of(cx) == Some(self.current.get()) {
            self.say(word);
        }
    }

    #[inline]
    pub(crate) fn say(&self, word: u64) {
        if let Some(slot) = self.slots.get(crate::ticket::index(self.current.get())) {
            let before = slot.wait.get();
            slot.wait.set(if before == 0 || before == word {
                word
            } else {
                SEVERAL
            });
        }
    }

    /// What the running task has said in this step so far, to come back to with
    /// [`unsay_since`](Scheduler::unsay_since).
    ///
    /// ```
    /// use groundup_task::{Reason, Scheduler, yield_now};
    /// use std::{future::poll_fn, task::Poll};
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// # let task = scheduler.spawn(async {
    /// let scheduler = Scheduler::current().unwrap();
    /// let waiting = scheduler.spawn(async {
    ///     let scheduler = Scheduler::current().unwrap();
    ///     poll_fn(|cx| {
    ///         let said = scheduler.said();
    ///         scheduler.waits_for(cx, Reason::Outside);
    ///         scheduler.unsay_since(said); // it is not needed any more
    ///         scheduler.waits_for(cx, Reason::Timer(5_000_000_000));
    ///         Poll::<()>::Pending
    ///     })
    ///     .await
    /// });
    /// yield_now().await;
    /// assert!(scheduler.explain(&waiting).ends_with("waits until 5.000 s"));
    /// waiting.cancel();
    /// # });
    /// # while !scheduler.is_idle() {
    /// #     scheduler.run_round(&mut groundup_task::NoRoot);
    /// # }
    /// # assert!(task.done() && !task.panicked());
    /// ```
    #[inline]
    pub fn said(&self) -> Said {
        Said(self.running().map_or(0, |slot| slot.wait.get()))
    }

    /// What was said since is over: the futures that said it have ended or were let
    /// go of, in the same step.
    #[inline]
    pub fn unsay_since(&self, said: Said) {
        if let Some(slot) = self.running() {
            slot.wait.set(said.0);
        }
    }

    /// The running task has given the wait for `ticket` up, and may say another in
    /// the same step. Where two were said it stays with `SEVERAL`.
    pub(crate) fn unsay(&self, ticket: u64) {
        if let Some(slot) = self.running().filter(|slot| slot.wait.get() == ticket) {
            slot.wait.set(0);
        }
    }

    /// What the occupant of `slot` waits for, in words.
    pub(crate) fn wait_of(&self, slot: &Slot) -> Wait {
        let word = slot.wait.get();
        match word {
            0 => Wait::Nothing,
            SEVERAL => Wait::Several,
            OUTSIDE => Wait::Outside,
            word if word & LOOP != 0 => match self.slot_of(self.tag | (word & !LOOP)) {
                Some(other) if other.key.get() & PROMISE != 0 => {
                    Wait::Promise(u64::from(other.number.get()))
                }
                Some(_) => Wait::Task(
                    self.name_of(self.tag | (word & !LOOP))
                        .unwrap_or_else(|| Name::from("?")),
                ),
                None => Wait::Other(Name::from("a task that has ended")),
            },
            word if word & TIMER != 0 => Wait::Timer { at: deadline(word) },
            word => {
                let reason = self.reasons.borrow().get((word & !HELD) as u32).cloned();
                reason.unwrap_or(Wait::Outside)
            }
        }
    }
}
