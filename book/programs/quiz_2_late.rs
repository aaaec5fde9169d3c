//! Quiz: a generator that is added in the middle of a round.

use groundup::generator::machine::Countdown;
use groundup::interweave::interweave;

pub fn main() {
    let mut weave = interweave([12, 22].map(Countdown::new));
    let mut woven = vec![weave.next().unwrap()];
    weave.push(Countdown::new(32));
    woven.extend(weave.take(4));
    println!("{woven:?}");
}
