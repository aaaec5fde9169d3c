//! The main future: on the caller's stack, not in a slot.
//!
//! The problem: `run(main)` should take a future that borrows, and a slot can only
//! hold what is `'static`. So the main future stays where it is, and its slot is
//! empty: a step of it is a call of the trait below. All else about it is a task's:
//! it has a number and a name, can be cancelled, is told in traces.
//!
//! Invariant: the trait is called by `run/` alone, for the run that opened it.
//!
//! Read next: `store/slot.rs`, the place of all others.

use std::task::{Context, Poll};

/// The future on the stack of the caller that runs the loop, which need not be `'static`.
///
/// ```
/// use groundup_task::{Root, Scheduler};
/// use std::task::{Context, Poll};
///
/// struct Borrowing<'a>(&'a mut Vec<u32>);
///
/// impl Root for Borrowing<'_> {
///     fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
///         self.0.push(5);
///         Poll::Ready(())
///     }
///
///     fn clear(&mut self) {}
/// }
///
/// let (scheduler, mut here) = (Scheduler::new().unwrap(), Vec::new());
/// let root = scheduler.open_root();
/// scheduler.run_round(&mut Borrowing(&mut here));
/// assert!(scheduler.close_root(root).unwrap().is_ok());
/// assert_eq!(here, [5]);
/// ```
pub trait Root {
    /// One step.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Drops the future: it was cancelled or has panicked.
    fn clear(&mut self);
}

/// The [`Root`] of a loop that runs with no main task.
pub struct NoRoot;

impl Root for NoRoot {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn clear(&mut self) {}
}
