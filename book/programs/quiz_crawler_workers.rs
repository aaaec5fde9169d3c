//! Two workers, and four pages in a queue.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Queue, gather, sleep};

async fn work(pages: Rc<Queue<u64>>) {
    while let Ok(seconds) = pages.get_nowait() {
        sleep(Duration::from_secs(seconds)).await;
    }
}

pub async fn main() {
    let pages = Rc::new(Queue::unbounded());
    for seconds in [3, 1, 1, 2] {
        pages.put_nowait(seconds).expect("the queue has no limit");
    }
    let workers = [work(pages.clone()), work(pages.clone())];
    gather(workers).await.expect("no worker panics");
}
