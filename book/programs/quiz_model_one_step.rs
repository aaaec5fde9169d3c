//! The number of orders of two tasks with one step each.

use groundup::{join, spawn};
use groundup_testkit::census;

async fn one_step() {}

async fn program() {
    let tasks = [spawn(one_step()), spawn(one_step())];
    join(tasks).await;
}

pub fn main() {
    println!("{}", census(program).schedules());
}
