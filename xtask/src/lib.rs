//! The commands of this project, and the tour of its source programs.
//!
//! # Seeing is first
//!
//! This project began with five texts about Python's asyncio, and the first
//! question is whether their programs run on what was built. So the first
//! command of a fresh clone answers it in front of the reader's eyes:
//!
//! ```text
//!   cargo xtask tour
//!
//!      programs/       the source programs, Rust below Python
//!         │
//!      stage           what a program finds around itself: print, clock, loop
//!         │
//!      timeline        what happened, sorted into lanes
//!         ├── chart    ... as text
//!         ├── picture  ... as a picture, on the page
//!         │
//!      verdict         is it what the source says?
//!      golden          is it what it was yesterday, to the letter?
//! ```
//!
//! The other verbs run the property tests of a floor (`props`), the benchmarks
//! (`bench`) and the comparison with CPython (`parity`).
//!
//! # What this package holds to
//!
//! 1. It depends on the facade and on nothing else.
//! 2. A program is judged by what it does. Nothing that is shown was written
//!    beforehand, except what it is compared with.
//! 3. On virtual time every output is the same every time.
//!
//! Read next: `stage.rs`, then `programs/asynchronous_part_1.rs`; `command.rs`
//! for the verbs.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod chart;
pub mod command;
pub mod golden;
pub mod listing;
pub mod neighbours;
pub mod page;
pub mod picture;
pub mod programs;
pub mod props;
pub mod python;
pub mod stage;
pub mod timeline;
pub mod tour;
pub mod verdict;
