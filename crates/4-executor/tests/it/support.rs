//! What several tests of this floor need: a log, drivers, a reference.
//!
//! The problem: most rules of a loop are about order and about time, so most tests write a
//! log, and many of them need a driver that does what the test says.
//!
//! ```text
//!   log             lines, in order
//!   alive           a check that a loop still works
//!   scripted_clock  a clock whose readings the test lists
//!   own_clock       a clock that jumps, and a park in which the test acts
//!   watched_park    the real park, and when the loop enters it
//!   reference       random programs, and their behaviour by the rules
//! ```
//!
//! Invariant: no driver here waits for the clock of the machine.
//!
//! Read next: `support/log.rs`.

pub(crate) mod alive;
pub(crate) mod log;
pub(crate) mod own_clock;
pub(crate) mod reference;
pub(crate) mod scripted_clock;
pub(crate) mod watched_park;
