//! The stage of a group, and the parts that it has cancelled.
//!
//! The problem: a group ends by itself, by a failure, or by its own `cancel`, and each of these
//! can meet another. Two states describe all of this, and each only goes forward.
//!
//! ```text
//!   Body ──the body is over──> Exiting ──no child is alive──> Finished
//!   Nothing ──a failure──> Children ──and the body is to stop──> Parent
//! ```
//!
//! Invariant: no move goes back, so the order of the variants is the order in time.
//!
//! Read next: `task_group/error.rs`.

/// How far the block of a group has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum GroupStage {
    /// The body runs.
    Body,
    /// The body is over; the group waits for its children.
    Exiting,
    Finished,
}

/// The parts of a group that it has cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stopped {
    Nothing,
    /// All children: the group shuts down.
    Children,
    /// All children and the parent. The group must take back the cancel of the parent.
    Parent,
}
