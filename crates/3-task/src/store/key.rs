//! Defines the key of a slot: its flags, their masks, and its states.
//!
//! The problem: a wake, a step and an end each look at the state of a task. An enum in a struct
//! would cost three loads and a jump. If the state is bits of one word, the most frequent wake, step
//! and end compare this word once or twice. But a word of flags hides which combinations exist. So
//! the states are an enum, [`TaskState`], stored as flags.
//!
//! ```text
//!                          ┌────────────────── E suspend ──────────────────┐
//!                          v                                               │
//!   Vacant ─ A occupy ─> Ready ── C begin ──> Running ── D wake ──> Running, woken
//!     │                    ^                     │
//!     │                    │ D wake              │ E suspend
//!     │                    │                     v
//!     │                    └─────────────────── Idle
//!     └─────────────── B prepare ────────────────^
//!
//!   Ready, Running, Idle  ── F end ─────> Done(how)
//!   all but Vacant        ── G vacate ──> Vacant
//! ```
//!
//! | move | of | bits | method of [`Slot`](crate::store::slot::Slot) |
//! |---|---|---|---|
//! | A | a task, a callback | clears `VACANT`, sets `SCHED` | `settle` |
//! | B | a promise, a timer's callback | clears `VACANT` | `settle` |
//! | C | a task, a callback | clears `SCHED`, sets `RUNNING` | `begin`, `begin_rare` |
//! | D | a task, a timer's callback | sets `SCHED` | `wake_plain`, `schedule` |
//! | E | a task | clears `RUNNING` | `suspend` |
//! | F | all | sets `DONE` and the exit; clears `SCHED`, `Region` and the cancel's bits | `end` |
//! | G | all | changes the tag, sets `VACANT` | `void` |
//!
//! Only debug builds store `RUNNING`, for checks. A release build knows the running occupant from
//! `Core::current`. A key also stores the state of a cancel of the task (`cancel/state.rs`), and
//! the marks of [`Mark`]. A step is *plain* if the task or callback is `Ready`, has no cancel,
//! no region and no observer (a sink or debug mode), and is in the slot's box: then the loop polls
//! it and does nothing else.
//!
//! ```text
//!   bits 0 to 15: a plain step needs   bits 16 to 31 (`NEUTRAL`): a
//!   SCHED, and none of the others      plain step ignores them
//!    0 SCHED        6 Region           16 Detached     22 Asked
//!    1 DONE         7 Observed         17 Callback
//!    2 VACANT       8 Main             18 Group        24 Ending
//!    3 PENDING      9 Promise          19 CANCELLED    25 Inert
//!    4 Raised      10 REACHED          20 FAILED       26 Noted
//!    5 FOLLOWS     11 FORWARDED        21 Seen         31 RUNNING
//!   free: 12 to 15, 23, 27 to 30
//! ```
//!
//! The flags in capitals are constants; the others are of [`Mark`].
//!
//! Invariants:
//! 1. All flags and their masks are on this page; `store/ticket.rs` has the masks of the tag. The
//!    comment on a mask says what it is for.
//! 2. A promise is never `Ready` or `Running`. A callback is `Done` only while its slot is being
//!    vacated.
//!
//! Read next: `core.rs`, which wakes and steps the occupants. Second reading:
//! `store/object.rs`, the contents of the box.

use std::mem::needs_drop;

/// The occupant is in the ready queue: a step is due.
pub(crate) const SCHED: u64 = 1 << 0;
/// The occupant has ended; its output, if any, waits to be taken.
pub(crate) const DONE: u64 = 1 << 1;
/// The slot has no occupant.
pub(crate) const VACANT: u64 = 1 << 2;
/// A cancel is pending, see [`CancelState`](crate::cancel::state::CancelState).
pub(crate) const PENDING: u64 = 1 << 3;
/// A cancel was handed on to the awaited task or promise, and may come back.
pub(crate) const FORWARDED: u64 = 1 << 11;
/// A cancel has reached the task that waits, and the next step delivers it. Unlike a pending
/// cancel it can no longer be taken back.
pub(crate) const REACHED: u64 = 1 << 10;
/// The task was cancelled, but a future in it returns errors first, and the cancel follows them. (A
/// task group of floor 5 does this if children failed while it was cancelled.) If the task ends in
/// this step, its result stands. If it suspends, the cancel goes its way then, as a pending one does:
/// to the awaited task or promise, or to the next step.
pub(crate) const FOLLOWS: u64 = 1 << 5;
/// The occupant was cancelled. Only together with `DONE`.
pub(crate) const CANCELLED: u64 = 1 << 19;
/// The occupant has panicked, or `set_exception` was called. Only together with `DONE`.
pub(crate) const FAILED: u64 = 1 << 20;

