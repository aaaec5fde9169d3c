//! asyncio's `add_signal_handler`: a function for each signal.
//!
//! The problem: a program that is ported from asyncio sets a function for SIGTERM, and that function
//! cancels tasks. It runs as a callback of the loop, between two steps, and never inside one.
//!
//! Invariants:
//! 1. A loop has one function for each kind of signal. A new one replaces it, and is called for the
//!    signals that have come and were not told yet.
//! 2. Functions are called and dropped while the table is not borrowed.
//!
//! Read next: `posix/subprocesses.rs`.

use std::cell::RefCell;
use std::io;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use groundup_sync::executor::{keep, try_iteration};

use super::kind::SignalKind;
use super::listener::{connected, take_all};
use crate::reactor::about::About;
use crate::reactor::readiness::Way;
use crate::reactor::watch::Watch;
use crate::sockets::socket::check_loop;
use crate::system::dispositions::table::Listening;

/// The functions of a loop.
#[derive(Default)]
struct SignalHandlers(RefCell<Vec<(SignalKind, Rc<Handler>)>>);

impl SignalHandlers {
    fn get(&self, kind: SignalKind) -> Option<Rc<Handler>> {
        let all = self.0.borrow();
        let handler = all.iter().find(|(of, _)| *of == kind);
        handler.map(|(_, handler)| handler.clone())
    }

    /// Puts a handler, or none, in place of the one before, which it returns.
    fn replace(&self, kind: SignalKind, handler: Option<Rc<Handler>>) -> Option<Rc<Handler>> {
        let mut all = self.0.borrow_mut();
        let at = all.iter().position(|(of, _)| *of == kind);
        let before = at.map(|at| all.remove(at).1);
        all.extend(handler.map(|handler| (kind, handler)));
        before
    }
}

/// A function, and its listener.
struct Handler {
    watch: Rc<Watch>,
    reads: Rc<UnixStream>,
    listening: Rc<Listening>,
}

/// Calls `function` in the loop after each signal of this kind: asyncio's `add_signal_handler`. It
/// replaces the function before. Signals that come while the loop is busy are one.
///
/// # Errors
///
/// As [`signal`](crate::signal()).
///
/// # Panics
///
/// Outside a running loop.
///
/// ```no_run
/// # mod groundup { pub mod signal { pub use groundup_io::*; } pub use groundup_io::{run, executor::*}; }
/// use groundup::signal::{SignalKind, add_signal_handler};
/// use groundup::{current_task, run};
///
/// run(async {
///     let main = current_task().unwrap();
///     add_signal_handler(SignalKind::terminate(), move || _ = main.cancel()).unwrap();
///     // ... the program; SIGTERM cancels it
/// });
/// ```
#[track_caller]
pub fn add_signal_handler(kind: SignalKind, function: impl FnMut() + 'static) -> io::Result<()> {
    check_loop()?;
    let handlers = keep(SignalHandlers::default);
    let before = handlers.get(kind);
    let (reads, listening) = match &before {
        Some(before) => (before.reads.clone(), before.listening.clone()),
        None => {
            let (reads, listening) = connected(kind)?;
            (Rc::new(reads), Rc::new(listening))
        }
    };
    let descriptor = reads.try_clone()?.into();
    let function = called_after(&reads, function);
    let watch = Watch::new(
        descriptor,
        Way::Read,
        About::Signal(kind.as_raw()),
        function,
    )?;
    let handler = Rc::new(Handler {
        watch,
        reads,
        listening,
    });
    let before = handlers.replace(kind, Some(handler));
    before.inspect(|before| before.watch.end());
    Ok(())
}

/// Makes a function that takes the signals of a listener, and then calls `function`.
fn called_after(
    reads: &Rc<UnixStream>,
    mut function: impl FnMut() + 'static,
) -> impl FnMut() + 'static {
    let reads = reads.clone();
    move || {
        if take_all(&*reads).is_ok() {
            function();
        }
    }
}

/// Removes the function of [`add_signal_handler`], and returns true if there was one: asyncio's
/// `remove_signal_handler`.
///
/// ```
/// # mod groundup { pub mod signal { pub use groundup_io::*; } pub use groundup_io::run; }
/// use groundup::run;
/// use groundup::signal::{SignalKind, remove_signal_handler};
///
/// run(async {
///     assert!(!remove_signal_handler(SignalKind::hangup()), "nothing was added");
/// });
/// ```
pub fn remove_signal_handler(kind: SignalKind) -> bool {
    if try_iteration().is_none() {
        return false;
    }
    let handlers = keep(SignalHandlers::default);
    let removed = handlers.replace(kind, None);
    removed.inspect(|handler| handler.watch.end()).is_some()
}
