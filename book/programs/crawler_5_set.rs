//! Stage 5: a set of tasks that grows while it is awaited.

use std::rc::Rc;

use super::crawler_5_gather::fetch;
use super::crawler_web::Web;
use groundup::{ReturnWhen, spawn_named, wait};

/// Waits for the next page, and adds a task for each of its links.
pub(crate) async fn crawl(web: &Rc<Web>) {
    let begin = |path: String| spawn_named(path.clone(), fetch(web.clone(), path));
    let first = [begin("/".to_string())];
    let (mut done, mut pending) = wait(first, ReturnWhen::FirstCompleted).await;
    loop {
        for task in done {
            let links = task.await.expect("no fetch panics");
            links
                .into_iter()
                .for_each(|link| _ = pending.add(begin(link)));
        }
        if pending.is_empty() {
            return;
        }
        done = pending.wait(ReturnWhen::FirstCompleted).await;
    }
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web).await;
    web.report();
}
