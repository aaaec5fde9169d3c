//! Quiz: the return value of an inner generator.

use groundup::generator::generator;
use groundup::generator::machine::Countdown;
use groundup::generator::values;

pub fn main() {
    let outer = generator(|co| async move {
        let word = co.yield_from(Countdown::new(2)).await;
        co.yield_(word.len() as u32).await;
    });
    println!("{:?}", values(outer).collect::<Vec<_>>());
}
