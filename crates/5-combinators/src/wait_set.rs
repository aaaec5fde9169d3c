//! Wait sets: tasks that are waited for together, again and again.
//!
//! The problem: the natural loop around a wait, "while there is something pending",
//! registers with every task each time around, and so costs the square of their number.
//! What is pending does not change much from wait to wait. A set keeps its
//! registrations from one wait to the next, and takes tasks in and out meanwhile.
//!
//! Invariants:
//! 1. A registration is made once per member, and gone when the member leaves.
//! 2. An event costs the same, however many others are in the set.
//! 3. It cancels nobody: a task that leaves, or whose set is dropped, runs on.
//!
//! Read next: `wait.rs`.

use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;
use std::task::Context;

use groundup_executor::task::{IntoTask, Reason, Scheduler, Task, Watching};

use crate::running::loop_of;
use crate::wait::{ReturnWhen, Round, SetWait};
use crate::wait_state::{AT_ENTRY, Member, State};

/// The name of a member of a [`WaitSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberId {
    pub(crate) place: u32,
    pub(crate) order: u64,
}

/// Tasks that are waited for together, and stay registered from one wait to the
/// next.
///
/// [`wait`](crate::wait()) gives one back; it can also be made by hand, filled with
/// [`add`](WaitSet::add) or collected. Dropping it lets the tasks run on.
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use groundup_combinators::{ReturnWhen, WaitSet};
/// use std::time::Duration;
///
/// async fn later(seconds: u64) -> u64 {
///     sleep(Duration::from_secs(seconds)).await;
///     seconds
/// }
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// let order = event_loop.run_until_complete(async {
///     let mut set: WaitSet<u64> = [later(3), later(1)].into_iter().collect();
///     let mut order = Vec::new();
///     while !set.is_empty() {
///         for mut task in set.wait(ReturnWhen::FirstCompleted).await {
///             let seconds = task.take_result().unwrap().unwrap();
///             if order.is_empty() {
///                 set.add(later(5));
///             }
///             order.push(seconds);
///         }
///     }
///     order
/// });
/// assert_eq!(order.unwrap(), [1, 3, 5]);
/// ```
pub struct WaitSet<T> {
    pub(crate) state: Rc<State<T>>,
    pub(crate) watching: Option<Watching>,
}

