//! Does groundup do what asyncio does? One program, two interpreters.
//!
//! The problem: this project claims that its loop behaves as asyncio's does, to
//! the iteration. A test of our own belief about asyncio does not prove that:
//! asyncio itself must run the program. And the authors of a test think of the
//! cases that they got right. So most programs must be random.
//!
//! ```text
//!   generator ──► program ──► printer ──► text ──► CPython ──► trace ┐
//!                    │                                               ├─ difference?
//!                    └───────────────────────────► groundup ─► trace ┘       │
//!                                                                         shrinker
//! ```
//!
//! A *scenario* is a small concurrent program in a language of its own
//! (README.md). Its *trace* is one line an event: time, iteration, who, what.
//! Two hundred scenarios are recorded, one or more for each rule; random ones
//! come from a seed. If two traces differ, the shrinker makes the program
//! smaller as long as they differ. The program that remains fits on a screen.
//!
//! Invariants
//! 1. Equal means equal, byte for byte. Where groundup differs on purpose, the
//!    scenario is recorded with both answers.
//! 2. One number is enough to generate a random program again.
//! 3. The check against recorded traces needs nothing but cargo.
//!
//! Read next: `program.rs`, what a scenario is; `interpreter.rs`, how groundup
//! runs it; `run.py`, how CPython does.
#![forbid(unsafe_code)]

mod acting;
mod bound;
pub mod census;
pub mod command;
mod contention;
pub mod dice;
pub mod difference;
mod edits;
pub mod engine;
pub mod generator;
pub mod golden;
pub mod interpreter;
mod kept;
mod kinds;
pub mod live;
pub mod mentions;
mod nestings;
pub mod objects;
mod phrases;
pub mod printer;
pub mod program;
pub mod reader;
pub mod referee;
mod scopes;
mod sharing;
pub mod shrinker;
pub mod side;
mod statements;
mod steps;
mod storms;
mod verdict;
mod vocabulary;
mod waiting;
mod words;
