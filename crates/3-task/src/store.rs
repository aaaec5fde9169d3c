//! Holds the types that know no loop: tickets, slots, boxes and lists.
//!
//! The problem: the folders above begin tasks, promises and callbacks, run them and end them.
//! A number, a box or a list of waiters needs nothing of that. So these types are together at
//! the bottom of the floor. They know no loop, and hold no cell of a loop.
//!
//! From the integer in a waker to the future that it wakes:
//!
//! ```text
//!   ticket                   slots           slot
//!  ┌──────┬─────┬───────┐   ┌───────┐      ┌────────┐
//!  │ loop │ gen │ index │   │ 0     │      │ key    │  loop, gen, flags: the occupant, its state
//!  └──────┴─────┴───┬───┘   │ ..    │      │ object ├─> the box: a future, later its output
//!     in wakers,    └─────> │ index ├────> │ waiter │  the first waiter to be notified of the end
//!     queues, handles       │ ..    │      │ wait   │  the reason for which the occupant waits
//!                           └───────┘      │ rare   ├─> an entry of the side table: name, more
//!                                          └────────┘     waiters, reason of a cancel, payload
//!   The ticket fits if loop and gen are the same in ticket and key. If not, its task has gone.
//! ```
//!
//! A task lies in two places, slot and box. One allocation for both was tried in three forms: all fields of
//! the slot in front of the object, all but the key, and all with the pointer to the object. Against the same
//! code without it, the rows of the benchmark take from 3 % fewer to 10 % more instructions. For 100,000
//! children that end in shuffled order the caches miss up to 3 % more often, because a ticket leads to the
//! slot: a wake reads the slot in any case. Of the misses that this order adds, slot and box cause
//! under a third. The benchmark's own chain, the parent's list of children and the vacancies cause the others.
//!
//! The place of a value:
//!
//! | value of | stored in | put there by | taken by |
//! |---|---|---|---|
//! | a task | the box: `TaskObject::stage`, in `Finished` | `poll`, when the future returns | `take_result`, an await |
//! | a task whose value was looked at or copied | the side table: `Rare::shared` | the first look or copy | the last handle; the others take a copy |
//! | a promise | the box: `PromiseObject::output` | `Promise::set_result`, through `put` | `result`, an await: each takes a copy |
//!
//! The box is in `store/object.rs`, that of a promise in `store/object/promise_object.rs`, the side table
//! in `core/rare.rs`.
//!
//! The end of an occupancy has these stages, and one verb for each:
//!
//! | verb | what happens | function |
//! |---|---|---|
//! | complete | ends the occupant, and notifies its waiters | `complete` (`run/finish.rs`) |
//! | end | the state is `Done`; the tickets still fit, and the output waits in the box | `Slot::end` |
//! | abandon | no handle is left: reports an unseen failure, and vacates | `abandon`, `abandon_bounded` (`run/finish.rs`) |
//! | drop at close | the loop is closed: vacates a task or callback that has not ended | `drop_at_close` (`run/close.rs`) |
//! | vacate | takes the next three stages | `vacate` (`run/moving.rs`) |
//! | void | no ticket fits any more | `Slot::void` |
//! | empty | drops the content of the box, and keeps the box | `empty` (`run/moving.rs`), `keep_box` (`core/moving.rs`) |
//! | free | marks the slot as vacant | `free_slot` (`core/moving.rs`), `Slots::put_vacant` |
//! | retire | in place of free, after the last generation: the slot is never used again | `retire` (`core/moving.rs`) |
//!
//! Invariants:
//! 1. Nothing here imports another folder of this floor but `error`.
//! 2. No cell of this folder is borrowed while a value of the user's is dropped, or while the user's
//!    code runs. `run/` and `handles/` call the methods of the box and of a done-callback.
//!
//! Access: a slot's fields, with the bits of its key, are private to `slot.rs` and its folder.
//! All other code changes a slot through its methods.
//!
//! Read next: `store/ticket.rs`.

pub(crate) mod hidden;
pub(crate) mod key;
pub(crate) mod lender;
pub(crate) mod notes;
pub(crate) mod object;
pub(crate) mod slab;
pub(crate) mod slot;
pub(crate) mod slots;
pub(crate) mod ticket;
pub(crate) mod told;
pub(crate) mod values;
pub(crate) mod waiters;
