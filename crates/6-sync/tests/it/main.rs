//! The tests of floor 6.
//!
//! ```text
//!   rules        asyncio's rules Y and Q, one test for each
//!   cpython      random programs, beside the recording of CPython
//!   once_cells   values that are made once
//!   rw_locks     the line of readers and writers
//!   signals      a notify, and trees of cancellation tokens
//!   channels     oneshot, broadcast, watch
//!   cancels      a cancel that meets a value
//!   costs        the steps of an event, beside 100,000 tasks that wait
//!   misuse       what is refused
//!   owned        guards that own a share of their object
//!   deadlocks    what a report says of a wait
//!   gallery      eleven programs that hang, and their reports
//!   places       what a report says more of a loop that is watched
//!   circles      circles through locks in reports
//!   standing     circles beside tasks that go on, and what opens them
//!   foreign      under other executors
//!   errors       what each error says
//!   props        permits, items and notices are conserved
//!   setup        a loop on virtual time, and a log
//!   threads      jobs on threads
//!   fleet        loops on several threads, and queues between them
//!   processes    jobs in processes, with the feature of this name
//! ```
//!
//! Read next: `rules.rs`.

mod cancels;
mod channels;
mod circles;
mod costs;
mod cpython;
mod deadlocks;
mod errors;
mod fleet;
mod foreign;
mod gallery;
mod misuse;
mod once_cells;
mod owned;
mod places;
#[cfg(all(feature = "processes", unix))]
mod processes;
mod props;
mod rules;
mod rw_locks;
mod setup;
mod signals;
mod standing;
mod threads;
