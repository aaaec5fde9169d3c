//! The same generators, awaited: each yield is a pause of its task.

use std::time::Duration;

use groundup::generator::machine::Squares;
use groundup::{block, spawn_named, time};

fn squares(numbers: [i64; 3]) -> Squares<impl FnMut(&str)> {
    Squares::new(numbers, |line: &str| {
        println!("{}: {line}", time());
        block(Duration::from_secs(1)); // a square takes a second
    })
}

pub async fn main() {
    let ann = spawn_named("ann", async { squares([1, 2, 3]).await });
    let ben = spawn_named("ben", async { squares([10, 20, 30]).await });
    ann.await.unwrap();
    ben.await.unwrap();
}
