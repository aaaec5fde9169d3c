//! F13, K16: the compiler warns of a future that is not awaited.
#![deny(unused_must_use)]

async fn work() {}

async fn forgetful(task: groundup_task::TaskRef) {
    work();
    groundup_task::yield_now();
    groundup_task::catch_cancel(work());
    groundup_task::raise_cancelled();
    task.ended();
}

fn main() {}
