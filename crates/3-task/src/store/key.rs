//! The key of a slot: its flags, every mask, and its states.
//!
//! The problem: the wake, the turn and the end each look at the state of a task. An
//! enum in a struct would be three loads and a jump; as bits of one word, the plain
//! case of each is one comparison. But a word of flags hides which combinations there
//! are. So the states are an enum, [`TaskState`], stored as flags.
//!
//! ```text
//!              1 occupy
//!   Vacant ──────────────> Ready ───── 3 begin ────> Running ── 4 wake ──> Running,
//!     ^  │ 2 prepare         ^                        │  │                  woken
//!     │  v                   │                        │  │ 6 end              │
//!     │ Idle ──── 4 wake ────┘  <───── 5 suspend ─────┘  v                    │
//!     │  │  ^                └───────── 5 suspend ─────────────────────────── ┤
//!     │  │  └── (a task that suspended, a promise, a callback of a timer)     │
//!     │  │ 6 end                                                              │
//!     │  └──────────────> Done(how) <────────────────── 6 end ────────────────┘
//!     │                     │
//!     └───── 7 vacate ──────┘   (and from every other state)
//! ```
//!
//! | move | bits | verb of [`Slot`](crate::store::slot::Slot) |
//! |---|---|---|
//! | 1, 2 | `VACANT` goes, `SCHED` comes or not | `settle` |
//! | 3 | `SCHED` goes | `begin`, `begin_rare` |
//! | 4 | `SCHED` comes | `wake_plain`, `schedule` |
//! | 5 | none: `Running` is what `Core` calls current | |
//! | 6 | `DONE` and one of three ways; `SCHED` and the cancel's bits go | `end` |
//! | 7 | the tag changes, `VACANT` comes | `void` |
//!
//! Beside the state, a key says how far a cancel has come (`cancel/state.rs`), and has
//! the marks of [`Mark`].
//!
//! Invariants:
//! 1. All flags and all masks stand on this page. Each mask says which states it is.
//! 2. A promise is never `Ready` or `Running`; a callback never `Done` for longer
//!    than it takes to vacate its slot.
//!
//! Read next: `store/object.rs`, what stands in the box.

use crate::store::ticket::TAG;

/// In the ready queue: a step of this slot is due.
pub(crate) const SCHED: u64 = 1 << 0;
/// Finished; the output, if any, waits to be taken.
pub(crate) const DONE: u64 = 1 << 1;
/// Nobody lives here.
pub(crate) const VACANT: u64 = 1 << 2;
/// A cancel is pending: [`CancelState`](crate::cancel::state::CancelState) says more.
pub(crate) const PENDING: u64 = 1 << 3;
/// A cancel was handed on to what this task awaits; it may come back.
pub(crate) const FORWARDED: u64 = 1 << 5;
/// A cancel has reached the place where the task waits. Unlike a pending one it
/// cannot be taken back any more (C10).
pub(crate) const DELIVERED: u64 = 1 << 10;
/// A cancel follows what the task tells in this step: it is pending, but does not take
/// the place of what the task ends with.
pub(crate) const FOLLOWS: u64 = 1 << 11;
/// Finished by cancellation. Only together with `DONE`.
pub(crate) const CANCELLED: u64 = 1 << 19;
/// Finished by a panic or by `set_exception`. Only together with `DONE`.
pub(crate) const FAILED: u64 = 1 << 20;

/// What stands in a key beside the state of a task and that of its cancel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Mark {
    /// A raised cancel is out: the innermost region around takes it, or it ends the step.
    Raised = 1 << 4,
    /// At its last suspension a `catch_cancel` region was alive.
    Region = 1 << 6,
    /// A sink or debug mode looks on: every move takes the slow path and is told.
    Observed = 1 << 7,
    /// The slot's future lives on the stack of the caller that runs the loop.
    Main = 1 << 8,
    /// The occupant is a promise: it is set, never polled.
    Promise = 1 << 9,
    /// No handle is left that could ask for the output.
    Detached = 1 << 16,
    /// The occupant is a callback, not a task.
    Callback = 1 << 17,
    /// `waiter` names a group and a member instead of a task.
    Group = 1 << 18,
    /// The failure was looked at.
    Seen = 1 << 21,
    /// A cancel was asked for, ever: the occupant's extra says the rest.
    Asked = 1 << 22,
    /// The task has said twice that it waits for one thing, by two handles.
    Twice = 1 << 23,
}

