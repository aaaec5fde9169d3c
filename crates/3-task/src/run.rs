//! The roof: one scheduler, composed of the parts beneath it.
//!
//! The problem: a turn, an end, a cancel and a close each need several parts, in an
//! order that must never change, and in between they call the user's code. Were every
//! part to know the others, all of them would be one object. So the parts know only
//! what is beneath them, and the scheduler above composes them: it owns them, walks
//! through them in order, and calls futures, wakers, hooks and drops in between.
//!
//! ```text
//!   handles, inside ──> Scheduler ─┬─ waker      the thread's scheduler, and its wakers
//!                                  ├─ moving     in and out of a slot
//!                                  ├─ turn       what is ready, one step each
//!                                  ├─ entries    entries that are no steps
//!                                  ├─ finish     an end, and who is told of it
//!                                  ├─ observing  sink, debug mode, chooser
//!                                  ├─ events     what the trace is told
//!                                  ├─ report     what nobody else would hear of
//!                                  ├─ cancelling what a cancel wants done next
//!                                  └─ close      the end of all
//!                 composed of:   core · locals · waits · groups · trace · cancels
//! ```
//!
//! Invariants:
//! 1. A slot is vacated only when its output was taken or nobody can take it.
//! 2. The user's code is called while no cell is borrowed, with the exceptions that the
//!    front page names.
//!
//! Who may touch what: a part's state is private to the part, and the scheduler's own
//! cells to this folder. Handles reach a part through the scheduler, and the part takes
//! `&core` as an argument.
//!
//! Read next: `run/waker.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::task::Context;

use groundup_interweave::trace::{Cause, Chooser, Verb};

use crate::cancel::{Cancels, gate};
use crate::core::{Busy, Core, INTERRUPT};
use crate::group::Groups;
use crate::locals::Columns;
use crate::mailbox::remote::{Address, Unpark};
use crate::observe::Trace;
use crate::run::report::{ExceptionHandler, Report};
use crate::store::key::Mark;
use crate::store::lender::Lender;
use crate::store::object::NoRoot;
use crate::wait::Waits;

mod cancelling;
mod close;
mod entries;
mod events;
mod finish;
mod moving;
mod observing;
pub(crate) mod report;
mod turn;
pub(crate) mod waker;

/// The core of an event loop: everything about tasks, nothing about time.
///
/// A floor above drives it: [`enter`](Scheduler::enter) the thread, then
/// [`run_round`](Scheduler::run_round) as long as there is something ready, as
/// [`run_until_idle`](Scheduler::run_until_idle) does. The front page has an example.
pub struct Scheduler {
    pub(crate) core: Core,
    pub(crate) locals: Columns,
    pub(crate) waits: Waits,
    pub(crate) groups: Groups,
    pub(crate) trace: Trace,
    pub(crate) cancels: Cancels,
    /// A cause for the next wakes, if it is not the running task.
    cause: RefCell<Option<Cause>>,
    handler: RefCell<Option<ExceptionHandler>>,
    /// Reports to be told at the end of the iteration.
    later: RefCell<Vec<Report>>,
    chooser: Lender<Box<dyn Chooser>>,
    /// Looked at in every round.
    // Speed: yield_one, hand_off.
    has_chooser: Cell<bool>,
    life: Cell<Life>,
    /// How many are being dropped for want of a handle, one inside the other, and what
    /// waits until they have gone.
    leaving: Cell<u32>,
    left: RefCell<VecDeque<u64>>,
}

/// How far a scheduler is with its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Open,
    /// The living are being dropped, and tasks spawned by that will be. When all are, it
    /// is closed, until something is spawned late.
    Sweeping,
    /// Nothing lives, and what is spawned is dropped at once.
    Closed,
}

impl Scheduler {
    /// A scheduler with nothing in it; `None` if 4093 are alive in the process.
    pub fn new() -> Option<Rc<Scheduler>> {
        Some(Rc::new(Scheduler {
            core: Core::new()?,
            locals: Columns::default(),
            waits: Waits::default(),
            groups: Groups::default(),
            trace: Trace::default(),
            cancels: Cancels::default(),
            cause: RefCell::default(),
            handler: RefCell::default(),
            later: RefCell::default(),
            chooser: Lender::default(),
            has_chooser: Cell::new(false),
            life: Cell::new(Life::Open),
            leaving: Cell::new(0),
            left: RefCell::default(),
        }))
    }

