//! The core of a loop: who is ready, who runs, and where everybody lives.
//!
//! The problem: every program spawns, wakes and finishes tasks millions of times. So
//! each takes a few dozen instructions here, on one thread, with no lock, no atomic and
//! no reference count. Everything above asks the core for one of them, and decides what
//! follows.
//!
//! ```text
//!             ┌──────────────────────── Core ────────────────────────┐
//!   occupy ──>│ slots: one place for each task, callback and promise │──> slot_of
//!   push   ──>│ ready: the entries of the next round                 │──> begin_round
//!   wake   ──>│ current: the ticket whose step is being taken        │──> running
//!             │ extras: what few slots have     attention: who waits │
//!             │ mailbox: what other threads left     to be seen to   │
//!             └──────────────────────────────────────────────────────┘
//! ```
//!
//! Most wakes are plain: the task is idle, nothing observes it, the queue has room. So
//! the plain wake is one comparison and one store, without a call in it.
//!
//! ```text
//!   wake_plain ──> pushed                          begin_round, next_round
//!      │ no                                                 ^
//!      v                                                    │
//!   schedule  ──> stale, scheduled, done: nothing     [ready: T3 T7 (T2) T9]
//!             └─> pushed, and told if observed               └ an entry that is no step
//! ```
//!
//! Invariants:
//! 1. `SCHED` is set exactly while the ticket stands in the ready queue for a
//!    step that will be taken. So k wakes make one step. What is pushed during a
//!    round is for the next.
//! 2. `current` is the ticket of the running task or callback, 0 while no round runs.
//! 3. Nothing here calls the user's code. What is the user's to drop is given back.
//!
//! Who may touch what: the queue, the slots and the side table are private to this
//! folder. A `Waker` of the loop, a `Context`, a handle are unknown here: the core has
//! tickets.
//!
//! Read next: `core/moving.rs`.

use std::cell::{Cell, RefCell};
use std::task::Waker;

use groundup_interweave::{Round, Rounds};

use crate::core::rare::Extra;
use crate::mailbox::remote::Home;
use crate::store::key::{Mark, TaskState};
use crate::store::slab::Slab;
use crate::store::slot::Slot;
use crate::store::slots::Slots;
use crate::store::ticket::{GENERATION_ONE, index};

mod moving;
pub(crate) mod rare;

pub(crate) use moving::Tenant;

/// Slots, the ready queue, and who is running now.
pub(crate) struct Core {
    slots: Slots,
    ready: Line<RefCell<Rounds<u64>>>,
    current: Cell<u64>,
    tasks: Cell<u32>,
    promises: Cell<u32>,
    /// How many bytes of empty boxes are kept.
    shells: Cell<usize>,
    extras: RefCell<Slab<Extra>>,
    /// Rounds begun, and deferred wakes that are void in the round that runs.
    round: Cell<u64>,
    void_wakes: RefCell<Vec<(u64, u64)>>,
    /// Why the next round may not simply follow, and what else is looked at often.
    attention: Cell<u64>,
    home: Home,
}

/// There are reports to be told at the end of the iteration.
pub(crate) const REPORTS: u64 = 1;
/// The floor above has asked to be asked.
pub(crate) const INTERRUPT: u64 = 2;
/// A sink or debug mode looks on: the mark that a new slot gets.
pub(crate) const WATCHER: u64 = Mark::Observed as u64;
/// A local was set, or the loop is closed: moving in and out takes the long way. It
/// disturbs no round.
pub(crate) const LONG_WAY: u64 = 4;

/// Something in a cache line of its own: a queue across two lines costs a tenth of the
/// time of a loop with one ready task.
// Speed: yield_one, hand_off.
#[repr(align(64))]
struct Line<T>(T);

impl Core {
    /// A core with nothing in it; `None` if 4093 loops are alive in the process.
    pub(crate) fn new() -> Option<Core> {
        let home = Home::open()?;
        Some(Core {
            slots: Slots::new(home.tag | GENERATION_ONE),
            ready: Line(RefCell::new(Rounds::new())),
            current: Cell::new(0),
            tasks: Cell::new(0),
            promises: Cell::new(0),
            shells: Cell::new(0),
            extras: RefCell::new(Slab::default()),
            round: Cell::new(0),
            void_wakes: RefCell::new(Vec::new()),
            attention: Cell::new(0),
            home,
        })
    }

    /// The loop field of our tickets.
    #[inline]
    pub(crate) fn tag(&self) -> u64 {
        self.home.tag
    }

    /// The loop's end of its mailbox.
    #[inline]
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// The slot a ticket is for, if its occupant still lives there.
    #[inline]
    pub(crate) fn slot_of(&self, ticket: u64) -> Option<&Slot> {
        self.slot_at(ticket).filter(|slot| slot.is_of(ticket))
    }

