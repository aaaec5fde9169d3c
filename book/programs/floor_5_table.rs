//! Prints the cancel table of the crate.

use groundup::lowlevel::cancel_table;

pub fn main() {
    print!("{}", cancel_table());
}
