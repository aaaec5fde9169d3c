//! Generators written as a line of text, and random ones.
//!
//! The problem: the rules of send, throw and close are about generators of any shape, so the
//! tests need many shapes, and CPython has to run the same ones.
//!
//! ```text
//!   program   the language, and the forms in which a program runs
//!   random    random programs, and random requests to them
//! ```
//!
//! Invariant: a text is the same program here and in CPython.
//!
//! Read next: `script/program.rs`.

pub(crate) mod program;
pub(crate) mod random;
