//! Stage 2: all pages at once, in turn: the interweaver.

use std::collections::VecDeque;
use std::rc::Rc;

use super::crawler_1_generators::Fetch;
use super::crawler_web::Web;
use groundup::generator::{Generator, Step};

/// Resumes the generator at the front. One that has yielded goes to the back.
pub(crate) fn crawl(web: &Rc<Web>) {
    let fetch = |path| Fetch::New(web.clone(), path);
    let mut fetches = VecDeque::from([fetch("/".to_string())]);
    while let Some(mut front) = fetches.pop_front() {
        match front.resume(()) {
            Step::Yield(()) => fetches.push_back(front),
            Step::Return(links) => fetches.extend(links.into_iter().map(fetch)),
        }
    }
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web);
    web.report();
}
