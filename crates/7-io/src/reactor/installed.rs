//! Finds the reactor of the running loop, or installs one.
//!
//! The problem: a socket begins in a task, and nothing of the program has said that there will be
//! sockets. A program without them must not pay for a reactor. So the first socket replaces the
//! driver of the running loop. The loop's time goes on, its deadlines stay, and calls of other
//! threads reach the new driver.
//!
//! | the driver of the loop | a socket |
//! |---|---|
//! | any, and the loop has a network in memory | is in that network, and needs no reactor |
//! | a reactor | belongs to it |
//! | [`ThreadPark`], the standard one | installs a reactor |
//! | that of a guest | is refused with an error: the sockets of the host are there |
//! | [`Virtual`](groundup_sync::executor::Virtual), or the program's own | is refused with an error |
//! | there is no running loop | panics: a mistake of the caller |
//!
//! On virtual time no time passes outside, so a peer has no time to answer: the loop would report a
//! deadlock, or let each deadline overtake each answer. In memory (`memory.rs`) the peers are in the
//! same loop, and wait by the same clock.
//!
//! Invariants:
//! 1. A loop has one reactor, which all its sockets of the system share.
//! 2. A wait is registered with the reactor that is the driver of the loop now, so a look will see it.
//!
//! Read next: `reactor/about.rs`.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use groundup_sync::executor::{ThreadPark, current_loop, driver, keep, try_iteration};
use groundup_sync::task::{Address, Scheduler};

use super::Reactor;
use super::sources::SourceId;

/// Says of a loop, which keeps it, whether it is the guest of a host.
#[derive(Debug, Default)]
pub(crate) struct Hosted(Cell<bool>);

impl Hosted {
    /// Marks the loop.
    pub(crate) fn mark(&self) {
        self.0.set(true);
    }
}

/// Returns the reactor of the running loop, and the address of the loop. Installs a reactor if the
/// loop has the standard driver.
#[track_caller]
pub(crate) fn install() -> io::Result<(Rc<Reactor>, Address)> {
    let scheduler = Scheduler::current().filter(|_| try_iteration().is_some());
    let Some(scheduler) = scheduler else {
        panic!(
            "no running event loop: a socket, a pipe, a process or a signal belongs to one; make it in \
             a task or a callback of a running loop"
        );
    };
    let address = scheduler.address();
    if let Some(reactor) = driver::<Reactor>() {
        // It may have come into the loop during a run, by `replace_driver`.
        #[cfg(unix)]
        reactor.handle_interrupts(true)?;
        return Ok((reactor, address));
    }
    if keep(Hosted::default).0.get() {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this loop is the guest of a host, and only the host waits for sockets, pipes, processes \
             and signals: use those of the host, such as `tokio::net` and `tokio::signal` in a guest of \
             tokio, or run the program by itself, with `run`",
        ));
    }
    if driver::<ThreadPark>().is_none() {
        return Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this loop has a clock or a driver that cannot wait for sockets, pipes, processes or \
             signals, such as virtual time: run the program on the real clock, with `run` or \
             `EventLoop::new`, or (for sockets) make a network in memory at the beginning of the \
             program, with `Network::new`",
        ));
    }
    let reactor = Rc::new(Reactor::new()?);
    #[cfg(unix)]
    reactor.handle_interrupts(true)?;
    drop(current_loop().replace_driver(reactor.clone()));
    Ok((reactor, address))
}

/// Returns the reactor of the running loop, if the source is one of its sources.
pub(crate) fn reactor_of(id: &SourceId) -> Option<Rc<Reactor>> {
    driver::<Reactor>().filter(|reactor| reactor.waits().has(id))
}

/// Makes the error of an operation outside the loop of its socket, pipe, process or signal.
#[cold]
pub(crate) fn gone() -> io::Error {
    let text = match try_iteration() {
        Some(_) => {
            "this socket, pipe, process or signal belongs to another event loop, or to a driver that \
             its loop no longer has: use it in a task of the loop in which it was made"
        }
        None => {
            "no event loop runs here: await a socket, a pipe, a process or a signal in a task of the \
             loop in which it was made"
        }
    };
    io::Error::other(text)
}
