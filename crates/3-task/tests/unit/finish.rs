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
    let ended = [
        cancelled.cancelled(),
        before.cancelled(),
        overtaken.cancelled(),
    ];
    assert_eq!(ended, [Some(true); 3]);
    assert_eq!(looked.get(), 3);
}

/// What looks into the slot of a ticket when it is dropped, and counts that.
#[derive(Clone)]
struct LookingAt {
    scheduler: Rc<Scheduler>,
    ticket: Rc<Cell<crate::Ticket>>,
    looked: Rc<Cell<u32>>,
}

impl Drop for LookingAt {
    fn drop(&mut self) {
        let slot = self.scheduler.core.slot_at(self.ticket.get()).unwrap();
        assert!(slot.content(|_| ()).is_none(), "its box is out of the slot");
        self.looked.set(self.looked.get() + 1);
    }
}

/// The content of an occupant that leaves its slot: a callback that is taken back or dropped
/// by the close, a value without a taker, a future at the close.
#[test]
fn what_leaves_with_its_slot_is_dropped_under_no_borrow() {
    let scheduler = Scheduler::new().unwrap();
    let looked = Rc::new(Cell::new(0));
    let looking = || LookingAt {
        scheduler: scheduler.clone(),
        ticket: Rc::default(),
        looked: looked.clone(),
    };
    let call = |held: LookingAt| {
        let ticket = held.ticket.clone();
        let handle = scheduler.call_soon(move || drop(held));
        ticket.set(handle.ticket());
        handle
    };
    call(looking()).cancel();
    assert_eq!(looked.get(), 1, "a callback that is taken back");
    let held = looking();
    let ticket = held.ticket.clone();
    let task = scheduler.spawn(async { held });
    ticket.set(task.task_ref().ticket());
    scheduler.run_until_idle();
    assert!(task.done());
    drop(task);
    assert_eq!(looked.get(), 2, "a value without a taker");
    let large = (looking(), [0_u8; 4096]);
    let ticket = large.0.ticket.clone();
    let task = scheduler.spawn(async { large });
    ticket.set(task.task_ref().ticket());
    scheduler.run_until_idle();
    drop(task);
    assert_eq!(looked.get(), 3, "in a box that is not kept");
    call(looking());
    let held = looking();
    let ticket = held.ticket.clone();
    let task: Task<()> = scheduler.spawn(async {
        let _held = held;
        pending().await
    });
    ticket.set(task.task_ref().ticket());
    scheduler.close();
    assert_eq!(looked.get(), 5, "at the close");
}
