//! Floor 3: the first version: a deque of tasks with a reason to run.
//!
//! A waker is an `Arc` with the number of its task, its queue, and the thread that runs the queue.
//! (This program never parks that thread; the first version of floor 4 parks it.) This version has
//! costs. Each task has an `Arc`, and each wake that queues a task takes a lock. A task has at most
//! one waiter, and keeps its place in the list after its end. There is no cancel, and a panic of
//! one task ends all tasks.
//!
//! Read next: `store/ticket.rs`.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::mem::{replace, take};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

#[path = "programs/yielding.rs"]
pub(crate) mod yielding;

/// The wakers of the tasks with a reason to run.
type Queue = Mutex<VecDeque<Arc<TaskWaker>>>;

struct TaskWaker {
    task: usize,
    queued: AtomicBool,
    queue: Arc<Queue>,
    thread: Thread,
}

impl Wake for TaskWaker {
    /// Queues the task, unless it is queued: many wakes make one poll.
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::AcqRel) {
            let (queue, thread) = (self.queue.clone(), self.thread.clone());
            queue.lock().unwrap().push_back(self);
            thread.unpark();
        }
    }
}

type Boxed = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    static QUEUE: Arc<Queue> = Arc::default();
    static TASKS: RefCell<Vec<Option<Boxed>>> = RefCell::default();
}

/// Handle of a task.
pub(crate) struct Task<T>(pub(crate) Rc<RefCell<Shared<T>>>);

/// The value of a task once it has ended, and the waker of its one waiter.
pub(crate) struct Shared<T> {
    pub(crate) value: Option<T>,
    pub(crate) waiter: Waker,
}

/// Makes a task of `future` and queues its first step.
pub(crate) fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
    let (value, waiter) = (None, Waker::noop().clone());
    let shared = Rc::new(RefCell::new(Shared { value, waiter }));
    let task = Task(shared.clone());
    let body = Box::pin(async move {
        let value = future.await;
        shared.borrow_mut().value = Some(value);
        shared.borrow().waiter.wake_by_ref();
    });
    let number = TASKS.with_borrow_mut(|tasks| {
        tasks.push(Some(body));
        tasks.len() - 1
    });
    Arc::new(TaskWaker {
        task: number,
        queued: AtomicBool::new(false),
        queue: QUEUE.with(Arc::clone),
        thread: thread::current(),
    })
    .wake();
    task
}

impl<T> Future for Task<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let mut shared = self.0.borrow_mut();
        shared.waiter = cx.waker().clone();
        shared.value.take().map_or(Poll::Pending, Poll::Ready)
    }
}

/// Lets the other ready tasks run.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|cx| {
        if replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Polls each task that is ready now, once. Returns whether there was one.
pub(crate) fn round() -> bool {
    let wakers = QUEUE.with(|queue| take(&mut *queue.lock().unwrap()));
    let any = !wakers.is_empty();
    for waker in wakers {
        let task = waker.task;
        // A swap, and not a store: it reads what the last wake has written.
        waker.queued.swap(false, Ordering::AcqRel);
        let waker = Waker::from(waker);
        let future = TASKS.with_borrow_mut(|tasks| tasks[task].take());
        let Some(mut future) = future else { continue };
        let poll = future.as_mut().poll(&mut Context::from_waker(&waker));
        if poll.is_pending() {
            TASKS.with_borrow_mut(|tasks| tasks[task] = Some(future));
        }
    }
    any
}

fn main() {
    spawn(yielding::main());
    while round() {}
}
