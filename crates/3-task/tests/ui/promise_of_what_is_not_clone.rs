//! Any number of handles may ask a promise, so its value must be `Clone`.
struct Key;

fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let promise = scheduler.promise::<Key>();
    drop(promise);
}
