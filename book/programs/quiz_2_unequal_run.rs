//! The three generators of the quiz, one after the other.

use groundup::generator::machine::Countdown;

pub fn main() {
    let woven: Vec<u32> = [3, 1, 2]
        .map(Countdown::new)
        .into_iter()
        .flatten()
        .collect();
    println!("{woven:?}");
}
