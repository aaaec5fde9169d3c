//! The driver that waits for sockets.
//!
//! The problem: a task that reads from a socket must be woken when data comes, and the loop has
//! one place in which it blocks, the park of its driver. So this driver parks in a call of the
//! system that ends at a deadline, at a call of another thread, and at an event of any socket.
//!
//! ```text
//!   a task        TcpStream              Reactor                        the system
//!    | read  --->  | attempt ---------------------------------------->   | no data
//!    |             | wait ------------->  | a waiter, in the source       |
//!    | Pending     |                      |                              |
//!                     the loop is idle    | park: one call  ---------->   | blocks ..
//!                                         | <--- source 7 is readable     |
//!    | <---------- wake ----------------  | looks up source 7             |
//!    | read  --->  | attempt ---------------------------------------->   | data
//! ```
//!
//! The system reports a *change*, and reports it once (an edge). So a source keeps what was
//! reported, its *readiness*, until an attempt shows that nothing is left (`source.rs`).
//!
//! Invariants:
//! 1. A program without sockets has no reactor. The first socket of a loop on the real clock
//!    installs one (`installed.rs`).
//! 2. A call of another thread costs one write to the system if the loop sleeps, and none if it is
//!    awake: floor 3 calls `unpark` only then.
//! 3. No waker is called while anything of the reactor is borrowed.
//! 4. A number of a source is never given twice, so an event that comes late wakes no task of
//!    another socket.
//! 5. When a reactor is dropped, its waiters are woken, and their next attempt gives an error.
//!
//! Access: `sockets/` stands on this folder and names no type of `mio` but its sockets. Only
//! `look.rs` asks the system for events, and only `source.rs` changes a readiness.
//!
//! Read next: `reactor/source.rs`, the readiness of one socket.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Context;

use groundup_sync::executor::ThreadPark;
use groundup_sync::task::{Address, Scheduler, StoredWaker};
use mio::{Events, Interest, Registry};

pub(crate) mod about;
pub(crate) mod installed;
mod look;
mod precise;
pub(crate) mod source;
pub(crate) mod sources;

use about::About;
use source::{Attempt, Key, Source, Way};
use sources::{SourceId, Sources, UNPARK};

/// Number of events that one look takes from the system. More of them wait for the next look.
const EVENTS: usize = 1024;

/// A driver on the real clock that also waits for sockets: with epoll on Linux, with kqueue on
/// macOS and the BSDs, and with the means of Windows there, all through `mio`. Only Linux is tested.
///
/// The first socket of a loop with the standard driver installs a reactor, so a program need not
/// name this type. A loop that has sockets from its beginning can be built with one:
///
/// ```
/// # mod groundup { pub use groundup_io::{*, executor::*}; }
/// use groundup::{EventLoop, Reactor};
///
/// let event_loop = EventLoop::builder().driver(Reactor::new().unwrap()).build();
/// assert!(event_loop.driver::<Reactor>().is_some());
/// ```
pub struct Reactor {
    /// Identifies the reactor in the process.
    number: u64,
    clock: ThreadPark,
    poll: RefCell<mio::Poll>,
    registry: Registry,
    events: RefCell<Events>,
    /// Ends a park, from any thread.
    unparker: Arc<mio::Waker>,
    sources: Sources,
    /// Number of looks so far.
    looks: Cell<u64>,
    /// Number of waiters in all sources.
    waiting: Cell<usize>,
    /// Last key that was given to a future.
    keys: Cell<u64>,
    /// The memory of a look: the wakers that it calls.
    woken: Cell<Vec<StoredWaker>>,
    /// Sources that were served often since the last look, and whose waiters the next look wakes.
    served_out: RefCell<Vec<(SourceId, Way)>>,
}

/// The result of [`Reactor::attempt`].
pub(crate) enum Attempted<T> {
    /// It is done.
    Done(io::Result<T>),
    /// The future waits.
    Waits,
    /// The future is to [wait](Reactor::wait), and its waker is not a ticket.
    Foreign,
    /// The reactor has no such source.
    Gone,
}

impl Reactor {
    /// Makes a driver for a loop of the current thread; its time begins now.
    ///
    /// # Errors
    ///
    /// If the system has no descriptor left for it.
    ///
    /// ```
    /// # mod groundup { pub use groundup_io::{*, executor::*}; }
    /// use groundup::{Driver, Reactor};
    ///
    /// let reactor = Reactor::new().unwrap();
    /// assert!(!reactor.glance(), "no task waits for a socket");
    /// ```
    pub fn new() -> io::Result<Reactor> {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let poll = mio::Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let unparker = Arc::new(mio::Waker::new(&registry, UNPARK)?);
        Ok(Reactor {
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            clock: ThreadPark::new(),
            poll: RefCell::new(poll),
            registry,
            events: RefCell::new(Events::with_capacity(EVENTS)),
            unparker,
            sources: Sources::default(),
            looks: Cell::new(0),
            waiting: Cell::new(0),
            keys: Cell::new(0),
            woken: Cell::default(),
            served_out: RefCell::default(),
        })
    }

