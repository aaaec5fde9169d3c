//! The bakery with a promise, for three customers

use groundup::{Promise, spawn_named, yield_now};

pub async fn main() {
    let bread: Promise<&str> = Promise::new();
    let baking = bread.clone();
    let baker = spawn_named("baker", async move {
        for minute in 1..=4 {
            println!("the baker bakes, minute {minute}");
            yield_now().await;
        }
        baking.set_result("bread").unwrap();
        println!("the baker puts the bread on the counter");
    });
    let customers = [1, 2, 3].map(|number| {
        let bread = bread.clone();
        spawn_named(format!("customer-{number}"), async move {
            let bought = bread.await.unwrap();
            println!("customer {number} has {bought}");
        })
    });
    baker.await.unwrap();
    for customer in customers {
        customer.await.unwrap();
    }
}