/// The step of the occupant is being taken. Only debug builds have this bit: their slots check
/// each move against the state in the key. A release build makes no such check.
pub(crate) const RUNNING: u64 = if cfg!(debug_assertions) { 1 << 31 } else { 0 };

/// The marks in a key beside the state of the occupant and the state of its cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Mark {
    /// A cancel was raised in this step. The innermost region around the raise catches the cancel.
    /// Without such a region the cancel ends the task.
    Raised = 1 << 4,
    /// When the task suspended last, a `catch_cancel` region was alive.
    Region = 1 << 6,
    /// A sink or debug mode is set: every move takes the slow path and emits its event.
    Observed = 1 << 7,
    /// The future is on the stack of the caller that runs the loop.
    Main = 1 << 8,
    /// The occupant is a promise: it is set, never polled.
    Promise = 1 << 9,
    /// No handle is left to ask for the output.
    Detached = 1 << 16,
    /// The occupant is a callback, not a task.
    Callback = 1 << 17,
    /// The field `waiter` of the slot names a group and a member instead of a task.
    Group = 1 << 18,
    /// The end was looked at, so a failure needs no report.
    Seen = 1 << 21,
    /// A cancel was requested at least once: the occupant's `Rare` has the details.
    Asked = 1 << 22,
    /// The end of the occupant is decided, but `DONE` is not set yet: before that, the sink is
    /// called, or the future of an occupant that panicked is dropped.
    Ending = 1 << 24,
    /// The value of the occupant has no drop: a number, or nothing at all.
    Inert = 1 << 25,
    /// A chooser wants footprints: each look at the occupant is noted (`core/footprint.rs`).
    Noted = 1 << 26,
}

impl Mark {
    /// Returns the bit of the mark.
    #[inline(always)]
    pub(crate) const fn bit(self) -> u64 {
        self as u64
    }

    /// Returns the bit of `Inert` if a type has no drop.
    #[inline(always)]
    pub(crate) const fn inert<T>() -> u64 {
        if needs_drop::<T>() {
            0
        } else {
            Mark::Inert.bit()
        }
    }
}

/// The bits of [`CancelState`](crate::cancel::state::CancelState).
pub(crate) const CANCEL: u64 = PENDING | FOLLOWS | FORWARDED | REACHED;
/// The flags that decide about a wake. An unobserved `Idle` task has none of them.
pub(crate) const WAKEABLE: u64 = SCHED | DONE | VACANT | NO_TASK | Mark::Observed.bit();
/// The occupants that are no tasks, and that no waker wakes: a promise is set, and a callback
/// is called when it is due.
pub(crate) const NO_TASK: u64 = Mark::Promise.bit() | Mark::Callback.bit();
/// The flags that a plain step ignores: all from bit 16 on. The key of an occupant whose next
/// step is plain has its tag, `SCHED`, and any of these.
pub(crate) const NEUTRAL: u64 = 0xFFFF << 16;
/// If one of these flags is set when a step has suspended, `after_suspension` goes on
/// (`run/turn/slow.rs`).
// Speed: yield_many, lock_contended. All are in the lowest byte, so the test is one instruction.
pub(crate) const AFTER_SUSPENSION: u64 =
    PENDING | FOLLOWS | Mark::Raised.bit() | Mark::Observed.bit();
/// The bits that the end of an occupant clears before it sets the bits of the exit: `SCHED`, the
/// step, the bits of the cancel and of the region.
pub(crate) const ENDS: u64 =
    SCHED | RUNNING | CANCEL | CANCELLED | FAILED | Mark::Raised.bit() | Mark::Region.bit();

/// Tells how a task or a promise has ended; a [`Listener`](crate::Listener) gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// There is a value, which may be an `Err` of the program's own.
    Returned,
    /// The task or promise was cancelled.
    Cancelled,
    /// The task has panicked (in a trace `panicked`), or the promise was set by `set_exception` (in a
    /// trace `failed`).
    Failed,
}

