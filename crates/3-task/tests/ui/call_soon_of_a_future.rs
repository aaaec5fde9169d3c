//! A callback is a function: a future would never run (L25).
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.call_soon(async {});
}
