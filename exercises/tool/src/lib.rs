//! Cuts exercises from the crates, and checks the work of a learner.
//!
//! The problem: an exercise that is a text of its own ages. So an exercise here is the name of a
//! function of a crate. The tool copies the crate of the floor, takes the body of the function out, and
//! runs the tests of the exercise on the copy. The body in the crate is the solution.
//!
//! ```text
//!   floor-3.toml ── cut = ["fn round"] ──┐
//!   crates/3-task/examples/first_task.rs ┴─▶ work/floor-3/examples/first_task.rs   body cut
//!   checks/floor_3/first_task.rs ──────────▶ work/floor-3/tests/first_task.rs      runs it
//! ```
//!
//! | file | does |
//! |---|---|
//! | `floor` | reads `floor-N.toml` |
//! | `copy/` | copies a floor into a folder; finds a function by its name, and changes its body |
//! | `command/` | the verbs, and the progress of the learner |
//! | `check/` | builds a copy, runs a test with limits, and says how it ended |
//! | `prove`, `inspect` | show that the exercises are right: with builds, and without |
//!
//! Invariants
//! 1. The tool changes nothing outside `exercises/work` and `exercises/target`.
//! 2. A text of the learner that the tool replaces is in a file of the folder `kept` first.
//!
//! Read next: `floor.rs`.
#![forbid(unsafe_code)]

pub mod check;
pub mod command;
pub mod copy;
pub mod floor;
pub mod inspect;
pub mod prove;
