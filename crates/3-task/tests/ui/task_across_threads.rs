//! A task belongs to its loop's thread.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let task = scheduler.spawn(async { 5 });
    std::thread::spawn(move || drop(task));
}
