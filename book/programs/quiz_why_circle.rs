//! Two tasks and two locks

use std::rc::Rc;
use std::time::Duration;

use groundup::{EventLoop, Lock, RunError, sleep, spawn_named};

async fn takes(first: Rc<Lock>, second: Rc<Lock>) {
    let _first = first.acquire().await;
    sleep(Duration::from_secs(1)).await;
    let _second = second.acquire().await;
}

pub fn main() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let run = event_loop.run_until_complete(async {
        let (a, b) = (Rc::new(Lock::new()), Rc::new(Lock::new()));
        let kant = spawn_named("Kant", takes(a.clone(), b.clone()));
        let hume = spawn_named("Hume", takes(b, a));
        kant.await.unwrap();
        hume.await.unwrap();
    });
    match run {
        Ok(()) => println!("both are done at {}", event_loop.time()),
        Err(RunError::Deadlock(deadlock)) => {
            println!(
                "{} tasks stuck, {:?}",
                deadlock.stuck.len(),
                deadlock.cycles
            );
        }
        Err(other) => println!("{other}"),
    }
}
