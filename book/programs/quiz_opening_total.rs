//! Quiz: five customers come at once; how long does it take?

use std::time::Duration;

use groundup::{sleep, spawn};

pub async fn main() {
    let customers = [3, 1, 2, 3, 1].map(|seconds| {
        spawn(async move {
            sleep(Duration::from_secs(seconds)).await;
        })
    });
    for each in customers {
        each.await.unwrap();
    }
}
