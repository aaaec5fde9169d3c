//! Two tasks, and a sleep between them.

use std::time::Duration;

use groundup::{sleep, spawn_named};

pub async fn main() {
    let kettle = spawn_named("kettle", async {
        sleep(Duration::from_secs(3)).await;
        println!("the water boils");
    });
    println!("the kettle is on");
    kettle.await.unwrap();
}
