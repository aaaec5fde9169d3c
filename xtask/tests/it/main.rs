//! The tests of the project's commands.
//!
//! `command` runs the program itself; the others call its library. `model` and `moments` are files of the
//! tests of `groundup-view`: its model of a run stands beside the programs of the tour, too.
//!
//! Read next: `command.rs`.

mod command;
mod left;
mod memcheck;
#[path = "../../../crates/view/tests/it/model.rs"]
mod model;
#[path = "../../../crates/view/tests/it/moments.rs"]
mod moments;
mod page;
mod properties;
mod python;
mod timeline;
mod tour;
mod verdict;
mod watched;