impl<T: 'static> WaitSet<T> {
    /// An empty set.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        WaitSet {
            state: Rc::new(State::new()),
            watching: None,
        }
    }

    /// Adds a task, or a future, which is spawned, also between two waits. Gives
    /// the name by which it can be taken out again.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn add(&mut self, item: impl IntoTask<Output = T>) -> MemberId {
        let state = self.state.clone();
        let watching = self.watching("WaitSet::add");
        let vacant = state.vacant.borrow_mut().pop();
        let place = vacant.unwrap_or_else(|| state.members.borrow().len() as u32);
        let (task, watched) = watching.admit_one(item, place);
        state.enter(place, task, watched)
    }

    /// The place in the table of groups, made for the first member.
    #[track_caller]
    fn watching(&mut self, what: &str) -> &Watching {
        if self.watching.is_none() {
            let state = self.state.clone();
            self.watching = Some(Watching::new_early(&loop_of(what), state));
        }
        self.watching.as_ref().expect("it was made just now")
    }

    /// Takes a task out, done or not; `None` if it has left before. It runs on.
    pub fn remove(&mut self, id: MemberId) -> Option<Task<T>> {
        let found = {
            let members = self.state.members.borrow();
            let member = members.get(id.place as usize)?;
            (member.order == id.order).then_some(member.ended)
        };
        let ended = found?;
        let task = self.take(id.place)?;
        if ended {
            self.state
                .ended
                .borrow_mut()
                .retain(|&place| place != id.place);
        }
        Some(task)
    }

    /// Takes the task out of a place, and ends its registration.
    fn take(&self, place: u32) -> Option<Task<T>> {
        let mut members = self.state.members.borrow_mut();
        let member = members.get_mut(place as usize)?;
        let task = member.task.take()?;
        let registered = member.registered;
        member.ended = false;
        drop(members);
        self.state.vacant.borrow_mut().push(place);
        self.state.len.set(self.state.len.get() - 1);
        self.state.places.set(self.state.places.get() ^ place);
        if registered && let Some(watching) = &self.watching {
            watching.remove(&task, place);
        }
        Some(task)
    }

    /// Takes the tasks out of these places, in the order in which they came.
    fn take_all(&self, places: &mut [u32]) -> Vec<Task<T>> {
        if places.len() > 1 {
            let members = self.state.members.borrow();
            places.sort_unstable_by_key(|&place| members[place as usize].order);
        }
        let mut tasks = Vec::with_capacity(places.len());
        tasks.extend(places.iter().filter_map(|&place| self.take(place)));
        tasks
    }

    /// How many tasks are in the set.
    pub fn len(&self) -> usize {
        self.state.len.get()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all tasks out, in the order in which they came. They run on.
    pub fn into_tasks(self) -> Vec<Task<T>> {
        let places = self.state.members.borrow().len() as u32;
        let mut places: Vec<u32> = (0..places).collect();
        self.take_all(&mut places)
    }

    /// Waits until what `when` says has come about, and takes out what is done, in
    /// the order in which it came into the set.
    ///
    /// # Panics
    ///
    /// If the set is empty when this is polled (W01): it would wait for ever.
    ///
    /// # Cancel safety
    ///
    /// A cancel, or dropping it, leaves the set as it is; nothing is cancelled
    /// (W09).
    pub fn wait(&mut self, when: ReturnWhen) -> SetWait<'_, T> {
        SetWait::new(self, when)
    }

    /// Everything that has ended, in the order given.
    pub(crate) fn take_done(&mut self) -> Vec<Task<T>> {
        let mut ended = self.state.ended.take();
        let done = self.take_all(ended.make_contiguous());
        ended.clear();
        // Its memory is for the next ones.
        self.state.ended.replace(ended);
        done
    }

    /// A wait begins: what has ended by now counts as told in the next iteration.
    pub(crate) fn begin(&self, round: &Round<T>) {
        let state = &self.state;
        assert!(
            state.len.get() > 0,
            "Set of Tasks/Futures is empty: there is nothing to wait for; look at is_empty() first"
        );
        state.mode.set(round.when);
        state.failed.set(round.failed);
        state.left.set(state.len.get());
        state.released.set(false);
        state.waiting.set(true);
        let mut at_entry = 0;
        for &place in state.ended.borrow().iter() {
            if let Some(member) = state.members.borrow_mut().get_mut(place as usize) {
                member.told = true;
                at_entry += 1;
            }
        }
        state.at_entry.set(at_entry);
        state.sure.set(at_entry > 0);
        if at_entry > 0
            && let Some(watching) = &self.watching
        {
            state.posted.set(state.posted.get() + 1);
            watching.post(AT_ENTRY);
        }
    }
}

impl<T> Drop for WaitSet<T> {
    fn drop(&mut self) {
        let Some(watching) = self.watching.take() else {
            return;
        };
        for (place, member) in (0..).zip(self.state.members.borrow().iter()) {
            if let Some(task) = &member.task {
                watching.remove(task, place);
            }
        }
        drop(watching);
        let members = self.state.members.take();
        drop(members);
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
        let mut set = WaitSet::new();
        let items = items.into_iter();
        if Scheduler::try_current(|_| ()).is_none() {
            set.extend(items); // an empty one needs no loop
            return set;
        }
        let mut members = Vec::with_capacity(items.size_hint().0);
        let (mut ended, mut order) = (VecDeque::new(), 0);
        set.watching("WaitSet").admit(items, |task, watched| {
            if !watched {
                ended.push_back(order as u32);
            }
            members.push(Member::new(task, order, watched));
            order += 1;
        });
        set.state.fill(members, ended);
        set
    }
}

impl<T> fmt::Debug for WaitSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<WaitSet of {}>", self.state.len.get())
    }
}

impl<T: 'static> WaitSet<T> {
    /// Says what is waited for: the one task, or how many.
    pub(crate) fn say(&self, scheduler: &Rc<Scheduler>, cx: &Context<'_>) {
        if self.len() == 1
            && let Some(member) =
                (self.state.members.borrow()).get(self.state.places.get() as usize)
            && let Some(task) = &member.task
        {
            return scheduler.waits_for(cx, Reason::Watched(task));
        }
        scheduler.waits_for(cx, Reason::Several);
    }
}
