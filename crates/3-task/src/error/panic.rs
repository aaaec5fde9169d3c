//! A panic that ended a task, as a value.
//!
//! The problem: several awaiters can learn of one panic, and its payload is one value that cannot
//! be cloned. So they share it: the first that wants the payload gets it, and all have the message.
//! The payload is only `Send`, and an error must be `Sync`, too: so it is behind a mutex.
//!
//! A payload may panic in its own drop, as any value of the user's may. Rust ends the process if
//! that happens while another panic unwinds, or if two values of one list do so. So this floor
//! drops the values of the user by [`drop_told`], one at a time: the panic of a drop goes no
//! further, and is reported.
//!
//! ```text
//!   drop_told(value) ──panics──> caught ──> the exception handler of the thread's loop,
//!                                           or standard error if no loop runs on the thread
//! ```
//!
//! Invariants:
//! 1. The message can be read as long as one clone is alive.
//! 2. A payload whose drop panics ends nothing that the loop does, and nothing that the holder of
//!    the error does.
//! 3. No `Drop` of this floor lets a panic of a user's drop out while it has more to drop.
//!
//! Read next: `store.rs`, the parts that a loop is made of.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::mem::needs_drop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;

/// A panic that ended a task: its message, and its payload. Clones share the payload.
///
/// ```
/// # mod groundup { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/doc/facade.inc")); }
/// use groundup::{TaskError, run, spawn};
///
/// # std::panic::set_hook(Box::new(|_| ()));
/// run(async {
///     let task = spawn(async { std::panic::panic_any(7) });
///     let Err::<(), _>(TaskError::Panicked(panic)) = task.await else { panic!() };
///     let (first, second) = (panic.clone().into_payload(), panic.into_payload());
///     assert_eq!(first.downcast_ref(), Some(&7));
///     assert!(second.is::<String>(), "the first clone took the payload; this is the message");
/// });
/// ```
#[derive(Clone)]
pub struct Panic(Arc<Payload>);

/// The payload, until a clone takes it. Its message stays, for the other clones.
struct Payload {
    message: Cow<'static, str>,
    payload: Mutex<Option<Box<dyn Any + Send>>>,
}

impl Drop for Payload {
    fn drop(&mut self) {
        if let Some(payload) = self.payload.get_mut().take() {
            drop_told(payload);
        }
    }
}

impl Panic {
    /// Makes it of the payload that `catch_unwind` returns.
    pub fn new(payload: Box<dyn Any + Send>) -> Self {
        let message = match payload.downcast_ref::<&'static str>() {
            Some(text) => Cow::Borrowed(*text),
            None => Cow::Owned(message_of(&*payload).to_string()),
        };
        let payload = Mutex::new(Some(payload));
        Panic(Arc::new(Payload { message, payload }))
    }

    /// Returns the message of the panic. If the payload is not text, which is rare, this says so.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Resumes the panic here, as if it had happened in the caller. The hook that prints panics
    /// does not run again.
    pub fn resume(self) -> ! {
        std::panic::resume_unwind(self.into_payload())
    }

    /// Returns the payload. If another clone took it before, returns the message.
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        let payload = self.0.payload.lock().take();
        payload.unwrap_or_else(|| match self.0.message.clone() {
            Cow::Borrowed(text) => Box::new(text),
            Cow::Owned(text) => Box::new(text),
        })
    }
}

/// Returns the text of a panic's payload.
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&'static str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic whose payload is not text")
}

/// Drops a value whose drop may panic, and returns the text of that panic.
pub(crate) fn drop_quietly<T>(value: T) -> Option<String> {
    let mut value = Some(value);
    quietly(&mut || value = None)
}

/// Runs code that may panic, and returns the text of that panic. The payload of the panic may
/// panic in its own drop, too, which is a bug. The same text tells of it. The payload of that
/// second panic could do so again, on purpose: it is leaked.
#[inline]
pub(crate) fn quietly(code: &mut dyn FnMut()) -> Option<String> {
    text_of_panic(catch_unwind(AssertUnwindSafe(code)).err()?)
}

#[cold]
fn text_of_panic(panic: Box<dyn Any + Send>) -> Option<String> {
    let mut text = message_of(&*panic).to_string();
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop::<Box<dyn Any + Send>>(panic))) {
        text += ", and its payload panicked in its drop: ";
        text += message_of(&*again);
        std::mem::forget(again);
    }
    Some(text)
}

/// Receives the text of a panic in a drop. Set in `run/panics.rs`, which knows the thread's loop.
pub(crate) static TELL: OnceLock<fn(String)> = OnceLock::new();

/// Drops a value of the user's, such as one that no code will take. A panic in that drop goes no
/// further: the loop of the thread reports it, or it is printed if there is none. A primitive that
/// holds several values of the user's drops each of them by this function.
///
/// ```
/// # mod groundup { pub use groundup_task::*; pub mod lowlevel { pub use super::*; } }
/// use std::rc::Rc;
///
/// use groundup::lowlevel::{Scheduler, drop_told};
///
/// struct Sour;
///
/// impl Drop for Sour {
///     fn drop(&mut self) {
///         panic!("the milk has turned");
///     }
/// }
///
/// # std::panic::set_hook(Box::new(|_| ()));
/// let scheduler = Scheduler::new().unwrap();
/// scheduler.set_exception_handler(Some(Rc::new(|report| println!("{report}"))));
/// scheduler.call_soon(|| drop_told(Sour));
/// scheduler.run_until_idle(); // a panic while something was dropped: the milk has turned
/// ```
#[inline]
pub fn drop_told<T>(value: T) {
    if needs_drop::<T>() {
        let mut value = Some(value);
        drop_and_tell(&mut || value = None);
    }
}

/// Runs the drop of a value that cannot be moved, such as a pinned future. See [`drop_told`].
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
/// use groundup::lowlevel::drop_told_by;
/// use std::pin::pin;
///
/// let mut place = pin!(Some(async {}));
/// drop_told_by(|| place.set(None));
/// assert!(place.is_none());
/// ```
#[inline]
pub fn drop_told_by(drop: impl FnOnce()) {
    let mut drop = Some(drop);
    drop_and_tell(&mut || {
        if let Some(drop) = drop.take() {
            drop();
        }
    });
}

/// The part of a drop that is the same for each type: so there is one catch in a program, and not
/// one for each type that it drops.
fn drop_and_tell(drop: &mut dyn FnMut()) {
    if let Some(text) = quietly(drop) {
        tell(text);
    }
}

#[cold]
fn tell(text: String) {
    match TELL.get() {
        Some(tell) => tell(text),
        None => eprintln!("a panic while something was dropped: {text}"),
    }
}

impl fmt::Debug for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Panic").field(&self.message()).finish()
    }
}
