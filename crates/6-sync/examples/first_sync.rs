//! Floor 6: the first version: a lock, a queue, and a line of wakers.
//!
//! This version has costs. Each waiter clones a waker. A waiter that is dropped stays in the line:
//! its turn comes, its waker is called, and no task goes on, although others wait. A newcomer may
//! take the lock before the task that was woken runs. The lock does not know its holder, so no
//! report can name the holder.
//!
//! Read next: `wait_list.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

#[path = "../../5-combinators/examples/first_combinators.rs"]
#[allow(dead_code, reason = "it is a program of its own, too")]
pub(crate) mod first_combinators;
#[path = "programs/sharing.rs"]
pub(crate) mod sharing;

use first_combinators::first_loop::first_task::{self, spawn};
use first_combinators::first_loop::{self, run_until_complete, sleep};

/// The wakers of the waiting tasks, the oldest first.
#[derive(Default)]
struct Line(RefCell<VecDeque<Waker>>);

impl Line {
    fn join<T>(&self, cx: &Context<'_>) -> Poll<T> {
        self.0.borrow_mut().push_back(cx.waker().clone());
        Poll::Pending
    }

    fn wake_first(&self) {
        let first = self.0.borrow_mut().pop_front();
        if let Some(waker) = first {
            waker.wake();
        }
    }
}

/// Lets one task at a time in.
#[derive(Default)]
struct Lock {
    locked: Cell<bool>,
    line: Line,
}

/// Releases the lock when it is dropped.
struct Guard<'a>(&'a Lock);

impl Lock {
    async fn acquire(&self) -> Guard<'_> {
        poll_fn(|cx| match self.locked.replace(true) {
            false => Poll::Ready(Guard(self)),
            true => self.line.join(cx),
        })
        .await
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.locked.set(false);
        self.0.line.wake_first();
    }
}

/// Passes items on; a full queue makes `put` wait, and an empty one `get`.
struct Queue<T> {
    items: RefCell<VecDeque<T>>,
    capacity: usize,
    putters: Line,
    getters: Line,
}

impl<T> Queue<T> {
    async fn put(&self, item: T) {
        let is_full = || self.items.borrow().len() >= self.capacity;
        poll_fn(|cx| match is_full() {
            false => Poll::Ready(()),
            true => self.putters.join(cx),
        })
        .await;
        self.items.borrow_mut().push_back(item);
        self.getters.wake_first();
    }

    async fn get(&self) -> T {
        let take = || self.items.borrow_mut().pop_front();
        let item = poll_fn(|cx| match take() {
            Some(item) => Poll::Ready(item),
            None => self.getters.join(cx),
        });
        let item = item.await;
        self.putters.wake_first();
        item
    }
}

/// Makes a queue for so many items.
fn queue<T>(capacity: usize) -> Queue<T> {
    Queue {
        items: RefCell::default(),
        capacity,
        putters: Line::default(),
        getters: Line::default(),
    }
}

/// Returns the item: here `get` has no error. (The program is the same on the tower, where `get`
/// returns a `Result`.)
fn got<T>(item: T) -> T {
    item
}

fn main() {
    run_until_complete(first_task::yielding::main());
    run_until_complete(first_loop::sleeping::main());
    run_until_complete(first_combinators::waiting::main());
    run_until_complete(sharing::main());
}
