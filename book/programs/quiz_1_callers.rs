//! Quiz: `for` and `run` keep different things.

use groundup::generator::machine::Countdown;
use groundup::generator::run;

pub fn main() {
    let mut sum = 0;
    for number in Countdown::new(3) {
        sum += number;
    }
    println!("{sum} {}", run(Countdown::new(3)));
}
