//! All outcomes of a program, and how many schedules have each.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::{Queue, spawn};
use groundup_testkit::census;

/// Two producers and a consumer. In which order does the consumer get the letters?
async fn program() -> String {
    let queue = Rc::new(Queue::new(1));
    let got = Rc::new(RefCell::new(String::new()));
    for letters in ["ab", "z"] {
        let queue = queue.clone();
        let producer = async move {
            for letter in letters.chars() {
                queue.put(letter).await.expect("it stays open");
            }
        };
        spawn(producer).detach();
    }
    let into = got.clone();
    let consumer = spawn(async move {
        for _ in 0..3 {
            let letter = queue.get().await.expect("it stays open");
            into.borrow_mut().push(letter);
        }
    });
    consumer.await.expect("no panic");
    got.take()
}

pub fn main() {
    println!("{}", census(program));
}
