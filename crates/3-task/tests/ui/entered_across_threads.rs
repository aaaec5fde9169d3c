//! A scheduler leaves a thread on that thread.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let entered = scheduler.enter();
    std::thread::spawn(move || drop(entered));
}
