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
//! The system reports a *change*, and reports it once (an edge). So a socket keeps the last report,
//! its *readiness*, until an attempt shows that nothing is left (`readiness.rs`).
//!
//! Invariants:
//! 1. A program without sockets has no reactor. The first socket of a loop on the real clock
//!    installs one (`installed.rs`).
//! 2. A call of another thread costs one write to the system if the loop sleeps. If the loop is
//!    awake, floor 3 does not call `unpark`, and the call costs no write.
//! 3. No waker is called while anything of the reactor is borrowed.
//! 4. A number and a generation name one source for ever, so an event that comes late wakes no task
//!    of another socket.
//! 5. When a reactor is dropped or replaced, its waiters are woken, and their next attempt gives an
//!    error.
//!
//! Access: `sockets/` stands on this folder and names no type of `mio` but its sockets and
//! the types that register them (`sockets/io.rs`). Only
//! `look.rs` asks the system for events, and only `readiness.rs` changes a readiness.
//!
//! Read next: `reactor/readiness.rs`, the readiness of one socket.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::io;
use std::rc::Rc;
use std::sync::Arc;

use groundup_sync::executor::ThreadPark;
use groundup_sync::task::Address;
use mio::{Events, Interest, Registry};

pub(crate) mod about;
pub(crate) mod causes;
mod first_waiter;
pub(crate) mod installed;
mod look;
mod precise;
pub(crate) mod readiness;
pub(crate) mod source;
pub(crate) mod sources;
pub(crate) mod waiters;
pub(crate) mod waits;
#[cfg(unix)]
pub(crate) mod watch;

use about::About;
use readiness::{Readiness, Way};
use source::{Source, WatchFunction};
use sources::{SourceId, UNPARK};
use waits::Waits;

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
    clock: ThreadPark,
    poll: RefCell<mio::Poll>,
    registry: Registry,
    events: RefCell<Events>,
    /// Ends a park, from any thread.
    unparker: Arc<mio::Waker>,
    /// The sources, and their waiters.
    waits: Rc<Waits>,
    /// Number of looks so far.
    looks: Cell<u64>,
    /// Sources whose budget is spent, and whose waiters the next look wakes.
    spent: RefCell<Vec<(SourceId, Way)>>,
    /// Number of watched descriptors.
    watched: Cell<usize>,
    /// The functions of watched descriptors that the look calls.
    notified: RefCell<Vec<WatchFunction>>,
    /// True while a run of the loop handles Ctrl-C: each look looks for it, too.
    #[cfg_attr(not(unix), expect(dead_code, reason = "Ctrl-C is handled on Unix"))]
    interruptible: Cell<bool>,
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
        let poll = mio::Poll::new()?;
        let registry = poll.registry().try_clone()?;
        let unparker = Arc::new(mio::Waker::new(&registry, UNPARK)?);
        Ok(Reactor {
            clock: ThreadPark::new(),
            poll: RefCell::new(poll),
            registry,
            events: RefCell::new(Events::with_capacity(EVENTS)),
            unparker,
            waits: Rc::new(Waits::of_reactor()),
            looks: Cell::new(0),
            spent: RefCell::default(),
            watched: Cell::new(0),
            notified: RefCell::default(),
            interruptible: Cell::new(false),
        })
    }

    /// Returns the sources of this reactor.
    #[inline]
    pub(crate) fn waits(&self) -> &Rc<Waits> {
        &self.waits
    }

    /// Registers a socket, for both ways and for good. `about` has its kind and address, for reports.
    pub(crate) fn register(
        &self,
        io: &mut impl mio::event::Source,
        about: About,
        address: Address,
    ) -> io::Result<(SourceId, Arc<Readiness>)> {
        let (source, readiness) = Source::ready(about, &self.waits.waiting);
        let both = Interest::READABLE | Interest::WRITABLE;
        let id = self.enter(io, source, both, address)?;
        Ok((id, readiness))
    }

    /// Enters a source in the table, and registers its socket.
    fn enter(
        &self,
        io: &mut impl mio::event::Source,
        source: Source,
        interest: Interest,
        address: Address,
    ) -> io::Result<SourceId> {
        let id = self.waits.add(source, address);
        if let Err(error) = self.registry.register(io, id.token(), interest) {
            // It has no waiter yet, so none is counted.
            drop(self.waits.sources.remove(&id));
            return Err(error);
        }
        Ok(id)
    }

    /// Fills the budget of a socket, and returns true, if there was a look since the last time. Otherwise
    /// the next look wakes the futures that wait for this way.
    #[cold]
    pub(crate) fn refill(&self, id: &SourceId, way: Way) -> bool {
        let refill = |source: &Source| source.refill(self.looks.get());
        let filled = self.waits.sources.with(id, refill).unwrap_or(false);
        if !filled {
            self.spent.borrow_mut().push((*id, way));
        }
        filled
    }
}

impl Drop for Reactor {
    fn drop(&mut self) {
        self.waits.end();
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor")
            .field("sources", &self.waits.sources.len())
            .field("waiting", &self.waits.count())
            .finish()
    }
}
