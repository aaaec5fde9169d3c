//! A call from another thread must be `Send`.
use std::rc::Rc;

fn main() {
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let here = Rc::new(5);
    let _ = scheduler.address().call_soon(Box::new(move || drop(here)));
}
