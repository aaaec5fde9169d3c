//! The sleeper begins after its neighbour

use std::time::Duration;

use groundup::{block, sleep, spawn};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let neighbour = spawn(async {
        block(2 * SECOND);
        sleep(SECOND).await;
    });
    neighbour.await.unwrap();
    let sleeper = spawn(sleep(SECOND));
    sleeper.await.unwrap();
}
