//! Finds the task and the scopes to which a hidden wait belongs.
//!
//! The problem: a cancel goes first to the one task or promise that its task awaits. If the task
//! also has a hidden wait (`store/hidden.rs`), the awaited one cannot answer for it: the hidden
//! wait may end first, and the task goes on as if it had not been cancelled. So the cancel then
//! goes to the task itself, as it does if the task awaits several things that the loop sees. The
//! cancel of a scope goes the same way, if a wait in the region of the scope is hidden. A hidden
//! wait beside the region does not concern the scope.
//!
//! ```text
//!   task ── select ─┬─ timeout 1 ── gather            its cancel goes to the gather
//!                   ├─ timeout 2 ─┬─ gather           its cancel goes to the region
//!                   │             └─ FuturesUnordered ── sleep
//!                   └─ ...                            a cancel of the task goes to the task
//! ```
//!
//! A region may be moved into another scope of its task after its first poll. It then gets the
//! cancels of the scope in which it is polled. But a foreign combinator polls only what was
//! woken, and what it keeps has the record of the scope before. Until that is polled again, a
//! cancel of the new scope may go to another awaited task first.
//!
//! Invariant: a record of a scope keeps the records of the scopes and the task around it alive.
//!
//! Read next: `cancel/region.rs`.

use std::rc::{Rc, Weak};

use crate::cancel::{Cancels, Scope};
use crate::core::Core;
use crate::store::hidden::HiddenWaits;
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

impl Cancels {
    /// Returns the record of the innermost region that is being polled, or else of the running task;
    /// makes it if it is not alive. Returns `None` outside a task.
    #[cold]
    pub(crate) fn hidden_waits(&self, core: &Core) -> Option<Rc<HiddenWaits>> {
        let task = core.current();
        let slot = core.running().filter(|slot| !slot.is_done())?;
        let here = self.scope(self.inside.get(), |scope| scope.own.position());
        let mut without = Vec::new();
        let alive = |number, scope: &mut Scope| {
            let record = HiddenWaits::alive(&scope.hidden, task);
            if record.is_none() {
                without.push(number);
            }
            record
        };
        let around = here.and_then(|here| self.way_out(here, alive));
        let mut record = around.unwrap_or_else(|| {
            core.rare_mut(slot, |rare| {
                let alive = HiddenWaits::alive(&rare.hidden, task);
                alive.unwrap_or_else(|| fresh(&mut rare.hidden, task, None))
            })
        });
        for number in without.into_iter().rev() {
            let around = record.clone();
            let inner =
                self.own_scope(number, |scope| fresh(&mut scope.hidden, task, Some(around)));
            record = inner.unwrap_or(record);
        }
        Some(record)
    }
}

/// Makes a record.
fn fresh(
    kept: &mut Weak<HiddenWaits>,
    task: Ticket,
    around: Option<Rc<HiddenWaits>>,
) -> Rc<HiddenWaits> {
    let record = HiddenWaits::new(task, around);
    *kept = Rc::downgrade(&record);
    record
}

/// Returns true if a task waits for something that its wait word does not store.
pub(super) fn has_hidden_waits(core: &Core, slot: &Slot) -> bool {
    core.rare(slot, |rare| rare.hidden.strong_count() > 0) == Some(true)
}

#[cfg(test)]
#[path = "../../tests/unit/hidden.rs"]
mod tests;
