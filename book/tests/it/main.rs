//! Tests of the book's programs and of its check.

#![forbid(unsafe_code)]

mod broken;
mod items;
mod patches;
mod porting;
mod python;
mod rows;
mod runs;
mod tree;
#[cfg(unix)]
mod watched;
