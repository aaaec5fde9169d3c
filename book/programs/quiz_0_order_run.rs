//! The quiz, if no task paused.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::spawn;

pub async fn main() {
    let line = Rc::new(RefCell::new(String::new()));
    let tasks = ["a", "b", "c"].map(|letter| {
        let line = line.clone();
        spawn(async move {
            line.borrow_mut().push_str(letter);
            line.borrow_mut().push_str(letter);
        })
    });
    for task in tasks {
        task.await.unwrap();
    }
    println!("{}", line.borrow());
}
