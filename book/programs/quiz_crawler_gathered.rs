//! Pages that are printed when all have come.

use std::time::Duration;

use groundup::{gather, sleep};

async fn fetch(path: &'static str, seconds: u64) -> &'static str {
    sleep(Duration::from_secs(seconds)).await;
    path
}

pub async fn main() {
    let pages = [fetch("/a", 2), fetch("/b", 3), fetch("/c", 1)];
    for page in gather(pages).await.expect("no fetch panics") {
        println!("{page}");
    }
}
