//! What the repository promises about itself, and the means to check it.
//!
//! The problem: a rule that only stands in a document is kept until somebody is
//! in a hurry. So every rule that a program can check is a test of this package,
//! and `cargo test` finds what is broken before a reviewer does. The tests are
//! in `tests/`; this library is what they share:
//!
//! ```text
//!   repository   which files there are
//!   tokens       a Rust file without its comments
//!   trees        a Rust file with its brackets
//!   paths        the paths a Rust file names
//!   modules      the files of a floor, and which imports which
//!   order        the order of a floor, and what breaks it
//!   prose        a Rust file's comments; a Markdown file's tables and listings
//!   bless        outputs that are committed
//!   listed       tests that a document names
//!   surface      which public names a crate has, and under which paths
//! ```
//!
//! Invariant: a failed check names the file, the line and the cure.
//!
//! Read next: `repository.rs`, then `tests/layering.rs`.

#![forbid(unsafe_code)]

pub mod bless;
pub mod listed;
pub mod modules;
pub mod order;
pub mod paths;
pub mod prose;
pub mod repository;
pub mod surface;
pub mod tokens;
pub mod trees;
