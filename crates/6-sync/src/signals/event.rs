//! Event: a flag that tasks wait for.
//!
//! The problem: several tasks go on when one thing has happened: a server is ready, a program is
//! to stop. A flag alone must be asked again and again. An event wakes all its waiters when it is
//! set.
//!
//! ```text
//!            set: all present waiters are notified
//!    clear ──────────────────────────────────────> set ──> wait returns at once
//!      ^                                            │
//!      └──────────────────── clear ─────────────────┘
//! ```
//!
//! A waiter that was notified goes on, also if the event is cleared before it runs. So `set` and
//! `clear` in one step let the present waiters through, and no others.
//!
//! Invariant: if the event is set, no future waits that was not notified.
//!
//! Read next: `signals/notify.rs`.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Access, Name, Wait};

use crate::home::Home;
use crate::wait_list::{Place, WaitList};

/// Lets tasks wait until a flag is set: asyncio's `Event`.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Event, run, spawn};
/// use std::rc::Rc;
///
/// run(async {
///     let ready = Rc::new(Event::new());
///     let server = spawn({
///         let ready = ready.clone();
///         async move { ready.set() }
///     });
///     ready.wait().await;
///     assert!(ready.is_set());
///     server.await.unwrap();
/// });
/// ```
///
/// An event that is set for one waiter alone, with a value, is a [`Promise`].
///
/// [`Promise`]: groundup_combinators::task::Promise
pub struct Event {
    set: Cell<bool>,
    waiters: WaitList,
    home: Home,
}

impl Event {
    /// Creates an event that is not set.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let event = groundup::Event::new();
    /// assert!(!event.is_set());
    /// ```
    #[track_caller]
    pub fn new() -> Self {
        Event {
            set: Cell::new(false),
            waiters: WaitList::default(),
            home: Home::new("event"),
        }
    }

    /// Names the event in traces, deadlock reports and explanations. Without a name it is called
    /// "event", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let ready = groundup::Event::new().named("ready");
    /// assert_eq!(format!("{ready:?}"), "<Event ready [unset]>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Returns true if the event is set.
    pub fn is_set(&self) -> bool {
        self.home.touch(Access::Read);
        self.set.get()
    }

    /// Sets the event and wakes all its waiters, in the order in which they came. They run in the
    /// next iteration. Does nothing if the event is set.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let event = groundup::Event::new();
    /// event.set();
    /// assert!(event.is_set());
    /// event.clear();
    /// assert!(!event.is_set());
    /// ```
    pub fn set(&self) {
        self.home.touch(Access::Write);
        if !self.set.replace(true) {
            self.waiters.notify_all();
        }
    }

    /// Makes later waits wait again. A waiter that was woken before still goes on.
    pub fn clear(&self) {
        self.home.touch(Access::Write);
        self.set.set(false);
    }

    /// Waits until the event is set. Returns at once, without a suspension, if it is.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the event as it was.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this event.
    #[track_caller]
    pub fn wait(&self) -> EventWait<'_> {
        self.home.note_await(0);
        EventWait {
            event: self,
            place: Place::default(),
        }
    }
}

impl Default for Event {
    #[track_caller]
    fn default() -> Self {
        Event::new()
    }
}

impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.is_set() { "set" } else { "unset" };
        write!(f, "<Event {} [{state}{}]>", self.home.name(), self.waiters)
    }
}

/// Waits until an event is set. Made by [`Event::wait`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct EventWait<'a> {
    event: &'a Event,
    place: Place,
}

impl Future for EventWait<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (event, place) = (this.event, &mut this.place);
        place.assert_not_over("wait for an event");
        let waiters = &event.waiters;
        let over = match place.is_new() {
            true => event.is_set(),
            false => waiters.is_notified(place),
        };
        if over && Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        if over || (place.is_taken() && waiters.poll(place, cx)) {
            waiters.leave(place);
            place.end();
            return Poll::Ready(());
        }
        event
            .home
            .wait(0, cx, waiters, |name| Wait::Other(name.into()));
        if place.is_new() {
            waiters.join(place, cx, || !event.is_set());
        }
        Poll::Pending
    }
}

impl Drop for EventWait<'_> {
    fn drop(&mut self) {
        let event = self.event;
        event.home.leave(&event.waiters, &mut self.place);
    }
}

impl fmt::Debug for EventWait<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EventWait").field(&self.event.home).finish()
    }
}
