//! Permits, items and notices are conserved, whatever ends a wait.
//!
//! The problem: a permit, an item or a notice is on its way to a task, and the task goes: it is
//! cancelled, it drops its wait, or its loop is closed. The tests of the rules do that in the places
//! that a person has thought of. Here it happens in every iteration, under any order of the ready
//! tasks. Faulty copies of old versions of asyncio are run by the same properties, which find the
//! faults.
//!
//! ```text
//!   hands      permits by hand: any order of polls and drops, beside the dullest model
//!   permits    tasks that take and release permits, cancelled or dropped anywhere
//!   owned      owned and borrowed permits by hand, beside the dullest model
//!   items      tasks that put and get items, cancelled or dropped anywhere
//!   orders     a priority queue whose order panics
//!   rw_locks   readers and writers, by hand and as tasks
//!   notices    the calls of a notify, by hand and as tasks
//!   hooks      wakers that use the objects again
//!   tokens     trees of cancellation tokens, by hand and as tasks
//!   channels   values of oneshots, broadcasts and watches, by hand and as tasks
//!   stuck      what reports say of tasks that do not go on
//!   faulty     copies with the faults of CPython's semaphore, queue and `wait_for`
//!   wakes      futures that are polled by hand
//!   ways       programs of tasks, and what ends their waits
//! ```
//!
//! Read next: `props/hands.rs`.

mod channels;
mod faulty;
mod hands;
mod hooks;
mod items;
mod notices;
mod orders;
mod owned;
mod permits;
mod rw_locks;
mod stuck;
mod tokens;
mod wakes;
mod ways;
