//! Small futures that the rows use.
//!
//! They use nothing but the standard `Waker`, so that the rows measure the waking and
//! stepping of the system, and not the quality of a channel.
//!
//! Invariants: a stored waker is cloned from the context of its poll and is taken out
//! when it is woken. Nothing here allocates per wait. Only [`Signal`] is shared by
//! threads.
//!
//! Read next: `order.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// A future that is pending once and wakes itself, as every `yield_now` does.
#[derive(Debug, Default)]
pub struct SelfWake {
    woken: bool,
}

impl SelfWake {
    /// Makes a future that has not been polled.
    #[must_use]
    pub fn new() -> SelfWake {
        SelfWake::default()
    }
}

impl Future for SelfWake {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.woken {
            return Poll::Ready(());
        }
        self.woken = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

/// A signal of the last task that finishes; one task waits for it.
#[derive(Clone, Debug, Default)]
pub struct Bell {
    inside: Rc<Rung>,
}

#[derive(Debug, Default)]
struct Rung {
    rung: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Bell {
    /// Wakes the waiting task.
    pub fn ring(&self) {
        self.inside.rung.set(true);
        let waiting = self.inside.waiting.borrow_mut().take();
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Waits until it has rung, and resets it.
    pub async fn heard(&self) {
        poll_fn(|cx| {
            if self.inside.rung.take() {
                return Poll::Ready(());
            }
            *self.inside.waiting.borrow_mut() = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// A number that a thread raises and a task waits for.
#[derive(Debug, Default)]
pub struct Signal {
    inside: Mutex<Raised>,
}

#[derive(Debug, Default)]
struct Raised {
    level: u64,
    waiting: Option<Waker>,
}

impl Signal {
    /// Raises the number and wakes the task that waits. Any thread may call it.
    ///
    /// # Panics
    ///
    /// If a thread panicked while it held the number.
    pub fn raise(&self, level: u64) {
        let waiting = {
            let mut raised = self.inside.lock().expect("no thread panics in a row");
            raised.level = level;
            raised.waiting.take()
        };
        if let Some(waker) = waiting {
            waker.wake();
        }
    }

    /// Waits until the number is `level` or higher.
    pub async fn reached(&self, level: u64) {
        poll_fn(|cx| {
            let mut raised = self.inside.lock().expect("no thread panics in a row");
            if raised.level >= level {
                return Poll::Ready(());
            }
            raised.waiting = Some(cx.waker().clone());
            Poll::Pending
        })
        .await;
    }
}
