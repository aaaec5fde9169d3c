//! Lines for the user, on outputs that may be closed or full.
//!
//! `println!` panics if its line cannot be printed, as when nobody reads any more: `crawler | head -1`.
//!
//! | | a line that cannot be printed | |
//! |---|---|---|
//! | [`print`] | is a failure | the lines are what the program is for |
//! | [`say`], [`tell`] | is lost, and the program goes on | a server has clients, whoever reads its lines |

use std::fmt;
use std::io::{self, Write};

use crate::failure::Failure;

/// Prints a line to the standard output.
///
/// # Errors
///
/// If the standard output takes no more. [`Failure::nobody_reads`] tells a closed one.
pub fn print(line: fmt::Arguments<'_>) -> Result<(), Failure> {
    let written = writeln!(io::stdout(), "{line}");
    written.map_err(|error| Failure::output(&error))
}

/// Prints a line to the standard output, if it takes it.
pub fn say(line: fmt::Arguments<'_>) {
    drop(writeln!(io::stdout(), "{line}"));
}

/// Prints a text to the standard error, if it takes it.
pub fn tell(text: fmt::Arguments<'_>) {
    drop(io::stderr().write_fmt(text));
}
