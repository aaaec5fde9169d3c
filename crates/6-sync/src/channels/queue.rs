//! Queue: items on their way from some tasks to others, with a limit.
//!
//! The problem: producers make items, consumers use items, and no producer knows a consumer. If
//! the consumers are slower, the items pile up. A queue with a capacity makes a producer wait while
//! the queue is full, and a consumer while it is empty.
//!
//! ```text
//!                    ┌──────── capacity ────────┐
//!   put ──> putters  │  item   item   item      │  getters ──> get
//!           wait     └──────────────────────────┘  wait
//!           while it is full                       while it is empty
//!
//!   put     adds an item ───────> notifies the first getter
//!   get     removes an item ────> notifies the first putter
//! ```
//!
//! A token is only a hint: as in asyncio, it does not reserve the item. Another task may call `get`
//! or [`BaseQueue::get_nowait`] before the notified getter runs, and takes the item. The getter then
//! waits again, at the end of its line. A task that finds an item, or room, takes it without joining
//! the line, also if others wait there. A get notifies the first waiting putter, if there is one, and a
//! put the first waiting getter.
//!
//! The queue stores the ticket of the task that put an item last, which is one store. If another task
//! put the previous item, the queue keeps that task's ticket in a list of producers. If a getter
//! waits for ever, the report of the deadlock names the last producer; if that task has ended, the
//! report also names an earlier producer that lives.
//!
//! The count of unfinished items goes up with each `put` and down with each `task_done`.
//! [`BaseQueue::join`] waits until it is zero.
//!
//! Invariants:
//! 1. Each item that was put is returned by one `get`, or dropped with the queue or by a shutdown.
//! 2. If the queue has an item and a getter waits, a notified getter is on its way. If the queue has
//!    room and a putter waits, a notified putter is on its way.
//! 3. A shutdown notifies every future that waits for room or for an item. No wait begins after it.
//! 4. An item is dropped while nothing is borrowed.
//! 5. While a getter waits, the wait reason of the getters names the task that put an item last.
//!
//! Read next: `channels/queue/get.rs`. Second reading: `channels/queue/store.rs`.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::fmt;

use groundup_combinators::task::{EachTold, Holder, Ticket};
use groundup_combinators::trace::{Access, Name};

use crate::channels::queue::store::{Lowest, QueueStore};
use crate::home::Home;
use crate::wait_list::WaitList;

pub(crate) mod ending;
pub(crate) mod get;
pub(crate) mod put;
mod recount;
pub(crate) mod store;
pub(crate) mod stream;

/// A queue that returns the oldest item first: asyncio's `Queue`. [`BaseQueue`] has its methods.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, executor::*}; }
/// use groundup::{Queue, run, spawn};
/// use std::rc::Rc;
///
/// run(async {
///     let orders = Rc::new(Queue::new(2));
///     let customer = spawn({
///         let orders = orders.clone();
///         async move {
///             for order in ["tea", "coffee", "cake"] {
///                 orders.put(order).await.unwrap(); // waits while two orders are open
///             }
///             orders.shutdown();
///         }
///     });
///     let mut served = Vec::new();
///     while let Ok(order) = orders.get().await { served.push(order) }
///     assert_eq!(served, ["tea", "coffee", "cake"]);
///     customer.await.unwrap();
/// });
/// ```
#[doc(alias("mpsc", "channel", "open_memory_channel"))]
pub type Queue<T> = BaseQueue<VecDeque<T>>;

/// A queue that returns the lowest item first, and of equal items the oldest: asyncio's
/// `PriorityQueue`. [`BaseQueue`] has its methods.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; }
/// let jobs = groundup::PriorityQueue::unbounded();
/// jobs.put_nowait((2, "clean")).unwrap();
/// jobs.put_nowait((1, "cook")).unwrap();
/// assert_eq!(jobs.get_nowait(), Ok((1, "cook")));
/// ```
pub type PriorityQueue<T> = BaseQueue<Lowest<T>>;

/// A queue that returns the newest item first: asyncio's `LifoQueue`. [`BaseQueue`] has its
/// methods.
///
/// ```
/// # mod groundup { pub use groundup_sync::*; }
/// let plates = groundup::LifoQueue::unbounded();
/// plates.put_nowait("below").unwrap();
/// plates.put_nowait("above").unwrap();
/// assert_eq!(plates.get_nowait(), Ok("above"));
/// ```
pub type LifoQueue<T> = BaseQueue<Vec<T>>;

/// Passes items from some tasks to others, in the order that its store decides. [`Queue`] has an
/// example.
///
/// Tasks of a loop share a queue by reference, or in an `Rc`.
pub struct BaseQueue<S: QueueStore> {
    store: RefCell<S>,
    capacity: usize,
    /// The number of items at which a put must not add one: the capacity, or 0 after a shutdown.
    limit: Cell<usize>,
    unfinished: Cell<usize>,
    /// The task that put an item last.
    producer: Cell<Ticket>,
    /// The producer that the wait reason of the getters names.
    told: Cell<Ticket>,
    getters: WaitList,
    putters: WaitList,
    joiners: WaitList,
    home: Home<3>,
}

