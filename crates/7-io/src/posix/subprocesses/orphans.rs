//! Processes without a handle, and the status of each.
//!
//! The problem: a process whose status is not taken stays as a zombie until this program ends. A
//! program may drop a [`Process`](crate::Process) at any time, also one that runs for hours. So its
//! loop watches it, and takes the status at its end.
//!
//! ```text
//!   dropped ──> has ended: the status is taken at once
//!           ├─> in its loop: a watch, which takes it at the end
//!           ├─> on another thread: sent to the loop, which makes the watch
//!           └─> the loop is closed: a list of the process, which the next spawn looks through
//! ```
//!
//! If the loop gets another driver, the watch is made anew in the new reactor. If the new driver is none,
//! the orphan goes to the list.
//!
//! Invariants:
//! 1. An orphan is in one place, and is asked for its status until it has ended.
//! 2. No process is waited for: each question returns at once.
//!
//! Read next: `posix/subprocesses/communicate.rs`.

use std::cell::RefCell;
use std::io;
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError};

use groundup_sync::executor::{driver, keep};
use groundup_sync::task::{Address, Scheduler};

use super::exit::Notice;
use crate::posix::signals::listener::take_all;
use crate::reactor::Reactor;
use crate::reactor::about::About;
use crate::reactor::readiness::Way;
use crate::reactor::watch::{Watch, Watches};

/// Orphans that no loop watches.
static UNWATCHED: Mutex<Vec<Child>> = Mutex::new(Vec::new());

/// A child whose status is to be taken, also if it is dropped.
pub(super) struct Orphan(Option<Child>);

impl Orphan {
    /// Starts a process. The error names the program, and its directory if that is missing.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let started = command.spawn().map_err(|error| {
            let (program, folder) = (command.get_program(), command.get_current_dir());
            let folder = folder.filter(|folder| !folder.is_dir());
            let since = folder.map_or(String::new(), |it| format!(", since {it:?} is no folder"));
            let text = format!("cannot start {program:?}{since}: {error}");
            io::Error::new(error.kind(), text)
        });
        started.map(|child| Orphan(Some(child)))
    }

    /// Moves the child out. The value that is left is empty.
    pub(super) fn take(&mut self) -> Orphan {
        Orphan(self.0.take())
    }

    /// # Panics
    ///
    /// If it is empty.
    pub(super) fn std(&self) -> &Child {
        self.0.as_ref().expect("a child that was not moved out")
    }

    pub(super) fn id(&self) -> u32 {
        self.std().id()
    }

    /// Returns the pipes of the child.
    pub(super) fn streams(
        &mut self,
    ) -> (Option<ChildStdin>, Option<ChildStdout>, Option<ChildStderr>) {
        match &mut self.0 {
            Some(child) => (child.stdin.take(), child.stdout.take(), child.stderr.take()),
            None => (None, None, None),
        }
    }

    pub(super) fn kill(&mut self) {
        // It may have ended by itself.
        let _ = self.0.as_mut().map(Child::kill);
    }

    pub(super) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        match &mut self.0 {
            Some(child) => child.try_wait(),
            None => Ok(None),
        }
    }

    /// Returns true if there is nothing left to be waited for.
    fn is_over(&mut self) -> bool {
        let over = !matches!(self.try_wait(), Ok(None)) || self.0.is_none();
        if over {
            self.0 = None;
        }
        over
    }
}

impl Drop for Orphan {
    fn drop(&mut self) {
        if !self.is_over() {
            let mut unwatched = UNWATCHED.lock().unwrap_or_else(PoisonError::into_inner);
            unwatched.extend(self.0.take());
        }
    }
}

/// Takes the status of each orphan that has ended and that no loop watches.
pub(super) fn sweep() {
    let mut unwatched = UNWATCHED.lock().unwrap_or_else(PoisonError::into_inner);
    unwatched.retain_mut(|child| matches!(child.try_wait(), Ok(None)));
}

/// Has the loop at this address watch the orphan.
pub(super) fn adopt(mut child: Orphan, address: Option<Address>) {
    if child.is_over() {
        return;
    }
    if driver::<Reactor>().is_some() {
        return watch(child);
    }
    let adopt = move || match driver::<Reactor>() {
        Some(_) => watch(child),
        None => drop(child),
    };
    // A closed loop gives the function back, and drops the child: to the list.
    let sent = address.map(|address| address.call_soon(Box::new(adopt)));
    drop(sent);
}

/// The watches of a loop, by process.
#[derive(Default)]
struct Watched(RefCell<Watches>);

/// Watches an orphan in the running loop. If that fails, it goes to the list.
fn watch(mut child: Orphan) {
    let id = child.id();
    let Ok(notice) = Notice::of(id, false) else {
        return;
    };
    let (descriptor, signals) = match notice {
        Notice::Descriptor(descriptor) => (descriptor, None),
        Notice::Signal(reads, listening) => match reads.try_clone() {
            Ok(own) => (own.into(), Some((reads, listening))),
            Err(_) => return,
        },
    };
    if child.is_over() {
        return;
    }
    let (child, watched) = (Rc::new(RefCell::new(child)), keep(Watched::default));
    let (asked, in_loop) = (child.clone(), Rc::downgrade(&watched));
    let leave = move || in_loop.upgrade()?.0.borrow_mut().remove((id.into(), 0));
    let leaves = leave.clone();
    let watch = Watch::new(descriptor, Way::Read, About::Process(id), move || {
        if let Some((reads, _)) = &signals {
            let _ = take_all(reads);
        }
        if asked.borrow_mut().is_over() {
            leaves().inspect(|watch| watch.end());
        }
    });
    if let Ok(watch) = watch {
        let address = Scheduler::current().map(|scheduler| scheduler.address());
        watch.on_lost(move || {
            let orphan = child.borrow_mut().take();
            drop(leave());
            adopt(orphan, address);
        });
        watched.0.borrow_mut().insert((id.into(), 0), watch);
    }
}
