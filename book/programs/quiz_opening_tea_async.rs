//! The quiz, if the oven were a pause, too.

use std::time::Duration;

use groundup::{sleep, spawn};

pub async fn main() {
    let coffee = spawn(async {
        sleep(Duration::from_secs(3)).await;
        println!("coffee");
    });
    let puff = spawn(async {
        sleep(Duration::from_secs(4)).await;
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
