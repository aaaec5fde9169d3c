//! Quiz: a bakery and a coffee shop in one program.

use std::time::Duration;

use groundup::{block, sleep, spawn};

pub async fn main() {
    let coffee = spawn(async {
        sleep(Duration::from_secs(3)).await;
        println!("coffee");
    });
    let puff = spawn(async {
        block(Duration::from_secs(4));
        println!("puff");
    });
    let tea = spawn(async {
        sleep(Duration::from_secs(2)).await;
        println!("tea");
    });
    for each in [coffee, puff, tea] {
        each.await.unwrap();
    }
}
