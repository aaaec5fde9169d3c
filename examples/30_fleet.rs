//! Floor 6: four loops on four threads share work through a queue.
//!
//! Its chapter: `crates/6-sync/src/lib.rs`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Fleet, SharedQueue, gather, sleep, spawn, stop, yield_now};

/// Counts primes. The state of a task in a fleet need not be `Send`: it stays in its loop.
async fn count_primes(begin: u32, end: u32) -> u32 {
    let found = Rc::new(Cell::new(0));
    for n in begin.max(2)..end {
        if (2..n).take_while(|d| d * d <= n).all(|d| n % d != 0) {
            found.set(found.get() + 1);
        }
        yield_now().await;
    }
    found.get()
}

fn main() {
    let reports: Rc<RefCell<Vec<String>>> = Rc::default();
    let told = reports.clone();
    let event_loop = EventLoop::builder()
        .exception_handler(move |report| told.borrow_mut().push(report.to_string()))
        .build();
    let main = async {
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
        let sum: u32 = gather(workers).await.unwrap().iter().flatten().sum();
        println!("primes under 10000: {sum}");

        // Or the fleet decides: each task goes to the loop with the fewest.
        let waits = [(); 8].map(|()| fleet.spawn_balanced(pending::<()>));
        println!("tasks of each loop: {:?}", fleet.tasks());
        fleet.cancel_tasks();
        println!("each of them: {:?}", gather(waits).await.unwrap()[0]);

        // A loop that ends takes its tasks along, and their awaiters learn of it.
        let stops = fleet.spawn_on(2, async || {
            stop();
            pending::<()>().await;
        });
        fleet.join(Duration::from_secs(10)).await.unwrap();
        while reports.borrow().is_empty() {
            sleep(Duration::from_millis(1)).await;
        }
        println!("report: {}", reports.borrow()[0]);
        println!("{}", stops.await.unwrap_err());
        println!("{:?}", fleet.ends());
    };
    event_loop.run_until_complete(main).unwrap();
}
