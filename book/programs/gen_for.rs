//! `for`, and the loop that `for` stands for.

use groundup::generator::machine::Countdown;
use groundup::generator::values;

pub fn main() {
    for number in Countdown::new(2) {
        println!("{number}");
    }

    let mut count = values(Countdown::new(2)); // an iterator that keeps the last word
    while let Some(number) = count.next() {
        println!("{number}");
    }
    println!("{:?}", count.returned());
}
