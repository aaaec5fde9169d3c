//! The listeners of each signal, and its default action.
//!
//! The problem: a handler that is installed stays, since no other code may have been told of it. So
//! the first listener of a signal installs a handler, and the last one to leave has it take the
//! default action from then on. Threads register and leave at any time.
//!
//! ```text
//!   the handler of a signal, in this order:
//!     1  DEFAULT[signal] is set?     take the default action
//!     2  each listener               a byte into its socket
//!     3  SIGINT, a run, no listener  set DEFAULT, so that the second one ends the process;
//!                                    set CAME, and end the park
//! ```
//!
//! Invariants:
//! 1. `DEFAULT` of a signal says what the rows say, whenever the table is not locked.
//! 2. The actions of number 3 are registered only while SIGINT has no listener. So a signal that a
//!    listener has taken cancels no run, however late the run looks.
//! 3. A SIGINT that sets `CAME` in a run is taken by a look of the run, or by its end.
//!
//! Read next: `system/dispositions/unpark_socket.rs`.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Mutex, MutexGuard, PoisonError};

use signal_hook::consts::{FORBIDDEN, SIGINT};
use signal_hook::low_level::{pipe, unregister};
use signal_hook::{SigId, flag};

use super::unpark_socket::unpark_socket;
use crate::system::calls;

/// The standard signals have numbers below this one. Those above have no default action here.
const END: usize = 32;

/// For each signal, true if its handler takes the default action.
static DEFAULT: [AtomicBool; END] = [const { AtomicBool::new(false) }; END];

/// True if a SIGINT has come for a run that has not looked since.
static CAME: AtomicBool = AtomicBool::new(false);

static TABLE: Mutex<Dispositions> = Mutex::new(Dispositions {
    rows: [const { Row::NEW }; END],
    run: Run::Never,
    actions: None,
});

struct Dispositions {
    /// By the number of the signal.
    rows: [Row; END],
    run: Run,
    /// What SIGINT does for a run, while it is registered.
    actions: Option<[SigId; 3]>,
}

struct Row {
    before: Before,
    listeners: usize,
}

/// What a signal did before its first handler of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// There is no handler of ours.
    Unasked,
    /// The default action.
    Default,
    /// It was ignored, or had a handler.
    Other,
}

/// The run of the main thread that handles SIGINT.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Run {
    /// There was none. Becomes `Active`.
    Never,
    /// There is none. Becomes `Active`.
    Over,
    /// Becomes `Interrupted` and `Over`.
    Active,
    /// A SIGINT has come. Becomes `Over`.
    Interrupted,
}

impl Row {
    const NEW: Row = Row {
        before: Before::Unasked,
        listeners: 0,
    };
}

/// Keeps a signal from its default action. Its drop unregisters the listener.
#[derive(Debug)]
pub(crate) struct Listening {
    signal: i32,
    id: SigId,
}

fn lock() -> MutexGuard<'static, Dispositions> {
    TABLE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn row_of(signal: i32) -> Option<usize> {
    usize::try_from(signal).ok().filter(|&at| at < END)
}

/// Has each signal of this number write a byte to a socket.
pub(crate) fn listen(signal: i32, socket: UnixStream) -> io::Result<Listening> {
    if signal <= 0 || FORBIDDEN.contains(&signal) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("signal {signal} cannot be handled by a program: listen to another one"),
        ));
    }
    let mut table = lock();
    table.adopt(signal)?;
    let id = pipe::register(signal, socket)?;
    if let Some(at) = row_of(signal) {
        table.rows[at].listeners += 1;
    }
    table.settle(signal);
    Ok(Listening { signal, id })
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut table = lock();
        if let Some(at) = row_of(self.signal) {
            table.rows[at].listeners -= 1;
        }
        // Before the listener goes, so that no signal finds neither it nor the default action.
        table.settle(self.signal);
        unregister(self.id);
        table.settle(self.signal); // a run may need the descriptor that is free now
    }
}

