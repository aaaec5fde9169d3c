//! Completions: results in the order in which they were told.
//!
//! The problem: behind `as_completed` stands a queue. Ends go in at one side, when
//! they are told; the reader takes them out at the other; and a timer may come in
//! between and give up what is not there.
//!
//! ```text
//!   told --------> queue: Some(member)  --read--> result of that member
//!   time is over -> queue: None, one for each that was not told  --read--> Elapsed
//! ```
//!
//! Invariants:
//! 1. Each member stands in the queue once, as itself or given up.
//! 2. After the timeout, or when the reader goes, no registration is left.
//!
//! Read next: `../timeout.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::{
    Ending, IntoTask, Reason, Scheduler, Task, TaskError, Watcher, Watching,
};
use groundup_executor::{TimerHandle, call_later};

use crate::gather::children::outcome;
use crate::timeout::error::Elapsed;
use crate::waiter::Waiter;

/// What the members, the timer and the reader share.
pub(super) struct Completions<T> {
    tasks: RefCell<Vec<Option<Task<T>>>>,
    /// Told and not read; `None` stands for one that the timeout gave up.
    queue: RefCell<VecDeque<Option<u32>>>,
    /// How many have not been told of.
    todo: Cell<usize>,
    /// How many items are still to be read.
    unread: Cell<usize>,
    waiter: Waiter,
    timer: RefCell<Option<TimerHandle>>,
    watching: RefCell<Option<Watching>>,
}

impl<T: 'static> Watcher for Completions<T> {
    fn child_done(&self, member: u32, _: Ending) {
        if self.todo.get() == 0 {
            return; // the timeout was here first
        }
        self.todo.set(self.todo.get() - 1);
        self.queue.borrow_mut().push_back(Some(member));
        self.waiter.wake();
        if self.todo.get() == 0
            && let Some(timer) = self.timer.take()
        {
            timer.cancel();
        }
    }

    fn loop_closed(&self) {
        self.waiter.wake();
    }
}

impl<T: 'static> Completions<T> {
    /// Makes tasks of the items and has them watched. Those that had ended before are
    /// told of in the next iteration.
    #[track_caller]
    #[inline]
    pub(super) fn new<I>(scheduler: &Rc<Scheduler>, items: I) -> Rc<Self>
    where
        I: IntoIterator,
        I::Item: IntoTask<Output = T>,
    {
        let items = items.into_iter();
        let watching = Watching::unheard(scheduler);
        let (mut tasks, mut before) = (Vec::with_capacity(items.size_hint().0), Vec::new());
        watching.admit(items, |task, watched| {
            if !watched {
                before.push(tasks.len() as u32);
            }
            tasks.push(Some(task));
        });
        Self::watch(watching, tasks, before)
    }

    fn watch(watching: Watching, tasks: Vec<Option<Task<T>>>, before: Vec<u32>) -> Rc<Self> {
        let len = tasks.len();
        let completions = Rc::new(Completions {
            tasks: RefCell::new(tasks),
            queue: RefCell::default(),
            todo: Cell::new(len),
            unread: Cell::new(len),
            waiter: Waiter::default(),
            timer: RefCell::default(),
            watching: RefCell::default(),
        });
        watching.listen(completions.clone());
        for member in before {
            watching.post(member);
        }
        completions.watching.replace(Some(watching));
        completions
    }

    /// How many items are still to be read.
    pub(super) fn unread(&self) -> usize {
        self.unread.get()
    }

    /// Sets the timer that gives up.
    pub(super) fn give_up_after(self: &Rc<Self>, delay: Duration) {
        if self.todo.get() == 0 || delay == Duration::MAX {
            return;
        }
        let completions: Weak<Self> = Rc::downgrade(self);
        let timer = call_later(delay, move || {
            if let Some(completions) = completions.upgrade() {
                completions.time_out();
            }
        });
        self.timer.replace(Some(timer));
    }

    /// The tasks that nobody has read, with their indices.
    pub(super) fn take_tasks(&self) -> Vec<(usize, Task<T>)> {
        let mut tasks = self.tasks.borrow_mut();
        let left = tasks.iter_mut().enumerate();
        left.filter_map(|(index, task)| Some((index, task.take()?)))
            .collect()
    }

    /// Takes all registrations back.
    fn unwatch(&self) {
        let Some(watching) = self.watching.take() else {
            return;
        };
        for (member, task) in (0..).zip(self.tasks.borrow().iter()) {
            if let Some(task) = task {
                watching.remove(task, member);
            }
        }
        drop(watching);
    }

    /// Nobody reads any more.
    pub(super) fn leave(&self) {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
        self.unwatch();
        let tasks = self.tasks.take();
        drop(tasks);
    }

    /// The time is over: every item that has not been told of is given up.
    fn time_out(&self) {
        self.unwatch();
        let given_up = self.todo.replace(0);
        self.queue
            .borrow_mut()
            .extend(std::iter::repeat_n(None, given_up));
        self.waiter.wake();
    }

    /// Who is next: a member, or nobody in time (`Elapsed`); `None` after the last.
    #[inline]
    pub(super) fn poll(&self, cx: &Context<'_>) -> Poll<Option<Result<u32, Elapsed>>> {
        if self.unread.get() == 0 {
            return Poll::Ready(None);
        }
        if Scheduler::holds_back_if(cx, || !self.queue.borrow().is_empty()) {
            return Poll::Pending;
        }
        let next = self.queue.borrow_mut().pop_front();
        if let Some(next) = next {
            self.unread.set(self.unread.get() - 1);
            return Poll::Ready(Some(next.ok_or(Elapsed)));
        }
        self.waiter.keep(cx);
        if !self.say(cx) {
            return self.next_orphan();
        }
        Poll::Pending
    }

    /// The loop is closed, and no more ends will come: what is left has ended by that.
    #[cold]
    fn next_orphan(&self) -> Poll<Option<Result<u32, Elapsed>>> {
        let at = self.tasks.borrow().iter().position(Option::is_some);
        let left = if at.is_some() {
            self.unread.get() - 1
        } else {
            0
        };
        self.unread.set(left);
        Poll::Ready(at.map(|member| Ok(member as u32)))
    }

    /// The result of a member that was next.
    #[inline]
    pub(super) fn take(&self, member: u32) -> Result<T, TaskError> {
        let task = self.tasks.borrow_mut()[member as usize].take();
        outcome(task)
    }

    /// Says what is waited for: the one that is left, or several.
    fn say(&self, cx: &Context<'_>) -> bool {
        let watching = self.watching.borrow();
        let Some(watching) = watching.as_ref() else {
            return true;
        };
        if watching.scheduler().is_closed() {
            return false;
        }
        let left = if self.todo.get() == 1 {
            self.tasks
                .borrow()
                .iter()
                .flatten()
                .find(|task| !task.done())
                .map(Task::task_ref)
        } else {
            None
        };
        match &left {
            Some(task) => watching.scheduler().waits_for(cx, Reason::Watched(task)),
            None => watching.scheduler().waits_for(cx, Reason::Several),
        }
        true
    }
}
