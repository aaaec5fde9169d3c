//! L25: a callback is a function; a future would never run.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.call_soon(async {});
}
