//! R02: A job is a function that may go to a thread.

use std::rc::Rc;

use groundup::{ThreadPool, run, run_in_executor, to_thread};

fn main() {
    run(async {
        let _future = to_thread(async {});
        let shared = Rc::new(5);
        let _future = run_in_executor(&ThreadPool::new(1), move || *shared);
    });
}
