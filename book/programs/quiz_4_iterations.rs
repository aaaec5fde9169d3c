//! The iterations of two tasks

use groundup::{spawn, yield_now};

async fn counts(to: u32) {
    for _ in 0..to {
        yield_now().await;
    }
}

pub async fn main() {
    let three = spawn(counts(3));
    let five = spawn(counts(5));
    three.await.unwrap();
    five.await.unwrap();
}
