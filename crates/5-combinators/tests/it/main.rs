//! The tests of floor 5.
//!
//! ```text
//!   rules                        asyncio's rules, a folder of them
//!   cancel_table                 the table of cancels, cell by cell
//!   in_place  streams  async_map  futures inside one task; streams
//!   choices                      what a chooser learns of the options
//!   several                      what each verb takes; the order of a select
//!   intervals                    ticks beside a model of them
//!   borrowing_group  groups      children that borrow; groups of both kinds at their edges
//!   misuse  foreign  hidden_waits  what is refused; under other executors
//!   costs  registrations         how much work a cancel is; what is left behind
//!   moved                        blocks that change tasks; sinks inside a spawn
//!   waits_that_are_over          a cancel goes to no task that is awaited no more
//!   deadlocks  debug_texts       what a report of a deadlock says; what `{:?}` shows
//!   drops                        values that panic in their drop
//!   props                        random programs, at every moment
//!   setup                        a loop on virtual time, and a log
//! ```
//!
//! Beside these, `memory.rs` has the allocator of the whole process.
//!
//! Read next: `rules.rs`.

mod async_map;
mod borrowing_group;
mod cancel_table;
mod choices;
mod costs;
mod deadlocks;
mod debug_texts;
mod drops;
mod foreign;
mod groups;
mod hidden_waits;
mod in_place;
mod intervals;
mod misuse;
mod moved;
mod props;
mod registrations;
mod rules;
mod setup;
mod several;
mod streams;
mod waits_that_are_over;
