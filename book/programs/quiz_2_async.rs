//! Quiz: two async functions in the deque.

use groundup::Stepped;
use groundup::generator::machine::Display;
use groundup::interweave::drain;

async fn show(first: &str, second: &str) {
    let print = |line: &str| println!("{line}");
    Display::new(first.chars(), print).await;
    Display::new(second.chars(), print).await;
}

pub fn main() {
    drain([("A", "B"), ("12", "3")].map(|(first, second)| Stepped::new(show(first, second))));
}
