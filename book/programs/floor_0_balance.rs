//! Two tasks pay into one account, and one payment is lost.

use std::cell::Cell;
use std::rc::Rc;

use groundup::{spawn_named, yield_now};

async fn pay(balance: Rc<Cell<u32>>, amount: u32) {
    let before = balance.get();
    yield_now().await; // another task may run here
    balance.set(before + amount);
}

pub async fn main() {
    let balance = Rc::new(Cell::new(0));
    let ann = spawn_named("ann", pay(balance.clone(), 5));
    let ben = spawn_named("ben", pay(balance.clone(), 7));
    ann.await.unwrap();
    ben.await.unwrap();
    println!("the balance is {}", balance.get());
}
