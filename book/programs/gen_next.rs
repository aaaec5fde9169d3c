//! `next`, to the end.

use groundup::generator::Generator;
use groundup::generator::machine::Countdown;

pub fn main() {
    let mut count = Countdown::new(2);
    println!("{:?}", count.next());
    println!("{:?}", count.next());
    println!("{:?}", count.next());
}
