//! Floor 4: a thousand alarms in a day of virtual time, without a wait.
//!
//! Its chapter: `crates/4-executor/src/lib.rs`.

use std::time::Duration;

use groundup::{Instant, TaskError, block, iteration, sleep, sleep_until, spawn, time};

const HOUR: Duration = Duration::from_secs(3600);

/// Rings every `period` until the day is over, and counts the rings.
async fn alarm(period: Duration) -> u32 {
    let mut rings = 0;
    let midnight = Instant::START + 24 * HOUR;
    while time() + period <= midnight {
        sleep(period).await;
        rings += 1;
    }
    rings
}

pub(crate) async fn program() -> Result<(), TaskError> {
    let alarms: Vec<_> = (1..=1000).map(|n| spawn(alarm(HOUR / 60 * n))).collect();
    let mut rings = 0;
    for alarm in alarms {
        rings += alarm.await?;
    }
    println!("the last alarm has rung at {}", time());

    sleep_until(Instant::START + 30 * HOUR).await;
    println!("the next morning, at {}", time());
    block(HOUR);
    println!("an hour in which nobody could do anything: {}", time());
    println!("{rings} rings, {} iterations", iteration());
    Ok(())
}

#[groundup::main(virtual_time)]
async fn main() -> Result<(), TaskError> {
    program().await
}
