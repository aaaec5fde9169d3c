//! L25: a callback is a function; an `async fn` in its place would never run.
async fn hello() {}

fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.call_soon(hello);
}
