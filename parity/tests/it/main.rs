//! The tests of the comparison with CPython.
//!
//! ```text
//!   texts  recorded          the scenarios, and the recorded traces of CPython
//!   census  coverage  props  the random programs
//!   shrinking                the search for the smallest program that differs
//! ```
//!
//! Read next: `texts.rs`.

mod census;
mod coverage;
mod props;
mod recorded;
mod shrinking;
mod texts;
