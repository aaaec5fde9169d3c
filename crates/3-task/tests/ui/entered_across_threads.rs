//! Who has entered a thread leaves it on the same one.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let entered = scheduler.enter();
    std::thread::spawn(move || drop(entered));
}
