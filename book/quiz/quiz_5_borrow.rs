//! A gather of futures that borrow a local variable.

use groundup::{gather, run};

async fn greet(name: &str) -> usize {
    println!("hello, {name}");
    name.len()
}

fn main() {
    run(async {
        let name = String::from("Ada");
        let lengths = gather([greet(&name), greet(&name)]).await;
        println!("{lengths:?}");
    });
}
