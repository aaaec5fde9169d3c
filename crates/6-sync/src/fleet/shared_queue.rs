//! A queue whose ends are in different loops.
//!
//! The problem: a [`Queue`](crate::Queue) belongs to one loop, and costs no lock. Two loops on two
//! threads need a queue that both can wait for. A fast producer must wait for a slow consumer in
//! another loop, or the items between them grow without a bound.
//!
//! ```text
//!   loop 0                  queue of two              loop 1
//!   put(a)                  a
//!   put(b)                  a b
//!   put(c).await            a b    c waits            get().await -> a
//!   resumed by a message    b c    <── room ───────
//! ```
//!
//! Invariants:
//! 1. An item is got once, or is still in the queue, or went back to the caller of a put.
//! 2. A wait that is dropped passes its notice on, so no other waiter sleeps beside an item.
//! 3. A loop on virtual time that waits here waits for other threads, and reports no deadlock.
//!
//! Read next: `fleet/shared_guard.rs`.

use std::fmt;
use std::sync::Arc;

use groundup_combinators::task::drop_told;

use super::channel::{Channel, Found};
use super::shared_wait::{SharedGet, SharedPut, touch, wake};
use crate::error::{GetError, PutError};

/// A bounded queue between loops on different threads. Its clones are one queue; it is `Send`.
///
/// It has the methods of [`Queue`](crate::Queue), and each call takes a lock. Take a `Queue` if all
/// tasks that use it are in one loop.
///
/// If a getter and a newcomer are after one item, the newcomer may be faster, as in asyncio. Waiters
/// are notified in the order in which they came.
///
/// A getter waits for ever if no task will put an item any more, and no report says so, also not on virtual
/// time: any thread may have a handle. So a task that puts, in a loop that may end, holds a
/// [guard](SharedQueue::drop_guard). Items that a loop had taken when it ended are dropped with its tasks,
/// whose awaiters get the [`LoopEnd`](crate::LoopEnd).
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Fleet, SharedQueue, run};
///
/// run(async {
///     let fleet = Fleet::new(1);
///     let queue = SharedQueue::new(2);
///     let numbers = queue.clone();
///     let sum = fleet.spawn_on(0, async move || {
///         let mut sum = 0;
///         while let Ok(n) = numbers.get().await {
///             sum += n;
///         }
///         sum
///     });
///     for n in 1..=100 {
///         queue.put(n).await.unwrap(); // waits while two numbers are in the queue
///     }
///     queue.shutdown();
///     assert_eq!(sum.await.unwrap(), 5050);
/// });
/// ```
#[doc(alias("channel", "mpsc", "janus"))]
pub struct SharedQueue<T> {
    channel: Arc<Channel<T>>,
}

impl<T: Send> SharedQueue<T> {
    /// Makes a queue with room for `capacity` items.
    ///
    /// # Panics
    ///
    /// If `capacity` is zero.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// assert_eq!(groundup::SharedQueue::<u8>::new(2).capacity(), 2);
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(
            capacity > 0,
            "a queue without room would let no item through: give it room for at least one"
        );
        SharedQueue {
            channel: Arc::new(Channel::new(capacity)),
        }
    }

    /// Stores an item; waits while the queue is full.
    ///
    /// # Errors
    ///
    /// [`PutError::ShutDown`], which has the item.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled before it has returned, the item was not stored, and is
    /// dropped.
    pub fn put(&self, item: T) -> SharedPut<T> {
        SharedPut::new(&self.channel, item)
    }

    /// Removes an item and returns it; waits while the queue is empty.
    ///
    /// # Errors
    ///
    /// [`QueueShutDown`](crate::QueueShutDown), if the queue was shut down and is empty.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled before it has returned, it has removed no item.
    pub fn get(&self) -> SharedGet<T> {
        SharedGet::new(&self.channel)
    }

    /// Stores an item at once.
    ///
    /// # Errors
    ///
    /// [`PutError`], which has the item: the queue is full, or was shut down.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let queue = groundup::SharedQueue::new(1);
    /// queue.put_nowait('a').unwrap();
    /// assert_eq!(queue.put_nowait('b').unwrap_err().into_item(), 'b');
    /// ```
    pub fn put_nowait(&self, item: T) -> Result<(), PutError<T>> {
        touch(&self.channel);
        let mut item = Some(item);
        let (found, woken) = self.channel.put(&mut item, &mut None, None);
        wake(woken);
        match (found, item) {
            (Found::Shut, Some(item)) => Err(PutError::ShutDown(item)),
            (_, Some(item)) => Err(PutError::Full(item)),
            (_, None) => Ok(()),
        }
    }

    /// Removes an item at once.
    ///
    /// # Errors
    ///
    /// [`GetError`]: the queue is empty, and perhaps shut down.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::{GetError, SharedQueue};
    ///
    /// assert_eq!(SharedQueue::<u8>::new(1).get_nowait(), Err(GetError::Empty));
    /// ```
    pub fn get_nowait(&self) -> Result<T, GetError> {
        touch(&self.channel);
        let (found, woken) = self.channel.get(&mut None, None);
        wake(woken);
        match found {
            Found::Done(item) => Ok(item),
            Found::Shut => Err(GetError::ShutDown),
            Found::Waits => Err(GetError::Empty),
        }
    }

    /// Refuses further items. The items in the queue can still be got.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let queue = groundup::SharedQueue::new(2);
    /// queue.put_nowait('a').unwrap();
    /// queue.shutdown();
    /// assert!(queue.put_nowait('b').is_err());
    /// assert_eq!(queue.get_nowait(), Ok('a'));
    /// assert!(queue.get_nowait().is_err());
    /// ```
    pub fn shutdown(&self) {
        touch(&self.channel);
        self.channel
            .shut()
            .into_iter()
            .for_each(|it| wake(Some(it)));
    }

    /// Refuses further items, and drops those in the queue: asyncio's `shutdown(immediate=True)`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let queue = groundup::SharedQueue::new(2);
    /// queue.put_nowait('a').unwrap();
    /// queue.shutdown_now();
    /// assert!(queue.get_nowait().is_err());
    /// ```
    pub fn shutdown_now(&self) {
        self.shutdown();
        self.channel.take_all().into_iter().for_each(drop_told);
    }

    /// Returns the number of items in the queue.
    pub fn len(&self) -> usize {
        touch(&self.channel);
        self.channel.len()
    }

    /// Returns true if the queue has no item.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the greatest number of items.
    pub fn capacity(&self) -> usize {
        self.channel.capacity()
    }

    /// Returns true if the queue was shut down.
    pub fn is_shut_down(&self) -> bool {
        touch(&self.channel);
        self.channel.is_shut()
    }
}

impl<T> Clone for SharedQueue<T> {
    fn clone(&self) -> Self {
        SharedQueue {
            channel: self.channel.clone(),
        }
    }
}

impl<T> fmt::Debug for SharedQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedQueue")
            .field("items", &self.channel.len())
            .field("capacity", &self.channel.capacity())
            .finish()
    }
}
