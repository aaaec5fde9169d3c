//! A callback is taken back on its loop's thread.
fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let handle = scheduler.call_soon(|| ());
    std::thread::spawn(move || handle.cancel());
}
