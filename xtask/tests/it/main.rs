//! The tests of the project's commands.
//!
//! `command` runs the program itself; the others call its library.
//!
//! Read next: `command.rs`.

mod command;
mod memcheck;
mod page;
mod python;
mod timeline;
mod tour;
mod verdict;
mod watched;
