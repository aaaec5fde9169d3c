//! The problem of floor 5: three tasks, awaited in list order.

use std::time::Duration;

use groundup::{sleep, spawn_named, time};

async fn fetch(page: &'static str, seconds: u64) -> Result<&'static str, String> {
    sleep(Duration::from_secs(seconds)).await;
    match page {
        "prices" => Err(format!("no {page}")),
        _ => Ok(page),
    }
}

pub async fn main() {
    let pages = [("news", 5), ("weather", 1), ("prices", 2)];
    let tasks = pages.map(|(page, seconds)| spawn_named(page, fetch(page, seconds)));
    for task in tasks {
        let page = task.await.unwrap();
        println!("{}  {page:?}", time());
    }
}
