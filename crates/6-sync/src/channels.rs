//! Channels: values on their way from some tasks to others.
//!
//! The problem: a task makes a value, and another task uses it later. The task that makes it must
//! not know the other, and the task that uses it must wait until it is there. The channels differ
//! in how many values there are, and in how many tasks receive each of them:
//!
//! | file | values | received by | if the receivers are slower |
//! |---|---|---|---|
//! | `channels/queue.rs` | many | one task each | a `put` waits |
//! | `channels/oneshot.rs` | one | one task | the value waits |
//! | `channels/broadcast.rs` | many | every receiver | a receiver loses the oldest, and learns how many |
//! | `channels/watch.rs` | the latest | every receiver | a receiver sees the latest, and not those between |
//!
//! Items of a queue go to any task that asks, so a queue is one object, which tasks share. The other
//! channels have two ends. When all senders are dropped, the receivers learn that no value
//! will come, and when all receivers are dropped, a `send` returns its value.
//!
//! Invariant: a value that was sent is received, or dropped with the channel, or replaced as the
//! table says.
//!
//! Read next: `channels/queue/store.rs`.

pub(crate) mod broadcast;
pub(crate) mod oneshot;
pub(crate) mod queue;
pub(crate) mod watch;

pub use self::broadcast::BroadcastSender;
pub use self::broadcast::receiver::{BroadcastReceiver, BroadcastRecv};
pub use self::oneshot::OneshotSender;
pub use self::oneshot::closed::OneshotClosed;
pub use self::oneshot::receiver::OneshotReceiver;
pub use self::queue::ending::QueueJoin;
pub use self::queue::get::QueueGet;
pub use self::queue::put::QueuePut;
pub use self::queue::store::{Lowest, QueueStore};
pub use self::queue::stream::QueueStream;
pub use self::queue::{BaseQueue, LifoQueue, PriorityQueue, Queue};
pub use self::watch::WatchSender;
pub use self::watch::receiver::{WatchChanged, WatchReceiver};
