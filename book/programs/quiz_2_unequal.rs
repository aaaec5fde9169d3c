//! Quiz: three generators of different lengths.

use groundup::generator::machine::Countdown;
use groundup::interweave::interweave;

pub fn main() {
    let woven: Vec<u32> = interweave([3, 1, 2].map(Countdown::new)).collect();
    println!("{woven:?}");
}
