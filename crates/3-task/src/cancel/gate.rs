//! The gate: a cancel looks for its place, and values wait.
//!
//! The problem: a task holds several futures side by side, and polls one after the other.
//! A cancel is delivered into its step, and one of the futures has a value at the same
//! moment. The cancel wins (C06), so no code behind an await may run before it is caught
//! or has ended the task; but the future with the value may be polled first. So there is
//! a gate, and each leaf of ours looks at it before it gives a value.
//!
//! ```text
//!   delivered, or raised ──> shut ── a region catches, or the step ends ──> open
//!                              │
//!   yield, task, promise, sleep: ready? ──> wakes itself, and is Pending
//! ```
//!
//! A leaf that is held back wakes its caller: a combinator that polls only the woken
//! would never ask it again. Leaves of other crates know of no gate. A value of theirs can
//! overtake a cancel, which then comes at the next suspension.
//!
//! Code that is called in a gated step may poll a leaf until it has its value, as
//! `block_on` does. Such a loop must end, so the gate lets go after a million refusals. A
//! bare yield keeps no such account: a loop around one alone does not end there.
//!
//! Invariants:
//! 1. It is shut only inside a step of a task, and open when that step is over.
//! 2. A loop that is run inside a step begins with an open gate.
//! 3. A leaf that has no value is not held back: it costs nothing then.
//!
//! Read next: `cancel/owner.rs`.

use std::cell::Cell;
use std::task::Context;

thread_local! {
    /// How often it will still refuse; open at 0.
    static REFUSALS: Cell<u32> = const { Cell::new(0) };
}

/// How often a gate refuses, before it lets go.
const MANY: u32 = 1 << 20;

/// Shuts or opens it.
#[inline]
pub(crate) fn shut(shut: bool) {
    REFUSALS.set(if shut { MANY } else { 0 });
}

/// Returns true if it is shut: for a leaf that waits for nothing, and wakes itself.
#[inline]
pub(crate) fn is_shut() -> bool {
    REFUSALS.get() != 0
}

/// Opens it until what this gives is dropped, which leaves it as it was.
#[inline]
pub(crate) fn open_for_now() -> AsBefore {
    AsBefore(REFUSALS.replace(0))
}

/// The gate as it was.
pub(crate) struct AsBefore(u32);

impl Drop for AsBefore {
    #[inline]
    fn drop(&mut self) {
        REFUSALS.set(self.0);
    }
}

/// As [`holds_back`], for a leaf of which `ready` says whether it has a value.
#[inline]
pub(crate) fn holds_back_if(cx: &Context<'_>, ready: impl FnOnce() -> bool) -> bool {
    REFUSALS.get() != 0 && ready() && refuse(cx)
}

/// Whether a leaf that has a value is to keep it for now. It is woken then.
#[inline]
pub(crate) fn holds_back(cx: &Context<'_>) -> bool {
    REFUSALS.get() != 0 && refuse(cx)
}

#[cold]
#[inline(never)] // Speed: yield_many.
fn refuse(cx: &Context<'_>) -> bool {
    REFUSALS.set(REFUSALS.get() - 1);
    cx.waker().wake_by_ref();
    true
}
