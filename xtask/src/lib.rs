//! The commands of this project, and the tour of its source programs.
//!
//! # See it run first
//!
//! This project began with five texts about Python's asyncio. A reader's first question
//! is whether their programs run on this library. So the first command of a fresh clone
//! answers it:
//!
//! ```text
//!   cargo xtask tour
//!
//!      programs/       the source programs, Rust below Python
//!         │
//!      stage           the surroundings of a program: print, clock, loop
//!         │
//!      timeline        the events of a run, for groundup-view
//!         ├── text     ... on the terminal
//!         ├── svg      ... on the page of the tour
//!         ├── page     ... on a page of its own, to step through
//!         │
//!      verdict         compares the run with the source's claims
//!      golden          compares the run with a recorded run, to the letter
//! ```
//!
//! The other verbs run the property tests of a floor (`props`), its tests under
//! valgrind (`memcheck`) or in debug mode (`watched`), the kit on a broken floor 5 (`mutants`), the benchmarks (`bench`), the programs on every engine (`engines`), the
//! comparison with CPython (`parity`), the book (`book`) and its exercises (`exercise`).
//!
//! # What this package holds to
//!
//! 1. It depends on the facade, on `groundup-view`, which needs floor 0 alone, and on lexopt, which has
//!    no dependency. The first command that
//!    a newcomer runs builds this package.
//! 2. A program is judged by its run. All output comes from the run; only the expected
//!    lines and the golden files were written before.
//! 3. On virtual time every output is the same in every run.
//!
//! Read next: `stage.rs`, then `programs/asynchronous_part_1.rs`; `command.rs`
//! for the verbs.
#![forbid(unsafe_code)]

pub mod command;
pub mod golden;
pub mod listing;
pub mod memcheck;
pub mod mutants;
pub mod neighbours;
pub mod page;
pub mod programs;
pub mod props;
pub mod python;
pub mod stage;
pub mod timeline;
pub mod tour;
pub mod verdict;
pub mod watched;
