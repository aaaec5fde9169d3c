//! Tests of the kit.
//!
//! ```text
//!   toys        programs whose schedules are counted by hand
//!   found       bugs that are found, shrunk and told
//!   bugs        bugs of the sort that programs have
//!   tokens      tokens that fit, and tokens that do not
//!   sources     P9 of the source (`../programs/p9.rs`), by its schedules
//!   bad_input   programs that cannot be explored
//!   limits      a limit of time ends a search, and the shrinking
//!   network     messages that the network in memory loses, delays and cuts
//!   foreign     programs on the primitives of others
//!   cancels     every verb of floors 5 and 6, cancelled everywhere
//!   ledger      programs that leave something in their loop
//!   faulty      copies with historic faults, which the kit catches
//!   props       random programs
//!   footprints  what a loop notes of the use of its objects
//!   notes       outcomes that one note of a loop saves
//!   reductions  fewer schedules, and the same outcomes
//!   sampling    how many seeds find a bug
//! ```
//!
//! Read next: `toys.rs`.

mod bad_input;
mod bugs;
mod cancels;
mod examples;
mod faulty;
mod footprints;
mod foreign;
mod found;
mod ledger;
mod limits;
mod network;
mod notes;
#[path = "../programs/p9.rs"]
mod p9;
mod props;
mod reductions;
mod sampling;
mod sources;
mod tables;
mod tokens;
mod toys;
