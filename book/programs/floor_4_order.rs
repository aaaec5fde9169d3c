//! Five ways to run a little later

use std::time::Duration;

use groundup::{call_later, call_soon, iteration, sleep, spawn, yield_now};

fn say(what: &str) {
    println!("iteration {}: {what}", iteration());
}

pub async fn main() {
    call_later(Duration::ZERO, || say("call_later, by nothing"));
    call_soon(|| say("call_soon"));
    let task = spawn(async {
        say("a task");
        sleep(Duration::from_nanos(1)).await;
        say("the task, after a sleep of 1 ns");
    });
    say("main");
    yield_now().await;
    say("main, after yield_now");
    sleep(Duration::ZERO).await;
    say("main, after a sleep of zero");
    task.await.unwrap();
}
