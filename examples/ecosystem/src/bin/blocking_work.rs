//! With `blocking`: work that blocks runs on threads, the loop goes on.
//!
//! `unblock` gives a future to await, on the thread that has asked.

use std::cell::Cell;

use anyhow::Context;
use blocking::unblock;
use groundup::{join, race, yield_now};

/// Takes a processor for itself.
fn collatz(mut number: u64) -> u32 {
    let mut steps = 0;
    while number != 1 {
        number = if number.is_multiple_of(2) {
            number / 2
        } else {
            3 * number + 1
        };
        steps += 1;
    }
    steps
}

#[groundup::main]
async fn main() -> anyhow::Result<()> {
    let rounds = Cell::new(0);
    let counter = async {
        loop {
            rounds.set(rounds.get() + 1);
            yield_now().await;
        }
    };
    let longest = |from: u64| unblock(move || (from..from + 50_000).map(collatz).max());
    let found = race((join([1, 50_001, 100_001].map(longest)), counter)).await;
    println!("{found:?}");
    println!("the loop went on meanwhile: {}", rounds.get() > 1);

    let file = unblock(|| std::fs::read_to_string("/no/such/file")).await;
    println!("{}", file.context("cannot read it").unwrap_err());
    Ok(())
}
