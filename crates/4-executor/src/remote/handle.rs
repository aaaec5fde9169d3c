//! A call of another thread, and the means to take it back.
//!
//! The problem: between sending a call and its being made, the thread that sent it
//! may lose interest. The loop takes the call out of its letter on one thread, the
//! handle on another, and only one of them may get it.
//!
//! ```text
//!   Waiting(f) --the loop's turn------------> Called
//!        |                                      ^
//!        +------cancel----------> TakenBack     | the loop is closed: f is dropped,
//!        +--------------------------------------+ and no call will come
//! ```
//!
//! Invariants:
//! 1. The function is called or dropped by the one that takes it out, and neither
//!    happens under the lock.
//! 2. A letter that is dropped drops its function, whoever holds the handle (L16).
//!
//! Read next: `error.rs`.

use std::fmt;
use std::mem::replace;
use std::sync::Arc;

use parking_lot::Mutex;

enum Progress<F> {
    Waiting(F),
    Called,
    TakenBack,
}

struct Sent<F>(Mutex<Progress<F>>);

impl<F> Sent<F> {
    /// Takes the function out, if it is still there.
    fn take(&self, then: Progress<F>) -> Option<F> {
        let mut progress = self.0.lock();
        match &*progress {
            Progress::Waiting(_) => match replace(&mut *progress, then) {
                Progress::Waiting(call) => Some(call),
                _ => None,
            },
            _ => None,
        }
    }
}

/// What a handle can do without knowing the function.
trait TakeBack: Send + Sync {
    fn take_back(&self) -> bool;
    fn word(&self) -> &'static str;
}

impl<F: Send> TakeBack for Sent<F> {
    fn take_back(&self) -> bool {
        self.take(Progress::TakenBack).is_some()
    }

    fn word(&self) -> &'static str {
        match &*self.0.lock() {
            Progress::Waiting(_) => "waiting",
            Progress::Called => "called",
            Progress::TakenBack => "cancelled",
        }
    }
}

/// The loop's end of it: what the letter holds.
pub(super) struct Delivery<F>(Arc<Sent<F>>);

impl<F: FnOnce()> Delivery<F> {
    /// Makes the call, unless it was taken back.
    pub(super) fn call(self) {
        if let Some(call) = self.0.take(Progress::Called) {
            call();
        }
    }
}

impl<F> Drop for Delivery<F> {
    fn drop(&mut self) {
        drop(self.0.take(Progress::Called));
    }
}

/// What [`Remote::call_soon`](crate::Remote::call_soon) gives back: the call can be
/// taken back from any thread, as long as it was not made.
///
/// Dropping it changes nothing; the call is made.
///
/// ```
/// use groundup_executor::EventLoop;
///
/// let event_loop = EventLoop::new();
/// let handle = event_loop.remote().call_soon(|| unreachable!()).unwrap();
/// let other = std::thread::spawn(move || handle.cancel());
/// assert!(other.join().unwrap());
/// event_loop.run_until_complete(async {}).unwrap();
/// ```
pub struct RemoteHandle(Arc<dyn TakeBack>);

impl RemoteHandle {
    /// A call on its way, and the means to take it back.
    pub(super) fn new<F: FnOnce() + Send + 'static>(call: F) -> (Self, Delivery<F>) {
        let sent = Arc::new(Sent(Mutex::new(Progress::Waiting(call))));
        (RemoteHandle(sent.clone()), Delivery(sent))
    }

    /// Takes the call back; the function is dropped at once, on this thread (L10).
    /// False if it is too late: the call was made, is being made, or was taken back
    /// before, or the loop was closed.
    ///
    /// ```
    /// let event_loop = groundup_executor::EventLoop::new();
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
