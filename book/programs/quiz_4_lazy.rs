//! When does a sleep begin?

use std::time::Duration;

use groundup::{sleep, time};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let nap = sleep(2 * SECOND);
    sleep(SECOND).await;
    nap.await;
    println!("{}", time());
}
