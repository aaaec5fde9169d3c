//! Two notices, and then two waits.

use std::time::Duration;

use groundup::{Notify, timeout};

pub async fn main() {
    let changed = Notify::new();
    changed.notify_one();
    changed.notify_one();
    for wait in ["first", "second"] {
        let notified = timeout(Duration::from_secs(1), changed.notified()).await;
        println!("{wait}: {}", notified.is_ok());
    }
}
