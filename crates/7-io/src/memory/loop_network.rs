//! The network of the running loop.
//!
//! The problem: a socket is made by a function that knows no network, such as `TcpStream::connect`,
//! and it must be found where the program has made it: in its loop. So the loop keeps its network, as
//! it keeps its other single objects.
//!
//! ```text
//!   Network::new ───> the loop keeps it
//!   TcpStream::connect ── does the running loop keep a network?
//!                           ├── yes: a socket in memory, of the host of this task
//!                           └── no:  a socket of the system, or a refusal (`installed.rs`)
//! ```
//!
//! The host of a task is a task-local value: a task inherits it from the task that spawned it.
//!
//! Invariants:
//! 1. A loop has one network at most, from its making to the close of the loop.
//! 2. When the loop is closed, the network ends.
//!
//! Read next: `memory/endpoints.rs`.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;

use groundup_sync::executor::{keep, try_iteration};
use groundup_sync::task::{Local, Scheduler};

use super::core::NetworkCore;
use super::hosts::HostId;
use crate::reactor::sources::SourceId;
use crate::reactor::waits::Waits;

/// The host of a task: the number of the network, and of the host.
static HOST: Local<Option<(u64, HostId)>> = Local::new();

/// The network that a loop keeps.
#[derive(Default)]
struct Kept(RefCell<Option<Rc<NetworkCore>>>);

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(core) = self.0.take() {
            core.end();
        }
    }
}

/// Returns the place for the network of the running loop, if a loop runs here.
fn kept() -> Option<Rc<Kept>> {
    try_iteration().map(|_| keep(Kept::default))
}

/// Gives the running loop a network. Returns the reason why not, if it cannot have it.
pub(crate) fn install(
    make: impl FnOnce(&Scheduler) -> NetworkCore,
) -> Result<Rc<NetworkCore>, &'static str> {
    let (Some(kept), Some(scheduler)) = (kept(), Scheduler::current()) else {
        return Err(
            "no running event loop: a network in memory belongs to one; make it at the beginning \
             of the main task",
        );
    };
    if kept.0.borrow().is_some() {
        return Err(
            "this loop has a network in memory already, and all its sockets are in it: \
             `Network::current` returns it",
        );
    }
    let core = Rc::new(make(&scheduler));
    *kept.0.borrow_mut() = Some(core.clone());
    Ok(core)
}

/// Returns the network of the running loop.
pub(crate) fn of_loop() -> Option<Rc<NetworkCore>> {
    kept()?.0.borrow().clone()
}

/// Returns the network of this number, if it is the network of the running loop.
pub(crate) fn numbered(number: u64) -> Option<Rc<NetworkCore>> {
    of_loop().filter(|core| core.number() == number)
}

/// Returns the sources of the network that has this source, if its loop runs here.
#[cold]
#[inline(never)]
pub(crate) fn waits_of(id: &SourceId) -> Option<Rc<Waits>> {
    numbered(id.reactor()).map(|core| core.waits().clone())
}

/// Carries out what follows from the attempts on a socket, if its loop runs here.
#[cold]
#[inline(never)]
pub(crate) fn settle(id: &SourceId) {
    if let Some(core) = numbered(id.reactor()) {
        core.settle();
    }
}

/// Looks up the addresses of a host, if the running loop has a network.
pub(crate) fn look_up(name: &str) -> Option<io::Result<Vec<IpAddr>>> {
    of_loop().map(|core| core.look(|state| state.hosts.look_up(name)))
}

impl NetworkCore {
    /// Returns the host of the running task.
    pub(crate) fn present_host(&self) -> HostId {
        let here = HOST.get().flatten();
        let here = here.filter(|(network, _)| *network == self.number());
        here.map_or(HostId::LOCAL, |(_, host)| host)
    }

    /// Returns the text of an address, with the name of its host as `host` sees it.
    pub(crate) fn named(&self, host: HostId, address: SocketAddr) -> Box<str> {
        self.look(|state| match state.hosts.route(host, address.ip()) {
            Ok((at, ..)) => format!("{} ({address})", state.hosts.name(at)).into(),
            Err(_) => address.to_string().into(),
        })
    }
}

/// Makes a host the host of the running task while it lives. Outside a loop it does nothing.
pub(crate) struct OnHost(Option<(u64, HostId)>);

impl OnHost {
    pub(crate) fn new(network: u64, host: HostId) -> Self {
        let inside = Scheduler::current().is_some();
        OnHost(
            inside
                .then(|| HOST.set(Some((network, host))))
                .flatten()
                .flatten(),
        )
    }
}

impl Drop for OnHost {
    fn drop(&mut self) {
        if Scheduler::current().is_some() {
            HOST.set(self.0.take());
        }
    }
}
