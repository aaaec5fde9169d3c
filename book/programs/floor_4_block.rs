//! A step that blocks makes every timer behind it late

use std::time::Duration;

use groundup::{block, sleep, spawn_named, time};

const SECOND: Duration = Duration::from_secs(1);

pub async fn main() {
    let clerk = spawn_named("clerk", async {
        sleep(SECOND).await;
        block(3 * SECOND); // reads a large file, without an await
        println!("{}: the clerk has read the file", time());
    });
    let bells = [2, 3, 5].map(|due| {
        spawn_named(format!("bell-{due}"), async move {
            sleep(due * SECOND).await;
            println!("{}: the bell of {due} s", time());
        })
    });
    clerk.await.unwrap();
    for bell in bells {
        bell.await.unwrap();
    }
}
