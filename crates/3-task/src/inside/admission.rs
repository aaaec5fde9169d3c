//! Admission: members come into a group as they are made.
//!
//! The problem: the items of a gather are futures and tasks, mixed, and come from an
//! iterator of the user's. Each is made a member before the next is asked for, and
//! whatever the iterator does in between, the group's counts are right.
//!
//! Invariant: members are made in the order of the items, each before the next item is
//! asked for.
//!
//! Read next: `inside/abandon.rs`.

use crate::handles::task::Task;
use crate::inside::group::Watching;
use crate::inside::into_task::IntoTask;
use crate::inside::seat::{COMING, Count, Seat};

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
