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
//! Invariants:
//! 1. A child that was called off takes no step.
//! 2. The cancels of a child's scope are taken back when the child has ended.
//!
//! Read next: `task_group/borrowing/child.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use groundup_executor::task::CancelScope;

use crate::task_group::borrowing::woken::Woken;

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
    woken: Arc<Woken>,
    /// Tells the group that a child that has not begun was cancelled.
    called_off: Rc<Cell<bool>>,
    /// Whether the child is being polled now.
    pub(super) steps: Cell<bool>,
}

impl ChildControl {
    pub(super) fn new(number: u64, (woken, called_off): (&Arc<Woken>, &Rc<Cell<bool>>)) -> Self {
        ChildControl {
            number,
            progress: Cell::new(ChildStage::Waiting),
            scope: RefCell::default(),
            cancels: Cell::new(0),
            woken: woken.clone(),
            called_off: called_off.clone(),
            steps: Cell::new(false),
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
                self.called_off.set(true);
                self.woken.wake_owner();
            }
            ChildStage::Running => {
                self.cancels.set(self.cancels.get() + 1);
                let scope = self.scope.borrow().clone();
                scope.inspect(|scope| scope.cancel());
            }
        }
        true
    }

    /// Opens the scope, right before the first step.
    pub(super) fn begin(&self) -> Rc<CancelScope> {
        let scope = Rc::new(CancelScope::closed());
        scope.open();
        self.scope.replace(Some(scope.clone()));
        self.progress.set(ChildStage::Running);
        scope
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
