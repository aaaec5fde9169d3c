//! The test kit looks for a lost update.

use std::cell::Cell;
use std::rc::Rc;

use groundup::{spawn_named, yield_now};
use groundup_testkit::Explore;

/// Adds one to the counter. The other task may run between the read and the write.
async fn bump(counter: Rc<Cell<u32>>, turns: u32) {
    for _ in 0..turns {
        yield_now().await;
    }
    let read = counter.get();
    yield_now().await;
    counter.set(read + 1);
}

async fn count() {
    let counter = Rc::new(Cell::new(0));
    let begin = |name, turns| spawn_named(name, bump(counter.clone(), turns));
    let tasks = [begin("early", 0), begin("late", 1)];
    for task in tasks {
        task.await.expect("no panic");
    }
    assert_eq!(counter.get(), 2);
}

pub fn main() {
    let found = Explore::new().check(count).unwrap_err();
    println!("{found}");
}
