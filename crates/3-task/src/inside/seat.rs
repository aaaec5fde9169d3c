//! Seats: a place in a group for a member that is about to come in.
//!
//! The problem: a gather of ten thousand futures makes ten thousand tasks and has
//! each of them watched. Done one after the other, it looks every slot up twice,
//! and by the second time the first slots have left the cache. So a caller that makes
//! tasks for a group has them made as members: the slot is filled with the group's
//! number in it, and the registrations are counted together at the end.
//!
//! Invariants:
//! 1. Whatever the items do, also panic, what was registered is counted.
//! 2. While members come in, none that ends is the last. (They can end then only where
//!    the items run the scheduler, or close it.)
//!
//! Read next: `inside/into_task.rs`, what takes a seat.

use std::cell::Cell;
use std::future::Future;
use std::panic::Location;

use crate::handles::task::Task;
use crate::inside::group::Watching;
use crate::store::slot::links::member_word;

/// Counts the members that came in, when they have.
pub(super) struct Count<'a> {
    watching: &'a Watching,
    admitted: Cell<u32>,
    /// What is counted in their place until then.
    coming: u32,
}

/// As many as can ever come: so many are counted before the first does.
pub(super) const COMING: u32 = 1 << 28;

impl<'a> Count<'a> {
    #[inline]
    pub(super) fn new(watching: &'a Watching, coming: u32) -> Self {
        let (scheduler, group) = (&watching.scheduler, watching.group);
        if coming != 0 {
            scheduler.groups.expect(group, |count| count + coming);
        }
        let admitted = Cell::new(0);
        Count {
            watching,
            admitted,
            coming,
        }
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        let admitted = self.admitted.get();
        let (scheduler, group) = (&self.watching.scheduler, self.watching.group);
        scheduler.groups.count(group, admitted, admitted);
        if self.coming != 0 {
            scheduler.groups.expect(group, |count| count - self.coming);
        }
    }
}

/// A place in a group for one member that is about to come in: what
/// [`Watching::admit`] gives to each of its items. See there for an example.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    pub(super) count: &'a Count<'a>,
    pub(super) member: u32,
}

impl<'a> Seat<'a> {
    /// The group's word for this member in a slot.
    #[inline]
    fn word(self) -> u64 {
        member_word(self.count.watching.group, self.member)
    }

    /// A task is made of `future`, and is the member.
    #[track_caller]
    #[inline(always)] // the future is built where its task has it
    pub(crate) fn spawn<F>(self, future: F) -> (Task<F::Output>, bool)
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let scheduler = &self.count.watching.scheduler;
        if scheduler.is_closed() {
            // It is refused, and there is no end to tell of.
            return (scheduler.spawn(future), false);
        }
        self.count.admitted.set(self.count.admitted.get() + 1);
        let task = scheduler.spawn_member(future, self.word(), Location::caller());
        (task, true)
    }

    /// A task that is there already is the member, unless it has ended.
    ///
    /// # Panics
    ///
    /// If it runs in another loop, whose ends are not told here.
    #[track_caller]
    pub(crate) fn take<T>(self, task: Task<T>) -> (Task<T>, bool) {
        let running = !task.done();
        if running {
            self.count.watching.add(&task, self.member);
        }
        (task, running)
    }
}
