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
//! waker. A future that is polled there by a foreign combinator has another waker, and gets the
//! record of its scope.
//!
//! Invariants:
//! 1. A record of a scope keeps the records of the scopes and the task around it alive.
//! 2. After the poll of a future under a waker of its own, also after a panic, the waker of the
//!    future around it stands as before, and the marks of regions are those of both.
//!
//! Read next: `cancel/region.rs`.

use std::sync::{Arc, Weak};
use std::task::{RawWakerVTable, Waker};

use crate::cancel::{Cancels, Scope};
use crate::core::Core;
use crate::store::hidden::HiddenWaits;
use crate::store::slab::Name;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// Identifies a waker by its two words, as [`Waker::will_wake`] does; or the wakers of a list, which
/// differ in some bits.
pub(crate) struct OwnWaker {
    data: usize,
    /// The bits in which it must agree.
    mask: usize,
    table: *const RawWakerVTable,
}

impl OwnWaker {
    /// Identifies the wakers that agree with this one in the bits of `mask`.
    #[inline]
    pub(crate) fn any_of(waker: &Waker, mask: u64) -> OwnWaker {
        OwnWaker {
            data: waker.data().addr(),
            mask: mask as usize,
            table: waker.vtable(),
        }
    }

    fn is(&self, waker: &Waker) -> bool {
        (self.data ^ waker.data().addr()) & self.mask == 0 && self.table == waker.vtable()
    }
}

/// The wakers that a combinator has made and polls with now, and the record for a wait under them.
pub(crate) type StandIn = Option<(OwnWaker, Arc<HiddenWaits>)>;

/// The poll of one of several futures, whose regions are counted apart from those beside it. Its
/// drop puts the two together.
pub(crate) struct RegionsBeside<'a> {
    cancels: &'a Cancels,
    beside: bool,
}

impl RegionsBeside<'_> {
    /// Ends the poll; returns true if a region has suspended in the future.
    #[inline]
    pub(crate) fn end(self) -> bool {
        self.cancels.region.get()
    }
}

impl Drop for RegionsBeside<'_> {
    #[inline]
    fn drop(&mut self) {
        let inside = self.cancels.region.get();
        self.cancels.region.set(inside | self.beside);
    }
}

/// The poll of a future under a waker that its combinator has made. Its drop ends the poll.
pub(crate) struct UnderOwnWaker<'a> {
    cancels: &'a Cancels,
    /// The waker before, of the combinator around.
    before: StandIn,
    regions: RegionsBeside<'a>,
}

impl UnderOwnWaker<'_> {
    /// Ends the poll; returns true if a region has suspended in the future.
    pub(crate) fn end(self) -> bool {
        self.regions.cancels.region.get()
    }
}

impl Drop for UnderOwnWaker<'_> {
    fn drop(&mut self) {
        self.cancels.stand_again(self.before.take());
    }
}

impl Cancels {
    /// Begins the poll of a future under a waker that its combinator has made: `record` stands for
    /// the waits under this waker.
    pub(crate) fn poll_under(&self, waker: &Waker, record: &Arc<HiddenWaits>) -> UnderOwnWaker<'_> {
        UnderOwnWaker {
            cancels: self,
            before: self.stand_for(OwnWaker::any_of(waker, u64::MAX), record),
            regions: self.poll_beside(),
        }
    }

    /// Lets `record` stand for the waits under the wakers `own`, until the returned one
    /// [stands again](Self::stand_again).
    pub(crate) fn stand_for(&self, own: OwnWaker, record: &Arc<HiddenWaits>) -> StandIn {
        self.own_waker.replace(Some((own, record.clone())))
    }

    /// Ends what [`stand_for`](Self::stand_for) has begun.
    pub(crate) fn stand_again(&self, before: StandIn) {
        drop(self.own_waker.replace(before));
    }

    /// Begins the poll of one of several futures.
    #[inline]
    pub(crate) fn poll_beside(&self) -> RegionsBeside<'_> {
        RegionsBeside {
            cancels: self,
            beside: self.region.replace(false),
        }
    }

    /// Returns the record for a wait under `waker`: that of the combinator that has made the waker
    /// and polls with it, or of the innermost region that is being polled, or else of the running
    /// task. Makes it if it is not alive. Returns `None` outside a task.
    #[cold]
    pub(crate) fn hidden_waits(&self, core: &Core, waker: &Waker) -> Option<Arc<HiddenWaits>> {
        let task = core.current();
        let slot = core.running().filter(|slot| !slot.is_done())?;
        if let Some((own, record)) = &*self.own_waker.borrow()
            && own.is(waker)
        {
            return Some(record.clone());
        }
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
