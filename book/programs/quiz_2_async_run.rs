//! The two async functions of the quiz, one after the other.

use groundup::Stepped;
use groundup::generator::machine::Display;
use groundup::generator::run;

async fn show(first: &str, second: &str) {
    let print = |line: &str| println!("{line}");
    Display::new(first.chars(), print).await;
    Display::new(second.chars(), print).await;
}

pub fn main() {
    for (first, second) in [("A", "B"), ("12", "3")] {
        run(Stepped::new(show(first, second)));
    }
}
