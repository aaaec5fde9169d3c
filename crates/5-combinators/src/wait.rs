//! Wait: look at many tasks, and take back those that are done.
//!
//! The problem: `gather` decides everything. A program that wants to decide for
//! itself, to add work while other work runs, to look every 0.2 seconds, needs the
//! raw tool: which are done, which are not. It cancels nobody and raises nothing
//! (W03).
//!
//! asyncio's version registers with every task anew each time it is called, so the
//! natural loop, `while pending: wait(pending, FIRST_COMPLETED)`, costs the square
//! of their number. Here what is pending comes back as a [`WaitSet`], which stays
//! registered: each event costs the same, however many others there are.
//!
//! ```text
//!   member   Running ----ends----> Ended ----told----> Told
//!                                    |   (an iteration later, the callback)
//!                                    +--given out at the next return--> gone
//! ```
//!
//! Invariants:
//! 1. `done` is everything that had ended when the waiter resumed, in the order
//!    given, not only what woke it (W05, W12).
//! 2. It suspends once, also if everything was done at entry (W10).
//! 3. A registration is made once per member, and gone when the member leaves.
//!
//! Read next: `as_completed.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use groundup_executor::task::{Ending, IntoTask, Reason, Scheduler, Task, Watcher, Watching};
use groundup_executor::{TimerHandle, call_later};

use crate::running::loop_of;

/// When [`wait`] returns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ReturnWhen {
    /// When all are done. Failures and cancels count as done (W04).
    #[default]
    AllCompleted,
    /// When at least one is done (W05).
    FirstCompleted,
    /// When one has failed, that is, panicked or, with
    /// [`errors_count`](Wait::errors_count), returned `Err`; a cancelled one does
    /// not count (W06). If none fails, when all are done.
    FirstException,
}

/// The name of a member of a [`WaitSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberId {
    place: u32,
    order: u64,
}

struct Member<T> {
    task: Task<T>,
    order: u64,
    ended: bool,
    /// Its end has been counted in this wait.
    told: bool,
}

struct State<T> {
    members: RefCell<Vec<Option<Member<T>>>>,
    vacant: RefCell<Vec<u32>>,
    /// Those that have ended and were not given out.
    ended: RefCell<VecDeque<u32>>,
    orders: Cell<u64>,
    len: Cell<usize>,
    /// How many ends the present wait still has to be told of.
    left: Cell<usize>,
    mode: Cell<ReturnWhen>,
    failed: Cell<fn(&T) -> bool>,
    /// The waiter is released: it resumes with what is done then.
    released: Cell<bool>,
    waiting: Cell<bool>,
    /// How many `AT_ENTRY` are on their way.
    posted: Cell<u32>,
    waker: RefCell<Option<Waker>>,
}

/// The member number that stands for all that had ended at entry.
const AT_ENTRY: u32 = u32::MAX;

impl<T: 'static> Watcher for State<T> {
    fn child_ended(&self, member: u32) {
        if let Some(Some(member)) = self.members.borrow_mut().get_mut(member as usize) {
            member.ended = true;
        }
        self.ended.borrow_mut().push_back(member);
    }

    fn child_done(&self, member: u32, ending: Ending) {
        if member == AT_ENTRY {
            return self.told_at_entry();
        }
        if !self.waiting.get() {
            return;
        }
        let failed = {
            let mut members = self.members.borrow_mut();
            let Some(Some(member)) = members.get_mut(member as usize) else {
                return;
            };
            if std::mem::replace(&mut member.told, true) {
                return;
            }
            self.has_failed(member, ending)
        };
        self.count(1, failed);
    }
}

