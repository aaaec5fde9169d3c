//! Makes members of a group from tasks, promises and bare futures.
//!
//! The problem: `gather`, `wait` and similar functions take tasks, promises and bare futures
//! alike. A task becomes a member as it is. A promise gets a proxy. A bare future must be
//! spawned, or, where no task is needed, polled in place. If ten thousand tasks were made first
//! and registered then, each slot would be looked up twice, the second time when it has left
//! the cache. So a future is spawned *as* a member: its slot is filled with the group's number
//! in it, and all registrations are counted together at the end.
//!
//! Invariants:
//! 1. A task is never wrapped in a second one, and a future is spawned at most once.
//! 2. Members are made in the order of the items, each before the next item is requested. If an
//!    item or its iterator panics, the members so far are counted all the same.
//! 3. While members come in, none that ends is the last. (A member can end then only if the
//!    items run the scheduler, or close it.)
//!
//! Read next: `inside/abandon.rs`.

use std::cell::Cell;
use std::future::{Future, IntoFuture};
use std::panic::Location;
use std::rc::Rc;

use crate::error::{PromiseError, TaskError};
use crate::handles::awaitable::{Await, Member};
use crate::handles::promise::Promise;
use crate::handles::task::Task;
use crate::handles::task::join::Join;
use crate::inside::group::Group;
use crate::run::Scheduler;
use crate::store::key::{Mark, SCHED};
use crate::store::object::CallSite;
use crate::store::ticket::member_word;

#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be made a task: it is neither a task nor a future",
    label = "neither a task nor a future",
    note = "a type that is only `IntoFuture` is given as its future: `x.into_future()`",
    note = "a combinator of another crate takes a task as its future: `task.join()`"
)]
/// Converts into a task: Python's `ensure_future`. A task, a promise, a child of a group, a
/// gather or a shield needs no spawn; any other future is spawned.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{IntoTask, run, spawn};
///
/// fn takes<A: IntoTask<Output = u32>>(_: A) {} // what a `gather` takes
/// run(async {
///     takes(spawn(async { 5 })); // stays as it is; a future is spawned
///     takes(async { 5 });
/// });
/// ```
///
/// Any other type that is only [`IntoFuture`] is passed as its future:
/// `gather([x.into_future()])`.
pub trait IntoTask {
    /// The output of the task.
    type Output: 'static;
    /// The result of awaiting: for a future its output, for a task a `Result`.
    type Awaited;
    /// The future that awaits it, where no task is needed.
    type Future: Future<Output = Self::Awaited>;

    /// Returns the task itself, or spawns the future on `scheduler`.
    #[track_caller]
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<Self::Output>;

    /// Does what [`into_task`](IntoTask::into_task) does, for a caller that passes the place in the
    /// source at which a future counts as spawned.
    fn into_task_at(self, scheduler: &Rc<Scheduler>, call_site: CallSite) -> Task<Self::Output>
    where
        Self: Sized,
    {
        let _ = call_site;
        self.into_task(scheduler)
    }

    /// Returns the task as a member of the group of `admission`, and whether it is registered: false
    /// if it had ended before. [`Group::admit`] calls this.
    ///
    /// # Panics
    ///
    /// If it is a task that runs in another loop.
    #[track_caller]
    fn into_member(self, admission: Admission<'_>) -> (Task<Self::Output>, bool);

    /// Returns the loop of a task; `None` for a future, which runs nowhere yet.
    fn home(&self) -> Option<&Rc<Scheduler>> {
        None
    }

    /// Returns the future itself, or one that awaits the task; spawns nothing.
    fn into_awaited(self) -> Self::Future;

    /// Converts the outcome of the task to the result of awaiting.
    ///
    /// # Errors
    ///
    /// The error of a spawned future that returned no value. A panic of it is resumed here
    /// instead.
    fn awaited(outcome: Result<Self::Output, TaskError>) -> Result<Self::Awaited, TaskError>;
}

#[diagnostic::do_not_recommend]
impl<F> IntoTask for F
where
    F: Future + 'static,
    F::Output: 'static,
{
    type Output = F::Output;
    type Awaited = F::Output;
    type Future = F;

    #[inline(always)] // Speed: gather. The future is built where its task has it.
    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<F::Output> {
        scheduler.spawn(self)
    }

    fn into_task_at(self, scheduler: &Rc<Scheduler>, call_site: CallSite) -> Task<F::Output> {
        scheduler.clone().spawn_at(self, call_site)
    }

    #[inline(always)]
    fn into_member(self, admission: Admission<'_>) -> (Task<F::Output>, bool) {
        let (count, member) = (admission.count, admission.member);
        let scheduler = &count.group.scheduler;
        if scheduler.is_closed() {
            // The closed loop refuses it, so there is no end to report.
            return (scheduler.spawn(self), false);
        }
        count.admitted.set(count.admitted.get() + 1);
        let word = member_word(count.group.group, member);
        let (flags, call_site) = (SCHED | Mark::Group.bit(), Location::caller());
        let mut future = Some(self);
        let ticket = scheduler.spawn_ticket(&mut future, word, flags, call_site);
        (Task::new(scheduler.clone(), ticket), true)
    }

    fn into_awaited(self) -> F {
        self
    }

    fn awaited(outcome: Result<F::Output, TaskError>) -> Result<F::Output, TaskError> {
        match outcome {
            Err(TaskError::Panicked(panic)) => panic.resume(),
            outcome => outcome,
        }
    }
}

impl<T: 'static> IntoTask for Task<T> {
    type Output = T;
    type Awaited = Result<T, TaskError>;
    type Future = Join<T>;

