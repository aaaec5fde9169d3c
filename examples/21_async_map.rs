//! Floor 5: one function for many items, and the results in order.
//!
//! Its chapter: `crates/5-combinators/src/lib.rs`.

use std::time::Duration;

use groundup::prelude::*;
use groundup::{RunError, async_map, plain};

async fn weigh(parcel: u64) -> u64 {
    sleep(Duration::from_secs(parcel)).await;
    10 * parcel
}

fn main() -> Result<(), RunError> {
    let event_loop = EventLoop::builder().virtual_time().build();
    let now = || event_loop.time();

    let all = async_map(weigh, [3, 1, 2]).collect_vec();
    let all = event_loop.run_until_complete(all)?;
    println!("all at once, done at {}: {:?}", now(), all.unwrap());

    let two = async_map(weigh, [3, 1, 2]).limit(2).collect_vec();
    let two = event_loop.run_until_complete(two)?;
    println!("two at once, done at {}: {:?}", now(), two.unwrap());

    let sums = async_map(plain(|(a, b)| a + b), ([1, 2, 3], [10, 20, 30]));
    let sums = event_loop.run_until_complete(sums.collect_vec())?;
    println!("a plain function, two lists: {:?}", sums.unwrap());

    println!("a plain loop that runs the event loop between its rounds:");
    for weight in async_map(weigh, [2, 4]).run_on(&event_loop) {
        println!("  {}  {}", now(), weight.unwrap());
    }

    // The program can read results while other results are still computed.
    event_loop.run_until_complete(async {
        let mut weights = async_map(weigh, [1, 3, 2]);
        while let Some(weight) = weights.next().await {
            println!("  {}  {}", time(), weight.unwrap());
        }
    })
}
