//! A report computes for two seconds in a step of the loop.

use std::time::Duration;

use groundup::{block, join, sleep, spawn_named, time};

const SECOND: Duration = Duration::from_secs(1);

async fn tick() {
    for number in 1..=4 {
        sleep(SECOND).await;
        println!("{:.1}  tick {number}", time());
    }
}

async fn report() {
    sleep(SECOND * 3 / 2).await;
    block(2 * SECOND); // as a computation does on the real clock
    println!("{:.1}  the report is done", time());
}

pub async fn main() {
    let tasks = (
        spawn_named("ticks", tick()),
        spawn_named("report", report()),
    );
    drop(join(tasks).await);
}
