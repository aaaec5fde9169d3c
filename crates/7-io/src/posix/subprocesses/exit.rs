//! The end of a process: how it is noticed, and its status.
//!
//! The problem: the standard library can ask whether a process has ended, and can block until it has.
//! A loop needs an event. On Linux a descriptor of the process is one. Elsewhere, or if the system
//! refuses that descriptor, SIGCHLD comes at the end of any child, and each process asks for itself.
//!
//! | notice | an event | cost |
//! |---|---|---|
//! | a descriptor of the process | at its end | one descriptor |
//! | SIGCHLD | at the end of any child | two descriptors, and a question for each event |
//!
//! Invariants:
//! 1. The status is asked for after the notice was registered. So an end before that is seen, too.
//! 2. The question and a signal exclude each other, on all threads.
//!
//! Read next: `posix/subprocesses/orphans.rs`.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::ExitStatus;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use groundup_sync::task::{Address, Scheduler};
use rustix::process::{Pid, kill_process};

use super::orphans::{Orphan, adopt};
use crate::posix::pipes::descriptor::Descriptor;
use crate::posix::signals::kind::SignalKind;
use crate::posix::signals::listener::{connected, take_all};
use crate::reactor::about::About;
use crate::reactor::readiness::Way;
use crate::sockets::awaits::CallSite;
use crate::sockets::socket::Socket;
use crate::system::calls;
use crate::system::dispositions::table::Listening;

/// A notice that a process may have ended.
pub(super) enum Notice {
    Descriptor(OwnedFd),
    Signal(UnixStream, Listening),
}

impl Notice {
    /// Makes the notice of a process that has not been waited for.
    pub(super) fn of(process: u32, by_signal: bool) -> io::Result<Notice> {
        if !by_signal && let Ok(descriptor) = calls::exit_descriptor(process) {
            return Ok(Notice::Descriptor(descriptor));
        }
        let (reads, listening) = connected(SignalKind::child())?;
        Ok(Notice::Signal(reads, listening))
    }
}

/// The notice, as the reactor knows it.
enum ExitEvent {
    Descriptor(Socket<Descriptor>),
    Signal(Socket<mio::net::UnixStream>, #[allow(dead_code)] Listening),
}

/// The end of one process.
pub(super) struct Exit {
    id: u32,
    child: Mutex<Option<Orphan>>,
    status: OnceLock<ExitStatus>,
    event: ExitEvent,
    /// The loop, which takes the status if the process is dropped.
    address: Option<Address>,
    kill_on_drop: bool,
}

impl Exit {
    /// Takes a child over, if it can be watched.
    #[track_caller]
    pub(super) fn new(child: &mut Orphan, by_signal: bool, kill_on_drop: bool) -> io::Result<Exit> {
        let id = child.id();
        let about = About::Process(id);
        let event = match Notice::of(id, by_signal)? {
            Notice::Descriptor(descriptor) => {
                let descriptor = Descriptor::waited_for(descriptor);
                ExitEvent::Descriptor(Socket::new(descriptor, about)?)
            }
            Notice::Signal(reads, listening) => {
                let reads = mio::net::UnixStream::from_std(reads);
                ExitEvent::Signal(Socket::new(reads, about)?, listening)
            }
        };
        Ok(Exit {
            id,
            child: Mutex::new(Some(child.take())),
            status: OnceLock::new(),
            event,
            address: Scheduler::current().map(|scheduler| scheduler.address()),
            kill_on_drop,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.id
    }

    /// Returns the status, if it has been taken.
    pub(super) fn known(&self) -> Option<ExitStatus> {
        self.status.get().copied()
    }

    fn child(&self) -> MutexGuard<'_, Option<Orphan>> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the status, if the process has ended.
    pub(super) fn try_wait(&self) -> io::Result<Option<ExitStatus>> {
        let mut child = self.child();
        if let Some(lives) = &mut *child
            && let Some(status) = lives.try_wait()?
        {
            child.take();
            let _ = self.status.set(status);
        }
        Ok(self.known())
    }

    /// Waits for the end, for a function that the program has called at `place`.
    pub(super) async fn wait(&self, place: CallSite) -> io::Result<ExitStatus> {
        if let Some(status) = self.known() {
            return Ok(status);
        }
        let ask = || {
            self.try_wait()?
                .ok_or_else(|| io::ErrorKind::WouldBlock.into())
        };
        match &self.event {
            ExitEvent::Descriptor(socket) => socket.operation(Way::Read, place, |_| ask()).await,
            ExitEvent::Signal(socket, _) => {
                let ask = |reads: &mio::net::UnixStream| {
                    let _ = take_all(reads);
                    ask()
                };
                socket.operation(Way::Read, place, ask).await
            }
        }
    }

    pub(super) fn send(&self, kind: SignalKind) -> io::Result<()> {
        let signal = kind.to_send()?;
        let ended = self.try_wait()?;
        let child = self.child();
        match (&*child, ended) {
            (Some(child), None) => Ok(kill_process(Pid::from_child(child.std()), signal)?),
            _ => Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("process {} has ended, and can be sent no signal", self.id),
            )),
        }
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        if let Some(mut child) = self.child().take() {
            if self.kill_on_drop {
                child.kill();
            }
            adopt(child, self.address);
        }
    }
}
