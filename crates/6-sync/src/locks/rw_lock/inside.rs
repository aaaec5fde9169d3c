//! Inside: who is in a read-write lock.
//!
//! The problem: a writer goes in alone, and a reader beside other readers. A waiter that was let
//! in and has not run yet counts, too. So the state has one place, and two moves:
//!
//! ```text
//!            one more reader           one more reader
//!      Free ─────────────────> Readers ───────────────> Readers
//!       │ ^ <───────────────── 1, 2, .. <───────────────
//!       │ │   the last leaves     ^        one leaves
//!       v │                       │ a writer goes on as a reader
//!      Writer ────────────────────┘
//! ```
//!
//! Invariant: there is no move from `Readers` to `Writer`, nor from `Writer` to a second one.
//!
//! Read next: `locks/rw_lock/guard.rs`.

/// The tasks inside a lock, with those that were let in and have not run since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    /// No task. It becomes `Readers(1)` or `Writer`.
    Free,
    /// So many readers, at least one. It becomes `Free` when the last one leaves.
    Readers(usize),
    /// One writer. It becomes `Free`, or `Readers(1)` if the writer goes on as a reader.
    Writer,
}

impl Inside {
    /// Returns the state after one more task has gone in; `None` if it may not.
    #[inline]
    pub(super) fn with_one_more(self, writer: bool) -> Option<Self> {
        match (self, writer) {
            (Inside::Free, true) => Some(Inside::Writer),
            (Inside::Free, false) => Some(Inside::Readers(1)),
            (Inside::Readers(readers), false) => Some(Inside::Readers(readers + 1)),
            (Inside::Readers(_), true) | (Inside::Writer, _) => None,
        }
    }

    /// Returns the state after one task has left.
    #[inline]
    pub(super) fn with_one_less(self) -> Self {
        match self {
            Inside::Readers(readers @ 2..) => Inside::Readers(readers - 1),
            _ => Inside::Free,
        }
    }
}
