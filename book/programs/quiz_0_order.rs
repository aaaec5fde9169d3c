//! Quiz: three tasks that are ready, and one round.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::{spawn, yield_now};

pub async fn main() {
    let line = Rc::new(RefCell::new(String::new()));
    let tasks = ["a", "b", "c"].map(|letter| {
        let line = line.clone();
        spawn(async move {
            line.borrow_mut().push_str(letter);
            yield_now().await;
            line.borrow_mut().push_str(letter);
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    println!("{}", line.borrow());
}
