//! Three philosophers, and the fork that each of them lacks

use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Lock, sleep, spawn_named};

const NAMES: [&str; 3] = ["Plato", "Kant", "Hume"];

async fn dine(left: Rc<Lock>, right: Rc<Lock>) {
    let _left = left.acquire().await;
    sleep(Duration::from_secs(1)).await; // thinks
    let _right = right.acquire().await;
    println!("eats");
}

pub fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let error = event_loop
        .run_until_complete(async {
            let fork = |number: usize| Rc::new(Lock::new().named(format!("fork-{number}")));
            let forks: Vec<_> = (1..=3).map(fork).collect();
            let seat = |(at, name): (usize, &'static str)| {
                let (left, right) = (forks[at].clone(), forks[(at + 1) % 3].clone());
                spawn_named(name, dine(left, right))
            };
            let seated: Vec<_> = NAMES.into_iter().enumerate().map(seat).collect();
            for philosopher in seated {
                philosopher.await.unwrap();
            }
        })
        .unwrap_err();
    println!("{error}");
}
