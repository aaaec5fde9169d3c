//! The roof: one scheduler, composed of the parts beneath it.
//!
//! The problem: a round, an end, a cancel and a close each need several parts, in an order that
//! must never change, and call the user's code in between. If every part knew the others, all
//! of them would be one object. So a part knows only the parts beneath it. The scheduler above
//! owns all parts, runs them in order, and calls futures, wakers, hooks and drops in between.
//!
//! ```text
//!   handles, inside ──> Scheduler ─┬─ waker      the thread's scheduler, and its wakers
//!                                  ├─ moving     moves occupants into slots and out of them
//!                                  ├─ turn       a round, step after step
//!                                  ├─ entries    runs the entries that are no steps
//!                                  ├─ finish     ends a task, and wakes its waiters
//!                                  ├─ unseen     reports what no code has looked at
//!                                  ├─ observing  sets the sink, debug mode and the chooser
//!                                  ├─ events     emits the events of the trace
//!                                  ├─ report     calls the exception handler
//!                                  ├─ panics     runs code that may panic, and reports the panic
//!                                  ├─ cancelling performs the actions that `cancel` returns
//!                                  └─ close      ends the loop
//!                 composed of:   core · locals · groups · trace · cancels
//! ```
//!
//! Invariants:
//! 1. A slot is vacated only when its output was taken, or when no handle is left to take it.
//! 2. No cell is borrowed while the user's code runs, except that a step borrows the box of its
//!    own slot. The front page says why no other code needs this box meanwhile.
//!
//! Access: a part's state is private to the part, and the scheduler's own cells to this folder.
//! Handles reach a part through the scheduler, and the part takes `&core` as an argument.
//!
//! Read next: `run/waker.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::task::Context;

use groundup_interweave::trace::{Cause, Chooser, Verb};

use crate::cancel::{Cancels, gate};
use crate::core::held::Busy;
use crate::core::{Core, INTERRUPT};
use crate::group::Groups;
use crate::locals::Columns;
use crate::mailbox::remote::{Address, Unpark};
use crate::observe::Trace;
use crate::run::observing::START_COUNTS;
use crate::run::report::{ExceptionHandler, Report};
use crate::store::key::Mark;
use crate::store::lender::Lender;
use crate::store::object::NoRoot;
use crate::store::ticket::Ticket;

mod cancelling;
mod close;
mod entries;
mod events;
mod finish;
mod moving;
mod observing;
mod panics;
pub(crate) mod report;
mod turn;
mod unseen;
pub(crate) mod waker;

/// The core of an event loop: everything about tasks, nothing about time.
///
/// The floor above drives it: it [enters](Scheduler::enter) the thread, then calls
/// [`run_round`](Scheduler::run_round) as long as something is ready, as
/// [`run_until_idle`](Scheduler::run_until_idle) does. The front page has an example.
pub struct Scheduler {
    pub(crate) core: Core,
    pub(crate) locals: Columns,
    pub(crate) groups: Groups,
    pub(crate) trace: Trace,
    pub(crate) cancels: Cancels,
    /// The cause of the wakes that follow, if it is not the running task.
    cause: Cell<Option<Cause>>,
    handler: RefCell<Option<ExceptionHandler>>,
    /// Gets the reports while `handler` is none; if this is none, too, they are printed.
    default_handler: RefCell<Option<ExceptionHandler>>,
    /// Reports for the end of the iteration.
    later: RefCell<Vec<Report>>,
    chooser: Lender<Box<dyn Chooser>>,
    /// Whether `chooser` is set; every round tests it.
    // Speed: yield_one, hand_off.
    has_chooser: Cell<bool>,
    /// Numbers of the starts that tasks have got without a chooser.
    starts: [Cell<u32>; START_COUNTS],
    life: Cell<Life>,
    /// How many abandoned occupants are being dropped, one inside the other, and the tickets
    /// that wait until these have gone.
    drop_depth: Cell<u32>,
    drops_waiting: RefCell<VecDeque<Ticket>>,
}

/// How far the end of a scheduler has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Open,
    /// Close drops all tasks and callbacks, and those that these drops spawn. When none is
    /// left, the scheduler is closed; a late spawn brings it back here for a moment.
    Sweeping,
    /// No task or callback is left, and a new one is dropped at once.
    Closed,
}

impl Scheduler {
    /// Creates an empty scheduler; returns `None` if 4093 are alive in the process.
    pub fn new() -> Option<Rc<Scheduler>> {
        Self::tell_of_drops();
        Some(Rc::new(Scheduler {
            core: Core::new()?,
            locals: Columns::default(),
            groups: Groups::default(),
            trace: Trace::default(),
            cancels: Cancels::default(),
            cause: Cell::default(),
            handler: RefCell::default(),
            default_handler: RefCell::default(),
            later: RefCell::default(),
            chooser: Lender::default(),
            has_chooser: Cell::new(false),
            starts: [const { Cell::new(0) }; START_COUNTS],
            life: Cell::new(Life::Open),
            drop_depth: Cell::new(0),
            drops_waiting: RefCell::default(),
        }))
    }

