//! Floor 6: four loops on four threads share work through a queue.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use groundup::{Fleet, FleetError, SharedQueue, gather, run, spawn, stop, yield_now};

/// Counts primes, and lets other tasks of the loop run now and then.
async fn count_primes(begin: u32, end: u32) -> u32 {
    let found = Rc::new(Cell::new(0)); // not `Send`: it stays in this loop
    for n in begin..end {
        if n > 1 && (2..n).take_while(|d| d * d <= n).all(|d| n % d != 0) {
            found.set(found.get() + 1);
        }
        if n % 100 == 0 {
            yield_now().await;
        }
    }
    found.get()
}

fn main() {
    run(async {
        let fleet = Fleet::builder().loops(4).name("loop").build();

        // Each loop takes parts from one queue, which has room for two: who is faster takes more.
        let parts = SharedQueue::new(2);
        let workers: Vec<_> = (0..4)
            .map(|number| {
                let parts = parts.clone();
                fleet.spawn_on(number, async move || {
                    let mut sum = 0;
                    while let Ok((begin, end)) = parts.get().await {
                        sum += spawn(count_primes(begin, end)).await.unwrap();
                    }
                    sum
                })
            })
            .collect();
        for part in 0..20 {
            parts.put((part * 500, (part + 1) * 500)).await.unwrap();
        }
        parts.shutdown();
        let sums = gather(workers).await.unwrap();
        let sum: u32 = sums.into_iter().map(Result::unwrap).sum();
        println!("primes under 10000: {sum}");

        // Or the fleet decides: each task goes to the loop with the fewest.
        let waits: Vec<_> = (0..8)
            .map(|_| fleet.spawn_balanced(std::future::pending::<()>))
            .collect();
        println!("tasks of each loop: {:?}", fleet.tasks());
        fleet.cancel_tasks();
        let ended = gather(waits).await.unwrap();
        let cancelled = ended
            .iter()
            .filter(|end| **end == Err(FleetError::Cancelled));
        println!("cancelled: {}", cancelled.count());

        // A loop that ends takes its tasks along, and each of their awaiters learns of it.
        let stops = fleet.spawn_on(2, async || {
            stop();
            std::future::pending::<()>().await;
        });
        println!("{}", stops.await.unwrap_err());
        let elsewhere = fleet.spawn_balanced(async || 5).await;
        println!("another loop gives {}", elsewhere.unwrap());
        fleet.join(Duration::from_secs(10)).await.unwrap();
        println!("{:?}", fleet.ends());
    });
}