/// How far a cancel has come.
pub(crate) const CANCEL: u64 = PENDING | FOLLOWS | FORWARDED | DELIVERED;
/// The bits that decide about a wake. An `Idle` task that nobody observes is the tag and
/// none of them.
pub(crate) const WAKEABLE: u64 = TAG | SCHED | DONE | VACANT | NO_TASK | Mark::Observed as u64;
/// What is no task: a promise is set, a callback is called when it is due. A waker wakes
/// neither.
pub(crate) const NO_TASK: u64 = Mark::Promise as u64 | Mark::Callback as u64;
/// The flags from bit 16 on do not stop a plain step. `Ready`, a task or a callback,
/// without a cancel, a region or an observer is the tag, `SCHED`, and any of these.
pub(crate) const NEUTRAL: u64 = 0xFFFF << 16;
/// Flags that, found set after a step that suspended, need a second look.
pub(crate) const AFTER_SUSPENSION: u64 =
    PENDING | FOLLOWS | Mark::Raised as u64 | Mark::Observed as u64;
/// What the end of an occupant clears before it says how: its place in the queue, and
/// every cancel.
pub(crate) const ENDS: u64 =
    SCHED | CANCEL | CANCELLED | FAILED | Mark::Raised as u64 | Mark::Region as u64;

/// How a task or a promise ended, as a [`Watcher`](crate::Watcher) is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// With a value (which may be an `Err` of the program's own).
    Returned,
    /// By cancellation.
    Cancelled,
    /// By a panic; a promise, by `set_exception`.
    Failed,
}

impl Ending {
    /// Reads the way from a key that has `DONE`.
    #[inline]
    pub(crate) fn of(key: u64) -> Self {
        match key {
            key if key & CANCELLED != 0 => Ending::Cancelled,
            key if key & FAILED != 0 => Ending::Failed,
            _ => Ending::Returned,
        }
    }

    /// The bits of the way, without `DONE`.
    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        match self {
            Ending::Returned => 0,
            Ending::Cancelled => CANCELLED,
            Ending::Failed => FAILED,
        }
    }
}

/// Where an occupant is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskState {
    /// No occupant: the slot is free, or retired for good.
    Vacant,
    /// Its ticket stands in the ready queue.
    Ready,
    /// Its step is being taken; `woken` if its ticket stands in the queue again.
    Running {
        /// It was woken during the step, by itself or by what it called.
        woken: bool,
    },
    /// It waits to be woken; a promise, to be set.
    Idle,
    /// It has ended, and its slot waits until the output is taken or unwanted.
    Done(Ending),
}

/// What can happen to an occupant.
#[cfg_attr(not(test), expect(dead_code, reason = "for the tests"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Something moves in, and is due at once (a task, a callback).
    Occupy,
    /// Something moves in, and waits (a promise, a callback of a timer).
    Prepare,
    /// Its ticket is redeemed by a wake.
    Wake,
    /// Its entry of the ready queue is redeemed.
    Begin,
    /// The step returned `Pending`.
    Suspend,
    /// It ended.
    End(Ending),
    /// The slot is given up.
    Vacate,
}

/// The table to which the tests hold the verbs of a slot.
#[cfg_attr(not(test), expect(dead_code, reason = "for the tests"))]
impl TaskState {
    /// The state after a move; `None` where the move does not take place: a wake or
    /// a step of something that is not there, a second end.
    ///
    /// | | occupy, prepare | wake | begin | suspend | end | vacate |
    /// |---|---|---|---|---|---|---|
    /// | `Vacant` | `Ready`, `Idle` | - | - | - | - | - |
    /// | `Ready` | - | - | `Running` | - | `Done` | `Vacant` |
    /// | `Running` | - | `Running`, woken | - | `Idle` | `Done` | `Vacant` |
    /// | `Running`, woken | - | - | - | `Ready` | `Done` | `Vacant` |
    /// | `Idle` | - | `Ready` | - | - | `Done` | `Vacant` |
    /// | `Done` | - | - | - | - | - | `Vacant` |
    pub(crate) const fn after(self, step: Move) -> Option<TaskState> {
        use TaskState::{Done, Idle, Ready, Running, Vacant};
        let woken = true;
        match (self, step) {
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

    /// The bits of the state. `Running` has those of what it would suspend to.
    pub(crate) const fn pack(self) -> u64 {
        match self {
            TaskState::Vacant => VACANT,
            TaskState::Ready | TaskState::Running { woken: true } => SCHED,
            TaskState::Idle | TaskState::Running { woken: false } => 0,
            TaskState::Done(how) => DONE | how.bits(),
        }
    }
}

impl TaskState {
    /// Reads the state from a key, and from whether the occupant's step is being
    /// taken.
    pub(crate) fn unpack(key: u64, running: bool) -> TaskState {
        let woken = key & SCHED != 0;
        match key {
            key if key & VACANT != 0 => TaskState::Vacant,
            key if key & DONE != 0 => TaskState::Done(Ending::of(key)),
            _ if running => TaskState::Running { woken },
            _ if woken => TaskState::Ready,
            _ => TaskState::Idle,
        }
    }
}

#[cfg(test)]
#[path = "../../tests/unit/key.rs"]
mod tests;
