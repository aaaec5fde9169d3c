//! The scheduler: slots, a ready queue, and who is running now.
//!
//! The problem: spawning, waking and finishing are the three things every
//! program does millions of times, so they are done here in a few dozen
//! instructions each, on one thread, with no lock, no atomic and no reference
//! count. All the rest of the floor hangs on these three.
//!
//! ```text
//!              spawn                     complete
//!    vacant ----------> ready --> running -------> done --> vacant
//!                         ^          |                taken, or
//!                    wake |          | suspends       nobody can
//!                         +--- idle <+
//! ```
//!
//! Invariants:
//! 1. `SCHED` is set exactly while the ticket stands in the ready queue for a
//!    step that will be taken. So k wakes make one step.
//! 2. A slot is vacated only when its output was taken or nobody can take it.
//! 3. `current` is the ticket of the running task or callback, 0 while no round runs.
//!
//! Read next: `entered.rs`, which of them runs on this thread.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

use groundup_interweave::Rounds;
use groundup_interweave::trace::{Chooser, Sink, Wait};

use crate::closing::Life;
use crate::extra::Extra;
use crate::groups::Group;
use crate::local::Locals;
use crate::remote::Home;
use crate::report::{ExceptionHandler, Report};
use crate::scopes::Scope;
use crate::slab::Slab;
use crate::slot::{Slot, Slots};
use crate::ticket::{DONE, GENERATION_ONE, OBSERVED, PROMISE, SCHED, TAG, VACANT, WAKEABLE, index};

/// The core of an event loop: everything about tasks, nothing about time.
///
/// A floor above drives it: [`enter`](Scheduler::enter) the thread, then
/// [`run_round`](Scheduler::run_round) as long as there is something ready.
///
/// ```
/// use groundup_task::{NoRoot, Scheduler};
///
/// let scheduler = Scheduler::new().expect("fewer than 4093 loops are alive");
/// let _entered = scheduler.enter().expect("no other loop runs on this thread");
/// let mut task = scheduler.spawn(async { 5 });
/// while !scheduler.is_idle() {
///     scheduler.run_round(&mut NoRoot);
/// }
/// assert_eq!(task.take_result().unwrap().unwrap(), 5);
/// ```
pub struct Scheduler {
    /// The loop field of our tickets.
    pub(crate) tag: u64,
    pub(crate) slots: Slots,
    pub(crate) ready: Line<RefCell<Rounds<u64>>>,
    pub(crate) current: Cell<u64>,
    pub(crate) numbers: Cell<u32>,
    pub(crate) promises: Cell<u32>,
    /// How many bytes of empty boxes are kept.
    pub(crate) shells: Cell<usize>,
    pub(crate) extras: RefCell<Slab<Extra>>,
    pub(crate) groups: RefCell<Slab<Group>>,
    pub(crate) registrations: Cell<u64>,
    pub(crate) reasons: RefCell<Slab<Wait>>,
    pub(crate) scopes: RefCell<Slab<Scope>>,
    pub(crate) scope_count: Cell<u64>,
    /// How many scopes have a cancel on its way.
    pub(crate) requests: Cell<u32>,
    /// Rounds begun, and relays that are void in the round that runs.
    pub(crate) round: Cell<u64>,
    pub(crate) void_relays: RefCell<Vec<(u64, u64)>>,
    /// The task-local values, a place for each slot, once anybody has set one.
    pub(crate) locals: RefCell<Vec<Option<Rc<Locals>>>>,
    /// Those outside any task.
    pub(crate) base_locals: Cell<Option<Rc<Locals>>>,
    /// A local was set, or this is closed: moving in and out takes the long way.
    pub(crate) long_way: Cell<bool>,
    /// A region was alive when the running step suspended.
    pub(crate) region: Cell<bool>,
    /// The running step is one into which a cancel is delivered.
    pub(crate) delivering: Cell<bool>,
    /// The scope whose region is being polled, by its number; 0 for none.
    pub(crate) inside: Cell<u32>,
    pub(crate) chooser: RefCell<Option<Box<dyn Chooser>>>,
    pub(crate) has_chooser: Cell<bool>,
    pub(crate) sink: RefCell<Option<Box<dyn Sink>>>,
    /// `OBSERVED` or 0: what a new slot's key gets.
    pub(crate) observed: Cell<u64>,
    /// A cause for the next wakes, if it is not the running task.
    pub(crate) cause: RefCell<Option<groundup_interweave::trace::Cause>>,
    /// Time and iteration for the trace, kept by the floor above.
    pub(crate) stamp: Cell<(u64, u64)>,
    pub(crate) stopwatch: RefCell<Option<Stopwatch>>,
    pub(crate) debug: Cell<bool>,
    pub(crate) handler: RefCell<Option<ExceptionHandler>>,
    pub(crate) reports: RefCell<Vec<Report>>,
    /// Why the next round may not simply follow; see `undisturbed`.
    pub(crate) attention: Cell<u8>,
    pub(crate) life: Cell<Life>,
    pub(crate) home: Home,
}

/// There are reports to be told at the end of the iteration.
pub(crate) const REPORTS: u8 = 1;
/// Somebody watches every move.
pub(crate) const WATCHER: u8 = 2;
/// The floor above has asked to be asked.
const INTERRUPT: u8 = 4;

/// Something in a cache line of its own. Without it, where the allocator puts a
/// loop decides whether its queue lies across two lines, which costs a tenth of
/// the time of a loop with one ready task.
#[repr(align(64))]
pub(crate) struct Line<T>(T);

impl<T> Deref for Line<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

/// How debug mode measures a step: a clock in ns, and the threshold.
pub(crate) type Stopwatch = (Rc<dyn Fn() -> u64>, u64);

