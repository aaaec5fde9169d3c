//! The scheduler, which owns the parts and calls them in order.
//!
//! The problem: a round, an end, a cancel and a close each need several parts, in an order that
//! must never change, and call the user's code in between. If every part knew the others, all
//! of them would be one object. So a part knows only the parts beneath it. The scheduler above
//! owns all parts, runs them in order, and calls futures, wakers, hooks and drops in between.
//!
//! | page | what it does | called by |
//! |---|---|---|
//! | `turn` | runs a round, step after step | the floor above |
//! | `turn/slow` | takes a step with a cancel, a region or an observer | `turn` |
//! | `entries` | runs the entries that are no steps | `turn`; the floor above posts some |
//! | `finish` | ends a task, and wakes its waiters | `turn`, `cancelling`, handles |
//! | `cancelling` | performs the actions that `cancel` returns | handles, `inside`, `turn/slow`, `entries` |
//! | `moving` | moves occupants into slots and out of them | handles, `finish`, `close` |
//! | `waker` | the thread's scheduler, and its wakers | a `Waker`, the floor above |
//! | `panics` | runs code that may panic, and reports the panic | each page that calls such code |
//! | `unseen`, `report` | reports what no code has looked at; calls the exception handler | `finish`, `panics` |
//! | `events`, `observing` | emits the events of the trace; sets the sink, debug mode and the chooser | each page that has an event; the floor above |
//! | `close` | ends the loop | the floor above |
//!
//! Invariants:
//! 1. A slot is vacated only when its output was taken, no handle is left, or the loop is closed.
//! 2. No cell is borrowed while the user's code runs. A step takes the box of its own slot out, and
//!    the front page says why no other code needs this box meanwhile.
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
use crate::core::calls::Busy;
use crate::core::{Core, WANTED_BACK};
use crate::group::Groups;
use crate::locals::Columns;
use crate::mailbox::remote::{Address, Unpark};
use crate::observe::Trace;
use crate::run::report::{ExceptionHandler, Report};
use crate::store::key::Mark;
use crate::store::lender::Lender;
use crate::store::object::NoRoot;
use crate::store::ticket::Ticket;
use crate::wait::listed::WokenLists;

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
    pub(crate) woken_lists: WokenLists,
    /// The cause of the wakes that follow, if it is not the running task.
    cause: Cell<Option<Cause>>,
    handler: RefCell<Option<ExceptionHandler>>,
    /// Gets the reports while `handler` is none; if this is none, too, they are printed.
    default_handler: RefCell<Option<ExceptionHandler>>,
    later: RefCell<Vec<Report>>, // for the end of the iteration
    chooser: Lender<Box<dyn Chooser>>,
    has_chooser: Cell<bool>,
    long_rounds: Cell<bool>, // a chooser or debug mode is set. Speed: yield_one, hand_off.
    asked: Cell<u64>,        // the choices that were made inside the rounds
    life: Cell<Life>,
    late: RefCell<Vec<Ticket>>, // the occupants that came while it was refusing
    drop_depth: Cell<u32>,      // abandoned occupants that are being dropped, one inside the other
    /// The abandoned occupants that wait until these drops have ended.
    drops_waiting: RefCell<VecDeque<Ticket>>,
}

/// How far the end of a scheduler has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Open,
    /// Close drops all tasks and callbacks, and all that these drops bring in.
    Sweeping,
    /// No task or callback is left.
    Closed,
    /// One came after the close, and is dropped, with all that this drop brings in.
    Refusing,
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
            woken_lists: WokenLists::default(),
            cause: Cell::default(),
            handler: RefCell::default(),
            default_handler: RefCell::default(),
            later: RefCell::default(),
            chooser: Lender::default(),
            has_chooser: Cell::new(false),
            long_rounds: Cell::new(false),
            asked: Cell::new(0),
            life: Cell::new(Life::Open),
            late: RefCell::default(),
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
        let open = matches!(self.life.get(), Life::Open | Life::Closed);
        open.then(|| self.core.be_busy())
    }

    /// Returns true if a round, a sink or a handler runs: no round can begin, and no close.
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
        self.core.attend(WANTED_BACK, wanted);
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
        if self.wake_listed(ticket) {
            return;
        }
        let core = &self.core;
        core.touch_ready(ticket);
        // A callback runs when it is due: no waker wakes it.
        let task = core.slot_unnoted(ticket).filter(|slot| slot.is_task());
        let woken = task.and_then(|_| core.schedule(ticket));
        if woken.is_none_or(|slot| !slot.has(Mark::Observed)) {
            return;
        }
        let by = self.cause_of_wake(ticket);
        self.emit(core.id_of(ticket), Verb::Wake { by });
    }

    /// Returns true if a future must keep its value for now, because a cancel is on its way in
    /// the running task, and wins over the value. If it returns true, it has woken the caller's
    /// waker, and the future must return `Pending`. A leaf future of a floor above, one that polls
    /// no other future, calls this before it returns `Ready`. A future that polls others need not:
    /// its leaves do.
    #[inline]
    pub fn holds_back(cx: &Context<'_>) -> bool {
        gate::holds_back(cx)
    }

    /// Does what [`holds_back`](Self::holds_back) does for a future that must first find out if it
    /// has a value. `ready` finds out, and is called only while a cancel looks for its region.
    #[inline]
    pub fn holds_back_if(cx: &Context<'_>, ready: impl FnOnce() -> bool) -> bool {
        gate::holds_back_if(cx, ready)
    }

    /// Returns true if a cancel is being delivered into the running step, and no
    /// [`catch_cancel`](crate::catch_cancel) has taken it yet. A combinator that polls only its
    /// woken members must poll all of them then, so that the cancel reaches its region.
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

/// The loop's side of its mailbox.
impl Scheduler {
    /// Returns the address that other threads send to.
    pub fn address(&self) -> Address {
        self.core.loop_side().address
    }

    /// Sets the function that unparks the loop; called from any thread.
    pub fn set_unpark(&self, unpark: Option<Unpark>) {
        self.core.loop_side().set_unpark(unpark);
    }

    /// Returns true if another thread has left a message. Costs one load.
    #[inline]
    pub fn has_mail(&self) -> bool {
        self.core.loop_side().mailbox.asked()
    }

    /// Returns a guard if the loop may park. While it lives, the loop counts as parked, and the
    /// first message unparks it.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// let scheduler = groundup::lowlevel::Scheduler::new().unwrap();
    /// let parking = scheduler.try_park().expect("no message has come");
    /// assert!(scheduler.try_park().is_none(), "parked already");
    /// drop(parking);
    /// assert!(scheduler.try_park().is_some());
    /// ```
    pub fn try_park(&self) -> Option<Parking<'_>> {
        let parked = self.core.loop_side().mailbox.try_park();
        parked.then_some(Parking { scheduler: self })
    }
}

/// A loop that is parked or about to park, from [`Scheduler::try_park`]. Its drop ends the park.
#[must_use = "dropping it ends the park"]
pub struct Parking<'a> {
    scheduler: &'a Scheduler,
}

impl Parking<'_> {
    /// Lets the loop count as parked until the scheduler [enters](Scheduler::enter) a thread
    /// again: for a loop that runs in pieces, inside another one.
    pub fn stay_parked(self) {
        std::mem::forget(self);
    }
}

impl Drop for Parking<'_> {
    fn drop(&mut self) {
        self.scheduler.core.loop_side().mailbox.end_park();
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tasks, ready) = (self.core.living().len(), self.core.ready_len());
        write!(f, "Scheduler({tasks} tasks, {ready} ready)")
    }
}
