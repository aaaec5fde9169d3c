//! A deadline is taken before the sleep is awaited

use std::time::Duration;

use groundup::{sleep, sleep_until, time};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let nap = sleep_until(time() + 2 * SECOND);
    sleep(SECOND).await;
    nap.await;
    println!("{}", time());
}
