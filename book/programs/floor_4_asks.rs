//! A task that waits for a time by asking for it

use std::time::Duration;

use groundup::{Instant, block, current_loop, sleep_until, spawn_named, time, yield_now};

const LOOK: Duration = Duration::from_millis(1);

/// Looks at the clock in every step. A look takes a millisecond here.
async fn asks(until: Instant) {
    let mut looks = 0;
    while time() < until {
        block(LOOK);
        looks += 1;
        yield_now().await;
    }
    println!("at {}: asked {looks} times", time());
}

async fn sleeps(until: Instant) {
    sleep_until(until).await;
    println!("at {}: asked never", time());
}

fn thread_time() -> (Duration, Duration) {
    let metrics = current_loop().metrics();
    (metrics.busy, metrics.parked)
}

pub async fn main() {
    let second = Duration::from_secs(1);
    spawn_named("asks", asks(Instant::START + second))
        .await
        .unwrap();
    let (busy, parked) = thread_time();
    println!("the thread was busy for {busy:?}, and parked for {parked:?}");

    spawn_named("sleeps", sleeps(Instant::START + 2 * second))
        .await
        .unwrap();
    let (more_busy, more_parked) = thread_time();
    println!(
        "then busy for {:?}, and parked for {:?}",
        more_busy - busy,
        more_parked - parked
    );
}