    /// The slot that an entry names, whoever lives there.
    #[inline]
    pub(crate) fn slot_at(&self, entry: u64) -> Option<&Slot> {
        self.slots.get(index(entry))
    }

    /// Marks every occupied slot, and every one to come, as observed or not.
    pub(crate) fn observe(&self, observed: bool) {
        self.attend(WATCHER, observed);
        for (_, slot) in self.slots.iter() {
            if slot.state(false) != TaskState::Vacant {
                slot.mark(Mark::Observed, observed);
            }
        }
    }

    /// Sets or clears one of the reasons for attention.
    pub(crate) fn attend(&self, reason: u64, wanted: bool) {
        let others = self.attention.get() & !reason;
        self.attention.set(others | if wanted { reason } else { 0 });
    }

    /// Returns true if there is this reason for attention.
    #[inline]
    pub(crate) fn attends(&self, reason: u64) -> bool {
        self.attention.get() & reason != 0
    }
}

/// Who runs.
impl Core {
    /// The ticket whose step is being taken; 0 for none.
    #[inline]
    pub(crate) fn current(&self) -> u64 {
        self.current.get()
    }

    /// Sets it.
    #[inline]
    pub(crate) fn set_current(&self, ticket: u64) {
        self.current.set(ticket);
    }

    /// The slot of the running task; `None` in a callback and outside.
    #[inline]
    pub(crate) fn running(&self) -> Option<&Slot> {
        let current = self.slot_of(self.current.get());
        current.filter(|slot| !slot.has(Mark::Callback))
    }
}

/// The ready queue.
impl Core {
    /// Puts an entry at the end of the next round.
    #[inline]
    pub(crate) fn push(&self, entry: u64) {
        self.ready.0.borrow_mut().push(entry);
    }

    /// How many entries the next round has.
    #[inline]
    pub(crate) fn ready_len(&self) -> usize {
        self.ready.0.borrow().len()
    }

    /// Begins a round of what is ready now.
    #[inline]
    pub(crate) fn begin_round(&self) -> Round<u64> {
        self.round.set(self.round.get() + 1);
        self.ready.0.borrow_mut().begin()
    }

    /// Begins the next round in place of one that is drained, if something is ready, if
    /// no message, report, observer or interrupt is to be seen to, and if `again` says
    /// yes; it must not use the core.
    #[inline(always)]
    pub(crate) fn next_round(&self, round: &mut Round<u64>, again: impl FnOnce() -> bool) -> bool {
        let mut ready = self.ready.0.borrow_mut();
        let disturbed = self.attention.get() & !LONG_WAY != 0 || self.home.mailbox.asked();
        if ready.is_empty() || disturbed || !again() {
            return false;
        }
        ready.turn_over(round);
        self.round.set(self.round.get() + 1);
        true
    }

    /// Gives the buffer of a round back.
    #[inline]
    pub(crate) fn finish_round(&self, round: Round<u64>) {
        self.ready.0.borrow_mut().finish(round);
    }

    /// The plain wake: the task is there, idle, unobserved, and the queue has room.
    /// Else returns false. There is no call in it, so that nothing is saved for one.
    #[inline]
    pub(crate) fn wake_plain(&self, ticket: u64) -> bool {
        let push = || match self.ready.0.try_borrow_mut() {
            Ok(mut ready) => ready.push_within_capacity(ticket),
            Err(_) => false,
        };
        self.slot_at(ticket)
            .is_some_and(|slot| slot.wake_plain(ticket, push))
    }

    /// Any wake: pushes a ticket that is not stale, if its occupant is idle and can
    /// step; gives the slot if so.
    #[inline]
    pub(crate) fn schedule(&self, ticket: u64) -> Option<&Slot> {
        let slot = self.slot_at(ticket).filter(|slot| slot.schedule(ticket))?;
        self.push(ticket);
        Some(slot)
    }

    /// Voids the deferred wake of the running task, if it is redeemed in this round.
    pub(crate) fn void_wake(&self) {
        let void = (self.current.get(), self.round.get());
        self.void_wakes.borrow_mut().push(void);
    }

    /// Takes a deferred wake off the list of void ones; false if it does not stand
    /// there.
    pub(crate) fn was_voided(&self, ticket: u64) -> bool {
        let mut voids = self.void_wakes.borrow_mut();
        voids.retain(|(_, round)| *round == self.round.get());
        let at = voids.iter().position(|(void, _)| *void == ticket);
        at.map(|at| voids.swap_remove(at)).is_some()
    }
}

/// The task or executor that polls. Only the roof can read a ticket out of a waker; it
/// does so once, and the parts beneath it get this.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The ticket, if the waker is one of this loop's; else 0.
    pub(crate) ticket: u64,
    pub(crate) waker: &'a Waker,
}
