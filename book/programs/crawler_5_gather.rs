//! Stage 5, first try: level by level, with `gather`.

use std::rc::Rc;

use super::crawler_web::Web;
use groundup::{gather, sleep, spawn_named};

pub(crate) async fn fetch(web: Rc<Web>, path: String) -> Vec<String> {
    sleep(web.ask(&path)).await;
    web.read(&path)
}

/// Fetches all pages of a level at once, and then all pages that they link to.
pub(crate) async fn crawl(web: &Rc<Web>) {
    let mut level = vec!["/".to_string()];
    while !level.is_empty() {
        let begin = |path: String| spawn_named(path.clone(), fetch(web.clone(), path));
        let links = gather(level.into_iter().map(begin)).await;
        level = links.expect("no fetch panics").concat();
    }
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web).await;
    web.report();
}
