//! Stage 1: a read that can pause: a generator, written by hand.

use std::collections::VecDeque;
use std::rc::Rc;

use super::crawler_web::Web;
use groundup::generator::{Generator, Step, run};
use groundup::{Instant, time};

/// One page. It yields each time that it looks, and the page has not come.
pub(crate) enum Fetch {
    New(Rc<Web>, String),
    Asked(Rc<Web>, String, Instant),
    Over,
}

impl Generator for Fetch {
    type Resume = ();
    type Yield = ();
    type Return = Vec<String>;

    fn resume(&mut self, (): ()) -> Step<(), Vec<String>> {
        match std::mem::replace(self, Fetch::Over) {
            Fetch::New(web, path) => {
                let due = time() + web.ask(&path);
                *self = Fetch::Asked(web, path, due);
            }
            Fetch::Asked(web, path, due) if web.look(due) => {
                return Step::Return(web.read(&path));
            }
            Fetch::Asked(web, path, due) => *self = Fetch::Asked(web, path, due),
            Fetch::Over => panic!("resumed after the end"),
        }
        Step::Yield(())
    }
}

/// Visits one page after the other. Each generator is resumed until it returns.
pub(crate) fn crawl(web: &Rc<Web>) {
    let mut paths = VecDeque::from(["/".to_string()]);
    while let Some(path) = paths.pop_front() {
        paths.extend(run(Fetch::New(web.clone(), path)));
    }
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web);
    web.report();
}
