//! Completions: a queue of ends, in the order of their notices.
//!
//! The problem: `as_completed` reads from a queue. A notice pushes the member that has ended.
//! The readers pop members. A timer may push `Elapsed` for all the other members.
//!
//! ```text
//!   notice of an end --> queue: Some(member)                      --read--> its result
//!   time is over     --> queue: None, one for each other member   --read--> Elapsed
//! ```
//!
//! Invariants:
//! 1. Each member is in the queue once, as itself or as `None`.
//! 2. After the timeout, or when the last reader is dropped, no registration is left.
//!
//! Read next: `as_completed/reader.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ptr;
use std::rc::{Rc, Weak};
use std::task::Context;
use std::time::Duration;

use groundup_executor::task::{Exit, Group, IntoTask, Listener, Reason, Scheduler, Task, Ticket};
use groundup_executor::trace::{Access, Touched};
use groundup_executor::{TimerHandle, call_later};

use crate::as_completed::line::Line;
use crate::as_completed::reader::Reader;

/// State that the members, the timer and the readers share.
pub(super) struct Completions<T> {
    pub(super) tasks: RefCell<Vec<Option<Task<T>>>>,
    /// Ends that were not read; `None` stands for a member that was not done in time.
    pub(super) queue: RefCell<VecDeque<Option<u32>>>,
    /// Number of members whose notice is still to come.
    todo: Cell<usize>,
    /// Their indices, combined by exclusive or. If there is one, this is its index.
    todo_xor: Cell<usize>,
    /// All members before this one were read.
    read_until: Cell<usize>,
    /// Number of items still to be read.
    pub(super) unread: Cell<usize>,
    pub(super) readers: Cell<usize>,
    pub(super) line: Line,
    timer: RefCell<Option<TimerHandle>>,
    group: RefCell<Option<Group>>,
}

impl<T: 'static> Listener for Completions<T> {
    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        Some(("as_completed", self.line.first()?))
    }

    fn on_end(&self, member: u32, _: Exit) {
        self.touch();
        if self.todo.get() == 0 {
            return; // the timeout came first
        }
        self.todo.set(self.todo.get() - 1);
        self.todo_xor.set(self.todo_xor.get() ^ member as usize);
        self.queue.borrow_mut().push_back(Some(member));
        self.line.wake_next();
        if self.todo.get() == 0 {
            self.timer.take().inspect(TimerHandle::cancel);
        }
    }

    fn loop_closed(&self) {
        self.line.wake_all();
    }
}

impl<T: 'static> Completions<T> {
    /// Notes that the running task looks at the queue or changes it, if a chooser wants footprints.
    #[inline]
    pub(super) fn touch(&self) {
        let object = ptr::from_ref(self).addr() as u64;
        Scheduler::touch(Touched::Object(object), Access::Write);
    }

    /// Makes tasks of the items and watches them; those that had ended have their notices next.
    #[track_caller]
    #[inline]
    pub(super) fn reader<I>(scheduler: &Rc<Scheduler>, items: I) -> Reader<T>
    where
        I: IntoIterator,
        I::Item: IntoTask<Output = T>,
    {
        let (items, group) = (items.into_iter(), Group::without_listener(scheduler));
        let (mut tasks, mut before) = (Vec::with_capacity(items.size_hint().0), Vec::new());
        group.admit(items, |task, watched| {
            if !watched {
                before.push(tasks.len() as u32);
            }
            tasks.push(Some(task));
        });
        Self::watch(group, tasks, before)
    }

    fn watch(group: Group, tasks: Vec<Option<Task<T>>>, before: Vec<u32>) -> Reader<T> {
        let len = tasks.len();
        let completions = Rc::new(Completions {
            tasks: RefCell::new(tasks),
            queue: RefCell::default(),
            todo: Cell::new(len),
            todo_xor: Cell::new((0..len).fold(0, |all, index| all ^ index)),
            read_until: Cell::new(0),
            unread: Cell::new(len),
            readers: Cell::new(1),
            line: Line::new(group.scheduler()),
            timer: RefCell::default(),
            group: RefCell::default(),
        });
        group.listen(completions.clone());
        before.into_iter().for_each(|member| group.post(member));
        completions.group.replace(Some(group));
        Reader::new(completions)
    }

    /// Sets the timer that ends the waiting.
    pub(super) fn give_up_after(self: &Rc<Self>, delay: Duration) {
        if self.todo.get() == 0 || delay == Duration::MAX {
            return;
        }
        let completions: Weak<Self> = Rc::downgrade(self);
        let timer = call_later(delay, move || {
            completions.upgrade().inspect(|shared| shared.time_out());
        });
        self.timer.replace(Some(timer));
    }

    /// Takes the tasks whose results were not read, with their indices.
    pub(super) fn take_tasks(&self) -> Vec<(usize, Task<T>)> {
        let mut tasks = self.tasks.borrow_mut();
        let left = tasks.iter_mut().enumerate();
        left.filter_map(|(index, task)| Some((index, task.take()?)))
            .collect()
    }

    /// Removes all registrations.
    fn unwatch(&self) {
        let Some(group) = self.group.take() else {
            return;
        };
        for (member, task) in (0..).zip(self.tasks.borrow().iter()) {
            if let Some(task) = task {
                group.remove(task, member);
            }
        }
    }

    /// Cancels the timer and drops the tasks: the last reader is gone.
    pub(super) fn leave(&self) {
        self.timer.take().inspect(TimerHandle::cancel);
        self.unwatch();
        drop(self.tasks.take());
    }

    /// Pushes `None` for each member whose notice has not come, since the time is over.
    fn time_out(&self) {
        self.unwatch();
        let given_up = self.todo.replace(0);
        let given_up_now = std::iter::repeat_n(None, given_up);
        self.queue.borrow_mut().extend(given_up_now);
        (0..given_up).for_each(|_| self.line.wake_next());
    }

    /// Returns the first member whose result was not read.
    pub(super) fn first_unread(&self) -> Option<usize> {
        let tasks = self.tasks.borrow();
        let known = self.read_until.get();
        let first = known + tasks.get(known..)?.iter().position(Option::is_some)?;
        self.read_until.set(first);
        Some(first)
    }

    /// Records the one member left, or several, as the reason. False if the loop is closed.
    pub(super) fn say(&self, cx: &Context<'_>) -> bool {
        let group = self.group.borrow();
        let Some(group) = group.as_ref() else {
            return true;
        };
        if group.scheduler().is_closed() {
            return false;
        }
        let left = if self.todo.get() == 1 {
            let tasks = self.tasks.borrow();
            let last = tasks.get(self.todo_xor.get()).and_then(Option::as_ref);
            last.filter(|task| !task.done()).map(Task::task_ref)
        } else {
            None
        };
        match &left {
            Some(task) => group.scheduler().waits_for(cx, Reason::Watched(task)),
            None => group.scheduler().waits_for(cx, Reason::Several),
        }
        true
    }
}
