//! The tests of floor 1.
//!
//! ```text
//!   machines  protocol  life      generators by hand; Python's rules, run and as a table
//!   delegation  yields            a call inside a call; generators as async blocks
//!   async_blocks  stepped         futures as generators, and back
//!   panics  props                 random programs, with a panic and without
//!   script                        the language of these programs
//! ```
//!
//! Read next: `machines.rs`.

mod async_blocks;
mod delegation;
mod life;
mod machines;
mod panics;
mod props;
mod protocol;
mod script;
mod stepped;
mod yields;