/// Begins a run that SIGINT interrupts. Returns false if SIGINT was ignored or handled before, another
/// run handles it, or no descriptor is left for the socket.
pub(super) fn begin_run() -> io::Result<bool> {
    let mut table = lock();
    if table.run == Run::Never {
        table.adopt(SIGINT)?;
    }
    // Two threads may have the name "main" where the system knows no main thread.
    let other_runs = matches!(table.run, Run::Active | Run::Interrupted);
    if other_runs || table.rows[SIGINT as usize].before != Before::Default {
        return Ok(false);
    }
    CAME.store(false, SeqCst);
    table.run = Run::Active;
    table.settle(SIGINT);
    let handles = table.actions.is_some() || table.rows[SIGINT as usize].listeners != 0;
    if !handles {
        table.run = Run::Over;
        table.settle(SIGINT);
    }
    Ok(handles)
}

/// Ends the run: SIGINT ends the process again. Returns true if one has come since the last look.
pub(super) fn end_run() -> bool {
    let mut table = lock();
    let ran = table.run != Run::Over;
    table.run = Run::Over;
    table.settle(SIGINT);
    // Behind `settle`: a SIGINT before it has set the flag, and one after it ends the process. The main
    // thread is in no handler here. As a rule, other threads handle a SIGINT only if the main thread blocks it.
    CAME.swap(false, SeqCst) && ran
}

/// Returns true if a SIGINT may have come for the run.
#[inline]
pub(super) fn may_have_come() -> bool {
    CAME.load(SeqCst)
}

/// Returns true if a SIGINT has come for the run since the last call.
pub(super) fn take_interrupt() -> bool {
    let mut table = lock();
    let came = CAME.swap(false, SeqCst) && table.run != Run::Over;
    if came {
        table.run = Run::Interrupted;
        table.settle(SIGINT);
    }
    came
}

impl Dispositions {
    /// Asks what a signal does, and gives it a handler, at the first time.
    fn adopt(&mut self, signal: i32) -> io::Result<()> {
        let Some(at) = row_of(signal) else {
            return Ok(());
        };
        if self.rows[at].before == Before::Unasked {
            let is_default = calls::has_default_action(signal);
            if is_default {
                // Until the table says otherwise. The handler may be called at once. It drops a signal that
                // comes before `signal-hook` has noted the action, which is once in a process.
                DEFAULT[at].store(true, SeqCst);
                flag::register_conditional_default(signal, &DEFAULT[at])?;
            }
            self.rows[at].before = match is_default {
                true => Before::Default,
                false => Before::Other,
            };
        }
        Ok(())
    }

    /// Makes a signal do what its row says.
    fn settle(&mut self, signal: i32) {
        let Some(at) = row_of(signal) else {
            return;
        };
        let row = &self.rows[at];
        let mut default = row.before == Before::Default && row.listeners == 0;
        if signal == SIGINT {
            self.settle_actions(default && self.run != Run::Never);
            // The handler arms the default action, and a listener may come and go before the look.
            let came = CAME.load(SeqCst);
            default &= self.run != Run::Active || self.actions.is_none() || came;
        }
        DEFAULT[at].store(default, SeqCst);
    }

    /// Registers or unregisters what SIGINT does for a run.
    fn settle_actions(&mut self, wanted: bool) {
        match (wanted, self.actions.take()) {
            (true, None) => self.actions = register_actions().ok(),
            (false, Some(actions)) => drop(actions.map(unregister)),
            (_, before) => self.actions = before,
        }
    }
}

/// Registers what SIGINT does for a run: all of it, or nothing. The default action stands in front of
/// it.
fn register_actions() -> io::Result<[SigId; 3]> {
    let writer = unpark_socket()?.clone_of_writer()?;
    let arms = flag::register(SIGINT, &DEFAULT[SIGINT as usize])?;
    let came = flag::register(SIGINT, &CAME).inspect_err(|_| _ = unregister(arms))?;
    let unparks =
        pipe::register(SIGINT, writer).inspect_err(|_| _ = [arms, came].map(unregister))?;
    Ok([arms, came, unparks])
}
