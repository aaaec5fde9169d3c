//! Time as a program sees it: sleeps, alarms, callbacks for later.
//!
//! The problem: the loop fires numbers at certain times. A program wants a future
//! that ends at a time, a callback that runs at a time, and a scope that is
//! cancelled at a time; and each of them must give its timer back when the program
//! loses interest, at no cost worth counting.
//!
//! ```text
//!   page        made by                  the timer fires      dropping it
//!   handle.rs   call_later, call_at      a callback           changes nothing
//!   sleep.rs    sleep, sleep_until       a wake of its task   takes the timer back
//!   alarm.rs    Alarm::at, Alarm::after  a cancel of a scope  takes the timer back
//! ```
//!
//! Invariants:
//! 1. Each of the three holds the [`Timers`](crate::timers::Timers) of the loop in
//!    which it was set, and takes its timer back there, whichever loop runs.
//! 2. A timer that was taken back in time has no effect, and holds no memory of
//!    the program's.
//!
//! Access: the three pages do not know each other. They set timers and take them
//! back through `timers.rs`, and ask `iteration.rs` for the running loop; the
//! fields of each type are its page's own.
//!
//! Read next: `time/handle.rs`.

pub(crate) mod alarm;
pub(crate) mod handle;
pub(crate) mod sleep;
