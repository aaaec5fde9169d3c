//! Three jobs on threads, each of a few real milliseconds.

use std::thread;
use std::time::Duration;

use groundup::{gather, to_thread};

pub async fn main() {
    let job = || thread::sleep(Duration::from_millis(5));
    let jobs = [to_thread(job), to_thread(job), to_thread(job)];
    gather(jobs).await.unwrap();
}
