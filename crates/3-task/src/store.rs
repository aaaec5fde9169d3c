//! Holds the plain types: tickets, slots, boxes and lists.
//!
//! The problem: everything above this folder moves tasks, promises and callbacks through
//! their lives. A number, a box or a list of waiters need not know of these lives. So the
//! plain types stand together at the bottom, know no loop, and hold no cell of one.
//!
//! ```text
//!   ticket ──index──> slots ──> slot ─┬─ key      the occupant, and its state
//!                                     ├─ object   the box: future, callback or value
//!                                     ├─ waiter   the first waiter to be notified of the end
//!                                     ├─ wait     what the occupant waits for
//!                                     └─ rare ──> rare: name, waiters, reason, payload
//! ```
//!
//! From the integer in a waker to the future that it wakes:
//!
//! ```text
//!   ticket                   slots           slot                      box on the heap
//!  ┌──────┬─────┬───────┐   ┌───────┐      ┌──────────────────┐
//!  │ loop │ gen │ index │   │ 0     │      │ key: loop, gen,  │
//!  └──────┴─────┴───┬───┘   │ ..    │      │      flags       │     ┌────────────────────┐
//!     in wakers,    └─────> │ index ├────> │ object ──────────┼───> │ the future,        │
//!     queues, handles       │ ..    │      │ waiter, wait     │     │ later its output   │
//!                           └───────┘      │ rare ─────> rare│     └────────────────────┘
//!                                          └──────────────────┘
//!   The ticket fits if loop and gen are the same in ticket and key. If not, its task has gone.
//! ```
//!
//! Where a value lies: in the box of the slot, until a handle takes or copies it.
//!
//! | value of | field in the box (`store/object.rs`) | put there by | taken by |
//! |---|---|---|---|
//! | a task | `TaskObject::stage`, in `Finished` | `poll`, when the future returns | `take_result`, an await |
//! | a promise | `PromiseObject::output` | `Promise::set_result`, through `refill` | `result`, an await: each takes a copy |
//!
//! The payload of a panic and the reason of a cancel lie in the slot's `rare` (`core/rare.rs`).
//!
//! Invariants:
//! 1. Nothing here imports another folder of this floor but `error`.
//! 2. User code is called and dropped here only through a slot's box, whose methods `run/` and
//!    `handles/` call.
//!
//! Who may touch what: a slot's fields, with the bits of its key, are private to `slot.rs` and
//! its folder. All other code changes a slot through its methods.
//!
//! Read next: `store/ticket.rs`.

pub(crate) mod hidden;
pub(crate) mod key;
pub(crate) mod lender;
pub(crate) mod object;
pub(crate) mod slab;
pub(crate) mod slot;
pub(crate) mod slots;
pub(crate) mod ticket;
pub(crate) mod values;
pub(crate) mod waiters;
