//! A promise that no task sets, and the tasks behind it

use groundup::{EventLoop, Promise, spawn_named};

pub fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let error = event_loop
        .run_until_complete(async {
            let flour: Promise<u32> = Promise::new();
            let delivery = flour.clone();
            let baker = spawn_named("baker", async move { flour.await.unwrap() });
            let waiter = spawn_named("waiter", async move { baker.await.unwrap() });
            let guest = spawn_named("guest", async move { waiter.await.unwrap() });
            // The miller returns before he delivers.
            let miller = spawn_named("miller", async move {
                if false {
                    delivery.set_result(10).unwrap();
                }
            });
            miller.await.unwrap();
            guest.await.unwrap()
        })
        .unwrap_err();
    println!("{error}");
    for task in event_loop.all_tasks() {
        println!("explain: {}", event_loop.explain(&task));
    }
}
