//! An `Err` among the children of a gather.

use std::time::Duration;

use groundup::{gather, sleep, time};

async fn check(seconds: u64) -> Result<u64, &'static str> {
    sleep(Duration::from_secs(seconds)).await;
    if seconds == 1 { Err("no") } else { Ok(seconds) }
}

pub async fn main() {
    let checks = gather([check(3), check(1)]).await;
    println!("{}: {checks:?}", time());
}
