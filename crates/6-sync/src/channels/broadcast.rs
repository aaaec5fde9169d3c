//! Broadcast: each value goes to every receiver, and no sender waits.
//!
//! The problem: one task reports what happens, and many tasks want to know all of it. A queue gives
//! each item to one of them. If the sender waited for the slowest receiver, a receiver that hangs
//! would stop the program. So the channel keeps the last values, as many as it has room for. A
//! receiver that is slower than that loses the oldest values, and learns how many.
//!
//! ```text
//!                          the ring, of capacity 4
//!    send 7 ──> ┌───┬───┬───┬───┐
//!               │ 3 │ 4 │ 5 │ 6 │     7 replaces 3
//!               └───┴───┴───┴───┘
//!                 ^       ^       ^
//!                 │       │       └── a receiver that has all, and waits
//!                 │       └── a receiver whose next value is 5
//!                 └── a receiver whose next value was 2: Lagged(2) after 7 was sent, then 4
//! ```
//!
//! Invariants:
//! 1. A receiver gets the values that were sent since it was made, in their order, each once. It
//!    learns the number of the values that it misses.
//! 2. A value that no receiver will get any more is dropped at once.
//! 3. No value is cloned or dropped while the ring is borrowed.
//!
//! Read next: `channels/broadcast/ring.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;

use groundup_combinators::trace::{Access, Name};

use crate::channels::broadcast::receiver::BroadcastReceiver;
use crate::channels::broadcast::ring::Ring;
use crate::error::SendError;
use crate::home::Home;
use crate::wait_list::WaitList;

pub(crate) mod receiver;
mod ring;

/// Makes a channel in which each receiver gets each value. It keeps the last `capacity` values for
/// the receivers that have not read them. More receivers are made by
/// [`BroadcastSender::subscribe`].
///
/// # Panics
///
/// If `capacity` is 0: no value could be received.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{BroadcastError, broadcast, run};
///
/// run(async {
///     let (news, mut slow) = broadcast(2);
///     let mut other = news.subscribe();
///     news.send("one").unwrap();
///     assert_eq!(other.recv().await, Ok("one"));
///     news.send("two").unwrap();
///     news.send("three").unwrap(); // there is room for two
///     assert_eq!(slow.recv().await, Err(BroadcastError::Lagged(1)));
///     assert_eq!(slow.recv().await, Ok("two"));
///     drop(news);
///     assert_eq!(slow.recv().await, Ok("three"));
///     assert_eq!(slow.recv().await, Err(BroadcastError::Closed));
/// });
/// ```
#[track_caller]
pub fn broadcast<T>(capacity: usize) -> (BroadcastSender<T>, BroadcastReceiver<T>) {
    assert!(
        capacity > 0,
        "a broadcast without room would keep no value: give it at least 1"
    );
    let shared = Rc::new(Broadcast {
        ring: RefCell::new(Ring::new(capacity)),
        senders: Cell::new(1),
        receivers: Cell::new(0),
        waiters: WaitList::default(),
        home: Home::new("broadcast"),
    });
    let sender = BroadcastSender { shared };
    let receiver = sender.subscribe();
    (sender, receiver)
}

/// The part that all ends share.
struct Broadcast<T> {
    ring: RefCell<Ring<T>>,
    senders: Cell<usize>,
    receivers: Cell<usize>,
    waiters: WaitList,
    home: Home,
}

impl<T> fmt::Debug for Broadcast<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (senders, receivers) = (self.senders.get(), self.receivers.get());
        let name = self.home.name();
        write!(f, "{name} [senders:{senders}, receivers:{receivers}]")
    }
}

/// Sends values to all receivers of a [`broadcast`]. Clones send on the same channel.
pub struct BroadcastSender<T> {
    shared: Rc<Broadcast<T>>,
}

impl<T> BroadcastSender<T> {
    /// Names the channel in traces, deadlock reports and explanations, if it has no name yet. Without
    /// a name it is called "broadcast", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (news, _reader) = groundup::broadcast::<u8>(4);
    /// let news = news.named("news");
    /// assert_eq!(format!("{news:?}"), "<BroadcastSender news [senders:1, receivers:1]>");
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Name>) -> Self {
        self.shared.home.name_once(name.into());
        self
    }

    /// Sends a value to all receivers, and wakes those that wait. Never waits: if the channel is
    /// full, the value replaces the oldest. Returns the number of receivers.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the value, if there is no receiver. A later
    /// [`subscribe`](BroadcastSender::subscribe) makes one.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (news, reader) = groundup::broadcast(4);
    /// assert_eq!(news.send('a').unwrap(), 1);
    /// drop(reader);
    /// assert_eq!(news.send('b').unwrap_err().into_value(), 'b');
    /// ```
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.shared.home.touch(Access::Write);
        let shared = &*self.shared;
        let receivers = shared.receivers.get();
        if receivers == 0 {
            return Err(SendError(value));
        }
        let replaced = shared.ring.borrow_mut().push(value, receivers);
        shared.waiters.notify_all();
        drop(replaced);
        Ok(receivers)
    }

    /// Makes a receiver, which gets the values that are sent from now on.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (news, _reader) = groundup::broadcast(4);
    /// news.send(1).unwrap();
    /// let mut late = news.subscribe();
    /// news.send(2).unwrap();
    /// assert_eq!(late.try_recv(), Ok(Some(2)));
    /// ```
    pub fn subscribe(&self) -> BroadcastReceiver<T> {
        self.shared.home.touch(Access::Write);
        let receivers = &self.shared.receivers;
        receivers.set(receivers.get() + 1);
        BroadcastReceiver::new(self.shared.clone())
    }

    /// Returns the number of receivers.
    pub fn receivers(&self) -> usize {
        self.shared.home.touch(Access::Read);
        self.shared.receivers.get()
    }
}

impl<T> Clone for BroadcastSender<T> {
    fn clone(&self) -> Self {
        self.shared.home.touch(Access::Write);
        let senders = &self.shared.senders;
        senders.set(senders.get() + 1);
        BroadcastSender {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for BroadcastSender<T> {
    fn drop(&mut self) {
        self.shared.home.touch(Access::Write);
        let senders = &self.shared.senders;
        senders.set(senders.get() - 1);
        if senders.get() == 0 {
            self.shared.waiters.notify_all();
        }
    }
}

impl<T> fmt::Debug for BroadcastSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<BroadcastSender {:?}>", self.shared)
    }
}
