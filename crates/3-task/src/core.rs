//! Keeps the slots, the ready queue, and the ticket of the running task.
//!
//! The problem: every program spawns, wakes and finishes tasks millions of times. So the core
//! does each of these in a few dozen instructions, on one thread, without a lock, an atomic
//! operation or a reference count. The parts above call the core for each spawn, wake and end, and
//! decide the next step.
//!
//! ```text
//!                  ┌──────────────────────── Core ────────────────────────┐
//!   occupy ───────>│ slots: one for each task, callback and promise       │──> slot_of
//!   push, wake ───>│ ready: the entries of the next round                 │──> begin_round
//!   set_current ──>│ current: the ticket whose step is being taken        │──> running
//!   attend ───────>│ attention: flags that rule out a fast path           │──> attends
//!                  │ rares: side table, for few slots  loop_side: mailbox │
//!                  └──────────────────────────────────────────────────────┘
//! ```
//!
//! Most wakes are plain: the task is idle and unobserved, and the queue has room. A plain wake compares
//! the key of the slot once, appends the ticket to the queue, and sets `SCHED`. It makes no call.
//!
//! ```text
//!   Scheduler::wake ─┬─ wake_plain: plain? ── yes: pushes the ticket ──┐
//!     (`run.rs`)     │      │ no           (unless it is scheduled)    v
//!                    └─ schedule ──────────── pushes the ticket ──> ready: T3 T7 N5 T9
//!                           └─ finds it stale, scheduled or done:      │ is taken whole by
//!                              pushes nothing                          v
//!                                                                   begin_round, next_round
//!
//!   T is a ticket, which asks for a step. N is a notice to a group, which asks for no step.
//! ```
//!
//! Invariants:
//! 1. The flag `SCHED` of a slot is set exactly while a step of its occupant is due: then one ticket of
//!    the occupant is in the ready queue. So k wakes make one step. (An occupant that ends while it is
//!    ready leaves its ticket in the queue, but its end clears `SCHED`, so the round skips it.) An entry
//!    pushed during a round is for the next round.
//! 2. `current` is the ticket of the running task or callback, and 0 while no round runs.
//! 3. Nothing here calls or drops the user's code: the caller gets the user's values and drops them.
//!    One guard is an exception (`core/calls.rs`). If the user's code drops the owner of the loop (on
//!    floor 4 the `EventLoop`) in a round, a sink or a handler, the guard of that call closes the loop and drops all tasks.
//!
//! Access: the queue, the slots and the side table are private to this folder. The core knows
//! tickets, but no `Waker` of the loop, no `Context` and no handle.
//!
//! Read next: `run/turn.rs`, where steps are taken. Second reading: `core/counts.rs`.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::Waker;

use groundup_interweave::{NextRound, Round, Rounds};

use crate::core::calls::{Busy, Calls};
use crate::core::footprint::Prints;
use crate::core::history::WaitHistory;
use crate::core::places::Places;
use crate::core::rare::Rare;
use crate::core::reasons::Reasons;
use crate::core::starts::Starts;
use crate::mailbox::remote::LoopSide;
use crate::store::hidden::HiddenWaits;
use crate::store::key::Mark;
use crate::store::slab::Slab;
use crate::store::slot::Slot;
use crate::store::slots::Slots;
use crate::store::ticket::{Entry, GENERATION_ONE, Ticket};

pub(crate) mod calls;
mod counts;
pub(crate) mod footprint;
pub(crate) mod history;
mod moving;
pub(crate) mod places;
pub(crate) mod rare;
pub(crate) mod reasons;
mod sites;
pub(crate) mod starts;
pub(crate) mod step;
pub(crate) use moving::Tenant;

