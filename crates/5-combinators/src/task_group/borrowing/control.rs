//! Cancels one child of a borrowing group.
//!
//! The problem: a child may be cancelled by its handle, by the group, and at any time: before its
//! first step, while it runs, and when it has ended. While it runs, its scope cancels it.
//! Otherwise there is no scope, and its group must be told, or nothing is to be done.
//!
//! ```text
//!   Waiting ──first step──> Running ──its end──> Ended
//!      └──a cancel──> CalledOff ─────────────────> Ended
//! ```
//!
//! A cancel that comes during a step waits for the child's next suspension. If the child returns a
//! value in that step, it has none: the child ends as cancelled, as a task does.
//!
//! Invariants:
//! 1. A child that was called off takes no step.
//! 2. The cancels of a child's scope are taken back when the child has ended.
//!
//! Read next: `task_group/borrowing/child.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use groundup_executor::task::CancelScope;

use crate::members::woken::WokenList;

/// A child and the place in which it runs, as the woken list of the group has it. A place may have
/// one child after another: a child that takes the place of one that has woken itself in its last
/// poll is not in the list twice.
#[derive(Clone, Copy)]
pub(super) struct ChildPlace {
    pub(super) place: u32,
    /// Number of the child in the order of spawns. No other child gets it.
    pub(super) child: u64,
}

/// Notices of the children to their group, without the types of the group.
pub(super) struct Notices {
    pub(super) woken: Arc<WokenList<ChildPlace>>,
    /// Numbers of the children that were cancelled before their first step.
    called_off: RefCell<Vec<u64>>,
    /// Number of children that await another child of the group, as of their last steps.
    awaiting: Cell<usize>,
    /// Whether the future that is polled now has begun to await a child.
    awaits: Cell<bool>,
}

impl Notices {
    pub(super) fn new() -> Self {
        Notices {
            woken: WokenList::holding(Vec::new()),
            called_off: RefCell::default(),
            awaiting: Cell::default(),
            awaits: Cell::default(),
        }
    }

    pub(super) fn take_called_off(&self) -> Vec<u64> {
        self.called_off.take()
    }

    pub(super) fn awaiting(&self) -> usize {
        self.awaiting.get()
    }
}

/// How far a child has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ChildStage {
    Waiting,
    /// It was cancelled before its first step, and takes none.
    CalledOff,
    Running,
    Ended,
}

/// The part of a child that cancels it.
pub(super) struct ChildControl {
    /// Place of the child in the order of spawns.
    pub(super) number: u64,
    progress: Cell<ChildStage>,
    scope: RefCell<Option<Rc<CancelScope>>>,
    /// Number of cancels that its scope counts on the task.
    cancels: Cell<u32>,
    notices: Rc<Notices>,
    /// Whether the child is being polled now.
    steps: Cell<bool>,
    /// Whether a cancel has come in this step.
    cancelled_in_step: Cell<bool>,
    /// Whether it awaits another child of the group, as of its last step.
    awaits: Cell<bool>,
}

impl ChildControl {
    pub(super) fn new(number: u64, notices: &Rc<Notices>) -> Self {
        ChildControl {
            number,
            progress: Cell::new(ChildStage::Waiting),
            scope: RefCell::default(),
            cancels: Cell::new(0),
            notices: notices.clone(),
            steps: Cell::new(false),
            cancelled_in_step: Cell::new(false),
            awaits: Cell::new(false),
        }
    }

    pub(super) fn is_called_off(&self) -> bool {
        self.progress.get() == ChildStage::CalledOff
    }

    /// Cancels the child; returns false if it has ended.
    pub(super) fn cancel(&self) -> bool {
        match self.progress.get() {
            ChildStage::Ended => return false,
            ChildStage::CalledOff => {}
            ChildStage::Waiting => {
                self.progress.set(ChildStage::CalledOff);
                self.notices.called_off.borrow_mut().push(self.number);
                self.notices.woken.wake_owner();
            }
            ChildStage::Running => {
                self.cancels.set(self.cancels.get() + 1);
                self.cancelled_in_step.set(self.steps.get());
                let scope = self.scope.borrow().clone();
                scope.inspect(|scope| self.cancel_in(scope));
            }
        }
        true
    }

    /// Cancels the child by its scope. A trace sink may end the child in the middle of this. Then
    /// [`end`](ChildControl::end) came too early to take the cancel back.
    fn cancel_in(&self, scope: &CancelScope) {
        scope.cancel();
        if self.progress.get() == ChildStage::Ended {
            scope.uncancel();
        }
    }

    /// Opens the scope, right before the first step.
    pub(super) fn begin(&self) -> Rc<CancelScope> {
        let scope = Rc::new(CancelScope::closed());
        scope.open();
        self.scope.replace(Some(scope.clone()));
        self.progress.set(ChildStage::Running);
        scope
    }

    /// Begins a step.
    pub(super) fn begin_step(&self) {
        self.steps.set(true);
        self.cancelled_in_step.set(false);
        self.notices.awaits.set(false);
        if self.awaits.replace(false) {
            self.notices.awaiting.set(self.notices.awaiting.get() - 1);
        }
    }

    /// Ends a step, after which the child may be suspended. Returns true if the child was cancelled
    /// in it.
    pub(super) fn end_step(&self, suspended: bool) -> bool {
        self.steps.set(false);
        if self.notices.awaits.replace(false) && suspended {
            self.awaits.set(true);
            self.notices.awaiting.set(self.notices.awaiting.get() + 1);
        }
        self.cancelled_in_step.get()
    }

    /// Returns true while the child takes a step.
    pub(super) fn steps(&self) -> bool {
        self.steps.get()
    }

    /// Notes that the future that is polled now awaits this child.
    pub(super) fn is_awaited(&self) {
        self.notices.awaits.set(true);
    }

    /// Closes the scope, and takes its cancels back.
    pub(super) fn end(&self) {
        self.progress.set(ChildStage::Ended);
        let Some(scope) = self.scope.take() else {
            return;
        };
        for _ in 0..self.cancels.take() {
            scope.uncancel();
        }
    }
}
