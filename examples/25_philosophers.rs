//! Floor 6: a deadlock report names the locks, their holders, the circle.
//!
//! Its chapter: `crates/6-sync/src/lib.rs`.

use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Lock, sleep, spawn_named};

const NAMES: [&str; 5] = ["Plato", "Kant", "Hume", "Mill", "Marx"];

async fn dine(name: &str, first: Rc<Lock>, second: Rc<Lock>) {
    let _first = first.acquire().await;
    sleep(Duration::from_secs(1)).await; // thinks
    let _second = second.acquire().await;
    println!("  {name} eats");
}

/// Seats the philosophers. `orders` says whether each takes the fork with the lower number first.
pub(crate) async fn dinner(orders: bool) {
    let forks: Vec<Rc<Lock>> = (1..=NAMES.len())
        .map(|number| Rc::new(Lock::new().named(format!("fork-{number}"))))
        .collect();
    let seat = |(at, name): (usize, &'static str)| {
        let (left, right) = (at, (at + 1) % NAMES.len());
        let swaps = orders && right < left;
        let (first, second) = if swaps { (right, left) } else { (left, right) };
        spawn_named(
            name,
            dine(name, forks[first].clone(), forks[second].clone()),
        )
    };
    let seated: Vec<_> = NAMES.into_iter().enumerate().map(seat).collect();
    for philosopher in seated {
        philosopher.await.unwrap();
    }
}

fn main() {
    println!("each takes the fork on the left first:");
    let event_loop = EventLoop::builder().virtual_time().build();
    let error = event_loop.run_until_complete(dinner(false)).unwrap_err();
    println!("at {}: {error}\n", event_loop.time());
    let kant = event_loop
        .all_tasks()
        .into_iter()
        .find(|task| task.to_string() == "Kant");
    println!("{}\n", event_loop.explain(&kant.unwrap()));

    println!("each takes the fork with the lower number first:");
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(dinner(true)).unwrap();
}
