//! Errors: what can go wrong with a shared object.
//!
//! The problem: another task may have shut a queue down, filled it, or broken a barrier. That
//! happens in correct programs, so it is an `Err`. The error says the cause and the cure, and no
//! task waits for ever. A mistake of the caller, such as a barrier of no parties or an object that
//! is used in two loops, is a panic with a message of the same form.
//!
//! Invariant: each error is `Send + Sync`, if the item in it is, and its text says the cause and
//! the cure. An error with an item has a method that drops it.
//!
//! Read next: `wait_list/all.rs`.

use std::error::Error;
use std::fmt;

/// Says that a task released an object that is not acquired, or marked more items as done than
/// were put: see [`Lock::release`](crate::Lock::release),
/// [`BoundedSemaphore::release`](crate::BoundedSemaphore::release) and
/// [`BaseQueue::task_done`](crate::BaseQueue::task_done).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAcquired;

impl fmt::Display for NotAcquired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "released although it is not acquired: release once for each acquire whose guard was \
             kept, and call task_done once for each item",
        )
    }
}

impl Error for NotAcquired {}

/// Says that a barrier was broken or reset while a task waited for it: see
/// [`Barrier::wait`](crate::Barrier::wait).
#[doc(alias("BrokenBarrierError"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokenBarrier;

impl fmt::Display for BrokenBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the barrier was aborted or reset: the other parties will not come; reset it before it \
             is used again",
        )
    }
}

impl Error for BrokenBarrier {}

/// Says that a queue was shut down and has no item left: see
/// [`BaseQueue::get`](crate::BaseQueue::get).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueShutDown;

impl fmt::Display for QueueShutDown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the queue was shut down and is empty: no item will come, so end the reader")
    }
}

impl Error for QueueShutDown {}

/// Says why an item was not put, and gives it back: see [`BaseQueue::put`](crate::BaseQueue::put)
/// and [`BaseQueue::put_nowait`](crate::BaseQueue::put_nowait).
#[doc(alias("QueueFull"))]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutError<T> {
    /// The queue is full.
    Full(T),
    /// The queue was shut down.
    ShutDown(T),
}

impl<T> PutError<T> {
    /// Returns the item.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let queue = groundup::Queue::new(1);
    /// queue.put_nowait('a').unwrap();
    /// assert_eq!(queue.put_nowait('b').unwrap_err().into_item(), 'b');
    /// ```
    pub fn into_item(self) -> T {
        match self {
            PutError::Full(item) | PutError::ShutDown(item) => item,
        }
    }

    /// Drops the item, and returns the reason alone: an error that is `Send + Sync + 'static`, whatever the
    /// item is. So `?` makes a `Box<dyn Error + Send + Sync>` of it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use std::error::Error;
    /// use std::rc::Rc;
    ///
    /// use groundup::{PutError, Queue, run};
    ///
    /// async fn send(queue: &Queue<Rc<str>>) -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     Ok(queue.put("an item".into()).await.map_err(PutError::without_item)?)
    /// }
    ///
    /// let queue = Queue::new(1);
    /// queue.shutdown();
    /// let error = run(send(&queue)).unwrap_err();
    /// assert_eq!(error.to_string(), "the queue was shut down, and takes no more items");
    /// ```
    pub fn without_item(self) -> PutError<()> {
        match self {
            PutError::Full(_) => PutError::Full(()),
            PutError::ShutDown(_) => PutError::ShutDown(()),
        }
    }
}

/// Writes the reason, and not the item, which may have no `Debug`.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "Full(..)",
            PutError::ShutDown(_) => "ShutDown(..)",
        })
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "the queue is full: await put, which waits for room",
            PutError::ShutDown(_) => "the queue was shut down, and takes no more items",
        })
    }
}

impl<T> Error for PutError<T> {}

/// Says why no item was returned: see [`BaseQueue::get_nowait`](crate::BaseQueue::get_nowait).
#[doc(alias("QueueEmpty"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GetError {
    /// The queue is empty.
    Empty,
    /// The queue was shut down and is empty.
    ShutDown,
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GetError::Empty => {
                f.write_str("the queue is empty: await get, which waits for an item")
            }
            GetError::ShutDown => QueueShutDown.fmt(f),
        }
    }
}

impl Error for GetError {}

/// Says that a value was not sent, since no receiver is left, and gives it back: see
/// [`OneshotSender::send`](crate::OneshotSender::send),
/// [`BroadcastSender::send`](crate::BroadcastSender::send) and
/// [`WatchSender::send`](crate::WatchSender::send).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

impl<T> SendError<T> {
    /// Returns the value.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let (sender, receiver) = groundup::oneshot();
    /// drop(receiver);
    /// assert_eq!(sender.send('a').unwrap_err().into_value(), 'a');
    /// ```
    pub fn into_value(self) -> T {
        self.0
    }

    /// Drops the value, and returns an error that is `Send + Sync + 'static`, whatever the value is.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use std::error::Error;
    /// use std::rc::Rc;
    ///
    /// use groundup::{OneshotSender, SendError, oneshot};
    ///
    /// fn answer(sender: OneshotSender<Rc<str>>) -> Result<(), Box<dyn Error + Send + Sync>> {
    ///     Ok(sender.send("yes".into()).map_err(SendError::without_value)?)
    /// }
    ///
    /// let (sender, receiver) = oneshot();
    /// drop(receiver);
    /// assert!(answer(sender).is_err());
    /// ```
    pub fn without_value(self) -> SendError<()> {
        SendError(())
    }
}

/// Writes the reason, and not the value, which may have no `Debug`.
impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no receiver is left, so the value was not sent: end the sender, or keep a receiver as \
             long as values are sent",
        )
    }
}

impl<T> Error for SendError<T> {}

/// Says that no value will come, since all senders of a channel were dropped: see
/// [`OneshotReceiver`](crate::OneshotReceiver) and
/// [`WatchReceiver::changed`](crate::WatchReceiver::changed).
#[doc(alias("RecvError"))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderDropped;

impl fmt::Display for SenderDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "all senders were dropped, and no value will come: end the receiver, or find out why the \
             sending task ended without a send",
        )
    }
}

impl Error for SenderDropped {}

/// Says why a broadcast returned no value: see
/// [`BroadcastReceiver::recv`](crate::BroadcastReceiver::recv).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BroadcastError {
    /// So many values were replaced by newer ones before this receiver read them.
    Lagged(u64),
    /// All senders were dropped, and all values were read.
    Closed,
}

impl fmt::Display for BroadcastError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BroadcastError::Lagged(missed) => write!(
                f,
                "the receiver missed {missed} values, which newer ones have replaced: go on with the \
                 next value, or give the broadcast a larger capacity"
            ),
            BroadcastError::Closed => SenderDropped.fmt(f),
        }
    }
}

impl Error for BroadcastError {}
