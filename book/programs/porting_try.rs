//! `try`, `except`, `finally`: a region, a `match`, a destructor.

use std::time::Duration;

use groundup::{catch_cancel, sleep, spawn};

struct Connection;

impl Drop for Connection {
    fn drop(&mut self) {
        println!("the connection is closed"); // finally:
    }
}

async fn download() -> &'static str {
    let region = catch_cancel(async {
        let _connection = Connection;
        sleep(Duration::from_secs(60)).await;
        "all of it"
    });
    match region.await {
        Ok(text) => text,
        Err(cancelled) => {
            println!("cleaning up for a second"); // except CancelledError:
            sleep(Duration::from_secs(1)).await;
            cancelled.raise().await // raise
        }
    }
}

pub async fn main() {
    let task = spawn(download());
    sleep(Duration::from_secs(1)).await;
    task.cancel_with("the user has left");
    println!("{:?}", task.await);
}
