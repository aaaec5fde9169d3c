//! A rate limiter: two calls a second, and bursts of at most three.
//!
//! The limiter keeps one number, the time at which it will be idle again. So there is no task
//! that refills a bucket, and the callers get their turns in the order in which they asked.

use std::cell::Cell;
use std::time::Duration;

use groundup::{Instant, join, sleep, sleep_until, time};

struct RateLimiter {
    period: Duration,
    burst: u32,
    idle_at: Cell<Instant>,
}

impl RateLimiter {
    fn new(period: Duration, burst: u32) -> Self {
        let idle_at = Cell::new(Instant::START);
        RateLimiter {
            period,
            burst,
            idle_at,
        }
    }

    /// Waits for a turn. A caller that gives up its wait has used its turn.
    async fn acquire(&self) {
        let idle_at = self.idle_at.get().max(time());
        self.idle_at.set(idle_at + self.period);
        let credit = self.period * (self.burst - 1);
        let turn = idle_at.checked_sub(credit);
        if let Some(turn) = turn.filter(|turn| *turn > time()) {
            sleep_until(turn).await;
        }
    }
}

#[groundup::main(virtual_time)]
async fn main() -> anyhow::Result<()> {
    let limiter = RateLimiter::new(Duration::from_millis(500), 3);
    let request = async |number: u32| {
        limiter.acquire().await;
        println!("{:6.1}  request {number}", time());
    };
    join((1..=6).map(request)).await;
    sleep(Duration::from_secs(10)).await;
    println!("{:6.1}  ten seconds without requests", time());
    join((7..=11).map(request)).await;
    Ok(())
}
