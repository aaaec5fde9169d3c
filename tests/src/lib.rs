//! The promises of the repository about itself, and their checks.
//!
//! The problem: people forget a rule that only stands in a document, at the latest when
//! they are in a hurry. So every rule that a program can check is a test of this package,
//! and `cargo test` finds a violation before a reviewer does. The tests are in `tests/`;
//! this library is the part that they share:
//!
//! ```text
//!   repository   the files
//!   tokens       a Rust file without its comments
//!   trees        a Rust file with its brackets
//!   paths        the paths a Rust file names
//!   modules      the files of a floor, and their imports
//!   order        the order of a floor, and violations of it
//!   prose        a Rust file's comments; a Markdown file's tables and listings
//!   doc_examples the examples of a Rust file's comments
//!   bless        outputs that are committed
//!   blessing     the variable under which they are written
//!   listed       tests that a document names
//!   rules        the page that lists the rules of asyncio
//!   surface      the public names of a crate, and their paths
//! ```
//!
//! Invariant: a failed check names the file, the line and the cure.
//!
//! Read next: `repository.rs`, then `tests/it/layering.rs`.

#![forbid(unsafe_code)]

pub mod bless;
mod blessing;
pub mod doc_examples;
pub mod listed;
pub mod modules;
pub mod order;
pub mod paths;
pub mod prose;
pub mod repository;
pub mod rules;
pub mod surface;
pub mod tokens;
pub mod trees;