impl Scheduler {
    /// A scheduler with nothing in it; `None` if 4093 are alive in the process.
    pub fn new() -> Option<Rc<Scheduler>> {
        let home = Home::open()?;
        Some(Rc::new(Scheduler {
            tag: home.tag(),
            slots: Slots::new(home.tag() | GENERATION_ONE),
            ready: Line(RefCell::new(Rounds::new())),
            current: Cell::new(0),
            numbers: Cell::new(0),
            promises: Cell::new(0),
            shells: Cell::new(0),
            extras: RefCell::new(Slab::new()),
            groups: RefCell::new(Slab::new()),
            registrations: Cell::new(0),
            reasons: RefCell::new(Slab::new()),
            scopes: RefCell::new(Slab::new()),
            scope_count: Cell::new(0),
            requests: Cell::new(0),
            round: Cell::new(0),
            void_relays: RefCell::new(Vec::new()),
            locals: RefCell::new(Vec::new()),
            base_locals: Cell::new(None),
            long_way: Cell::new(false),
            region: Cell::new(false),
            delivering: Cell::new(false),
            inside: Cell::new(0),
            chooser: RefCell::new(None),
            has_chooser: Cell::new(false),
            sink: RefCell::new(None),
            observed: Cell::new(0),
            cause: RefCell::new(None),
            stamp: Cell::new((0, 0)),
            stopwatch: RefCell::new(None),
            debug: Cell::new(false),
            handler: RefCell::new(None),
            reports: RefCell::new(Vec::new()),
            attention: Cell::new(0),
            life: Cell::new(Life::Open),
            home,
        }))
    }

    /// The slot a ticket is for, if its occupant still lives there.
    #[inline]
    pub(crate) fn slot_of(&self, ticket: u64) -> Option<&Slot> {
        let slot = self.slots.get(index(ticket))?;
        let key = slot.key.get();
        ((key ^ ticket) & TAG == 0 && key & VACANT == 0).then_some(slot)
    }

    /// Puts an entry at the end of the next round.
    #[inline]
    pub(crate) fn push(&self, entry: u64) {
        self.ready.borrow_mut().push(entry);
    }

    /// Whether the next round has anything in it.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.ready.borrow().is_empty()
    }

    /// How much stands in the next round.
    pub fn ready_len(&self) -> usize {
        self.ready.borrow().len()
    }

    /// Whether there is nothing to see to between two rounds: no letter, no report,
    /// nobody who watches or interrupts.
    #[inline]
    pub(crate) fn undisturbed(&self) -> bool {
        self.attention.get() == 0 && !self.has_mail()
    }

    /// Has [`run_rounds`](Self::run_rounds) end after every round until this is
    /// taken back: the floor above wants to be asked.
    pub fn interrupt(&self, wanted: bool) {
        self.attend(INTERRUPT, wanted);
    }

    /// Sets or clears one of the reasons for attention.
    pub(crate) fn attend(&self, reason: u8, wanted: bool) {
        let others = self.attention.get() & !reason;
        self.attention.set(others | if wanted { reason } else { 0 });
    }

    /// Redeems a ticket: its task steps in the next round, if it still can.
    #[inline]
    pub fn wake(&self, ticket: u64) {
        if !self.wake_plain(ticket) {
            self.wake_slow(ticket);
        }
    }

    /// The plain case: the task is there, idle, nobody watches, and the queue has room.
    /// Else false. There is no call in it, so that nothing is saved for one.
    #[inline]
    pub(crate) fn wake_plain(&self, ticket: u64) -> bool {
        let Some(slot) = self.slots.get(index(ticket)) else {
            return false;
        };
        let key = slot.key.get();
        if key & WAKEABLE != ticket & TAG {
            return false;
        }
        let Ok(mut ready) = self.ready.try_borrow_mut() else {
            return false;
        };
        let pushed = ready.push_within_capacity(ticket);
        if pushed {
            slot.key.set(key | SCHED);
        }
        pushed
    }

    /// The rest: already scheduled, done, somebody else's, watched, or the queue is
    /// to grow.
    #[cold]
    fn wake_slow(&self, ticket: u64) {
        let Some(slot) = self.slots.get(index(ticket)) else {
            return;
        };
        let key = slot.key.get();
        let stranger = (key ^ ticket) & TAG != 0;
        if stranger || key & (SCHED | DONE | VACANT | PROMISE) != 0 {
            return;
        }
        slot.key.set(key | SCHED);
        self.push(ticket);
        if key & OBSERVED != 0 {
            self.emit_wake(ticket);
        }
    }

    /// Whoever the running task's relay was for has gone: a relay of it that is
    /// still to be redeemed in this round wakes nobody, as a cancelled handle would
    /// call nobody (L09).
    pub fn void_relay(&self) {
        let void = (self.current.get(), self.round.get());
        self.void_relays.borrow_mut().push(void);
    }

    /// Whether a relay was made void in this round.
    pub(crate) fn is_void(&self, ticket: u64) -> bool {
        let mut voids = self.void_relays.borrow_mut();
        voids.retain(|(_, round)| *round == self.round.get());
        let at = voids.iter().position(|(void, _)| *void == ticket);
        at.map(|at| voids.swap_remove(at)).is_some()
    }

    /// Wakes the ticket's task one place in the queue and one round later, as
    /// asyncio's callback that sets a sleeper's future would.
    #[inline]
    pub fn relay(&self, ticket: u64) {
        self.push(crate::ticket::relay_of(ticket));
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.living().len();
        write!(f, "Scheduler({tasks} tasks, {} ready)", self.ready_len())
    }
}
