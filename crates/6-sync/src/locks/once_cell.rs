//! OnceCell: a value that is made once, by a future.
//!
//! The problem: several tasks need one connection. The first of them opens it, which takes a
//! while, and the others must wait for this one and not open their own. If the first task is
//! cancelled in the middle, another one must begin again.
//!
//! ```text
//!   empty ── the first caller has the lock ──> being made ── its future ends ──> full, for ever
//!     ^                                           │
//!     └── the future fails, or is dropped ────────┘      the next in line makes it
//! ```
//!
//! Invariants:
//! 1. One future at a time makes the value, and none after the value is there.
//! 2. The value is set once, and never moves while the cell is borrowed.
//!
//! Read next: `locks/semaphore.rs`.

use std::cell::OnceCell as Slot;
use std::convert::Infallible;
use std::fmt;

use groundup_combinators::trace::Name;

use crate::locks::lock::Lock;

/// A value that the first caller makes by a future, while the others wait.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{OnceCell, gather, run_virtual, sleep, time};
/// use std::{rc::Rc, time::Duration};
///
/// async fn connect() -> &'static str {
///     sleep(Duration::from_secs(3)).await;
///     "connected"
/// }
///
/// run_virtual(async {
///     let connection = Rc::new(OnceCell::new());
///     gather((0..5).map(|_| {
///         let connection = connection.clone();
///         async move { assert_eq!(*connection.get_or_init(connect).await, "connected") }
///     }))
///     .await
///     .unwrap();
///     assert_eq!(time().since_start().as_secs(), 3); // one connection
/// });
/// ```
pub struct OnceCell<T> {
    value: Slot<T>,
    /// The right to make the value.
    maker: Lock,
}

impl<T> OnceCell<T> {
    /// Creates an empty cell.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let cell = groundup::OnceCell::<u8>::new();
    /// assert_eq!(cell.get(), None);
    /// ```
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "a cell knows where it was made")]
    pub fn new() -> Self {
        OnceCell {
            value: Slot::new(),
            maker: Lock::new().named("the value of a once cell"),
        }
    }

    /// Names the cell in traces, deadlock reports and explanations.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let cell = groundup::OnceCell::<u8>::new().named("port");
    /// assert_eq!(format!("{cell:?}"), "OnceCell(empty)");
    /// ```
    #[must_use]
    pub fn named(self, name: impl Into<Name>) -> Self {
        let maker = self.maker.named(name);
        OnceCell { maker, ..self }
    }

    /// Returns the value, if it is there.
    pub fn get(&self) -> Option<&T> {
        self.value.get()
    }

    /// Sets the value, if the cell is empty, also while a future makes it: the value of that
    /// future is then dropped.
    ///
    /// # Errors
    ///
    /// The value, if there is one already.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let cell = groundup::OnceCell::new();
    /// assert_eq!(cell.set(1), Ok(()));
    /// assert_eq!(cell.set(2), Err(2));
    /// ```
    pub fn set(&self, value: T) -> Result<(), T> {
        self.value.set(value)
    }

    /// Returns the value. If the cell is empty, `make` makes it, or the caller waits for another
    /// caller that makes it. The callers that wait go on one after another, one in an iteration.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled while it makes the value, the next caller in line
    /// makes it.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this cell.
    pub async fn get_or_init<F: Future<Output = T>>(&self, make: impl FnOnce() -> F) -> &T {
        let made = self.get_or_try_init(|| async { Ok::<T, Infallible>(make().await) });
        let Ok(value) = made.await;
        value
    }

    /// Returns the value, as [`get_or_init`](OnceCell::get_or_init) does. If `make` fails, the
    /// cell stays empty, and the next caller in line tries.
    ///
    /// # Errors
    ///
    /// The error of `make`.
    ///
    /// # Cancel safety
    ///
    /// As [`get_or_init`](OnceCell::get_or_init).
    ///
    /// # Panics
    ///
    /// As [`get_or_init`](OnceCell::get_or_init).
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::{*, executor::*}; }
    /// use groundup::{OnceCell, run};
    ///
    /// run(async {
    ///     let cell = OnceCell::new();
    ///     assert_eq!(cell.get_or_try_init(async || Err("no server")).await, Err("no server"));
    ///     assert_eq!(cell.get_or_try_init(async || Ok::<_, &str>(7)).await, Ok(&7));
    /// });
    /// ```
    pub async fn get_or_try_init<E, F>(&self, make: impl FnOnce() -> F) -> Result<&T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let _maker = self.maker.acquire().await;
        if self.get().is_none() {
            let value = make().await?;
            drop(self.set(value));
        }
        Ok(self.get().expect("it was set just now"))
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.get() {
            Some(value) => f.debug_tuple("OnceCell").field(value).finish(),
            None => f.write_str("OnceCell(empty)"),
        }
    }
}
