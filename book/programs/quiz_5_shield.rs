//! A letter is sent in three seconds, and its waiter has one.

use std::time::Duration;

use groundup::{shield, sleep, spawn, timeout};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let letter = spawn(async {
        sleep(3 * SECOND).await;
        println!("sent");
    });
    if timeout(SECOND, shield(letter)).await.is_err() {
        println!("too late");
    }
    sleep(5 * SECOND).await;
}
