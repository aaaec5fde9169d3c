//! The content of a slot is dropped while the slot is not borrowed.
//!
//! Invariant: however a task ends, the drop of its future or of its value may look into
//! its slot.
//!
//! Read next: `src/run/finish.rs`.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;

use crate::handles::task::Task;
use crate::run::Scheduler;

/// What looks into the box of the running task when it is dropped, and counts that.
struct Looking(Rc<Cell<u32>>);

impl Drop for Looking {
    fn drop(&mut self) {
        let scheduler = Scheduler::current().unwrap();
        let slot = scheduler.core.running().unwrap();
        assert!(slot.content(|_| ()).is_none(), "its box is out of the slot");
        self.0.set(self.0.get() + 1);
    }
}

#[test]
fn what_a_task_leaves_is_dropped_under_no_borrow() {
    let scheduler = Scheduler::new().unwrap();
    let looked = Rc::new(Cell::new(0));
    let looking = || Looking(looked.clone());
    // Cancelled at a suspension, and before its first step; it cancels itself, and returns.
    let (held, unbegun, returned) = (looking(), looking(), looking());
    let cancelled: Task<()> = scheduler.spawn(async {
        let _held = held;
        pending().await
    });
    scheduler.run_until_idle();
    let before: Task<()> = scheduler.spawn(async {
        let _held = unbegun;
    });
    let overtaken: Task<Looking> = scheduler.spawn(async {
        let this = Scheduler::current().unwrap().current_task().unwrap();
        this.cancel();
        returned
    });
    assert!(cancelled.cancel() && before.cancel());
    scheduler.run_until_idle();
    assert!(cancelled.cancelled() && before.cancelled() && overtaken.cancelled());
    assert_eq!(looked.get(), 3);
}
