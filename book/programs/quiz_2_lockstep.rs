//! Quiz: the first interweaver, with a short generator in the middle.

use groundup::generator::machine::Countdown;
use groundup::interweave::lockstep;

pub fn main() {
    let woven: Vec<u32> = lockstep([4, 1, 4].map(Countdown::new)).collect();
    println!("{woven:?}");
}
