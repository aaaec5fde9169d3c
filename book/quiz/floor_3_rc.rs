//! A task that shares a counter without a lock
use std::cell::Cell;
use std::rc::Rc;

use groundup::{spawn, yield_now};

#[groundup::main(virtual_time)]
async fn main() {
    let sold = Rc::new(Cell::new(0));
    let counts = sold.clone();
    let task = spawn(async move {
        for _ in 0..3 {
            counts.set(counts.get() + 1);
            yield_now().await;
        }
    });
    task.await.unwrap();
    println!("{}", sold.get());
}
