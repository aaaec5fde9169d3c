//! The causes of wakes, for a trace.
//!
//! The problem: one look finds the events of many sockets, and calls all wakers afterwards. A trace says
//! of each wake which socket has caused it. So a look of an observed loop keeps the name of the source
//! beside its wakers.
//!
//! ```text
//!   wakers   w0 w1 | w2 | w3 w4 w5
//!   names    (2, reads a)  (3, writes b)  (6, reads c)       up to which waker, and the cause
//! ```
//!
//! Invariant: the wakers are called in the order in which they would be called without a sink.
//!
//! Read next: `reactor/sources.rs`.

use groundup_sync::task::{Scheduler, StoredWaker};
use groundup_sync::trace::{Cause, Name};

/// The wakers of futures, and the causes of their wakes.
#[derive(Default)]
pub(crate) struct Causes {
    wakers: Vec<StoredWaker>,
    /// The number of wakers up to which the name is the cause.
    names: Vec<(usize, Name)>,
}

impl Causes {
    /// Lets `take` add wakers, whose cause has the name that `name` returns.
    pub(super) fn note(
        &mut self,
        take: impl FnOnce(&mut Vec<StoredWaker>),
        name: impl FnOnce() -> Name,
    ) {
        let before = self.wakers.len();
        take(&mut self.wakers);
        if self.wakers.len() > before {
            self.names.push((self.wakers.len(), name()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.wakers.len()
    }

    /// Wakes the tasks, each by its cause.
    pub(crate) fn wake(self, scheduler: &Scheduler) {
        let mut wakers = self.wakers.into_iter().enumerate().peekable();
        for (until, name) in self.names {
            while let Some((_, waker)) = wakers.next_if(|(at, _)| *at < until) {
                scheduler.caused(Cause::Io(name.clone()), || waker.wake());
            }
        }
    }
}
