//! Counts the calls under way, and acts when the last has ended.
//!
//! The problem: a handler, a sink or a foreign waker may drop the owner of the loop (on floor 4
//! the `EventLoop`), in the middle of a call that goes on afterwards. The loop must be closed then,
//! but not before that call has ended: it still works with slots, which a close empties.
//!
//! ```text
//!   a call ── begin ───────────────────────────────────── ends ──> at rest: the loop is closed
//!              └─ busy: a handler ── drops the owner ──┘
//! ```
//!
//! A loop is *busy* while a round runs, or code of the user's is called in which no round may begin.
//! A call that is not busy, but goes on after such code, only counts.
//!
//! Invariants:
//! 1. The act is called once, when no call is under way, whichever of them ends last.
//! 2. It is called behind the last statement of that call.
//!
//! Read next: `core/footprint.rs`.

use std::cell::Cell;

use crate::store::lender::Restored;

/// The calls that are under way.
#[derive(Default)]
pub(crate) struct Calls {
    busy: Cell<bool>,
    under_way: Cell<u32>,
    /// Whether `act` is set; the end of every call tests it.
    waits: Cell<bool>,
    act: Cell<Option<Box<dyn FnOnce()>>>,
}

impl Calls {
    #[inline]
    pub(crate) fn is_busy(&self) -> bool {
        self.busy.get()
    }

    #[inline]
    pub(crate) fn be_busy(&self) -> Busy<'_> {
        Busy {
            _busy: Restored::after(&self.busy, true),
            _call: self.begin(),
        }
    }

    /// Counts a call until the returned guard is dropped. The loop is not closed before that.
    #[inline]
    pub(crate) fn begin(&self) -> Call<'_> {
        self.under_way.set(self.under_way.get() + 1);
        Call(self)
    }

    /// Calls `act` when no call is under way.
    pub(crate) fn at_rest(&self, act: Box<dyn FnOnce()>) {
        if self.under_way.get() == 0 {
            return act();
        }
        self.act.set(Some(act));
        self.waits.set(true);
    }

    #[cold]
    fn act(&self) {
        self.waits.set(false);
        if let Some(act) = self.act.take() {
            act();
        }
    }
}

/// Marks the loop as busy while it lives.
pub(crate) struct Busy<'a> {
    _busy: Restored<'a, bool>,
    _call: Call<'a>, // dropped last
}

/// Counts one call while it lives.
pub(crate) struct Call<'a>(&'a Calls);

impl Drop for Call<'_> {
    #[inline]
    fn drop(&mut self) {
        let left = self.0.under_way.get() - 1;
        self.0.under_way.set(left);
        if left == 0 && self.0.waits.get() {
            self.0.act();
        }
    }
}
