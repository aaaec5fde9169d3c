//! A promise is set on its loop's thread.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let promise = scheduler.promise::<u32>();
    std::thread::spawn(move || promise.set_result(5));
}
