//! Waits: what a suspended task waits for, and how it gets its wake.
//!
//! The problem: "why does my program hang" has an answer only if every wait says
//! what it is for. And whatever ends must find those who wait for it, in the order
//! in which they came, although each may leave before. Both belong to one moment:
//! a future is about to return `Pending`.
//!
//! ```text
//!   poll(future) ──Pending──> 1 its caller is entered at the awaited task or promise
//!                             2 the running task's slot says what it waits for
//!   end of the awaited ─────> the slot's own waiter, then the list, in order
//! ```
//!
//! | page | what it does |
//! |---|---|
//! | `wait/words` | the word in a slot: how a reason is packed and read |
//! | `wait/registration` | entering the list of waiters, and leaving it |
//!
//! Invariants:
//! 1. The word is cleared before each step. What stands there was set in the last one.
//! 2. Two waits set in one step make `SEVERAL`: such a task is cancelled where it is,
//!    since no single thing it waits for could answer for it.
//! 3. A waker that is not the running task's own sets no word.
//! 4. A wait that is over in the step in which it was set is taken back: by the future
//!    when it is dropped, by a region when what is in it has ended, by a combinator
//!    that lets go of what it was lent. A combinator of another crate does not know of
//!    the word and leaves it, and then 2 holds.
//!
//! Who may touch what: the table of reasons is private to this folder; `ReasonEntry`
//! (`inside/reason.rs`) owns an entry of it. A slot's `wait` and `waiter` are written
//! by this folder, by the turn that clears them, and by regions.
//!
//! Read next: `wait/words.rs`.

use std::cell::RefCell;

use groundup_interweave::trace::Wait;

use crate::store::slab::Slab;

mod registration;
pub(crate) mod words;

/// The waits of a loop: the table of reasons that a word cannot hold.
#[derive(Default)]
pub(crate) struct Waits {
    reasons: RefCell<Slab<Wait>>,
}

impl Waits {
    /// Enters a reason, and gives its number.
    pub(crate) fn enter(&self, wait: Wait) -> u32 {
        self.reasons.borrow_mut().insert(wait)
    }

    /// Replaces a reason; gives the one before for the caller to drop.
    pub(crate) fn replace(&self, number: u32, wait: Wait) -> Option<Wait> {
        let mut reasons = self.reasons.borrow_mut();
        let entry = reasons.get_mut(number)?;
        Some(std::mem::replace(entry, wait))
    }

    /// Takes a reason out, for the caller to drop.
    pub(crate) fn leave(&self, number: u32) -> Option<Wait> {
        self.reasons.borrow_mut().remove(number)
    }
}
