//! The generators of the quiz, in the deque.

use groundup::generator::machine::Countdown;
use groundup::interweave::interweave;

pub fn main() {
    let woven: Vec<u32> = interweave([4, 1, 4].map(Countdown::new)).collect();
    println!("{woven:?}");
}
