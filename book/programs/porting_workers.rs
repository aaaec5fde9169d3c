//! The workers of the Python program, line by line.

use std::rc::Rc;
use std::time::Duration;

use groundup::{Queue, gather, sleep, spawn_named};

async fn worker(name: String, queue: Rc<Queue<u64>>) {
    while let Ok(seconds) = queue.get().await {
        sleep(Duration::from_secs(seconds)).await;
        println!("{name} has slept for {seconds} s");
        queue.task_done().unwrap();
    }
}

pub async fn main() {
    let queue = Rc::new(Queue::unbounded());
    for seconds in [3, 1, 2] {
        queue.put_nowait(seconds).unwrap();
    }
    let workers = [1, 2].map(|number| {
        let name = format!("worker-{number}");
        spawn_named(&name, worker(name.clone(), queue.clone()))
    });
    queue.join().await;
    for task in &workers {
        task.cancel();
    }
    let ends = gather(workers).return_exceptions().await;
    println!("{ends:?}");
}
