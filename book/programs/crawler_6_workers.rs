//! Stage 6: a queue of pages, and as many workers as the site can bear.

use std::rc::Rc;

use super::crawler_5_gather::fetch;
use super::crawler_web::Web;
use groundup::{Queue, gather, spawn_named};

/// Fetches pages until the queue is shut down. Puts the links before `task_done`.
async fn work(web: Rc<Web>, paths: Rc<Queue<String>>) {
    while let Ok(path) = paths.get().await {
        for link in fetch(web.clone(), path).await {
            paths.put_nowait(link).expect("the queue has no limit");
        }
        paths.task_done().expect("one for each get");
    }
}

/// Visits all pages, with at most `workers` requests at once.
pub(crate) async fn crawl(web: &Rc<Web>, workers: usize) {
    let paths = Rc::new(Queue::unbounded().named("pages"));
    let first = paths.put_nowait("/".to_string());
    first.expect("the queue has no limit");
    let names = (1..=workers).map(|number| format!("worker {number}"));
    let begin = |name| spawn_named(name, work(web.clone(), paths.clone()));
    let workers: Vec<_> = names.map(begin).collect();
    paths.join().await; // no page is left, and no worker can find one
    paths.shutdown();
    gather(workers).await.expect("no worker panics");
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web, 3).await;
    web.report();
}
