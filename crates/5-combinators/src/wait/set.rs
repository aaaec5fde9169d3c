//! Wait sets: tasks that stay registered from one wait to the next.
//!
//! The problem: the natural loop around a wait, "while a task is pending", registers with every
//! task at each pass, and so costs the square of their number. But the pending tasks change
//! little from wait to wait. A set keeps its registrations between two waits, while tasks come
//! in and go out.
//!
//! Invariants:
//! 1. A member is registered once, and its registration is gone when it leaves.
//! 2. The cost of an event does not depend on the number of other members.
//! 3. A set cancels no task: a task that leaves, or whose set is dropped, runs on.
//!
//! Read next: `wait/state.rs`.

use std::cell::Ref;
use std::fmt;
use std::rc::Rc;
use std::task::Context;

use groundup_executor::task::{Group, IntoTask, Reason, Scheduler, Task};

use crate::running::{home_of, loop_of};
use crate::wait::members::{MemberId, Table};
use crate::wait::state::SetState;

/// Holds tasks that are waited for together and stay registered between waits.
///
/// [`wait`](crate::wait()) returns a set. A program can also make one, and fill it with
/// [`add`](WaitSet::add) or collect into it. Dropping a set lets its tasks run on. All members
/// return a `T`; futures of several types may come in one by one.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{ReturnWhen, WaitSet, run_virtual, sleep};
/// use std::time::Duration;
///
/// async fn later(seconds: u64) -> u64 {
///     sleep(Duration::from_secs(seconds)).await;
///     seconds
/// }
///
/// let order = run_virtual(async {
///     let mut set: WaitSet<u64> = [later(3), later(1)].into_iter().collect();
///     let mut order = Vec::new();
///     while !set.is_empty() {
///         for task in set.wait(ReturnWhen::FirstCompleted).await {
///             order.push(task.await.unwrap()); // it is done, so this does not suspend
///             if order.len() == 1 {
///                 set.add(later(5));
///             }
///         }
///     }
///     order
/// });
/// assert_eq!(order, [1, 3, 5]);
/// ```
#[doc(alias("JoinSet", "select_all"))]
pub struct WaitSet<T> {
    /// The whole state, behind one pointer: a set is moved into every wait and back.
    pub(super) state: Rc<SetState<T>>,
}