    /// Returns true if the next round has nothing in it.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.core.ready_len() == 0
    }

    /// Runs rounds until nothing is ready: a loop without a clock, for examples and
    /// tests. Enters the thread if no scheduler has.
    pub fn run_until_idle(self: &Rc<Self>) {
        let _entered = self.enter();
        while !self.is_idle() {
            self.run_round(&mut NoRoot);
        }
    }

    /// Begins rounds, which end when what this gives is dropped; `None` if none may begin.
    #[inline]
    fn begin_rounds(&self) -> Option<Busy<'_>> {
        if self.core.is_busy() {
            refuse(
                "a round of this loop cannot begin inside what the loop runs: await what you wait \
                 for, or spawn it",
            );
            return None;
        }
        (self.life.get() != Life::Sweeping).then(|| self.core.be_busy())
    }

    /// Returns true if a round runs, or a sink or a handler is called, further up on this
    /// stack: then no round can begin, and the loop cannot be closed.
    pub fn is_busy(&self) -> bool {
        self.core.is_busy()
    }

    /// How many entries the next round has.
    pub fn ready_len(&self) -> usize {
        self.core.ready_len()
    }

    /// Has [`run_rounds`](Self::run_rounds) end after every round until this is
    /// taken back: the floor above wants to be asked.
    pub fn interrupt(&self, wanted: bool) {
        self.core.attend(INTERRUPT, wanted);
    }

    /// Redeems a ticket: its task steps in the next round, if it still can.
    #[inline]
    pub fn wake(&self, ticket: u64) {
        if !self.core.wake_plain(ticket) {
            self.wake_slow(ticket);
        }
    }

    #[cold]
    fn wake_slow(&self, ticket: u64) {
        let core = &self.core;
        // A callback is called when it is due: no waker wakes it.
        let task = core.slot_of(ticket).filter(|slot| slot.is_task());
        let woken = task.and_then(|_| core.schedule(ticket));
        if woken.is_none_or(|slot| !slot.has(Mark::Observed)) {
            return;
        }
        let by = self.cause_of_wake(ticket);
        self.emit(core.id_of(ticket), Verb::Wake { by });
    }

    /// How many groups there are, none when every combinator has let go; and how many
    /// registrations were ever made, which over a stretch of a program is what its
    /// waiting costs.
    pub fn groups(&self) -> (usize, u64) {
        self.groups.tally()
    }

    /// Returns true if a future that has a value is to keep it for now, since a cancel is
    /// looking for its place in the running task (C06). Its caller is woken then. Each
    /// future that a floor above makes of nothing but wakes asks this before it gives a
    /// value; one that is made of others has it from them.
    #[inline]
    pub fn holds_back(cx: &Context<'_>) -> bool {
        gate::holds_back(cx)
    }

    /// As [`holds_back`](Self::holds_back), for a future that would have to look whether it
    /// has a value: `ready` looks, where it matters.
    #[inline]
    pub fn holds_back_if(cx: &Context<'_>, ready: impl FnOnce() -> bool) -> bool {
        gate::holds_back_if(cx, ready)
    }

    /// Returns true if the running step is one into which a cancel is being delivered,
    /// and no [`catch_cancel`](crate::catch_cancel) has taken it yet. A combinator that
    /// polls only the woken polls everything then, or the cancel could not get through.
    #[inline]
    pub fn is_delivering(&self) -> bool {
        self.cancels.is_delivering()
    }
}

/// What cannot be done from inside is a panic of the caller's, unless one is on
/// its way already: then it is not done, since a second panic would end the process.
#[cold]
#[track_caller]
fn refuse(why: &str) {
    if !std::thread::panicking() {
        panic!("{why}");
    }
}

/// The loop's end of its mailbox.
impl Scheduler {
    /// Where other threads can write to.
    pub fn address(&self) -> Address {
        self.core.home().address
    }

    /// Sets the function that wakes the thread when it sleeps; called from any thread.
    pub fn set_unpark(&self, unpark: Option<Unpark>) {
        self.core.home().set_unpark(unpark);
    }

    /// Returns true if another thread has left something: one load.
    #[inline]
    pub fn has_mail(&self) -> bool {
        self.core.home().mailbox.asked()
    }

    /// Returns true if the thread may go to sleep; from then on, every message unparks.
    pub fn may_sleep(&self) -> bool {
        self.core.home().mailbox.may_sleep()
    }

    /// The thread is awake again.
    pub fn rise(&self) {
        self.core.home().mailbox.rise();
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tasks, ready) = (self.core.living().len(), self.core.ready_len());
        write!(f, "Scheduler({tasks} tasks, {ready} ready)")
    }
}