impl Exit {
    /// Reads the exit from a key that has `DONE`.
    #[inline]
    pub(crate) fn of(key: u64) -> Self {
        match key {
            key if key & CANCELLED != 0 => Exit::Cancelled,
            key if key & FAILED != 0 => Exit::Failed,
            _ => Exit::Returned,
        }
    }

    /// Returns the bits of the exit, without `DONE`.
    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        match self {
            Exit::Returned => 0,
            Exit::Cancelled => CANCELLED,
            Exit::Failed => FAILED,
        }
    }
}

/// The states in the life of an occupant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskState {
    /// No occupant: the slot is free, or retired for good.
    Vacant,
    /// The ticket of the occupant is in the ready queue.
    Ready,
    /// A step of the occupant is being taken.
    Running {
        /// The task was woken during the step, so its ticket is in the queue again.
        woken: bool,
    },
    /// A task waits to be woken, or a promise to be set.
    Idle,
    /// The occupant has ended. Its slot is kept until the output is taken or no handle is left.
    Done(Exit),
}

/// The moves in the life of an occupant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// A task or a callback moves in, and is due at once.
    Occupy,
    /// A promise or the callback of a timer moves in, and waits.
    Prepare,
    /// A wake redeems the ticket of the occupant.
    Wake,
    /// A round reaches the entry of the occupant.
    Begin,
    /// The step has returned `Pending`.
    Suspend,
    /// The occupant has ended.
    End(Exit),
    /// The occupant leaves the slot.
    Vacate,
}

/// The table of moves. In debug builds the methods of a slot check each move against it.
impl TaskState {
    /// Returns the state after a move; `None` if the move does not take place, as a wake of an
    /// occupant that has left, or a second end.
    ///
    /// | | occupy, prepare | wake | begin | suspend | end | vacate |
    /// |---|---|---|---|---|---|---|
    /// | `Vacant` | `Ready`, `Idle` | - | - | - | - | - |
    /// | `Ready` | - | - | `Running` | - | `Done` | `Vacant` |
    /// | `Running` | - | `Running`, woken | - | `Idle` | `Done` | `Vacant` |
    /// | `Running`, woken | - | - | - | `Ready` | `Done` | `Vacant` |
    /// | `Idle` | - | `Ready` | - | - | `Done` | `Vacant` |
    /// | `Done` | - | - | - | - | - | `Vacant` |
    pub(crate) const fn after(self, change: Move) -> Option<TaskState> {
        use TaskState::{Done, Idle, Ready, Running, Vacant};
        let woken = true;
        match (self, change) {
            (Vacant, Move::Occupy) => Some(Ready),
            (Vacant, Move::Prepare) => Some(Idle),
            (Vacant, _) => None,
            (_, Move::Vacate) => Some(Vacant),
            (Done(_), _) => None,
            (_, Move::End(how)) => Some(Done(how)),
            (Idle, Move::Wake) => Some(Ready),
            (Running { woken: false }, Move::Wake) => Some(Running { woken }),
            (Ready, Move::Begin) => Some(Running { woken: false }),
            (Running { woken: false }, Move::Suspend) => Some(Idle),
            (Running { woken: true }, Move::Suspend) => Some(Ready),
            _ => None,
        }
    }

    /// Returns the bits of the state. `RUNNING`, which only debug builds store, is not among these
    /// bits: `Running` has the bits of `Idle`, and `Running`, woken, those of `Ready`.
    #[inline]
    pub(crate) const fn pack(self) -> u64 {
        match self {
            TaskState::Vacant => VACANT,
            TaskState::Ready | TaskState::Running { woken: true } => SCHED,
            TaskState::Idle | TaskState::Running { woken: false } => 0,
            TaskState::Done(how) => DONE | how.bits(),
        }
    }

    /// Reads the state from a key; `running` tells whether the occupant's step is being
    /// taken.
    #[inline]
    pub(crate) fn unpack(key: u64, running: bool) -> TaskState {
        let woken = key & SCHED != 0;
        match key {
            key if key & VACANT != 0 => TaskState::Vacant,
            key if key & DONE != 0 => TaskState::Done(Exit::of(key)),
            _ if running => TaskState::Running { woken },
            _ if woken => TaskState::Ready,
            _ => TaskState::Idle,
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/key.rs"]
mod tests;
