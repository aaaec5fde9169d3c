//! Pages that are printed when they have come.

use std::time::Duration;

use groundup::{as_completed, sleep};

async fn fetch(path: &'static str, seconds: u64) -> &'static str {
    sleep(Duration::from_secs(seconds)).await;
    path
}

pub async fn main() {
    let pages = [fetch("/a", 2), fetch("/b", 3), fetch("/c", 1)];
    let mut pages = as_completed(pages);
    while let Some(page) = pages.next().await {
        println!("{}", page.result.expect("no fetch panics"));
    }
}