impl<T: 'static> WaitSet<T> {
    /// Makes an empty set.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        WaitSet {
            state: Rc::new(SetState::new()),
        }
    }

    /// Adds a task, or spawns a future and adds it; returns a key of the member, for
    /// [`remove`](WaitSet::remove).
    ///
    /// Items can also be added between two waits.
    ///
    /// # Panics
    ///
    /// If the set belongs to no loop yet and none runs; for a task of another loop; and if the
    /// set holds tasks of another loop.
    #[track_caller]
    pub fn add(&mut self, item: impl IntoTask<Output = T>) -> MemberId {
        let group = self.group("WaitSet::add");
        let place = self.state.table.borrow().next_place();
        let (task, watched) = group.admit_one(item, place);
        let mut table = self.state.table.borrow_mut();
        table.enter(place, task, watched)
    }

    /// Returns the group of the set, which the first member makes.
    #[track_caller]
    #[inline]
    fn group(&self, what: &str) -> Ref<'_, Group> {
        let place = &self.state.group;
        let is_here = |group: &Group| {
            let here = Scheduler::current();
            here.is_some_and(|here| Rc::ptr_eq(&here, group.scheduler()))
        };
        if !place.borrow().as_ref().is_some_and(is_here) {
            self.enter_loop_of(what);
        }
        Ref::map(place.borrow(), |group| {
            group.as_ref().expect("it was made just now")
        })
    }

    /// Moves the set to the running loop. Outside a loop, a set that has a loop stays there.
    #[track_caller]
    #[cold]
    fn enter_loop_of(&self, what: &str) {
        let outside = Scheduler::current().is_none();
        if !outside || self.state.group.borrow().is_none() {
            self.enter_loop(&loop_of(what));
        }
    }

    #[track_caller]
    #[cold]
    fn enter_loop(&self, scheduler: &Rc<Scheduler>) {
        assert!(
            self.is_empty(),
            "the tasks of this set are of another loop: take them out before this one's come in, \
             or make a set for each loop"
        );
        let group = Group::with_filter(scheduler, self.state.clone());
        let before = self.state.group.replace(Some(group));
        self.state.posted.set(0); // notices under way in the old loop do not arrive
        drop(before);
    }

    /// Takes a task out, done or not; returns `None` if it has left before.
    ///
    /// The task runs on.
    pub fn remove(&mut self, id: MemberId) -> Option<Task<T>> {
        let mut table = self.state.table.borrow_mut();
        let place = table.place_of(id)?;
        let removed = table.remove(place);
        Some(self.unregister(place, removed))
    }

    /// Takes the task out of the place of a member and removes its registration.
    #[inline]
    fn take(&self, table: &mut Table<T>, place: u32) -> Task<T> {
        let left = table.leave(place);
        self.unregister(place, left)
    }

    /// Removes the registration of a member that has left its place.
    #[inline]
    fn unregister(&self, place: u32, left: Option<(Task<T>, bool)>) -> Task<T> {
        let (task, registered) = left.expect("only a member is taken out");
        if registered && let Some(group) = &*self.state.group.borrow() {
            group.remove(&task, place);
        }
        task
    }

    /// Takes the tasks out of these places, in the order in which they came in.
    fn take_all(&self, table: &mut Table<T>, places: &mut [u32]) -> Vec<Task<T>> {
        if places.len() > 1 {
            table.sort(places);
        }
        let tasks = places.iter().map(|&place| self.take(table, place));
        // Through a slice, which is two words. The three words of a vector would be written
        // here and read at once in other pieces, and the processor would wait for the writes.
        tasks.collect::<Box<[_]>>().into_vec()
    }

    /// Returns how many ended members were ever looked at to take removed ones out of the set. The
    /// difference over a stretch of a program is the cost of its removes.
    #[doc(hidden)]
    pub fn looks(&self) -> u64 {
        self.state.table.borrow().looks()
    }

    /// Returns the number of tasks in the set.
    pub fn len(&self) -> usize {
        self.state.table.borrow().len()
    }

    /// Returns true if the set is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all tasks out, in the order in which they came in. They run on.
    pub fn into_tasks(self) -> Vec<Task<T>> {
        let mut table = self.state.table.borrow_mut();
        let mut places = table.places();
        self.take_all(&mut table, &mut places)
    }

    /// Takes out the tasks that have ended, in the order in which they came in.
    pub(super) fn take_done(&mut self) -> Vec<Task<T>> {
        let mut table = self.state.table.borrow_mut();
        let mut ended = table.take_ended();
        let done = self.take_all(&mut table, &mut ended);
        ended.clear();
        table.ended = ended; // keeps the memory for later ends
        done
    }
}

impl<T> Drop for WaitSet<T> {
    fn drop(&mut self) {
        let Some(group) = self.state.group.take() else {
            return;
        };
        let table = self.state.table.take();
        for (place, task) in (0..).zip(&table.tasks) {
            if let Some(task) = task {
                group.remove(task, place);
            }
        }
        drop(group);
        drop(table);
    }
}

impl<T: 'static, I: IntoTask<Output = T>> Extend<I> for WaitSet<T> {
    fn extend<A: IntoIterator<Item = I>>(&mut self, items: A) {
        for item in items {
            self.add(item);
        }
    }
}

impl<T: 'static, I: IntoTask<Output = T>> FromIterator<I> for WaitSet<T> {
    #[track_caller]
    fn from_iter<A: IntoIterator<Item = I>>(items: A) -> Self {
        let set = WaitSet::new();
        if Scheduler::current().is_none() {
            let items: Vec<_> = items.into_iter().collect();
            if !items.is_empty() {
                set.enter_loop(&home_of("WaitSet", &items)); // an empty set needs no loop
                set.fill(items.into_iter());
            }
            return set;
        }
        set.fill(items.into_iter());
        set
    }
}

impl<T: 'static> WaitSet<T> {
    /// Puts the first members in.
    #[track_caller]
    #[inline]
    fn fill<I>(&self, items: I)
    where
        I: Iterator,
        I::Item: IntoTask<Output = T>,
    {
        let mut table = Table::default();
        table.reserve(items.size_hint().0);
        let mut place = 0;
        self.group("WaitSet").admit(items, |task, watched| {
            table.enter(place, task, watched);
            place += 1;
        });
        self.state.table.replace(table);
    }
}

impl<T> fmt::Debug for WaitSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<WaitSet of {}>", self.state.table.borrow().len())
    }
}

impl<T: 'static> WaitSet<T> {
    /// Records the wait reason: the only task, or several.
    pub(super) fn say(&self, scheduler: &Rc<Scheduler>, cx: &Context<'_>) {
        if let Some(task) = self.state.table.borrow().only() {
            return scheduler.waits_for(cx, Reason::Watched(task));
        }
        scheduler.waits_for(cx, Reason::Several);
    }
}
