//! Three tasks that yield, on a first version or on the tower.

use super::{spawn, yield_now};

pub(crate) async fn main() {
    let tasks = ["a", "b", "c"].map(|name| {
        spawn(async move {
            for step in 1..=3 {
                println!("{name}{step}");
                yield_now().await;
            }
        })
    });
    for task in tasks {
        let _ = task.await;
    }
    println!("yielded");
}
