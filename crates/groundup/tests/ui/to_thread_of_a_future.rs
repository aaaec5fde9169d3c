//! R02: A job is a function that may go to a thread.

use std::rc::Rc;

use groundup::{ThreadPool, run, run_in_executor, to_thread};

fn main() {
    run(async {
        let _ = to_thread(async {}).await;
        let shared = Rc::new(5);
        let _ = run_in_executor(&ThreadPool::new(1), move || *shared).await;
    });
}
