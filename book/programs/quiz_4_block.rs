//! A sleeper, and a neighbour that blocks

use std::time::Duration;

use groundup::{block, sleep, spawn};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let neighbour = spawn(async {
        block(2 * SECOND);
        sleep(SECOND).await;
    });
    let sleeper = spawn(sleep(SECOND));
    neighbour.await.unwrap();
    sleeper.await.unwrap();
}