impl<T: 'static> State<T> {
    fn has_failed(&self, member: &Member<T>, ending: Ending) -> bool {
        match ending {
            _ if self.mode.get() != ReturnWhen::FirstException => false,
            Ending::Failed => true,
            Ending::Cancelled => false,
            Ending::Returned => member.task.with_output(self.failed.get()) == Some(true),
        }
    }

    /// The ends of those that had ended before the wait began.
    fn told_at_entry(&self) {
        self.posted.set(self.posted.get() - 1);
        if self.posted.get() > 0 {
            return; // meant for a wait that was given up
        }
        let mut failed = false;
        let mut ends = 0;
        for &place in self.ended.borrow().iter() {
            let mut members = self.members.borrow_mut();
            let Some(Some(member)) = members.get_mut(place as usize) else {
                continue;
            };
            if !member.told {
                continue;
            }
            ends += 1;
            let ending = match () {
                () if member.task.cancelled() => Ending::Cancelled,
                () if member.task.panicked() => Ending::Failed,
                () => Ending::Returned,
            };
            failed |= self.has_failed(member, ending);
        }
        if ends > 0 {
            self.count(ends, failed);
        }
    }

    /// So many more have ended: is that what the waiter waits for?
    fn count(&self, ends: usize, failed: bool) {
        self.left.set(self.left.get() - ends);
        let enough =
            self.left.get() == 0 || failed || self.mode.get() == ReturnWhen::FirstCompleted;
        if enough {
            self.release();
        }
    }

    fn release(&self) {
        if !self.released.replace(true) {
            let waker = self.waker.take();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

/// Tasks that are waited for together, and stay registered from one wait to the
/// next.
///
/// Dropping it lets the tasks run on.
pub struct WaitSet<T> {
    state: Rc<State<T>>,
    watching: Option<Watching>,
}

impl<T: 'static> WaitSet<T> {
    /// An empty set.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let state = State {
            members: RefCell::default(),
            vacant: RefCell::default(),
            ended: RefCell::default(),
            orders: Cell::new(0),
            len: Cell::new(0),
            left: Cell::new(0),
            mode: Cell::default(),
            failed: Cell::new(|_| false),
            released: Cell::new(false),
            waiting: Cell::new(false),
            posted: Cell::new(0),
            waker: RefCell::default(),
        };
        WaitSet {
            state: Rc::new(state),
            watching: None,
        }
    }

    /// Adds a task, or a future, which is spawned.
    ///
    /// # Panics
    ///
    /// Outside a running loop.
    #[track_caller]
    pub fn add(&mut self, item: impl IntoTask<Output = T>) -> MemberId {
        let scheduler = loop_of("WaitSet::add");
        let task = item.into_task(&scheduler);
        self.insert(&scheduler, task)
    }

    fn insert(&mut self, scheduler: &Rc<Scheduler>, task: Task<T>) -> MemberId {
        let state = self.state.clone();
        let watching = self
            .watching
            .get_or_insert_with(|| Watching::new_early(scheduler, state.clone()));
        let order = state.orders.get();
        state.orders.set(order + 1);
        let ended = task.done();
        let place = state.vacant.borrow_mut().pop();
        let place = place.unwrap_or_else(|| {
            state.members.borrow_mut().push(None);
            state.members.borrow().len() as u32 - 1
        });
        if ended {
            state.ended.borrow_mut().push_back(place);
        } else {
            watching.add(&task, place);
        }
        let member = Member {
            task,
            order,
            ended,
            told: false,
        };
        state.members.borrow_mut()[place as usize] = Some(member);
        state.len.set(state.len.get() + 1);
        MemberId { place, order }
    }

    /// Takes a task out, done or not; `None` if it has left before.
    pub fn remove(&mut self, id: MemberId) -> Option<Task<T>> {
        let found = matches!(
            self.state.members.borrow().get(id.place as usize),
            Some(Some(member)) if member.order == id.order
        );
        if !found {
            return None;
        }
        let member = self.take(id.place)?;
        if member.ended {
            self.state
                .ended
                .borrow_mut()
                .retain(|&place| place != id.place);
        }
        Some(member.task)
    }

    /// Takes the member of a place out, and ends its registration.
    fn take(&mut self, place: u32) -> Option<Member<T>> {
        let member = self
            .state
            .members
            .borrow_mut()
            .get_mut(place as usize)?
            .take()?;
        self.state.vacant.borrow_mut().push(place);
        self.state.len.set(self.state.len.get() - 1);
        if let Some(watching) = &self.watching {
            watching.remove(&member.task, place);
        }
        Some(member)
    }

    /// How many tasks are in the set.
    pub fn len(&self) -> usize {
        self.state.len.get()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes all tasks out, in the order in which they came.
    pub fn into_tasks(mut self) -> Vec<Task<T>> {
        let places = self.state.members.borrow().len() as u32;
        let mut members: Vec<_> = (0..places).filter_map(|place| self.take(place)).collect();
        members.sort_unstable_by_key(|member| member.order);
        members.into_iter().map(|member| member.task).collect()
    }

    /// Waits until what `when` says has come about, and takes out what is done.
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
        SetWait {
            round: Round::new(when),
            set: self,
        }
    }

    /// Everything that has ended, in the order given.
    fn take_done(&mut self) -> Vec<Task<T>> {
        let mut ended = self.state.ended.take();
        if let (Some(place), 1) = (ended.front().copied(), ended.len()) {
            ended.clear();
            self.state.ended.replace(ended);
            return self
                .take(place)
                .into_iter()
                .map(|member| member.task)
                .collect();
        }
        let mut done: Vec<_> = ended
            .drain(..)
            .filter_map(|place| self.take(place))
            .collect();
        self.state.ended.replace(ended);
        done.sort_unstable_by_key(|member| member.order);
        done.into_iter().map(|member| member.task).collect()
    }

    /// A wait begins: what has ended by now counts as told in the next iteration.
    fn begin(&self, round: &Round<T>) {
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
        let mut any = false;
        for &place in state.ended.borrow().iter() {
            if let Some(Some(member)) = state.members.borrow_mut().get_mut(place as usize) {
                member.told = true;
                any = true;
            }
        }
        if any && let Some(watching) = &self.watching {
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
            if let Some(member) = member {
                watching.remove(&member.task, place);
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
    fn from_iter<A: IntoIterator<Item = I>>(items: A) -> Self {
        let mut set = WaitSet::new();
        set.extend(items);
        set
    }
}

impl<T> fmt::Debug for WaitSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<WaitSet of {}>", self.state.len.get())
    }
}

