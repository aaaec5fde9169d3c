//! The report computes on a thread, and the ticks are on time.

use std::time::Duration;

use groundup::{join, sleep, spawn_named, time, to_thread};

const SECOND: Duration = Duration::from_secs(1);

async fn tick() {
    for number in 1..=4 {
        sleep(SECOND).await;
        println!("{:.1}  tick {number}", time());
    }
}

async fn report() {
    sleep(SECOND * 3 / 2).await;
    let sum = to_thread(|| (1..=1000u64).map(|n| n * n).sum::<u64>()).await;
    println!("{:.1}  the report is done: {}", time(), sum.unwrap());
}

pub async fn main() {
    let tasks = (
        spawn_named("ticks", tick()),
        spawn_named("report", report()),
    );
    drop(join(tasks).await);
}
