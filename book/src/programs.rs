//! The programs of the book, and their catalogue.
//!
//! The problem: a reader copies a program from a page into a file and expects its output. So the
//! program on the page is a file, and the book runs the file. It prints by plain `println!`, as the
//! reader's copy does.
//!
//! ```text
//!   programs/floor_4_late.rs ── build.rs ──► mod floor_4_late ──► stage ──► lines, events
//!            │                                                 println! writes to the stage
//!            └──────────────── a listing of the page
//! ```
//!
//! Invariants
//! 1. A program imports from `groundup` and the standard library.
//! 2. The name of a program is the name of its file.
//!
//! Read next: `programs/stage.rs`, which runs them.

pub mod cast;
pub mod source;
pub mod stage;

use std::fmt::Debug;
use std::pin::Pin;

/// The end of a program: nothing, or the `Debug` text of its error.
pub type Ended = Result<(), String>;

/// A program that runs on a loop.
pub type Looped = Pin<Box<dyn Future<Output = Ended>>>;

/// One program.
#[derive(Clone, Copy)]
pub struct Program {
    /// The name of the file, without `.rs`.
    pub name: &'static str,
    /// How it begins.
    pub main: Main,
}

/// How a program begins.
#[derive(Clone, Copy)]
pub enum Main {
    /// It needs no loop, or makes one.
    Plain(fn() -> Ended),
    /// It runs on a loop of the stage.
    Looped(fn() -> Looped),
}

/// A value that a `main` may return.
trait Ending {
    fn ended(self) -> Ended;
}

impl Ending for () {
    fn ended(self) -> Ended {
        Ok(())
    }
}

impl<E: Debug> Ending for Result<(), E> {
    fn ended(self) -> Ended {
        self.map_err(|error| format!("{error:?}"))
    }
}

/// In place of the macro of the standard library: prints a line on the stage.
macro_rules! println {
    () => { $crate::programs::stage::print(::std::format_args!("\n")) };
    ($($part:tt)*) => { $crate::programs::stage::print(::std::format_args!("{}\n", ::std::format_args!($($part)*))) };
}

/// In place of the macro of the standard library: prints on the stage.
macro_rules! print {
    ($($part:tt)*) => { $crate::programs::stage::print(::std::format_args!($($part)*)) };
}

include!(concat!(env!("OUT_DIR"), "/programs.rs"));
