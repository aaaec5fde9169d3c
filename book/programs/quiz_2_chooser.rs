//! Quiz: a chooser that always picks the last.

use groundup::generator::machine::Countdown;
use groundup::interweave::interweave;
use groundup::trace::{Choice, Chooser};

struct Last;

impl Chooser for Last {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        options - 1
    }
}

pub fn main() {
    let strands = [12, 22, 32].map(Countdown::new);
    let woven: Vec<u32> = interweave(strands).order_by(Last).take(6).collect();
    println!("{woven:?}");
}
