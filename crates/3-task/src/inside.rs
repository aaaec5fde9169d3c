//! Inside a task: the futures and traits that a running task uses.
//!
//! The problem: what a task awaits on this floor (a bare yield, a region, a raised
//! cancel) and what a combinator of the floor above is built from (scopes, groups,
//! reasons, things that stand for a task) work on the running task. They are handles
//! of another kind: each owns an entry of a table beneath, and gives it back when it
//! is dropped.
//!
//! ```text
//!   future or handle       owns                              part beneath
//!   CatchCancel            marks of the running step         cancels
//!   CancelScope            an entry of the table of scopes   cancels
//!   ReasonEntry            an entry of the table of reasons  waits
//!   Watching, Seat         an entry of the table of groups   groups
//! ```
//!
//! | page | what it holds |
//! |---|---|
//! | `inside/yield_now` | the plainest suspension |
//! | `inside/catch_cancel`, `inside/cancel_scope`, `inside/raise` | catching a cancel, aiming one, raising one |
//! | `inside/reason` | saying what a task waits for |
//! | `inside/group`, `inside/seat`, `inside/into_task`, `inside/admission` | members of a group |
//! | `inside/abandon` | what can be given up |
//!
//! Invariants:
//! 1. What is dropped leaves nothing behind in a table.
//! 2. Under another executor nothing of this reaches a task of ours; each page says
//!    what happens there instead.
//!
//! Who may touch what: these pages change the running task's slot by its verbs, and a
//! part by its methods.
//!
//! Read next: `inside/yield_now.rs`.

pub(crate) mod abandon;
mod admission;
pub(crate) mod cancel_scope;
pub(crate) mod catch_cancel;
pub(crate) mod group;
pub(crate) mod into_task;
pub(crate) mod raise;
pub(crate) mod reason;
pub(crate) mod seat;
pub(crate) mod yield_now;
