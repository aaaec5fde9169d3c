//! Failures of a wait set: which members failed, and which are seen.
//!
//! The problem: with `FirstException` a wait looks at each member that has ended. To look marks
//! a failure as seen, and then no report of it follows. asyncio looks at the failure that ends
//! the wait, and does not look at the last end.
//!
//! Invariants:
//! 1. No other mode looks at a member.
//! 2. To ask for a failure changes nothing. Only `mark_failure_seen` marks one.
//!
//! Read next: `wait/members.rs`.

use std::cell::Ref;

use groundup_executor::task::Exit;

use crate::members::{exit_of, fetch_value};
use crate::wait::members::{MemberStage, Table};
use crate::wait::state::{ReturnWhen, SetState};

impl<T: 'static> SetState<T> {
    /// Fetches the values of the members that are proxies, before `has_failed` looks at them.
    pub(super) fn fetch(&self, places: impl IntoIterator<Item = u32>) {
        if self.mode.get() != ReturnWhen::FirstException {
            return;
        }
        for place in places {
            fetch_value(Ref::map(self.table.borrow(), |table| &table.tasks), place);
        }
    }

    /// Returns true if a member that has ended has failed, in a wait that asks for it.
    pub(super) fn has_failed(&self, table: &Table<T>, place: u32) -> bool {
        if self.mode.get() != ReturnWhen::FirstException {
            return false;
        }
        let task = table.tasks[place as usize].as_ref();
        match exit_of(task.map(|task| task.as_task_ref())) {
            Exit::Failed => true,
            Exit::Cancelled => false,
            Exit::Returned => task.is_some_and(|task| task.output_is(self.failed.get())),
        }
    }

    /// Marks the failure of a member as seen, because it ends the wait. The last end ends the
    /// wait whether or not it is a failure, so asyncio does not look at it. `ends` is the number
    /// of ends that are counted up to this one.
    pub(super) fn mark_failure_seen(&self, table: &Table<T>, place: u32, ends: usize) {
        let task = table.tasks[place as usize].as_ref();
        if let Some(task) =
            task.filter(|task| task.panicked() == Some(true) && ends < self.left.get())
        {
            task.mark_seen();
        }
    }

    /// Returns the members that had failed before the wait, each with the number of ends that are
    /// counted up to it. The ends count in the order in which the members came into the set.
    pub(super) fn earlier_failures(&self) -> Vec<(usize, u32)> {
        let table = self.table.borrow();
        let assigned = |place: &u32| table.words[*place as usize].stage() == MemberStage::Assigned;
        let mut ended: Vec<u32> = table.ended.iter().copied().filter(assigned).collect();
        table.sort(&mut ended);
        let ended = (1..).zip(ended);
        let failed = ended.filter(|(_, place)| self.has_failed(&table, *place));
        failed.collect()
    }
}
