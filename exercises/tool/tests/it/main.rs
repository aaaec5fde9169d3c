//! The tests of the tool.
//!
//! ```text
//!   names      the names that the exercises use exist
//!   bad_work   work that is wrong, in every way
//!   outputs    the line of an output, without a build
//!   commands   the verbs
//!   project    a small project, in which they run
//! ```

mod bad_work;
mod commands;
mod names;
#[cfg(unix)]
mod outputs;
mod project;