    #[inline]
    fn into_task(self, _: &Rc<Scheduler>) -> Task<T> {
        self
    }

    #[inline]
    fn into_member(self, admission: Admission<'_>) -> (Task<T>, bool) {
        let running = !self.done();
        if running {
            admission.count.group.add(&self, admission.member);
        }
        (self, running)
    }

    fn home(&self) -> Option<&Rc<Scheduler>> {
        Some(self.scheduler())
    }

    fn into_awaited(self) -> Join<T> {
        self.into_future()
    }

    fn awaited(outcome: Result<T, TaskError>) -> Result<Self::Awaited, TaskError> {
        Ok(outcome)
    }
}

impl<T: Clone + 'static> IntoTask for Promise<T> {
    type Output = T;
    type Awaited = Result<T, PromiseError>;
    type Future = Await<Promise<T>>;

    fn into_task(self, scheduler: &Rc<Scheduler>) -> Task<T> {
        scheduler.proxy(self)
    }

    fn into_member(self, admission: Admission<'_>) -> (Task<T>, bool) {
        self.into_task(admission.scheduler()).into_member(admission)
    }

    fn home(&self) -> Option<&Rc<Scheduler>> {
        Some(self.original().scheduler())
    }

    fn into_awaited(self) -> Await<Promise<T>> {
        Await::new(self)
    }

    fn awaited(outcome: Result<T, TaskError>) -> Result<Self::Awaited, TaskError> {
        <Self as Member>::output(outcome)
    }
}

/// Stands for all members that may still come in, while they are counted.
const COMING: u32 = 1 << 28;

/// Counts the members that came in, when it is dropped.
struct Count<'a> {
    group: &'a Group,
    admitted: Cell<u32>,
    /// The count that stands for them until then.
    coming: u32,
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        let (groups, group) = (&self.group.scheduler.groups, self.group.group);
        groups.count(group, self.admitted.get(), self.admitted.get());
        if self.coming != 0 {
            groups.expect(group, |count| count - self.coming);
        }
    }
}

/// A place in a group for one new member; [`Group::admit`] passes one to each of its items.
/// See there for an example.
#[derive(Clone, Copy)]
pub struct Admission<'a> {
    count: &'a Count<'a>,
    member: u32,
}

impl Admission<'_> {
    /// Returns the scheduler of the group.
    pub fn scheduler(&self) -> &Rc<Scheduler> {
        &self.count.group.scheduler
    }
}

impl Group {
    /// Makes a task of one item and registers it as `member`; returns false if it had ended
    /// before. For many items, [`admit`](Group::admit) is cheaper.
    #[track_caller]
    pub fn admit_one<A: IntoTask>(&self, item: A, member: u32) -> (Task<A::Output>, bool) {
        let count = &Count {
            group: self,
            admitted: Cell::new(0),
            coming: 0, // nothing of the user's runs before it is in
        };
        item.into_member(Admission { count, member })
    }

    /// Makes tasks of the items, in order, and registers them as the members 0, 1, 2 and so on.
    /// `with` gets each task, and whether it is registered: a task that had ended before is
    /// not.
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// use groundup::lowlevel::{Group, Scheduler};
    ///
    /// let scheduler = Scheduler::new().unwrap();
    /// let group = Group::without_listener(&scheduler);
    /// let ready = scheduler.spawn(async {});
    /// scheduler.run_until_idle();
    /// let mut watched = Vec::new();
    /// group.admit([ready, scheduler.spawn(async {})], |_, is| watched.push(is));
    /// assert_eq!((&watched[..], group.left()), (&[false, true][..], 1));
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
        (self.scheduler.groups).expect(self.group, |count| count + COMING);
        let count = &Count {
            group: self,
            admitted: Cell::new(0),
            coming: COMING,
        };
        let mut member = 0;
        // Zipping each future with its number would move the future once more.
        #[allow(clippy::explicit_counter_loop)]
        for item in items {
            let (task, watched) = item.into_member(Admission { count, member });
            with(task, watched);
            member += 1;
        }
    }
}
