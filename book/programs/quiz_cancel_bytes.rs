//! A reader collects two items in a list, and is cancelled.

use std::rc::Rc;

use groundup::{Queue, spawn};
use groundup_testkit::{Case, cancel_everywhere};

async fn read_two(queue: Rc<Queue<u8>>, got: Rc<Queue<u8>>) {
    let mut both = Vec::new();
    while both.len() < 2 {
        both.push(queue.get().await.unwrap());
        groundup::yield_now().await;
    }
    for item in both {
        got.put_nowait(item).unwrap();
    }
}

pub fn main() {
    let report = cancel_everywhere(|| {
        let (queue, got) = (Rc::new(Queue::new(2)), Rc::new(Queue::new(2)));
        for item in [1, 2] {
            queue.put_nowait(item).unwrap();
        }
        let (left, read) = (queue.clone(), got.clone());
        Case::new(async move { spawn(read_two(queue, got)).await })
            .law(move || left.len() + read.len() == 2)
    });
    println!("{}", report.broken().count() > 0);
}
