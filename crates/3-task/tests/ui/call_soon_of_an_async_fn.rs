//! A callback is a function: an `async fn` would never run (L25).
async fn hello() {}

fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.call_soon(hello);
}
