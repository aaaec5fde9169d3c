//! K13: a future runs once.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let future = async { 5 };
    scheduler.spawn(future).detach();
    scheduler.spawn(future).detach();
}
