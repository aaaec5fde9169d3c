//! asyncio's rules S: readers, limits, writers.
//!
//! Invariant: the tests are named after the rules, which `RULES.md` lists.
//!
//! Read next: `rules/readers.rs`.

mod readers;
mod writers;
