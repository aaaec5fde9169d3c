//! Watch: the latest value, for tasks that need no other.
//!
//! The problem: tasks use a value that changes now and then, such as a configuration or a state. They
//! want the latest value, and to be woken when it changes. The values between are of no use to them,
//! so nothing is stored but the latest value and its version.
//!
//! ```text
//!   send a ──> version 1        a receiver has seen 1: `changed` waits
//!   send b ──> version 2        woken
//!   send c ──> version 3        it runs, sees 3 and reads c; it never sees b
//! ```
//!
//! A receiver gets a handle of the value, an `Rc`. So it can keep the value across an await, and
//! no sender ever waits for a receiver.
//!
//! Invariants:
//! 1. A receiver that has not seen the latest version does not wait.
//! 2. No value is cloned, changed or dropped while the channel is borrowed.
//!
//! Read next: `channels/watch/receiver.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use groundup_combinators::trace::{Access, Name};

use crate::channels::watch::receiver::WatchReceiver;
use crate::error::SendError;
use crate::home::Home;
use crate::wait_list::WaitList;

pub(crate) mod receiver;

/// Makes a channel that has the latest value, and the first value of it. More receivers are made by
/// [`WatchSender::subscribe`], or as clones of one.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*, task::yield_now}; }
/// use groundup::{run, spawn, watch, yield_now};
///
/// run(async {
///     let (level, mut display) = watch(0);
///     let shows = spawn(async move {
///         let mut shown = vec![*display.borrow_and_update()];
///         while let Ok(()) = display.changed().await {
///             shown.push(*display.borrow_and_update());
///         }
///         shown
///     });
///     level.send(1).unwrap();
///     yield_now().await;
///     level.send(2).unwrap();
///     level.send(3).unwrap(); // the display has not run since
///     yield_now().await;
///     drop(level);
///     assert_eq!(shows.await.unwrap(), [1, 3]);
/// });
/// ```
#[track_caller]
pub fn watch<T>(value: T) -> (WatchSender<T>, WatchReceiver<T>) {
    let shared = Rc::new(Watch {
        value: RefCell::new(Rc::new(value)),
        version: Cell::new(0),
        senders: Cell::new(1),
        receivers: Cell::new(0),
        waiters: WaitList::default(),
        home: Home::new("watch"),
    });
    let sender = WatchSender { shared };
    let receiver = sender.subscribe();
    (sender, receiver)
}

/// The part that all ends share.
struct Watch<T> {
    value: RefCell<Rc<T>>,
    /// The number of values that have replaced another.
    version: Cell<u64>,
    senders: Cell<usize>,
    receivers: Cell<usize>,
    waiters: WaitList,
    home: Home,
}

impl<T> Watch<T> {
    /// Returns a handle of the latest value.
    fn latest(&self) -> Rc<T> {
        self.value.borrow().clone()
    }
}

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version) = (self.home.name(), self.version.get());
        let (senders, receivers) = (self.senders.get(), self.receivers.get());
        write!(
            f,
            "{name} [version:{version}, senders:{senders}, receivers:{receivers}]"
        )
    }
}

/// Replaces the value of a [`watch`]. Clones send on the same channel.
pub struct WatchSender<T> {
    shared: Rc<Watch<T>>,
}

impl<T> WatchSender<T> {
    /// Names the channel in traces, deadlock reports and explanations, if it has no name yet. Without
    /// a name it is called "watch", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (level, _display) = groundup::watch(0);
    /// let level = level.named("level");
    /// let debug = format!("{level:?}");
    /// assert_eq!(debug, "<WatchSender level [version:0, senders:1, receivers:1]>");
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Name>) -> Self {
        self.shared.home.name_once(name.into());
        self
    }

    /// Replaces the value, and wakes the receivers that wait. Never waits.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the value, if there is no receiver: the value is not replaced. To replace
    /// it all the same, use [`send_replace`](WatchSender::send_replace).
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (level, display) = groundup::watch(0);
    /// level.send(1).unwrap();
    /// assert_eq!(*display.borrow(), 1);
    /// drop(display);
    /// assert_eq!(level.send(2).unwrap_err().into_value(), 2);
    /// ```
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.receivers() == 0 {
            return Err(SendError(value));
        }
        drop(self.send_replace(value));
        Ok(())
    }

    /// Replaces the value, and wakes the receivers that wait. Returns the value before. Never waits.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (level, _) = groundup::watch(0);
    /// assert_eq!(*level.send_replace(1), 0);
    /// assert_eq!(*level.borrow(), 1);
    /// ```
    pub fn send_replace(&self, value: T) -> Rc<T> {
        self.shared.home.touch(Access::Write);
        let shared = &*self.shared;
        let before = shared.value.replace(Rc::new(value));
        shared.version.set(shared.version.get() + 1);
        shared.waiters.notify_all();
        before
    }

    /// Changes a clone of the value, which then replaces it, and wakes the receivers that wait. The
    /// channel is not borrowed meanwhile, so `change` may use it.
    ///
    /// If `change` panics, the value stays as it was.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (names, display) = groundup::watch(vec!["Kant"]);
    /// names.send_modify(|names| names.push("Hume"));
    /// assert_eq!(*display.borrow(), ["Kant", "Hume"]);
    /// ```
    pub fn send_modify(&self, change: impl FnOnce(&mut T))
    where
        T: Clone,
    {
        let mut value = (*self.borrow()).clone();
        change(&mut value);
        drop(self.send_replace(value));
    }

    /// Returns a handle of the latest value.
    pub fn borrow(&self) -> Rc<T> {
        self.shared.home.touch(Access::Read);
        self.shared.latest()
    }

    /// Makes a receiver that has seen the latest value.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (level, _) = groundup::watch(0);
    /// let display = level.subscribe();
    /// assert!(!display.has_changed());
    /// level.send(1).unwrap();
    /// assert!(display.has_changed());
    /// ```
    pub fn subscribe(&self) -> WatchReceiver<T> {
        WatchReceiver::new(&self.shared, self.shared.version.get())
    }

    /// Returns the number of receivers.
    pub fn receivers(&self) -> usize {
        self.shared.home.touch(Access::Read);
        self.shared.receivers.get()
    }
}

impl<T> Clone for WatchSender<T> {
    fn clone(&self) -> Self {
        self.shared.home.touch(Access::Write);
        let senders = &self.shared.senders;
        senders.set(senders.get() + 1);
        WatchSender {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for WatchSender<T> {
    fn drop(&mut self) {
        self.shared.home.touch(Access::Write);
        let senders = &self.shared.senders;
        senders.set(senders.get() - 1);
        if senders.get() == 0 {
            self.shared.waiters.notify_all();
        }
    }
}

impl<T> fmt::Debug for WatchSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<WatchSender {:?}>", self.shared)
    }
}
