//! Stage 0: a loop of blocking reads.

use std::collections::VecDeque;

use super::crawler_web::Web;
use groundup::block;

/// Visits one page after the other. Each read blocks the thread until it is done.
pub(crate) fn crawl(web: &Web) {
    let mut paths = VecDeque::from(["/".to_string()]);
    while let Some(path) = paths.pop_front() {
        block(web.ask(&path));
        paths.extend(web.read(&path));
    }
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web);
    web.report();
}
