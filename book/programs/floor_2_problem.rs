//! Two generators, and a caller that runs each to its end.

use std::time::Duration;

use groundup::generator::machine::Squares;
use groundup::generator::run;
use groundup::{block, spawn_named, time};

fn squares(numbers: [i64; 3]) -> Squares<impl FnMut(&str)> {
    Squares::new(numbers, |line: &str| {
        println!("{}: {line}", time());
        block(Duration::from_secs(1)); // a square takes a second
    })
}

pub async fn main() {
    let ann = spawn_named("ann", async { run(squares([1, 2, 3])) });
    let ben = spawn_named("ben", async { run(squares([10, 20, 30])) });
    ann.await.unwrap();
    ben.await.unwrap();
}
