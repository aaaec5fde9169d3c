//! A callback that is an async function
use std::time::Duration;

use groundup::{call_soon, sleep};

async fn hello() {
    sleep(Duration::from_secs(1)).await;
    println!("hello");
}

#[groundup::main(virtual_time)]
async fn main() {
    call_soon(hello);
    sleep(Duration::from_secs(2)).await;
}