    /// Returns true if the next round has no entries.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.core.ready_len() == 0
    }

    /// Runs rounds until nothing is ready: a loop without a clock, for examples and tests. It
    /// enters the thread if no scheduler has.
    pub fn run_until_idle(self: &Rc<Self>) {
        let _entered = self.enter();
        while !self.is_idle() {
            self.run_round(&mut NoRoot);
        }
    }

    /// Begins rounds, which end when the returned guard is dropped; `None` if none may begin.
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

    /// Returns true if a round runs, or a sink or a handler is called, further up this stack.
    /// Then no round can begin, and the loop cannot be closed.
    pub fn is_busy(&self) -> bool {
        self.core.is_busy()
    }

    /// Returns the number of entries of the next round.
    pub fn ready_len(&self) -> usize {
        self.core.ready_len()
    }

    /// Makes [`run_rounds`](Self::run_rounds) return after every round, until
    /// `interrupt(false)`: the floor above has something to do between rounds.
    pub fn interrupt(&self, wanted: bool) {
        self.core.attend(INTERRUPT, wanted);
    }

    /// Redeems a ticket: its task steps in the next round, if it still can.
    #[inline]
    pub fn wake(&self, ticket: Ticket) {
        if !self.core.wake_plain(ticket) {
            self.wake_slow(ticket);
        }
    }

    #[cold]
    fn wake_slow(&self, ticket: Ticket) {
        let core = &self.core;
        // A callback runs when it is due: no waker wakes it.
        let task = core.slot_of(ticket).filter(|slot| slot.is_task());
        let woken = task.and_then(|_| core.schedule(ticket));
        if woken.is_none_or(|slot| !slot.has(Mark::Observed)) {
            return;
        }
        let by = self.cause_of_wake(ticket);
        self.emit(core.id_of(ticket), Verb::Wake { by });
    }

    /// Returns the number of groups, and the number of registrations ever made. When every
    /// combinator is dropped, no group is left. The difference of registrations over a stretch
    /// of a program is the cost of its waits.
    pub fn groups(&self) -> (usize, u64) {
        self.groups.tally()
    }

    /// Returns true if a future must keep its value for now, because a cancel is on its way in
    /// the running task, and wins over the value. Then this has woken the caller, and the future
    /// returns `Pending`. A leaf future of a floor above, one that polls no other future, calls
    /// this before it returns `Ready`. A future that polls others need not: its leaves do.
    #[inline]
    pub fn holds_back(cx: &Context<'_>) -> bool {
        gate::holds_back(cx)
    }

    /// Does what [`holds_back`](Self::holds_back) does for a future that must first find out if
    /// it has a value. `ready` finds out, and is called only while a cancel looks for its
    /// place.
    #[inline]
    pub fn holds_back_if(cx: &Context<'_>, ready: impl FnOnce() -> bool) -> bool {
        gate::holds_back_if(cx, ready)
    }

    /// Returns true if a cancel is being delivered into the running step, and no
    /// [`catch_cancel`](crate::catch_cancel) has taken it yet. A combinator that polls only its
    /// woken members must poll all of them then, so that the cancel reaches its place.
    #[inline]
    pub fn is_delivering(&self) -> bool {
        self.cancels.is_delivering()
    }
}

/// Panics because the caller asks for something impossible from inside the loop. If a panic is
/// under way already, it only returns: a second panic would end the process.
#[cold]
#[track_caller]
fn refuse(why: &str) {
    if !std::thread::panicking() {
        panic!("{why}");
    }
}

/// The loop's end of its mailbox.
impl Scheduler {
    /// Returns the address that other threads send to.
    pub fn address(&self) -> Address {
        self.core.home().address
    }

    /// Sets the function that wakes the thread when it sleeps; called from any thread.
    pub fn set_unpark(&self, unpark: Option<Unpark>) {
        self.core.home().set_unpark(unpark);
    }

    /// Returns true if another thread has left a message. Costs one load.
    #[inline]
    pub fn has_mail(&self) -> bool {
        self.core.home().mailbox.asked()
    }

    /// Returns a guard if the thread may go to sleep. While the guard lives, the thread counts as
    /// asleep, and every message unparks it.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// let scheduler = groundup::lowlevel::Scheduler::new().unwrap();
    /// let parking = scheduler.try_park().expect("no message has come");
    /// assert!(scheduler.try_park().is_none(), "asleep already");
    /// drop(parking);
    /// assert!(scheduler.try_park().is_some());
    /// ```
    pub fn try_park(&self) -> Option<Parking<'_>> {
        let parked = self.core.home().mailbox.try_park();
        parked.then_some(Parking { scheduler: self })
    }
}

/// A thread that sleeps or is about to; dropping it marks the thread as awake. Made by
/// [`Scheduler::try_park`].
#[must_use = "dropping it marks the thread as awake"]
pub struct Parking<'a> {
    scheduler: &'a Scheduler,
}

impl Parking<'_> {
    /// Lets the thread count as asleep until the scheduler [enters](Scheduler::enter) a thread
    /// again: for a loop that runs in pieces, inside another one.
    pub fn stay_parked(self) {
        std::mem::forget(self);
    }
}

impl Drop for Parking<'_> {
    fn drop(&mut self) {
        self.scheduler.core.home().mailbox.end_park();
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tasks, ready) = (self.core.living().len(), self.core.ready_len());
        write!(f, "Scheduler({tasks} tasks, {ready} ready)")
    }
}
