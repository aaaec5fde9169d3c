//! The number of orders of two tasks with three steps each.

use groundup::{join, spawn, yield_now};
use groundup_testkit::census;

async fn three_steps() {
    yield_now().await;
    yield_now().await;
}

async fn program() {
    let tasks = [spawn(three_steps()), spawn(three_steps())];
    join(tasks).await;
}

pub fn main() {
    println!("{}", census(program).schedules());
}
