//! Time as a program sees it: sleeps, alarms, callbacks for later.
//!
//! The problem: the loop fires timers with numbers. A program wants a future that ends at a
//! time, a callback that runs at a time, and a scope that is cancelled at a time. When the
//! program no longer needs one of these, it must be able to cancel the timer at a low cost.
//!
//! ```text
//!   page        made by                  the timer fires      dropping it
//!   handle.rs   call_later, call_at      a callback           changes nothing
//!   sleep.rs    sleep, sleep_until       a wake of its task   cancels the timer
//!   alarm.rs    Alarm::at, Alarm::after  a cancel of a scope  cancels the timer
//! ```
//!
//! `sleep_ticket.rs` is a sleep that may be sent to another thread.
//! `block.rs` lets time pass without a turn of any task. The times themselves are values of
//! `instant.rs`, beneath.
//!
//! Invariants:
//! 1. Each of the three holds the [`Timers`](crate::timers::Timers) of the loop in which it
//!    was set, and cancels its timer there, whichever loop runs.
//! 2. A timer that was cancelled in time has no effect, and holds no memory of the program's.
//!
//! Access: the three pages of timers do not import each other. They set and cancel timers through
//! `timers.rs`, and get the running loop from `iteration.rs`. The fields of each type are private
//! to its page, except those of the sleep, which `sleep_ticket.rs` takes apart.
//!
//! Read next: `instant.rs`.

pub(crate) mod alarm;
pub(crate) mod block;
pub(crate) mod handle;
pub(crate) mod sleep;
pub(crate) mod sleep_ticket;
