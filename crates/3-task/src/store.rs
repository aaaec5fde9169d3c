//! The store: plain types, and where they lie.
//!
//! The problem: everything above this folder moves tasks, promises and callbacks through
//! their lives. A number, a box, a list of waiters has no opinion about that. So the
//! plain types stand together at the bottom, know no loop, and hold no cell of one.
//!
//! ```text
//!   ticket ──index──> slots ──> slot ─┬─ key      who lives here, in which state
//!                                     ├─ object   the box: future, callback or value
//!                                     ├─ waiter   the first one to be told of the end
//!                                     ├─ wait     what the occupant waits for
//!                                     └─ extra ──> rare: name, waiters, reason, payload
//! ```
//!
//! Invariants:
//! 1. Nothing here imports another folder of this floor but `error`.
//! 2. Nothing of the user's is dropped or called here but through a slot's box,
//!    whose methods are called by `run/` and `handles/`.
//!
//! Who may touch what: a slot's fields, the bits of its key among them, are private to
//! `slot.rs` and its folder; everybody else changes a slot by its verbs.
//!
//! Read next: `store/ticket.rs`.

pub(crate) mod key;
pub(crate) mod lender;
pub(crate) mod object;
pub(crate) mod slab;
pub(crate) mod slot;
pub(crate) mod slots;
pub(crate) mod ticket;
pub(crate) mod values;
pub(crate) mod waiters;
