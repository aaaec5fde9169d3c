//! The tests of floor 6.
//!
//! ```text
//!   rules        asyncio's rules Y and Q, one test for each
//!   cpython      random programs, beside the recording of CPython
//!   once_cells   values that are made once
//!   misuse       what is refused
//!   owned        guards that own a share of their object
//!   deadlocks    what a report says of a wait
//!   circles      circles through locks in reports
//!   foreign      under other executors
//!   errors       what each error says
//!   props        permits, items and notices are conserved
//!   setup        a loop on virtual time, and a log
//!   threads      jobs on threads
//! ```
//!
//! Read next: `rules.rs`.

mod circles;
mod cpython;
mod deadlocks;
mod errors;
mod foreign;
mod misuse;
mod once_cells;
mod owned;
mod props;
mod rules;
mod setup;
mod threads;