/// What can be waited for: a list of tasks or futures, or a set that came back.
pub trait Waitable {
    /// What each task gives.
    type Output: 'static;
    /// The set.
    #[track_caller]
    fn into_set(self) -> WaitSet<Self::Output>;
}

impl<I> Waitable for I
where
    I: IntoIterator,
    I::Item: IntoTask,
{
    type Output = <I::Item as IntoTask>::Output;

    fn into_set(self) -> WaitSet<Self::Output> {
        self.into_iter().collect()
    }
}

impl<T: 'static> Waitable for WaitSet<T> {
    type Output = T;

    fn into_set(self) -> WaitSet<T> {
        self
    }
}

/// One wait: its mode, its timer, and whether it has begun.
struct Round<T> {
    when: ReturnWhen,
    failed: fn(&T) -> bool,
    timeout: Option<Duration>,
    timer: Option<TimerHandle>,
    begun: bool,
}

impl<T: 'static> Round<T> {
    fn new(when: ReturnWhen) -> Self {
        Round {
            when,
            failed: |_| false,
            timeout: None,
            timer: None,
            begun: false,
        }
    }

    fn poll(&mut self, set: &WaitSet<T>, cx: &Context<'_>) -> Poll<()> {
        let state = &set.state;
        if !self.begun {
            self.begun = true;
            if let Some(delay) = self.timeout.filter(|delay| *delay != Duration::MAX) {
                let released = state.clone();
                self.timer = Some(call_later(delay, move || released.release()));
            }
            set.begin(self);
        } else if state.released.get() {
            self.end(set);
            return Poll::Ready(());
        }
        let mut waker = state.waker.borrow_mut();
        if !waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            *waker = Some(cx.waker().clone());
        }
        if let Some(watching) = &set.watching {
            set.say(watching.scheduler(), cx);
        }
        Poll::Pending
    }

    fn end(&mut self, set: &WaitSet<T>) {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
        set.state.waiting.set(false);
        let waker = set.state.waker.take();
        drop(waker);
    }
}

