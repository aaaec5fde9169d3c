//! Floor 2: one deque, many generators: the smallest scheduler.
//!
//! Its chapter: `crates/2-interweave/src/lib.rs`.

use groundup::generator::machine::{Countdown, Squares, SumOfSquares};
use groundup::interweave::{interweave, lockstep, run_all, run_to_end};

fn squares(numbers: &[i64]) -> Squares<fn(&str)> {
    Squares::new(numbers, |line| println!("  {line}"))
}

fn main() {
    println!("in lockstep, until the first is over:");
    run_all(lockstep([squares(&[1, 2, 3]), squares(&[10, 20])]));

    println!("interwoven, until all are over:");
    run_all(interweave([squares(&[1, 2, 3]), squares(&[10, 20])]));

    println!("the values, as they come:");
    let woven: Vec<u32> = interweave([4, 2, 3].map(Countdown::new)).collect();
    println!("  {woven:?}");

    println!("the last words, in the order given:");
    let sums = [vec![1, 2, 3], vec![10]].map(|numbers| SumOfSquares::new(numbers, |_: &str| ()));
    println!("  {:?}", run_to_end(sums));
}
