//! A task may outlive its spawner, so its future may not borrow.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let text = String::from("here");
    scheduler.spawn(async { text.len() }).detach();
}
