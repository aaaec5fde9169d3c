//! Three channels: one value, every value, the latest value.

use groundup::{broadcast, oneshot, watch};

pub async fn main() {
    let (answer, question) = oneshot::<u32>();
    drop(answer);
    println!("oneshot: {}", question.await.unwrap_err());

    let (news, mut reader) = broadcast(2);
    for page in 1..=3 {
        news.send(page).unwrap();
    }
    println!("broadcast: {}", reader.recv().await.unwrap_err());
    println!("broadcast: {:?}", reader.recv().await);
    println!("broadcast: {:?}", reader.recv().await);

    let (price, mut sign) = watch(0);
    for euros in 1..=3 {
        price.send(euros).unwrap();
    }
    sign.changed().await.unwrap();
    println!("watch: {}", sign.borrow_and_update());
    println!("watch: changed again: {}", sign.has_changed());
}
