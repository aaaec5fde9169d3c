//! Stage 4: a loop with timers, and a place to park

use std::rc::Rc;

use super::crawler_web::Web;
use groundup::{Task, sleep, spawn_named};

/// Begins a task that visits a page and everything behind it.
fn visit(web: Rc<Web>, path: String) -> Task<()> {
    spawn_named(path.clone(), async move {
        sleep(web.ask(&path)).await;
        let links = web.read(&path).into_iter();
        let visits: Vec<_> = links.map(|link| visit(web.clone(), link)).collect();
        for task in visits {
            task.await.expect("no visit panics");
        }
    })
}

pub(crate) async fn crawl(web: &Rc<Web>) {
    let first = visit(web.clone(), "/".to_string());
    first.await.expect("no visit panics");
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web).await;
    web.report();
}
