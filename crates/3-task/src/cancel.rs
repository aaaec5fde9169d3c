//! Cancels: a request, its delivery, and the scopes it may be aimed at.
//!
//! The problem: Rust can drop a future, which is final and instant. Python throws an
//! error into it, which can be caught, and the catcher may await its clean-up. Both are
//! needed. Rust does the first by itself. The other works like this:
//!
//! ```text
//!  task.cancel()      marks the task; nothing runs yet                (C01)
//!        |
//!        |  does it await another task or a promise?  -> that one is cancelled
//!        |  first, and the cancel comes back one iteration a level    (C05)
//!        v
//!  next iteration     is a catch_cancel region alive in it?
//!     no:  the future is dropped, the task ends cancelled             (C02)
//!     yes: the innermost region drops what it holds, and yields
//!          Err(Cancelled) to the code around it, which goes on        (C07)
//! ```
//!
//! `cancel/deliver` takes a cancel of a task to its place, `cancel/region` that of a scope.
//! At the end the user's code may have to be called, the hook of a promise or a foreign
//! waker. This folder never does: it gives back what is to be done [`Next`],
//! `run/cancelling` does it, and tells the answer.
//!
//! Invariants:
//! 1. `cancel` never runs anything of the task's inline.
//! 2. Several cancels before the next step are delivered as one (C08). One that only
//!    marks a task, which runs or is ready anyway, can be taken back; one that has
//!    reached what the task waits for cannot (C10).
//! 3. A cancel that meets a result in the same iteration wins (C06).
//! 4. What a region held is dropped before its `Err(Cancelled)` is seen.
//!
//! Who may touch what: the fields are private to this folder, but for `delivering`, of
//! the turn and of the innermost region, and the two of a scope that its handle and the
//! ready queue ask for.
//!
//! Read next: `cancel/state.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use crate::cancel::scope::Scope;
use crate::store::slab::Slab;

pub(crate) mod deliver;
mod region;
pub(crate) mod scope;
pub(crate) mod state;

/// The cancels of a loop: its scopes, and what a step is in the middle of.
#[derive(Default)]
pub(crate) struct Cancels {
    scopes: RefCell<Slab<Scope>>,
    /// Scopes opened, ever.
    opened: Cell<u64>,
    /// How many scopes have a cancel on its way.
    requests: Cell<u32>,
    /// A region was alive when the running step suspended.
    region: Cell<bool>,
    /// A cancel is delivered into the running step, and no region has taken it yet.
    pub(crate) delivering: Cell<bool>,
    /// The scope whose region is being polled, by its number; 0 for none.
    inside: Cell<u32>,
}

/// What the roof is to do next about a cancel, if the next step does not see it anyway.
pub(crate) enum Next {
    /// Wake this task.
    Wake(u64),
    /// Call this waker of another executor.
    WakeForeign(Waker),
    /// Cancel this task or promise, with this reason, and tell the asker the answer.
    Cancel(Asker, u64, Option<Rc<str>>),
}

/// Who has handed a cancel on to what it awaits, and is told whether that accepted it.
pub(crate) struct Asker {
    /// The task.
    ticket: u64,
    /// The scope in it whose cancel it is; 0 for the task's own.
    scope: u32,
    /// An earlier cancel was handed on to the same thing.
    before: bool,
}
