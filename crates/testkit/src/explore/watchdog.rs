//! Tells of a run that does not come back, on a thread of its own.
//!
//! The problem: a program that waits for a thread, or for a mutex that it holds itself, blocks the thread of
//! the exploration. No iteration ends, so no limit of iterations ends the run, and the test hangs without
//! a word. So a second thread watches the runs, and writes one sentence to standard error.
//!
//! ```text
//!   exploration   run 1   run 2   run 3 ......................................
//!   watchdog      sleeps ........ looks: run 3 ....... looks: still run 3 ──> a sentence
//! ```
//!
//! Invariants:
//! 1. The watchdog ends with its exploration, and changes no run.
//! 2. It tells of one run.
//!
//! Read next: `explore/found.rs`.

use std::panic::Location;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use groundup::{Driver, Outside, ThreadPark, Unpark};

/// The watchdog of an exploration. Its drop ends the thread.
pub(crate) struct Watchdog(Arc<Watched>);

/// The things that both threads see.
#[derive(Default)]
struct Watched {
    /// Counts the begins and the ends of runs: odd during a run.
    moves: AtomicU64,
    ended: AtomicBool,
    unpark: OnceLock<Unpark>,
}

impl Watchdog {
    /// Begins to watch the runs of the program that was passed to the kit at `place`.
    pub(crate) fn new(place: &'static Location<'static>, limit: Duration) -> Self {
        let watched = Arc::<Watched>::default();
        let own = watched.clone();
        let thread = std::thread::Builder::new().name("groundup-testkit".into());
        // Without a thread there is no sentence, and all the rest works.
        drop(thread.spawn(move || own.watch(place, limit)));
        Watchdog(watched)
    }

    /// Says that a run begins, which ends when the guard is dropped.
    pub(crate) fn run(&self) -> impl Drop + use<'_> {
        struct WatchedRun<'a>(&'a Watched);
        impl Drop for WatchedRun<'_> {
            fn drop(&mut self) {
                self.0.moves.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.0.moves.fetch_add(1, Ordering::Relaxed);
        WatchedRun(&self.0)
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        self.0.ended.store(true, Ordering::Release);
        if let Some(unpark) = self.0.unpark.get() {
            unpark();
        }
    }
}

impl Watched {
    fn watch(&self, place: &Location<'_>, limit: Duration) {
        let clock = ThreadPark::new();
        let _first = self.unpark.set(clock.unpark());
        let limit_ns = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        let (mut seen, mut until) = (0, limit_ns);
        while !self.ended.load(Ordering::Acquire) {
            let mut may_block = || !self.ended.load(Ordering::Acquire);
            clock.park(Some(until), Outside::MayCall, &mut may_block);
            if clock.now() < until {
                continue;
            }
            let moves = self.moves.load(Ordering::Relaxed);
            if moves == seen && moves % 2 == 1 {
                eprintln!(
                    "groundup-testkit: a run of the program at {place} takes more than {limit:?} of the \
                     machine's time: it blocks its thread, or computes for long, and the search waits \
                     for it; interrupt the test in a debugger to see where it stands"
                );
                return;
            }
            seen = moves;
            until = clock.now().saturating_add(limit_ns);
        }
    }
}
