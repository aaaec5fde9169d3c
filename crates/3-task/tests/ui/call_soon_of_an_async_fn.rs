//! L25: a callback is a function; an `async fn` would never run.
async fn hello() {}

fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.call_soon(hello);
}
