//! `next` on Python's generator object, to the end and one more.

use groundup::generator::machine::Countdown;
use groundup::generator::{Coroutine, Uncaught};

pub fn main() {
    let count: Coroutine<Uncaught<_, &str>> = Coroutine::plain(Countdown::new(2));
    for _ in 0..4 {
        println!("{:?}", count.next());
    }
}
