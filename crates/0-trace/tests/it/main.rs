//! The tests of floor 0.
//!
//! `format` has the written form of an event line by line, `props` has random events.
//!
//! Read next: `format.rs`.

mod format;
mod props;
