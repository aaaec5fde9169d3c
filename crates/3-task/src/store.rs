//! Holds the types that know no loop: tickets, slots, boxes and lists.
//!
//! The problem: the folders above begin tasks, promises and callbacks, run them and end them.
//! A number, a box or a list of waiters needs nothing of that. So these types are together at
//! the bottom of the floor. They know no loop, and hold no cell of a loop.
//!
//! ```text
//!   ticket ──index──> slots ──> slot ─┬─ key      the occupant, and its state
//!                                     ├─ object   the box: future, callback or value
//!                                     ├─ waiter   the first waiter to be notified of the end
//!                                     ├─ wait     the reason for which the occupant waits
//!                                     └─ rare ──> an entry of the side table: name, more
//!                                                  waiters, reason, payload
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
//!                           └───────┘      │ rare             │     └────────────────────┘
//!                                          └──────────────────┘
//!   The ticket fits if loop and gen are the same in ticket and key. If not, its task has gone.
//! ```
//!
//! A value lies in the box of the slot until a handle takes or copies it:
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
//! 2. This folder calls and drops the user's code only through a slot's box. `run/` and
//!    `handles/` call the methods of the box.
//!
//! Access: a slot's fields, with the bits of its key, are private to `slot.rs` and its folder.
//! All other code changes a slot through its methods.
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
pub(crate) mod told;
pub(crate) mod values;
pub(crate) mod waiters;
