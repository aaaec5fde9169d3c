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
//! 3. The channel has a value in state `Sent`, and in no other. It has the waker of a waiting end
//!    while it is open, and not after.
//!
//! Read next: `channels/oneshot/receiver.rs`.

use std::cell::Cell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;
use std::task::Context;

use groundup_combinators::task::Scheduler;
use groundup_combinators::trace::{Name, Wait};

use crate::channels::oneshot::closed::OneshotClosed;
use crate::channels::oneshot::receiver::OneshotReceiver;
use crate::error::SendError;
use crate::home::brief::{BriefHome, BriefReason};

pub(crate) mod closed;
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
///     assert!(matches!(other.await, Ok(Ok(()))));
/// });
/// ```
///
/// Several tasks can wait for a [`Promise`], and several can set it.
///
/// [`Promise`]: groundup_combinators::task::Promise
#[track_caller]
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    // Speed: oneshot. `Rc::default` makes the channel where it stays, and `Rc::new` moves it there.
    let shared = Rc::<Oneshot<T>>::default();
    shared.home.set_place(Location::caller());
    let sender = OneshotSender {
        shared: Some(shared.clone()),
    };
    (sender, OneshotReceiver::new(shared))
}

/// The part that the two ends share.
struct Oneshot<T> {
    // Speed: oneshot. The state is apart from the value: a look at it takes nothing and borrows nothing.
    state: Cell<OneshotState>,
    value: Cell<Option<T>>,
    /// The home has the receiver, while it waits for the value, and the sender, while it waits for the
    /// drop of the receiver.
    home: BriefHome,
}

impl<T> Default for Oneshot<T> {
    #[inline]
    fn default() -> Self {
        Oneshot {
            state: Cell::new(OneshotState::Open),
            value: Cell::new(None),
            home: BriefHome::default(),
        }
    }
}

/// The states of a oneshot; the page has the moves between them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OneshotState {
    /// Both ends are there, and no value. It becomes `Sent` or `Over`.
    Open,
    /// The value is in the channel. It becomes `Over`.
    Sent,
    /// The value was received or dropped, or will not come.
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
    #[inline]
    fn is_open(&self) -> bool {
        self.state.get() == OneshotState::Open
    }

    /// Notes the touch, and returns true if the receiver must not end in this poll.
    #[cold]
    #[inline(never)]
    fn holds_back(&self, cx: &Context<'_>) -> bool {
        self.home.touch();
        Scheduler::holds_back(cx)
    }

    /// Ends the channel, and returns its value if there is one.
    #[inline]
    fn end(&self) -> Option<T> {
        self.state.set(OneshotState::Over);
        self.value.take()
    }

    /// Ends the channel, if it is open: its sender is dropped and has sent nothing.
    #[inline(never)] // Speed: oneshot. The drop of a sender that has sent makes no call.
    fn sender_gone(self: Rc<Self>) {
        self.home.touch();
        if self.is_open() {
            self.state.set(OneshotState::Over);
            self.home.wake(THE_VALUE.number);
        }
    }

    /// Ends a channel whose receiver is dropped and has returned nothing.
    #[inline(never)] // Speed: oneshot. The drop of a receiver that has returned makes no call.
    fn receiver_gone(&self) {
        self.home.touch();
        self.home.leave(THE_VALUE.number);
        // A value that was not received is dropped at the end of this block, with nothing borrowed.
        let _before = self.end();
        self.home.wake(THE_DROP.number);
    }
}

impl<T> fmt::Debug for Oneshot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.get() {
            OneshotState::Open => "open",
            OneshotState::Sent => "sent",
            OneshotState::Over => "over",
        };
        write!(f, "{} [{state}]", self.home.name(KIND))
    }
}

/// Sends the value of a [`oneshot`].
#[must_use = "the receiver gets an error when the sender is dropped"]
pub struct OneshotSender<T> {
    /// The channel, until `send` takes it.
    shared: Option<Rc<Oneshot<T>>>,
}

impl<T> OneshotSender<T> {
    fn shared(&self) -> &Oneshot<T> {
        self.shared.as_ref().expect("`send` takes the sender, too")
    }

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
        self.shared().home.name_once(KIND, name.into());
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
    pub fn send(mut self, value: T) -> Result<(), SendError<T>> {
        let Some(shared) = self.shared.take() else {
            return Err(SendError(value));
        };
        shared.home.touch();
        if !shared.is_open() {
            return Err(SendError(value));
        }
        shared.value.set(Some(value));
        shared.state.set(OneshotState::Sent);
        shared.home.wake(THE_VALUE.number);
        Ok(())
    }

    /// Returns true if the receiver was dropped, so that `send` would fail.
    pub fn is_closed(&self) -> bool {
        self.shared().home.touch();
        !self.shared().is_open()
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
        OneshotClosed::new(self.shared())
    }
}

impl<T> Drop for OneshotSender<T> {
    #[inline]
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            shared.sender_gone();
        }
    }
}

impl<T> fmt::Debug for OneshotSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<OneshotSender {:?}>", self.shared())
    }
}
