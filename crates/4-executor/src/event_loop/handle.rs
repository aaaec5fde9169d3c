//! A handle to the running loop, from inside.
//!
//! The problem: a program that calls `run` holds no loop, and may still want to ask it for its
//! tasks and their waits, its timers, or its exception handler. An `EventLoop` cannot be cloned
//! for that, since dropping it closes it.
//!
//! Invariant: the owner of a loop can close it and drop it at any time, whether or not there is
//! a handle. If the owner is dropped during a run of a handle, that run closes the loop at its
//! end.
//!
//! Read next: `event_loop/runner.rs`.

use std::fmt;
use std::ops::Deref;

use super::EventLoop;
use crate::iteration::LoopCore;

/// A handle to a loop that its owner may close and drop at any time: it has every method of
/// [`EventLoop`]. Made by [`current_loop`].
///
/// Between two runs of its owner, a handle can run the loop, too. If the owner is dropped
/// meanwhile, the run goes on, and the loop is closed when it ends:
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use groundup::{EventLoop, current_loop, yield_now};
///
/// let event_loop = EventLoop::new();
/// let handle = event_loop.run_until_complete(async { current_loop() }).unwrap();
/// let ran = handle.run_until_complete(async move {
///     drop(event_loop);
///     yield_now().await;
///     current_loop().is_closed()
/// });
/// assert!(!ran.unwrap() && handle.is_closed());
/// ```
pub struct LoopHandle {
    event_loop: EventLoop,
}

/// Returns a handle to the running loop: asyncio's `get_running_loop`.
///
/// A run that is begun through it is refused, as every nested run. A method that works on a
/// closed loop works through the handle, too.
///
/// # Panics
///
/// Outside a running loop.
///
/// ```
/// # mod groundup { pub use groundup_executor::{*, task::*}; }
/// use groundup::{current_loop, run, spawn, yield_now};
///
/// run(async {
///     let task = spawn(std::future::pending::<()>());
///     yield_now().await;
///     let text = current_loop().explain(&task);
///     assert_eq!(text, "Task-2 waits for something that the loop does not know");
/// });
/// ```
#[doc(alias = "get_running_loop")]
#[track_caller]
#[doc(alias = "get_event_loop")]
pub fn current_loop() -> LoopHandle {
    LoopHandle {
        event_loop: EventLoop::shared(LoopCore::current("current_loop")),
    }
}

impl Clone for LoopHandle {
    fn clone(&self) -> Self {
        LoopHandle {
            event_loop: EventLoop::shared(self.event_loop.inner.clone()),
        }
    }
}

impl Deref for LoopHandle {
    type Target = EventLoop;

    fn deref(&self) -> &EventLoop {
        &self.event_loop
    }
}

impl fmt::Debug for LoopHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.event_loop.fmt(f)
    }
}