    /// Returns true if `id` is the id of a source of this reactor.
    pub(crate) fn has(&self, id: &SourceId) -> bool {
        id.reactor() == self.number
    }

    /// Registers a socket, for both ways and for good.
    pub(crate) fn register(
        &self,
        io: &mut impl mio::event::Source,
        about: About,
        address: Address,
    ) -> io::Result<SourceId> {
        let id = (self.sources).insert(Source::new(about), self.number, address);
        let both = Interest::READABLE | Interest::WRITABLE;
        if let Err(error) = self.registry.register(io, id.token(), both) {
            drop(self.sources.remove(&id));
            return Err(error);
        }
        Ok(id)
    }

    /// Removes a source whose socket is closed, or about to be.
    pub(crate) fn forget(&self, id: &SourceId) {
        if let Some(source) = self.sources.remove(id) {
            self.count_down(source.waiters());
        }
    }

    /// Makes attempts at an operation until it is done, and moves the waker of its future to `left`.
    /// Otherwise the future with this key waits, if its waker is a ticket. Calls no code of the
    /// user's: it runs while the driver is borrowed.
    #[inline]
    pub(crate) fn attempt<T>(
        &self,
        id: &SourceId,
        way: Way,
        key: &mut Key,
        cx: &Context<'_>,
        left: &mut Option<StoredWaker>,
        mut attempt: impl FnMut() -> io::Result<Attempt<T>>,
    ) -> Attempted<T> {
        let attempted = self.sources.with(id, |source| {
            while source.is_ready(way) {
                if !source.serve(self.looks.get()) {
                    self.served_out.borrow_mut().push((*id, way));
                    break;
                }
                let done = match attempt() {
                    Ok(Attempt::Full(value)) => Ok(value),
                    Ok(Attempt::Short(value)) => {
                        source.is_drained(way);
                        Ok(value)
                    }
                    Err(error) => match error.kind() {
                        io::ErrorKind::WouldBlock => {
                            source.would_block(way);
                            break;
                        }
                        io::ErrorKind::Interrupted => continue,
                        _ => Err(error),
                    },
                };
                if let Some(waker) = source.leave(way, *key) {
                    self.count_down(1);
                    *left = Some(waker);
                }
                return Attempted::Done(done);
            }
            match Scheduler::any_ticket_in(cx) {
                Some(ticket) if source.wait_plain(way, self.numbered(key), ticket) => {
                    self.waiting.set(self.waiting.get() + 1);
                    source.say_reason(way, cx);
                    Attempted::Waits
                }
                Some(_) if source.renew(way, *key, cx) => {
                    source.say_reason(way, cx);
                    Attempted::Waits
                }
                _ => Attempted::Foreign,
            }
        });
        attempted.unwrap_or(Attempted::Gone)
    }

    /// Returns true if an attempt would be made.
    pub(crate) fn is_ready(&self, id: &SourceId, way: Way) -> bool {
        let is_ready = |source: &Source| source.is_ready(way);
        let ready = self.sources.with(id, is_ready);
        ready.unwrap_or(true)
    }

    /// Stores the waker of a future that waits, after an attempt.
    pub(crate) fn wait(&self, id: &SourceId, way: Way, key: &mut Key, cx: &Context<'_>) {
        if let Some(source) = self.sources.get(id) {
            if source.wait(way, self.numbered(key), cx) {
                self.waiting.set(self.waiting.get() + 1);
            }
            source.say_reason(way, cx);
        }
    }

    /// Gives a key a number, if it is new.
    #[inline]
    fn numbered(&self, key: &mut Key) -> Key {
        if *key == Key::NEW {
            self.keys.set(self.keys.get() + 1);
            *key = Key::numbered(self.keys.get());
        }
        *key
    }

    /// Removes the waker of a future that does not wait any more.
    pub(crate) fn leave(&self, id: &SourceId, way: Way, key: Key) {
        if let Some(source) = self.sources.get(id) {
            let left = source.leave(way, key);
            self.count_down(usize::from(left.is_some()));
        }
    }

    fn count_down(&self, waiters: usize) {
        self.waiting.set(self.waiting.get() - waiters);
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        for source in self.sources.take_all() {
            source.take_waiters(Way::BOTH, self.woken.get_mut());
        }
        for waker in self.woken.take() {
            waker.wake();
        }
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("sources", &self.sources.len())
            .field("waiting", &self.waiting.get())
            .finish()
    }
}
