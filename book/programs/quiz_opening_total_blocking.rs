//! The quiz, if each customer blocked the counter.

use std::time::Duration;

use groundup::{block, spawn};

pub async fn main() {
    let customers = [3, 1, 2, 3, 1].map(|seconds| {
        spawn(async move {
            block(Duration::from_secs(seconds));
        })
    });
    for each in customers {
        each.await.unwrap();
    }
}
