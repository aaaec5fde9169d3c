//! Quiz: an await outside of an async function.

use groundup::generator::machine::Countdown;

fn main() {
    println!("{}", Countdown::new(3).await);
}