/// The slots, the ready queue, and the ticket of the running task.
pub(crate) struct Core {
    starts: Starts, // dropped before the number of the loop is free
    slots: Slots,
    ready: CacheLine<RefCell<Rounds<Entry>>>,
    current: Cell<Ticket>,
    history: WaitHistory,
    calls: Calls, // that are under way: a round, a sink, a handler, a cancel
    tasks: Cell<u64>,
    promises: Cell<u64>,
    spare_bytes: Cell<usize>, // the size of all spare boxes
    rares: RefCell<Slab<Rare>>,
    reasons: Reasons,
    places: Places,
    attention: Cell<u64>, // flags that rule out a fast path: of a round, a spawn, the return of a slot
    loop_side: LoopSide,
    prints: Prints,
}

// While `REPORTS`, `WANTED_BACK`, `CHOOSER` or `WATCHER` is set, `run_rounds` ends after each round.
/// A report waits for the end of the iteration.
pub(crate) const REPORTS: u64 = 1;
/// A request to stop: the floor above wants control after every round.
pub(crate) const WANTED_BACK: u64 = 2;
/// A chooser is set, which orders each round.
pub(crate) const CHOOSER: u64 = 8;
/// A sink or debug mode is set: new occupants get the mark of this bit.
pub(crate) const WATCHER: u64 = Mark::Observed.bit();
/// A chooser wants footprints: new occupants get the mark of this bit.
pub(crate) const NOTED: u64 = Mark::Noted.bit();
/// A task-local was set, or the loop is closed: a spawn or the free of a slot also calls `locals.rs`.
pub(crate) const LONG_WAY: u64 = 4;

/// Aligns a value. A queue across two cache lines makes a loop with one ready task a tenth slower.
#[repr(align(64))] // Speed: yield_one, hand_off.
struct CacheLine<T>(T);
const _: () = assert!(size_of::<CacheLine<RefCell<Rounds<Entry>>>>() == 64);

impl Core {
    /// Makes an empty core; `None` if 4093 loops are alive in the process.
    pub(crate) fn new() -> Option<Core> {
        let loop_side = LoopSide::open()?;
        Some(Core {
            starts: Starts::of(loop_side.loop_field),
            slots: Slots::new(loop_side.loop_field | GENERATION_ONE),
            ready: CacheLine(RefCell::new(Rounds::new())),
            current: Cell::new(Ticket::NONE),
            history: WaitHistory::default(),
            calls: Calls::default(),
            tasks: Cell::new(0),
            promises: Cell::new(0),
            spare_bytes: Cell::new(0),
            rares: RefCell::new(Slab::default()),
            reasons: Reasons::default(),
            places: Places::default(),
            attention: Cell::new(0),
            loop_side,
            prints: Prints::default(),
        })
    }

    /// Returns the loop field of the loop's tickets.
    #[inline]
    pub(crate) fn loop_field(&self) -> u64 {
        self.loop_side.loop_field
    }

    /// Returns the loop's side of its mailbox.
    #[inline]
    pub(crate) fn loop_side(&self) -> &LoopSide {
        &self.loop_side
    }

    /// Returns the slot of a ticket, if its occupant is still there.
    #[inline]
    pub(crate) fn slot_of(&self, ticket: Ticket) -> Option<&Slot> {
        match self.slot_at(ticket) {
            Some(slot) if slot.is_plainly_of(ticket) => Some(slot),
            _ => self.slot_noted(ticket),
        }
    }

    /// Returns the slot that a ticket names, also if its occupant is another by now.
    #[inline]
    pub(crate) fn slot_at(&self, ticket: Ticket) -> Option<&Slot> {
        self.slots.get(ticket.index())
    }

    /// Sets or clears a reason for attention.
    pub(crate) fn attend(&self, reason: u64, wanted: bool) {
        let others = self.attention.get() & !reason;
        self.attention.set(others | if wanted { reason } else { 0 });
    }

    /// Returns true if one of these reasons for attention is set.
    #[inline]
    pub(crate) fn attends(&self, reason: u64) -> bool {
        self.attention.get() & reason != 0
    }
}

/// The running task or callback.
impl Core {
    /// Returns true while a round, a sink or a handler is running: no round may begin inside it.
    #[inline]
    pub(crate) fn is_busy(&self) -> bool {
        self.calls.is_busy()
    }

