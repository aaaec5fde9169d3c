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
//! A combinator of ours that polls only its woken futures makes a waker for each of them, and a
//! record of its own (`inside/unpolled.rs`). While it polls a future, its record stands for that one
//! waker, or for all wakers of a list (`wait/listed.rs`). A future that is polled there by a foreign
//! combinator has another waker, and gets the record of its scope.
//!
//! Invariants:
//! 1. A record of a scope keeps the records of the scopes and the task around it alive.
//! 2. After the poll of a future under a waker of its own, also after a panic, the waker of the
//!    future around it stands as before, and the marks of regions are those of both.
//!
//! Read next: `cancel/region.rs`.

use std::cell::Cell;
use std::sync::{Arc, Weak};
use std::task::{RawWakerVTable, Waker};

use crate::cancel::{Cancels, Scope};
use crate::core::Core;
use crate::store::hidden::HiddenWaits;
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// Identifies a waker by its two words, as [`Waker::will_wake`] does.
pub(crate) struct OwnWaker(*const (), *const RawWakerVTable);

impl OwnWaker {
    fn of(waker: &Waker) -> OwnWaker {
        OwnWaker(waker.data(), waker.vtable())
    }

    fn is(&self, waker: &Waker) -> bool {
        (self.0, self.1) == (waker.data(), waker.vtable())
    }
}

/// The waker that a combinator has made and polls with now, and the record for a wait under it.
pub(crate) type StandIn = Option<(OwnWaker, Arc<HiddenWaits>)>;

/// The poll of a future under a waker that its combinator has made. Its drop ends the poll.
pub(crate) struct UnderOwnWaker<'a> {
    cancels: &'a Cancels,
    /// The waker before, of the combinator around.
    before: StandIn,
    /// A region has suspended beside the future.
    beside: bool,
}

impl UnderOwnWaker<'_> {
    /// Ends the poll; returns true if a region has suspended in the future.
    pub(crate) fn end(self) -> bool {
        self.cancels.region.get()
    }
}

impl Drop for UnderOwnWaker<'_> {
    fn drop(&mut self) {
        let Cancels {
            region, own_waker, ..
        } = self.cancels;
        region.set(region.get() | self.beside);
        drop(own_waker.replace(self.before.take()));
    }
}

/// The state outside of a list whose futures are polled.
pub(crate) struct OutsideList {
    /// The list around it, or none.
    list: Ticket,
    /// A region has suspended in the step, but not in the future that is polled now.
    region: Cell<bool>,
}

/// The polls of the futures in a list.
impl Cancels {
    /// Begins to poll futures of a list, whose record stands for the waits under its wakers.
    #[inline]
    pub(crate) fn enter_list(&self, list: Ticket) -> OutsideList {
        OutsideList {
            list: self.polled_list.replace(list),
            region: Cell::new(self.region.replace(false)),
        }
    }

    /// Ends the poll of one future; returns true if a region has suspended in it.
    #[inline]
    pub(crate) fn region_in_list(&self, outside: &OutsideList) -> bool {
        let inside = self.region.get();
        if inside {
            self.region.set(false);
            outside.region.set(true);
        }
        inside
    }

    /// Ends the polls of the list, also after a panic.
    #[inline]
    pub(crate) fn leave_list(&self, outside: &OutsideList) {
        self.polled_list.set(outside.list);
        self.region.set(self.region.get() | outside.region.get());
    }

    /// Returns true if the futures of this list are polled now, and not those of a list in it.
    pub(crate) fn polls_list(&self, list: Ticket) -> bool {
        self.polled_list.get() == list
    }
}

impl Cancels {
    /// Begins the poll of a future under a waker that its combinator has made: `record` stands for
    /// the waits under this waker.
    pub(crate) fn poll_under(&self, waker: &Waker, record: &Arc<HiddenWaits>) -> UnderOwnWaker<'_> {
        let own = Some((OwnWaker::of(waker), record.clone()));
        UnderOwnWaker {
            cancels: self,
            before: self.own_waker.replace(own),
            beside: self.region.replace(false),
        }
    }

    /// Returns the record for a wait under `waker`: that of the combinator that has made the waker
    /// and polls with it (`of_list` if the waker is of its list), or of the innermost region that is
    /// being polled, or else of the running task. Makes it if it is not alive. Returns `None` outside
    /// a task.
    #[cold]
    pub(crate) fn hidden_waits(
        &self,
        core: &Core,
        waker: &Waker,
        of_list: Option<Arc<HiddenWaits>>,
    ) -> Option<Arc<HiddenWaits>> {
        let task = core.current();
        let slot = core.running().filter(|slot| !slot.is_done())?;
        if of_list.is_some() {
            return of_list;
        }
        if let Some((own, record)) = &*self.own_waker.borrow()
            && own.is(waker)
        {
            return Some(record.clone());
        }
        let inside = self.inside.get();
        let here = self.scope(inside).map(|_| inside.position());
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
            let mut rare = core.rare_mut(slot);
            let alive = HiddenWaits::alive(&rare.hidden, task);
            alive.unwrap_or_else(|| fresh(&mut rare.hidden, task, None))
        });
        for number in without.into_iter().rev() {
            let around = record.clone();
            if let Some(mut scope) = self.own_scope(number) {
                record = fresh(&mut scope.hidden, task, Some(around));
            }
        }
        Some(record)
    }
}

/// Makes a record.
fn fresh(
    kept: &mut Weak<HiddenWaits>,
    task: Ticket,
    around: Option<Arc<HiddenWaits>>,
) -> Arc<HiddenWaits> {
    let record = HiddenWaits::new(task, around);
    *kept = Arc::downgrade(&record);
    record
}

/// Returns true if a task waits for something that its wait word does not store.
pub(super) fn has_hidden_waits(core: &Core, slot: &Slot) -> bool {
    core.rare(slot, |rare| rare.hidden.strong_count() > 0) == Some(true)
}

#[cfg(test)]
#[path = "../../tests/unit/hidden.rs"]
mod tests;
