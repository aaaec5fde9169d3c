//! Admission: members come into a group as they are made.
//!
//! The problem: a gather of ten thousand futures makes ten thousand tasks and has
//! each of them watched. Done one after the other, it looks every slot up twice,
//! and by the second time the first slots have left the cache. So whoever makes
//! tasks for a group has them made as members: the slot is filled with the group's
//! number in it, and the registrations are counted together at the end.
//!
//! Invariants:
//! 1. Members are made in the order of the items, each before the next item is asked
//!    for.
//! 2. Whatever the items do, also panic, what was registered is counted.
//! 3. While members come in, none that ends is the last. (They can end then only where
//!    the items run the scheduler, or close it.)
//!
//! Read next: `groups.rs`, the table.

use std::cell::Cell;
use std::future::Future;
use std::panic::Location;

use crate::awaitable::IntoTask;
use crate::group::Watching;
use crate::task::Task;
use crate::ticket::DONE;

/// Counts the members that came in, when they have.
struct Count<'a> {
    watching: &'a Watching,
    admitted: Cell<u32>,
    /// What is counted in their place until then.
    coming: u32,
}

/// As many as can ever come: so many are counted before the first does.
const COMING: u32 = 1 << 28;

impl<'a> Count<'a> {
    #[inline]
    fn new(watching: &'a Watching, coming: u32) -> Self {
        let (scheduler, group) = (&watching.scheduler, watching.group);
        if coming != 0 {
            scheduler.change_registrations(group, |count| count + coming);
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
        scheduler.count_registrations(group, admitted, admitted);
        if self.coming != 0 {
            scheduler.change_registrations(group, |count| count - self.coming);
        }
    }
}

/// A place in a group for one member that is about to come in: what
/// [`Watching::admit`] gives to each of its items. See there for an example.
#[derive(Clone, Copy)]
pub struct Seat<'a> {
    count: &'a Count<'a>,
    member: u32,
}

impl<'a> Seat<'a> {
    /// The group's word for this member in a slot.
    #[inline]
    fn word(self) -> u64 {
        u64::from(self.count.watching.group) << 32 | u64::from(self.member)
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
        let running = task.slot().is_some_and(|slot| slot.key.get() & DONE == 0);
        if running {
            self.count.watching.add(&task, self.member);
        }
        (task, running)
    }
}

impl Watching {
    /// Makes a task of one item and has it watched as `member`; false if it had ended
    /// before. Many at once are cheaper by [`admit`](Watching::admit).
    #[track_caller]
    pub fn admit_one<A: IntoTask>(&self, item: A, member: u32) -> (Task<A::Output>, bool) {
        let count = Count::new(self, 0); // nothing of the user's runs before it is in
        let seat = Seat {
            count: &count,
            member,
        };
        item.into_member(seat)
    }

    /// Makes tasks of the items, in order, and has them watched, as the members 0, 1,
    /// 2 and so on. `with` is given each of them, and whether it is watched: one that
    /// has ended before is not.
    ///
    /// ```
    /// use groundup_task::Watching;
    ///
    /// # let scheduler = groundup_task::Scheduler::new().unwrap();
    /// # let _entered = scheduler.enter();
    /// let watching = Watching::unheard(&scheduler);
    /// let ready = scheduler.spawn(async {});
    /// scheduler.run_round(&mut groundup_task::NoRoot);
    /// let mut watched = Vec::new();
    /// watching.admit([ready, scheduler.spawn(async {})], |_, is| watched.push(is));
    /// assert_eq!((&watched[..], watching.left()), (&[false, true][..], 1));
    /// ```
    #[track_caller]
    #[inline]
    pub fn admit<I>(
        &self,
        items: I,
        mut with: impl FnMut(Task<<I::Item as IntoTask>::Output>, bool),
    ) where
        I: IntoIterator,
        I::Item: IntoTask,
    {
        let count = Count::new(self, COMING);
        let mut member = 0;
        // A future in a pair with its number would be moved once more.
        #[allow(clippy::explicit_counter_loop)]
        for item in items {
            let count = &count;
            let (task, watched) = item.into_member(Seat { count, member });
            with(task, watched);
            member += 1;
        }
    }
}
