//! So does a handle that can only ask and cancel.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let task = scheduler.spawn(async { 5 }).task_ref();
    std::thread::spawn(move || task.cancel());
}