/// Numbers of the reasons for which tasks wait for a queue.
const AN_ITEM: usize = 0;
const ROOM: usize = 1;
const THE_WORK: usize = 2;

impl<S: QueueStore> BaseQueue<S> {
    /// Creates a queue that holds at most `capacity` items.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0: no item could be put. (In asyncio 0 means no limit; here this is
    /// [`unbounded`](BaseQueue::unbounded).)
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let queue = groundup::Queue::<char>::new(8);
    /// assert_eq!((queue.len(), queue.capacity()), (0, Some(8)));
    /// ```
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(
            capacity > 0,
            "a queue without room would take no item: give it at least 1, or use `unbounded`"
        );
        BaseQueue {
            store: RefCell::new(S::default()),
            capacity,
            limit: Cell::new(capacity),
            unfinished: Cell::new(0),
            producer: Cell::new(Ticket::NONE),
            told: Cell::new(Ticket::NONE),
            getters: WaitList::default(),
            putters: WaitList::default(),
            joiners: WaitList::default(),
            home: Home::new("queue"),
        }
    }

    /// Creates a queue without a limit: a `put` never waits.
    #[track_caller]
    pub fn unbounded() -> Self {
        Self::new(usize::MAX)
    }

    /// Names the queue in traces, deadlock reports and explanations. Without a name it is called
    /// "queue", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let jobs = groundup::Queue::<u8>::new(2).named("jobs");
    /// assert_eq!(format!("{jobs:?}"), "<Queue jobs [0/2]>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Returns the number of items in the queue.
    #[doc(alias("qsize"))]
    pub fn len(&self) -> usize {
        self.home.touch(Access::Read);
        self.store().count()
    }

    /// Returns true if the queue has no items.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns true if the queue has no room.
    pub fn is_full(&self) -> bool {
        self.len() >= self.capacity
    }

    /// Returns the most items that the queue takes; `None` if there is no limit.
    #[doc(alias("maxsize"))]
    pub fn capacity(&self) -> Option<usize> {
        (self.capacity != usize::MAX).then_some(self.capacity)
    }

    #[inline]
    fn store(&self) -> RefMut<'_, S> {
        let store = self.store.try_borrow_mut();
        store.expect("a comparison of two items used the queue that was comparing them")
    }

    /// Returns true if a put need not wait: there is room, or the queue was shut down.
    #[cold]
    fn lets_put(&self) -> bool {
        !self.is_full() || self.is_over()
    }

    /// Notes that a task has put an item, and notifies the first getter. If no getter waits and the same
    /// task put the previous item, this is one store.
    #[inline(always)]
    fn note_put(&self, producer: Ticket) {
        let before = self.producer.replace(producer);
        if before != producer {
            self.note_change(before);
        } else {
            self.getters.wake_one();
        }
    }

    /// Keeps the producer of the previous item, and notifies the first getter. If other getters go on
    /// waiting, stores the new producer in their wait reason.
    #[cold]
    #[inline(never)]
    fn note_change(&self, before: Ticket) {
        if before != Ticket::NONE {
            self.getters.add_producer(before);
        }
        self.getters.wake_one();
        if self.getters.is_waiting() && self.producer.get() != self.told.get() {
            self.tell_producer();
        }
    }

    /// Stores the task that put an item last in the wait reason of the getters. A report follows
    /// each wait to the `Holder` in its reason: from a wait for an item to this task.
    #[cold]
    fn tell_producer(&self) {
        let producer = self.producer.get();
        self.told.set(producer);
        self.getters.held_by(match producer {
            Ticket::NONE => Holder::Unknown,
            producer => Holder::Producer(producer),
        });
    }

    /// Returns true if a get need not wait: there is an item, or the queue was shut down.
    #[cold]
    fn lets_get(&self) -> bool {
        !self.is_empty() || self.is_over()
    }
}

/// A queue without a limit.
impl<S: QueueStore> Default for BaseQueue<S> {
    #[track_caller]
    fn default() -> Self {
        Self::unbounded()
    }
}

impl<S: QueueStore> Drop for BaseQueue<S> {
    fn drop(&mut self) {
        drop(EachTold::from(
            std::mem::take(self.store.get_mut()).into_items(),
        ));
    }
}

impl<S: QueueStore> fmt::Debug for BaseQueue<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} {} [{}", S::KIND, self.home.name(), self.len())?;
        if let Some(capacity) = self.capacity() {
            write!(f, "/{capacity}")?;
        }
        let lines = [("getters", &self.getters), ("putters", &self.putters)];
        for (what, line) in lines.iter().filter(|(_, line)| !line.is_empty()) {
            write!(f, ", {what}:{}", line.len())?;
        }
        f.write_str(if self.is_shut_down() {
            ", shut down]>"
        } else {
            "]>"
        })
    }
}
