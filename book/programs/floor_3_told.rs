//! The same bakery with a promise: who waits takes no step

use groundup::{Promise, current_loop, spawn_named, yield_now};

async fn bakery(customers: usize, minutes: u32) {
    let bread: Promise<&str> = Promise::new();
    let baking = bread.clone();
    let baker = spawn_named("baker", async move {
        for _ in 0..minutes {
            yield_now().await;
        }
        baking.set_result("bread").unwrap();
    });
    let waiting: Vec<_> = (1..=customers)
        .map(|number| spawn_named(format!("customer-{number}"), bread.clone().into_future()))
        .collect();
    baker.await.unwrap();
    for customer in waiting {
        assert_eq!(customer.await.unwrap().ok(), Some("bread"));
    }
}

pub async fn main() {
    for (customers, minutes) in [(3, 4), (10, 100), (1000, 100)] {
        let before = current_loop().metrics().steps;
        bakery(customers, minutes).await;
        yield_now().await; // the iteration of the last steps is over
        let steps = current_loop().metrics().steps - before;
        println!("{customers} customers, {minutes} minutes: {steps} steps in all");
    }
}
