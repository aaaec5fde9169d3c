//! Only a future can be spawned (K12).
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    scheduler.spawn(5).detach();
}
