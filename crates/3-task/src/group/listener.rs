//! The listener of a group: what is called when a member ends.
//!
//! The problem: a gather, a wait, a task group each do something else at the end of a
//! child, and floor 5 has not been written yet. So what is called is a trait, with two
//! moments: at the end itself, for bookkeeping, and one iteration later, for work.
//!
//! Invariant: the trait is called by `run/` alone, while no table is borrowed.
//!
//! Read next: `cancel.rs`.

use crate::store::key::Ending;

/// Whoever wants to be told about the ends of many tasks, by a [`Watching`].
pub trait Watcher {
    /// Member `member` has ended just now: whether [`child_done`](Watcher::child_done)
    /// is to be called for it. For bookkeeping only, and only for a group that asked
    /// for it ([`Watching::new_early`]): this is in the middle of a turn, before
    /// anybody else knows, and must not use the scheduler.
    ///
    /// `false` is a permission, not a wish: it is called all the same where there
    /// would be no next iteration without.
    fn child_ended(&self, member: u32) -> bool {
        let _ = member;
        true
    }

    /// Member `member` has ended. Called from a turn of the loop, one iteration
    /// after the end itself, in the order of the ends.
    fn child_done(&self, member: u32, ending: Ending);
}
