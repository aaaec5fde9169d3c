//! `next`, to the end and one more.

use groundup::generator::Coroutine;
use groundup::generator::Uncaught;
use groundup::generator::machine::Countdown;

pub fn main() {
    let count: Coroutine<Uncaught<_, &str>> = Coroutine::plain(Countdown::new(2));
    println!("{:?}", count.next());
    println!("{:?}", count.next());
    println!("{:?}", count.next());
    println!("{:?}", count.next());
}
