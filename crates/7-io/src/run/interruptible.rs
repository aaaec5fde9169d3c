//! A run whose main task Ctrl-C cancels.
//!
//! The problem: only a loop that looks for interrupts may have SIGINT handled, or Ctrl-C would do
//! nothing. A reactor looks, and so does the standard driver with the parks of the main thread. Other
//! drivers do not. The program may give its loop another driver in the middle of the run.
//!
//! Invariants:
//! 1. SIGINT is handled only while the driver of the loop looks for it.
//! 2. A run that is refused changes nothing: the run that is going on keeps its interrupts.
//!
//! Read next: `host.rs`.

use std::cell::Cell;
use std::future::Future;
use std::io::Write;
use std::rc::Rc;

use groundup_sync::executor::{
    self, Driver, EventLoop, RunError, ThreadPark, current_task, driver,
};
use groundup_sync::task::{Scheduler, TaskRef};
use signal_hook::consts::SIGINT;
use signal_hook::low_level::{emulate_default_handler, exit};

use crate::reactor::Reactor;
use crate::system::dispositions::interrupt::{Interruptible, Parks, main_park};

/// Runs a main future. If the run can be interrupted, Ctrl-C cancels it.
#[track_caller]
pub(super) fn run_interruptible<F: Future>(
    runner: &executor::Runner,
    main: F,
) -> Result<F::Output, RunError> {
    let event_loop = runner.event_loop();
    let Some(interrupts) = begin(event_loop) else {
        return runner.run(main);
    };
    let cancels = Cell::new(0);
    let ran = runner.run(async {
        let counting = Counting(current_task(), &cancels);
        counting
            .0
            .iter()
            .cloned()
            .for_each(Interruptible::begin_main);
        main.await
    });
    // From here on, SIGINT ends the process: an interrupt belongs to the run, or comes after it.
    let came = interrupts.end();
    // Main ended before the loop looked. As asyncio, which cancels it in the step: its value is lost.
    let missed = came && !interrupts.has_cancelled_main();
    // As asyncio: if another part of the program has cancelled main, too, that is its end.
    let interrupted = came && cancels.get() + u32::from(missed) <= 1;
    drop(interrupts);
    match ran {
        Err(RunError::Cancelled(_)) if interrupted => Err(RunError::Interrupted),
        Ok(_) if missed => Err(RunError::Interrupted),
        ran => ran,
    }
}

/// Has the loop look for interrupts, if it can.
fn begin(event_loop: &EventLoop) -> Option<InterruptibleRun<'_>> {
    if event_loop.is_closed() || event_loop.is_running() {
        return None;
    }
    let reactor = event_loop.driver::<Reactor>();
    let parks = Parks::of(event_loop.driver::<ThreadPark>().as_deref());
    if reactor.is_none() && parks == Parks::Other {
        return None;
    }
    let interrupts = Interruptible::begin(new_driver_looks)?;
    let run = InterruptibleRun {
        interrupts,
        event_loop,
    };
    match (reactor, parks) {
        (Some(reactor), _) => reactor.handle_interrupts(true).ok()?,
        (None, Parks::Standard) => {
            let driver = ThreadPark::with_parker(main_park()?);
            drop(event_loop.replace_driver(Rc::new(driver)));
        }
        // It has the parks of the main thread from the run before.
        (None, _) => {}
    }
    Some(run)
}

/// Has the driver that the running loop has by now look for interrupts. Returns false if it cannot.
fn new_driver_looks() -> bool {
    if let Some(reactor) = driver::<Reactor>() {
        return reactor.handle_interrupts(true).is_ok();
    }
    let park = driver::<ThreadPark>();
    match (park.as_deref(), Parks::of(park.as_deref())) {
        (Some(park), Parks::Standard) => {
            let (Some(main_park), Some(scheduler)) = (main_park(), Scheduler::current()) else {
                return false;
            };
            park.set_parker(main_park);
            scheduler.set_unpark(Some(park.unpark()));
            true
        }
        (_, parks) => parks == Parks::Main,
    }
}

/// A run that looks for interrupts. Its drop ends that.
struct InterruptibleRun<'a> {
    interrupts: Interruptible,
    event_loop: &'a EventLoop,
}

impl InterruptibleRun<'_> {
    fn end(&self) -> bool {
        self.interrupts.end()
    }

    fn has_cancelled_main(&self) -> bool {
        self.interrupts.has_cancelled_main()
    }
}

impl Drop for InterruptibleRun<'_> {
    fn drop(&mut self) {
        if let Some(reactor) = self.event_loop.driver::<Reactor>() {
            let _ = reactor.handle_interrupts(false);
        }
    }
}

/// Notes how many cancels of the main task are left when its future is dropped.
struct Counting<'a>(Option<TaskRef>, &'a Cell<u32>);

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        self.1.set(self.0.as_ref().map_or(0, TaskRef::cancelling));
    }
}

/// Ends the process as SIGINT ends one that does not handle it.
pub(super) fn end_process() -> ! {
    let _ = std::io::stdout().flush();
    let _ = emulate_default_handler(SIGINT);
    exit(130) // what a shell says of such an end
}
