//! Stage 3: a task that waits for a promise

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::crawler_web::Web;
use groundup::{Instant, Promise, block, spawn_named, time, yield_now};

/// The answers that are on their way: when each comes, and who waits for it.
type Wire = RefCell<BTreeMap<(Instant, String), Promise<()>>>;

/// Asks for a page, waits for it, and begins a task for each new link.
async fn visit(web: Rc<Web>, wire: Rc<Wire>, path: String) {
    let answer = Promise::new();
    let due = time() + web.ask(&path);
    wire.borrow_mut()
        .insert((due, path.clone()), answer.clone());
    answer.await.expect("the wire keeps its promises");
    for link in web.read(&path) {
        spawn_named(link.clone(), visit(web.clone(), wire.clone(), link)).detach();
    }
}

/// Blocks until the next answer comes, and wakes the task that waits for it.
pub(crate) async fn crawl(web: &Rc<Web>) {
    let wire = Rc::new(Wire::default());
    let first = visit(web.clone(), wire.clone(), "/".to_string());
    spawn_named("/", first).detach();
    loop {
        yield_now().await; // the task that was woken runs ..
        yield_now().await; // .. and then the tasks that it has begun
        let next = wire.borrow_mut().pop_first();
        let Some(((due, _), answer)) = next else {
            return;
        };
        block(due - time());
        answer.set_result(()).expect("it is set once");
    }
}

pub async fn main() {
    let web = Web::new(3);
    crawl(&web).await;
    web.report();
}
