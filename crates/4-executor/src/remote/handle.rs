//! A call from another thread, and its cancellation.
//!
//! The problem: after sending a call, the thread may cancel it before the loop makes it.
//! The loop takes the call out on one thread, the handle on another, and only one of them
//! may get it.
//!
//! ```text
//!   Waiting(f) ── the loop calls f ─────────────────────────> Called
//!   Waiting(f) ── the loop is closed, and drops f ──────────> Called
//!   Waiting(f) ── cancel: the handle's thread drops f ──────> TakenBack
//! ```
//!
//! Invariants:
//! 1. The side that takes the function out calls it or drops it, and does neither under the lock.
//! 2. Dropping the message drops its function, whether or not a handle is left.
//!
//! Read next: `remote/error.rs`.

use std::fmt;
use std::mem::replace;
use std::sync::Arc;

use parking_lot::Mutex;

enum CallProgress<F> {
    Waiting(F),
    Called,
    TakenBack,
}

struct Sent<F>(Mutex<CallProgress<F>>);

impl<F> Sent<F> {
    /// Takes the function out, if it is still there.
    fn take(&self, then: CallProgress<F>) -> Option<F> {
        let mut progress = self.0.lock();
        match &*progress {
            CallProgress::Waiting(_) => match replace(&mut *progress, then) {
                CallProgress::Waiting(call) => Some(call),
                _ => None,
            },
            _ => None,
        }
    }
}

/// The part of a call that does not depend on the type of its function.
trait TakeBack: Send + Sync {
    fn take_back(&self) -> bool;
    fn word(&self) -> &'static str;
}

impl<F: Send> TakeBack for Sent<F> {
    fn take_back(&self) -> bool {
        self.take(CallProgress::TakenBack).is_some()
    }

    fn word(&self) -> &'static str {
        match &*self.0.lock() {
            CallProgress::Waiting(_) => "waiting",
            CallProgress::Called => "called",
            CallProgress::TakenBack => "cancelled",
        }
    }
}

/// The loop's side of the call: the content of the message.
pub(super) struct Delivery<F>(Arc<Sent<F>>);

impl<F: FnOnce()> Delivery<F> {
    /// Makes the call, unless it was cancelled.
    pub(super) fn call(self) {
        if let Some(call) = self.0.take(CallProgress::Called) {
            call();
        }
    }
}

impl<F> Drop for Delivery<F> {
    fn drop(&mut self) {
        drop(self.0.take(CallProgress::Called));
    }
}

/// Handle of a call that [`Remote::call_soon`](crate::Remote::call_soon) has sent. Any
/// thread can cancel the call until it is made.
///
/// Dropping the handle changes nothing; the call is made.
///
/// ```
/// # mod groundup { pub use groundup_executor::*; }
/// use groundup::EventLoop;
///
/// let event_loop = EventLoop::new();
/// let handle = event_loop.remote().call_soon(|| unreachable!()).unwrap();
/// let other = std::thread::spawn(move || handle.cancel());
/// assert!(other.join().unwrap());
/// event_loop.run_until_complete(async {}).unwrap();
/// ```
pub struct RemoteHandle(Arc<dyn TakeBack>);

impl RemoteHandle {
    /// Makes a call to be sent, and the handle that cancels it.
    pub(super) fn new<F: FnOnce() + Send + 'static>(call: F) -> (Self, Delivery<F>) {
        let sent = Arc::new(Sent(Mutex::new(CallProgress::Waiting(call))));
        (RemoteHandle(sent.clone()), Delivery(sent))
    }

    /// Cancels the call, and drops the function at once, on this thread. Returns false if
    /// it is too late: the call was made, is being made, or was cancelled before, or the
    /// loop was closed.
    ///
    /// ```
    /// # mod groundup { pub use groundup_executor::*; }
    /// let event_loop = groundup::EventLoop::new();
    /// let handle = event_loop.remote().call_soon(|| println!("called")).unwrap();
    /// event_loop.run_until_complete(async {}).unwrap();
    /// assert!(!handle.cancel());
    /// ```
    pub fn cancel(&self) -> bool {
        self.0.take_back()
    }
}

impl fmt::Debug for RemoteHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<RemoteHandle {}>", self.0.word())
    }
}