impl<T: 'static> WaitSet<T> {
    /// Says what is waited for: the one task, or how many.
    fn say(&self, scheduler: &Rc<Scheduler>, cx: &Context<'_>) {
        if self.len() == 1
            && let Some(member) = self.state.members.borrow().iter().flatten().next()
        {
            return scheduler.waits_for(cx, Reason::Watched(&member.task));
        }
        scheduler.waits_for(cx, Reason::Several);
    }
}

/// What [`wait`] returns. Gives the tasks that are done, in the order given, and
/// the set of those that are not.
#[must_use = "futures do nothing unless awaited"]
pub struct Wait<T: 'static> {
    set: Option<WaitSet<T>>,
    round: Round<T>,
}

/// What [`WaitSet::wait`] returns. Gives the tasks that are done; the others stay
/// in the set.
#[must_use = "futures do nothing unless awaited"]
pub struct SetWait<'a, T: 'static> {
    set: &'a mut WaitSet<T>,
    round: Round<T>,
}

/// Waits for tasks and futures until what `when` says has come about; gives those
/// that are done and those that are not. Cancels nobody, raises nothing (W03).
///
/// What is not done comes back as a [`WaitSet`]: wait for it again, add to it.
///
/// # Panics
///
/// If there is nothing to wait for (W01), or outside a running loop.
///
/// # Cancel safety
///
/// A cancel leaves the tasks running (W09). Their handles are in here: to keep
/// them, use [`WaitSet::wait`].
#[track_caller]
pub fn wait<W: Waitable>(items: W, when: ReturnWhen) -> Wait<W::Output> {
    Wait {
        set: Some(items.into_set()),
        round: Round::new(when),
    }
}

impl<T: 'static> Wait<T> {
    /// Returns after `delay` at the latest, without an error (W07).
    pub fn timeout(mut self, delay: Duration) -> Self {
        self.round.timeout = Some(delay);
        self
    }
}

impl<T: 'static, E: 'static> Wait<Result<T, E>> {
    /// Lets an `Err` count as an exception for [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.round.failed = Result::is_err;
        self
    }
}

impl<T: 'static> SetWait<'_, T> {
    /// Returns after `delay` at the latest, without an error (W07).
    pub fn timeout(mut self, delay: Duration) -> Self {
        self.round.timeout = Some(delay);
        self
    }
}

impl<T: 'static, E: 'static> SetWait<'_, Result<T, E>> {
    /// Lets an `Err` count as an exception for [`ReturnWhen::FirstException`].
    pub fn errors_count(mut self) -> Self {
        self.round.failed = Result::is_err;
        self
    }
}

impl<T: 'static> Future for Wait<T> {
    type Output = (Vec<Task<T>>, WaitSet<T>);

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let set = this
            .set
            .as_ref()
            .expect("wait was polled after it had finished");
        match this.round.poll(set, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => {
                let mut set = this.set.take().expect("it was there a moment ago");
                Poll::Ready((set.take_done(), set))
            }
        }
    }
}

impl<T: 'static> Drop for Wait<T> {
    fn drop(&mut self) {
        if let Some(set) = &self.set {
            self.round.end(set);
        }
    }
}

impl<T: 'static> Future for SetWait<'_, T> {
    type Output = Vec<Task<T>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        match this.round.poll(this.set, cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(()) => Poll::Ready(this.set.take_done()),
        }
    }
}

impl<T: 'static> Drop for SetWait<'_, T> {
    fn drop(&mut self) {
        self.round.end(self.set);
    }
}

impl<T: 'static> fmt::Debug for Wait<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Wait {:?} for {:?}>", self.round.when, self.set)
    }
}

impl<T: 'static> fmt::Debug for SetWait<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Wait {:?} for {:?}>", self.round.when, self.set)
    }
}
