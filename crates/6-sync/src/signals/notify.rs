//! Notify: wakes one task, or all that wait, and protects no value.
//!
//! The problem: a task changes a `Cell` and wants to tell a task that looks at it. An event stays
//! set until it is cleared, and wakes all. Here one call wakes one task. If no task waits, the
//! call is stored, so that a task which looks, and then waits, misses no change.
//!
//! ```text
//!                  notify_one, a task waits: its token ──> the first in line
//!                 ┌────────────────────────────────────────────────┐
//!                 │                                                v
//!      no permit ─┤                                            it goes on
//!        ^   │    └── notify_waiters: all in line are released ────^
//!        │   └─ notify_one, no task waits ──> one permit
//!        └───────────── the next wait takes it ─┘
//! ```
//!
//! A second `notify_one` without a waiter changes nothing: one permit is stored, and not two. A wait
//! that was notified by `notify_one` and is dropped before it runs passes the token on. A wait that
//! `notify_waiters` released has no token, so a task that comes later is not woken by its drop.
//!
//! Invariants:
//! 1. While a permit is stored, no task waits.
//! 2. A call of `notify_one` lets one wait go on, or is stored, or finds a stored one.
//!
//! Read next: `signals/barrier.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Name, Wait};

use crate::home::Home;
use crate::wait_list::{Place, WaitList};

/// Lets tasks wait until another task notifies them: tokio's `Notify`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Notify, run, spawn};
/// use std::{cell::Cell, rc::Rc};
///
/// run(async {
///     let shared = Rc::new((Cell::new(0), Notify::new()));
///     let reader = spawn({
///         let shared = shared.clone();
///         async move {
///             let (value, changed) = &*shared;
///             while value.get() < 2 {
///                 changed.notified().await;
///             }
///             value.get()
///         }
///     });
///     for _ in 0..2 {
///         shared.0.set(shared.0.get() + 1);
///         shared.1.notify_one();
///     }
///     assert_eq!(reader.await.unwrap(), 2);
/// });
/// ```
pub struct Notify {
    /// A call of `notify_one` is stored for the next wait.
    permit: Cell<bool>,
    /// The number of calls of `notify_waiters`.
    calls: Cell<u64>,
    waiters: WaitList,
    home: Home,
}

impl Notify {
    /// Creates a notify without a permit: the first wait waits.
    #[track_caller]
    #[expect(
        clippy::new_without_default,
        reason = "a notify knows where it was made"
    )]
    pub fn new() -> Self {
        Notify {
            permit: Cell::new(false),
            calls: Cell::new(0),
            waiters: WaitList::default(),
            home: Home::new("notify"),
        }
    }

    /// Names the notify in traces, deadlock reports and explanations. Without a name it is called
    /// "notify", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let changed = groundup::Notify::new().named("changed");
    /// changed.notify_one();
    /// assert_eq!(format!("{changed:?}"), "<Notify changed [permit]>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Wakes the task that has waited longest, and only this one. If no task waits, the next wait
    /// returns at once. Several calls without a waiter are one.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Notify, run};
    ///
    /// run(async {
    ///     let changed = Notify::new();
    ///     changed.notify_one();
    ///     changed.notified().await; // does not wait
    /// });
    /// ```
    pub fn notify_one(&self) {
        self.home.touch(Access::Write);
        match self.waiters.notify_one() {
            Some(next) => next.wake(),
            None => self.permit.set(true),
        }
    }

    /// Wakes all tasks that wait, in the order in which they came, and stores nothing. A future that
    /// [`notified`](Notify::notified) has returned before this call goes on, also if it was not
    /// polled yet.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{Notify, run};
    ///
    /// run(async {
    ///     let changed = Notify::new();
    ///     let change = changed.notified();
    ///     changed.notify_waiters();
    ///     change.await; // does not wait
    /// });
    /// ```
    pub fn notify_waiters(&self) {
        self.home.touch(Access::Write);
        self.calls.set(self.calls.get() + 1);
        self.waiters.release_all();
    }

    /// Waits until it is notified. Returns at once, without a suspension, if a permit is stored, and
    /// takes the permit.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the line. If [`notify_one`](Notify::notify_one) has
    /// chosen it already, the next task in line is notified, or the permit is stored.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this notify.
    #[track_caller]
    pub fn notified(&self) -> NotifyWait<'_> {
        self.home.note_await(0);
        NotifyWait {
            notify: self,
            calls: self.calls.get(),
            place: Place::default(),
        }
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.permit.get() {
            "permit"
        } else {
            "no permit"
        };
        write!(f, "<Notify {} [{state}", self.home.name())?;
        match self.waiters.len() {
            0 => f.write_str("]>"),
            waiters => write!(f, ", waiters:{waiters}]>"),
        }
    }
}

/// Waits until a notify is notified. Made by [`Notify::notified`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct NotifyWait<'a> {
    notify: &'a Notify,
    /// The number of calls of `notify_waiters` when this was made.
    calls: u64,
    place: Place,
}

impl NotifyWait<'_> {
    /// Returns true if a future that is not in line goes on.
    fn goes_on(&self) -> bool {
        self.notify.permit.get() || self.calls != self.notify.calls.get()
    }
}

impl Future for NotifyWait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (notify, waiters) = (this.notify, &this.notify.waiters);
        notify.home.touch(Access::Write);
        this.place.assert_not_over("wait for a notify");
        let is_new = this.place.is_new();
        let ready = || match is_new {
            true => this.goes_on(),
            false => waiters.is_notified(&this.place),
        };
        if Scheduler::holds_back_if(cx, ready) {
            return Poll::Pending;
        }
        let over = match is_new {
            true => this.calls != notify.calls.get() || notify.permit.replace(false),
            false => waiters.poll(&mut this.place, cx),
        };
        if over {
            this.place.end();
            return Poll::Ready(());
        }
        let wait = |name: &str| Wait::Other(name.into());
        notify.home.wait(0, cx, waiters, wait);
        if is_new {
            let calls = this.calls;
            let must_wait = || calls == notify.calls.get() && !notify.permit.get();
            waiters.join(&mut this.place, cx, must_wait);
        }
        Poll::Pending
    }
}

impl Drop for NotifyWait<'_> {
    fn drop(&mut self) {
        let notify = self.notify;
        if notify.home.leave(&notify.waiters, &mut self.place) {
            notify.notify_one();
        }
    }
}

impl fmt::Debug for NotifyWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NotifyWait")
            .field(&self.notify.home)
            .finish()
    }
}
