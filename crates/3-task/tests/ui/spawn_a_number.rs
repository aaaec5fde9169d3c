//! K12: only a future can be spawned.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.spawn(5).detach();
}
