//! Oneshot: one value, from one task to another.
//!
//! The problem: a task asks another one for a value, and waits for the answer. If the other task is
//! cancelled or panics, no answer will come, and the first must learn this. A promise can be
//! forgotten: it stays open as long as the program keeps a handle of it. Here the two ends are two
//! values, each with one owner, and the drop of one of them is news for the other.
//!
//! ```text
//!            send                      the receiver takes it
//!    Open ──────────> Sent(value) ──────────────────────────────> Over
//!      │                 └── the receiver is dropped: the value, too ──^
//!      └── an end is dropped ──────────────────────────────────────────^
//!              the sender:    the receiver gets an error
//!              the receiver:  `send` returns the value
//! ```
//!
//! Invariants:
//! 1. A value that was sent is received, or dropped with the receiver.
//! 2. A receiver waits only while the sender lives, and the other way round.
//!
//! Read next: `channels/oneshot/receiver.rs`.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Name, Wait};

use crate::channels::oneshot::receiver::OneshotReceiver;
use crate::error::SendError;
use crate::home::brief::{BriefHome, BriefReason};
use crate::wait_list::Place;
use crate::wait_list::one_waiter::OneWaiter;

pub(crate) mod receiver;

/// Makes a channel for one value. The sender is dropped by its `send`, and the receiver is a future
/// of the value.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{oneshot, run, spawn};
///
/// run(async {
///     let (answer, question) = oneshot();
///     let other = spawn(async move { answer.send(42) });
///     assert_eq!(question.await, Ok(42));
///     other.await.unwrap().unwrap();
/// });
/// ```
///
/// Several tasks can wait for a [`Promise`], and several can set it.
///
/// [`Promise`]: groundup_combinators::task::Promise
#[track_caller]
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    let shared = Rc::new(Oneshot {
        state: RefCell::new(OneshotState::Open),
        receiver: OneWaiter::default(),
        sender: OneWaiter::default(),
        home: BriefHome::new(),
    });
    let sender = OneshotSender {
        shared: shared.clone(),
    };
    (sender, OneshotReceiver::new(shared))
}

/// The part that the two ends share.
struct Oneshot<T> {
    state: RefCell<OneshotState<T>>,
    /// The receiver, while it waits for the value.
    receiver: OneWaiter,
    /// The sender, while it waits for the drop of the receiver.
    sender: OneWaiter,
    home: BriefHome<2>,
}

/// The states of a oneshot; the page has the moves between them.
enum OneshotState<T> {
    Open,
    Sent(T),
    Over,
}

/// The name of a oneshot without a name.
const KIND: &str = "oneshot";

/// The reasons for which tasks wait for a oneshot.
const THE_VALUE: BriefReason = BriefReason {
    number: 0,
    unnamed: "the value of oneshot",
    named: |name| Wait::Other(format!("the value of {name}").into()),
};
const THE_DROP: BriefReason = BriefReason {
    number: 1,
    unnamed: "the drop of the receiver of oneshot",
    named: |name| Wait::Other(format!("the drop of the receiver of {name}").into()),
};

impl<T> Oneshot<T> {
    /// Returns true if the receiver, or the sender, has to wait.
    fn is_open(&self) -> bool {
        matches!(*self.state.borrow(), OneshotState::Open)
    }

    /// Moves to another state, and returns the previous one.
    fn change(&self, state: OneshotState<T>) -> OneshotState<T> {
        self.state.replace(state)
    }
}

impl<T> fmt::Debug for Oneshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match *self.state.borrow() {
            OneshotState::Open => "open",
            OneshotState::Sent(_) => "sent",
            OneshotState::Over => "over",
        };
        write!(f, "{} [{state}]", self.home.name(KIND))
    }
}

/// Sends the value of a [`oneshot`].
#[must_use = "the receiver gets an error when the sender is dropped"]
pub struct OneshotSender<T> {
    shared: Rc<Oneshot<T>>,
}

impl<T> OneshotSender<T> {
    /// Names the channel in traces, deadlock reports and explanations, if it has no name yet. Without
    /// a name it is called "oneshot", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (answer, _question) = groundup::oneshot::<u8>();
    /// let answer = answer.named("answer");
    /// assert_eq!(format!("{answer:?}"), "<OneshotSender answer [open]>");
    /// ```
    pub fn named(self, name: impl Into<Name>) -> Self {
        self.shared.home.name_once(KIND, name.into());
        self
    }

    /// Sends the value, and wakes the receiver. Never waits.
    ///
    /// # Errors
    ///
    /// [`SendError`] with the value, if the receiver was dropped.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (answer, question) = groundup::oneshot();
    /// drop(question);
    /// assert_eq!(answer.send(42).unwrap_err().into_value(), 42);
    /// ```
    pub fn send(self, value: T) -> Result<(), SendError<T>> {
        if !self.shared.is_open() {
            return Err(SendError(value));
        }
        self.shared.change(OneshotState::Sent(value));
        self.shared.receiver.wake();
        Ok(())
    }

    /// Returns true if the receiver was dropped, so that `send` would fail.
    pub fn is_closed(&self) -> bool {
        self.shared.home.touch();
        !self.shared.is_open()
    }

    /// Waits until the receiver is dropped: the value is not needed any more.
    ///
    /// # Cancel safety
    ///
    /// A wait that is dropped or cancelled leaves the channel as it was.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this channel.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*, combinators::*}; }
    /// use groundup::{Selected, oneshot, run_virtual, select, sleep, spawn};
    /// use std::time::Duration;
    ///
    /// run_virtual(async {
    ///     let (mut answer, question) = oneshot::<u8>();
    ///     let works = spawn(async move {
    ///         let hour = sleep(Duration::from_secs(3600));
    ///         select((hour, answer.closed())).await;
    ///     });
    ///     sleep(Duration::from_secs(1)).await;
    ///     drop(question);
    ///     works.await.unwrap(); // a second later, and not an hour
    /// });
    /// ```
    pub fn closed(&mut self) -> OneshotClosed<'_, T> {
        OneshotClosed {
            shared: &self.shared,
            place: Place::default(),
        }
    }
}

impl<T> Drop for OneshotSender<T> {
    fn drop(&mut self) {
        self.shared.home.touch();
        if self.shared.is_open() {
            self.shared.change(OneshotState::Over);
            self.shared.receiver.wake();
        }
    }
}

impl<T> fmt::Debug for OneshotSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<OneshotSender {:?}>", self.shared)
    }
}

/// Waits until the receiver of a oneshot is dropped. Made by [`OneshotSender::closed`].
#[must_use = "a future does nothing unless it is awaited"]
pub struct OneshotClosed<'a, T> {
    shared: &'a Oneshot<T>,
    place: Place,
}

impl<T> Future for OneshotClosed<'_, T> {
    type Output = ();

    #[track_caller] // a report names the line of the await
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let (shared, place) = (this.shared, &mut this.place);
        place.assert_not_over("wait for the drop of a receiver");
        shared.home.touch();
        if shared.is_open() {
            shared.home.wait(KIND, cx, &THE_DROP);
            shared.sender.wait(cx, || shared.is_open());
            return Poll::Pending;
        }
        if Scheduler::holds_back(cx) {
            return Poll::Pending;
        }
        shared.sender.leave();
        place.end();
        Poll::Ready(())
    }
}

impl<T> Drop for OneshotClosed<'_, T> {
    fn drop(&mut self) {
        self.shared.sender.leave();
    }
}

impl<T> fmt::Debug for OneshotClosed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneshotClosed")
            .field(&format_args!("{}", self.shared.home.name(KIND)))
            .finish()
    }
}
