//! The run of the main thread, whose main task an interrupt cancels.
//!
//! The problem: Ctrl-C should end a program in good order: its main task is cancelled, cleans up and
//! ends. The signal may come on any thread, while the loop is parked or busy. The handler sets a flag
//! and writes a byte. The loop looks at the flag whenever it parks, and once in up to 64 steps, and then
//! schedules a callback that cancels the main task.
//!
//! ```text
//!   SIGINT ──> CAME, a byte ──> park, or glance ──> call_soon ──> main.cancel()
//! ```
//!
//! A loop on the standard driver parks until a byte comes (`MainPark`). A reactor waits for the byte
//! beside its sockets.
//!
//! Invariants:
//! 1. At most one run of a process handles interrupts, and it is on the main thread: there the system
//!    has its signals handled, as a rule, and asyncio has the same rule.
//! 2. A look that finds no interrupt costs one load.
//!
//! Read next: `posix.rs`.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup_sync::executor::{Parker, ThreadPark, call_soon, try_iteration};
use groundup_sync::task::{TaskRef, Unpark};

use super::table;
use super::unpark_socket::{UnparkSocket, unpark_socket};
use crate::system::calls;

thread_local! {
    /// The run of this thread that handles interrupts.
    static RUN: RefCell<Option<InterruptedRun>> = const { RefCell::new(None) };

    /// The parker of the main thread, from its first run on.
    static MAIN_PARK: OnceCell<Rc<dyn Parker>> = const { OnceCell::new() };
}

#[derive(Default)]
struct InterruptedRun {
    /// The main task, from its first step on.
    main: Option<TaskRef>,
    /// True if an interrupt has come.
    interrupted: bool,
    /// True if main was cancelled for it.
    main_cancelled: bool,
    /// True if SIGINT has its default action back.
    ended: bool,
    /// Called when the loop has another driver. Returns true if that one looks for interrupts.
    looks: Option<fn() -> bool>,
}

/// Guard of a run that handles interrupts. Its drop gives SIGINT its default action back.
pub(crate) struct Interruptible(());

impl Interruptible {
    /// Begins such a run, unless there is one, this is not the main thread, or the program ignores or
    /// handles SIGINT in another way. `looks` has the present driver of the running loop look for
    /// interrupts, and returns false if it cannot.
    pub(crate) fn begin(looks: fn() -> bool) -> Option<Interruptible> {
        let possible = RUN.with_borrow(Option::is_none) && calls::is_main_thread();
        if !possible || !table::begin_run().unwrap_or(false) {
            return None;
        }
        RUN.set(Some(InterruptedRun {
            looks: Some(looks),
            ..InterruptedRun::default()
        }));
        Some(Interruptible(()))
    }

    /// Names the main task, in its first step.
    pub(crate) fn begin_main(main: TaskRef) {
        let interrupted = RUN.with_borrow_mut(|run| {
            let run = run.as_mut()?;
            run.main = Some(main.clone());
            Some(run.interrupted)
        });
        if interrupted == Some(true) {
            cancel(&main);
        }
    }

    /// Ends the run: SIGINT has its default action from now on. Returns true if an interrupt has come in
    /// the run, also if no look has seen it.
    pub(crate) fn end(&self) -> bool {
        give_back();
        RUN.with_borrow_mut(|run| {
            run.as_mut().is_some_and(|run| {
                run.ended = true;
                run.interrupted
            })
        })
    }

    /// Returns true if the main task was cancelled for an interrupt. It was not if it ended before
    /// the loop looked.
    pub(crate) fn has_cancelled_main(&self) -> bool {
        RUN.with_borrow(|run| run.as_ref().is_some_and(|run| run.main_cancelled))
    }
}

impl Drop for Interruptible {
    fn drop(&mut self) {
        if !RUN.with_borrow(|run| run.as_ref().is_some_and(|run| run.ended)) {
            give_back();
        }
        drop(RUN.take());
    }
}

/// Gives SIGINT its default action back. An interrupt that came before is not lost.
fn give_back() {
    if table::end_run() {
        note_interrupt();
    }
}

/// Returns the socket that becomes readable at an interrupt, if the run of this thread handles
/// interrupts.
pub(crate) fn interrupt_socket() -> Option<&'static UnparkSocket> {
    let runs = RUN.with_borrow(Option::is_some);
    runs.then(|| unpark_socket().ok()).flatten()
}

/// Has the new driver of the running loop look for interrupts. If it cannot, an interrupt ends the
/// process from now on.
pub(crate) fn driver_replaced() {
    let Some(looks) = RUN.with_borrow(|run| run.as_ref()?.looks) else {
        return;
    };
    match looks() {
        // It is refused if the run handles them still.
        true => _ = table::begin_run(),
        false => give_back(),
    }
}

/// Has the main task cancelled if an interrupt has come since the last look.
#[inline]
pub(crate) fn look() {
    if table::may_have_come() {
        cancel_main();
    }
}

#[cold]
fn cancel_main() {
    // Another thread may look, too: only the one of the run takes the interrupt.
    if RUN.with_borrow(Option::is_none) || !table::take_interrupt() {
        return;
    }
    note_interrupt();
}

/// Notes that an interrupt has come, and has the main task cancelled if its loop is running.
fn note_interrupt() {
    if let Ok(socket) = unpark_socket() {
        socket.drain();
    }
    let main = RUN.with_borrow_mut(|run| {
        let run = run.as_mut()?;
        run.interrupted = true;
        run.main.clone()
    });
    if let Some(main) = main.filter(|_| try_iteration().is_some()) {
        call_soon(move || cancel(&main));
    }
}

/// Cancels the main task, and notes whether it had not ended.
fn cancel(main: &TaskRef) {
    let accepted = main.cancel();
    RUN.with_borrow_mut(|run| {
        if let Some(run) = run {
            run.main_cancelled |= accepted;
        }
    });
}

/// Parks the main thread until a byte comes.
struct MainPark(&'static UnparkSocket);

impl Parker for MainPark {
    fn park(&self, limit: Option<Duration>) {
        self.0.park(limit);
        look();
    }

    fn unpark(&self) -> Unpark {
        let socket = self.0;
        Arc::new(move || socket.unpark())
    }

    fn glance(&self) {
        look();
    }

    fn replaced(&self) {
        driver_replaced();
    }
}

/// The parks of a loop's driver.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parks {
    /// Those of the standard library.
    Standard,
    /// Those of the main thread, which look for interrupts.
    Main,
    /// It is another driver, or has a parker of the program's own.
    Other,
}

impl Parks {
    pub(crate) fn of(driver: Option<&ThreadPark>) -> Parks {
        match driver.map(ThreadPark::parker) {
            None => Parks::Other,
            Some(None) => Parks::Standard,
            Some(Some(parker)) => {
                let main = MAIN_PARK.with(|main| main.get().cloned());
                let is_main = |main: Rc<dyn Parker>| Rc::ptr_eq(&main, parker);
                match main.is_some_and(is_main) {
                    true => Parks::Main,
                    false => Parks::Other,
                }
            }
        }
    }
}

/// Returns the parks of the main thread.
pub(crate) fn main_park() -> Option<Rc<dyn Parker>> {
    let socket = unpark_socket().ok()?;
    let make = || Rc::new(MainPark(socket)) as Rc<dyn Parker>;
    Some(MAIN_PARK.with(|main| main.get_or_init(make).clone()))
}