    /// Marks the loop as busy until the returned guard is dropped.
    #[inline]
    pub(crate) fn be_busy(&self) -> Busy<'_> {
        self.calls.be_busy()
    }

    /// Returns the count of the calls that are under way.
    #[inline]
    pub(crate) fn calls(&self) -> &Calls {
        &self.calls
    }

    /// Returns the ticket whose step is being taken, or none.
    #[inline]
    pub(crate) fn current(&self) -> Ticket {
        self.current.get()
    }

    /// Sets the ticket whose step is being taken.
    #[inline]
    pub(crate) fn set_current(&self, ticket: Ticket) {
        self.current.set(ticket);
    }

    /// Returns the slot of the running task; `None` in a callback and outside of a step.
    #[inline]
    pub(crate) fn running(&self) -> Option<&Slot> {
        let current = self.slot_unnoted(self.current.get());
        current.filter(|slot| !slot.has(Mark::Callback))
    }
}

/// The ready queue.
impl Core {
    /// Adds an entry at the end of the next round.
    #[inline]
    pub(crate) fn push(&self, entry: Entry) {
        self.ready.0.borrow_mut().push(entry);
    }

    /// Returns the number of entries of the next round.
    #[inline]
    pub(crate) fn ready_len(&self) -> usize {
        self.ready.0.borrow().len()
    }

    /// Returns this number of entries of the next round, the first ones.
    pub(crate) fn first_ready(&self, number: usize) -> Vec<Entry> {
        (self.ready.0.borrow().items().iter().take(number).copied()).collect()
    }

    /// Begins a round of all entries that are ready now.
    #[inline]
    pub(crate) fn begin_round(&self) -> Round<Entry> {
        self.ready.0.borrow_mut().begin()
    }

    /// Begins the next round in place of a drained one, if no flag and no message asks for attention, an
    /// entry is ready, and `again` returns true. `again` must not use the core.
    #[inline(always)]
    pub(crate) fn next_round(
        &self,
        round: &mut Round<Entry>,
        again: impl FnMut() -> bool,
    ) -> NextRound<Entry> {
        if self.attention.get() & !LONG_WAY != 0 || self.loop_side.mailbox.asked() {
            return NextRound::None;
        }
        self.ready.0.borrow_mut().turn_over(round, again)
    }

    /// Takes the buffer of a finished round back.
    #[inline]
    pub(crate) fn finish_round(&self, round: Round<Entry>) {
        self.ready.0.borrow_mut().finish(round);
    }

    /// Schedules a task by the plain wake, unless it is scheduled already, and returns true.
    /// Returns false if the ticket is stale, if its occupant is done, observed or no task, or if
    /// the queue has no room. Contains no call, so the compiler pushes no register.
    #[inline]
    pub(crate) fn wake_plain(&self, ticket: Ticket) -> bool {
        let push = || match self.ready.0.try_borrow_mut() {
            Ok(mut ready) => ready.push_within_capacity(Entry::from(ticket)),
            Err(_) => false,
        };
        self.slot_at(ticket)
            .is_some_and(|slot| slot.wake_plain(ticket, push))
    }

    /// Schedules the occupant of a ticket and returns its slot. Returns `None` if the ticket is
    /// stale, or the occupant cannot step or is scheduled.
    #[inline]
    pub(crate) fn schedule(&self, ticket: Ticket) -> Option<&Slot> {
        let slot = self.slot_at(ticket).filter(|slot| slot.schedule(ticket))?;
        self.push(Entry::from(ticket));
        Some(slot)
    }
}

/// The caller of a poll: a task of this loop, or another executor. Only `run` can read the ticket
/// out of a waker. So `run` passes a `Caller` to the parts beneath it.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The ticket, if the waker is this loop's own.
    pub(crate) ticket: Ticket,
    pub(crate) waker: &'a Waker,
    /// Returns a record, to be stored beside a foreign waker. While the record exists, reports know
    /// that the running task has one more wait, which its slot does not name (`store/hidden.rs`).
    pub(crate) hidden_waits: fn(&Waker) -> Option<Arc<HiddenWaits>>,
}
