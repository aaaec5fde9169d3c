//! The options that leave out schedules.
//!
//! The problem: most orders of a program do not differ, and the search through all of them ends after a
//! night. Which orders the kit may leave out depends on the things that the tasks share, and the loop sees
//! only a part of these things. So each option names the assumption under which it keeps all outcomes.
//!
//! | option | leaves out | assumes |
//! |---|---|---|
//! | `reduced` | orders of timers, and of the branches of a race that only wait | the branches of a race share no plain cell |
//! | `by_footprints` | also orders of tasks that touch nothing in common | tasks share objects of the library and `Shared` alone |
//!
//! Invariant: without these options, no schedule is left out.
//!
//! Read next: `explore/sampling.rs`.

use crate::explore::options::Explore;

impl Explore {
    /// Leaves out schedules that do not differ from those that are run, under an assumption.
    ///
    /// 1. A race is polled in one order while each of its branches waits for one sleep, promise or task.
    ///    A lock, a queue or a channel has a line, and a race at one is polled in each order. The assumption:
    ///    no branch that waits has changed another thing that a second branch sees. If one writes a plain
    ///    cell, or puts an item into a queue with room, and another one looks, do not set this option.
    /// 2. If all schedules are run ([`exhaustive`](Explore::exhaustive)), two timers that fire together
    ///    wake their tasks in one order. The tasks themselves run in both.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use groundup::{join, sleep, spawn};
    /// use groundup_testkit::Explore;
    ///
    /// let all = Explore::new().exhaustive(1_000);
    /// let program = || async {
    ///     let sleeps = [1, 2, 3].map(|_| spawn(sleep(Duration::from_secs(1))));
    ///     join(sleeps).await;
    /// };
    /// assert_eq!(all.census(program).schedules(), 6 * 6 * 6);
    /// assert_eq!(all.reduced().census(program).schedules(), 6 * 6);
    /// ```
    #[must_use]
    pub fn reduced(mut self) -> Self {
        self.reduced = true;
        self
    }

    /// Does what [`reduced`](Explore::reduced) does, and leaves out more: of two tasks that are ready, one
    /// order is run if they touch nothing in common. The loop tells the kit which tasks, promises, locks,
    /// queues and other objects of the library each task touches in a run. For a [`Shared`](crate::Shared)
    /// it tells the round, too. The search begins anew
    /// when a run shows a new conflict, so it makes more runs than the schedules that it counts in the end.
    ///
    /// The assumption of `reduced` stays, and there is a second one: tasks share no state but such objects
    /// and [`Shared`](crate::Shared). The loop sees no plain cell in an `Rc`, and no channel of another
    /// crate. Two tasks that share one would be run in one order. All tasks that use one [`Network`] in
    /// memory count as tasks with a common object. The numbers of promises are no part of an outcome.
    ///
    /// It matters only if all schedules are run ([`exhaustive`](Explore::exhaustive)).
    ///
    /// ```
    /// use groundup::{join, spawn};
    /// use groundup_testkit::{Explore, Shared};
    ///
    /// let all = Explore::new().exhaustive(1_000).by_footprints();
    /// let census = all.census(|| async {
    ///     let shared = Shared::new(0);
    ///     let tasks = [1, 2, 3, 4].map(|number| {
    ///         let shared = shared.clone();
    ///         spawn(async move {
    ///             if number < 3 {
    ///                 shared.set(number);
    ///             }
    ///         })
    ///     });
    ///     join(tasks).await;
    ///     shared.get()
    /// });
    /// assert_eq!((census.outcomes(), census.schedules()), (&[1, 2][..], 2)); // of 24
    /// ```
    ///
    /// [`Network`]: groundup::net::Network
    #[must_use]
    pub fn by_footprints(mut self) -> Self {
        (self.reduced, self.by_footprints) = (true, true);
        self
    }
}
