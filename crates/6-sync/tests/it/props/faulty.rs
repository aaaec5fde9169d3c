//! Copies of old versions of asyncio, with their faults.
//!
//! The problem: a property that has never failed may test nothing. These are the versions of three
//! known issues, line by line, and the properties find what is wrong with them.
//!
//! | copy | issue | fault |
//! |---|---|---|
//! | [`OldSemaphore`] | CPython 90155 | a woken waiter that is cancelled leaves a flag set that shuts all others out |
//! | [`OldQueue`] | python/asyncio 270 | a woken getter or putter that is cancelled takes its notice along |
//! | [`OldWaitFor`] | CPython 86296 | a cancel that comes when the inner task has ended is gone, and the value is returned |
//!
//! Read next: `hands.rs`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use groundup_sync::Queue;
use groundup_sync::executor::spawn;
use groundup_sync::task::{Promise, Scheduler, catch_cancel, raise_cancelled};

use super::items::Items;
use super::permits::Permits;

/// The future for which one of asyncio's waiters waits; the code that wakes the waiter sets it.
#[derive(Default)]
struct Waiter {
    set: Cell<bool>,
    gone: Cell<bool>,
    waker: RefCell<Option<Waker>>,
}

/// Marks a waiter as gone when its await is dropped, as a cancel does.
struct Waiting(Rc<Waiter>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.gone.set(true);
    }
}

#[derive(Default)]
struct Waiters(RefCell<VecDeque<Rc<Waiter>>>);

impl Waiters {
    /// Returns a waiter at the end of the line.
    fn join(&self) -> Waiting {
        let waiter = Rc::<Waiter>::default();
        self.0.borrow_mut().push_back(waiter.clone());
        Waiting(waiter)
    }

    /// Sets the first waiter that is not done. Returns true if there was one.
    fn wake_next(&self) -> bool {
        loop {
            let Some(next) = self.0.borrow_mut().pop_front() else {
                return false;
            };
            if !next.gone.get() && !next.set.replace(true) {
                let waker = next.waker.borrow_mut().take();
                waker.into_iter().for_each(Waker::wake);
                return true;
            }
        }
    }
}

impl Waiting {
    async fn is_set(&self) {
        poll_fn(|cx| {
            *self.0.waker.borrow_mut() = Some(cx.waker().clone());
            match self.0.set.get() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
    }
}

pub(super) struct OldSemaphore {
    value: Cell<usize>,
    /// Another task was woken, and has not gone on yet.
    wakeup_scheduled: Cell<bool>,
    waiters: Waiters,
}

impl OldSemaphore {
    fn wake_up_next(&self) {
        if self.waiters.wake_next() {
            self.wakeup_scheduled.set(true);
        }
    }
}

/// `except CancelledError: self._wake_up_next()`
struct ExceptCancelled<'a>(Option<&'a OldSemaphore>);

impl Drop for ExceptCancelled<'_> {
    fn drop(&mut self) {
        self.0.into_iter().for_each(OldSemaphore::wake_up_next);
    }
}

impl Permits for OldSemaphore {
    fn new(permits: usize) -> Self {
        OldSemaphore {
            value: Cell::new(permits),
            wakeup_scheduled: Cell::new(false),
            waiters: Waiters::default(),
        }
    }

    async fn acquire(&self) {
        while self.wakeup_scheduled.get() || self.value.get() == 0 {
            let mut except = ExceptCancelled(Some(self));
            let waiter = self.waiters.join();
            waiter.is_set().await;
            self.wakeup_scheduled.set(false);
            except.0 = None;
        }
        self.value.set(self.value.get() - 1);
    }

    fn release(&self) {
        self.value.set(self.value.get() + 1);
        self.wake_up_next();
    }

    fn free(&self) -> usize {
        self.value.get()
    }
}

pub(super) struct OldQueue {
    items: RefCell<VecDeque<u32>>,
    capacity: usize,
    getters: Waiters,
    putters: Waiters,
    shut: Cell<bool>,
}

impl Items for OldQueue {
    fn new(capacity: usize) -> Self {
        OldQueue {
            items: RefCell::default(),
            capacity,
            getters: Waiters::default(),
            putters: Waiters::default(),
            shut: Cell::new(false),
        }
    }

    async fn put(&self, item: u32) -> Result<(), u32> {
        while !self.shut.get() && self.len() >= self.capacity {
            self.putters.join().is_set().await;
        }
        if self.shut.get() {
            return Err(item);
        }
        self.items.borrow_mut().push_back(item);
        self.getters.wake_next();
        Ok(())
    }

    async fn get(&self) -> Option<u32> {
        while !self.shut.get() && self.len() == 0 {
            self.getters.join().is_set().await;
        }
        self.get_nowait()
    }

    fn get_nowait(&self) -> Option<u32> {
        let item = self.items.borrow_mut().pop_front();
        if item.is_some() {
            self.putters.wake_next();
        }
        item
    }

    fn len(&self) -> usize {
        self.items.borrow().len()
    }

    fn shutdown(&self) {
        self.shut.set(true);
        while self.getters.wake_next() || self.putters.wake_next() {}
    }
}

/// A queue whose getters wait by `wait_for`, as CPython 3.9 to 3.11 has it. No timeout passes in these
/// programs, so the timer is left out.
pub(super) struct OldWaitFor(Rc<Queue<u32>>);

/// `asyncio.wait_for`: the future runs in a task of its own, and a promise is set at the end of it.
async fn old_wait_for<T: 'static>(future: impl Future<Output = T> + 'static) -> Option<T> {
    let inner = spawn(future);
    let waiter: Promise<()> = Scheduler::current().expect("it runs").promise();
    let release = waiter.clone();
    inner.add_done_callback(move || _ = release.set_result(()));
    match catch_cancel(waiter).await {
        // `except CancelledError: if fut.done(): return fut.result()`
        Err(_) if !inner.done() => {
            inner.cancel();
            let _ = inner.await; // `_cancel_and_wait`
            raise_cancelled().await
        }
        _ => inner.await.ok(),
    }
}

impl Items for OldWaitFor {
    fn new(capacity: usize) -> Self {
        OldWaitFor(Rc::new(Queue::new(capacity)))
    }

    async fn put(&self, item: u32) -> Result<(), u32> {
        Items::put(&*self.0, item).await
    }

    async fn get(&self) -> Option<u32> {
        let queue = self.0.clone();
        old_wait_for(async move { queue.get().await.ok() }).await?
    }

    fn get_nowait(&self) -> Option<u32> {
        Items::get_nowait(&*self.0)
    }

    fn len(&self) -> usize {
        Items::len(&*self.0)
    }

    fn shutdown(&self) {
        Items::shutdown(&*self.0);
    }
}
