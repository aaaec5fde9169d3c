//! Who is late, and why? The trace has the answer.

use std::time::Duration;

use groundup::{block, sleep, spawn_named, time};

pub async fn main() {
    let tea = spawn_named("tea", async {
        sleep(Duration::from_secs(1)).await;
        println!("the tea is ready at {}", time());
    });
    let report = spawn_named("report", async {
        block(Duration::from_secs(4)); // a long computation without a pause
    });
    tea.await.unwrap();
    report.await.unwrap();
}
