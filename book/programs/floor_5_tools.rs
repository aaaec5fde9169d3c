//! Four tools wait for the same three children.

use std::time::Duration;

use groundup::{ReturnWhen, as_completed, gather, sleep, time, try_gather, wait};

type Page = Result<&'static str, String>;

async fn fetch(page: &'static str, seconds: u64) -> Page {
    sleep(Duration::from_secs(seconds)).await;
    match page {
        "prices" => Err(format!("no {page}")),
        _ => Ok(page),
    }
}

fn pages() -> [impl Future<Output = Page>; 3] {
    [("news", 5), ("weather", 1), ("prices", 2)].map(|(page, seconds)| fetch(page, seconds))
}

pub async fn main() {
    println!("gather, begun at {}", time());
    let all = gather(pages()).await;
    println!("  {}  {:?}", time(), all.unwrap());

    println!("try_gather, begun at {}", time());
    let error = try_gather(pages()).await.unwrap_err();
    println!("  {}  {error}", time());

    println!("as_completed, begun at {}", time());
    let mut ended = as_completed(pages());
    while let Some(page) = ended.next().await {
        println!("  {}  number {}: {:?}", time(), page.index, page.result);
    }

    println!("wait for the first, begun at {}", time());
    let (done, pending) = wait(pages(), ReturnWhen::FirstCompleted).await;
    let counts = (done.len(), pending.len());
    println!("  {}  done and pending: {counts:?}", time());
}
