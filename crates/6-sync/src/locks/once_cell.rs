//! OnceCell: a value that is made once, by a future.
//!
//! The problem: several tasks need one connection. The first of them opens it, which takes a
//! while, and the others must wait for this one and not open their own. If the first task is
//! cancelled in the middle, another one must begin again.
//!
//! ```text
//!   empty ── the first caller begins ──> being made ── its future ends, or `set` ──> full,
//!     ^                                      │             all in line are notified    for ever
//!     └── the future fails, or is dropped ───┘
//!         the first in line is notified, and makes the value
//! ```
//!
//! Invariants:
//! 1. One future at a time makes the value, and none after the value is there.
//! 2. The value is set once, and never moves while the cell is borrowed.
//! 3. If the cell is full, no future waits that was not notified.
//!
//! Read next: `locks/semaphore.rs`.

use std::cell::{Cell, OnceCell as Slot};
use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

use groundup_combinators::task::{Holder, Scheduler};
use groundup_combinators::trace::{Access, Name, Wait};

use crate::home::{Home, polled_task};
use crate::wait_list::{Place, WaitList};

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
    /// A caller makes the value.
    being_made: Cell<bool>,
    /// This caller, or the one that began last.
    maker: Cell<Holder>,
    waiters: WaitList,
    home: Home,
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
    pub fn new() -> Self {
        OnceCell {
            value: Slot::new(),
            being_made: Cell::new(false),
            maker: Cell::default(),
            waiters: WaitList::default(),
            home: Home::new("the value of a once cell"),
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
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Returns the value, if it is there.
    pub fn get(&self) -> Option<&T> {
        self.home.touch(Access::Read);
        self.value.get()
    }

    /// Sets the value, if the cell is empty, and wakes all callers that wait for it. It may do so
    /// while a future makes the value: the value of that future is then dropped.
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
        self.home.touch(Access::Write);
        self.value.set(value)?;
        self.waiters.notify_all();
        Ok(())
    }

    /// Returns the value. If the cell is empty, `make` makes it, or the caller waits for another
    /// caller that makes it. The callers that wait go on in the iteration after the value is there.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped or cancelled while it makes the value, the next caller in line
    /// makes it.
    ///
    /// # Panics
    ///
    /// If a task of another loop has waited for this cell.
    #[track_caller]
    pub fn get_or_init<F: Future<Output = T>>(
        &self,
        make: impl FnOnce() -> F,
    ) -> impl Future<Output = &T> {
        self.home.note_await(0);
        let made = self.turn(|| async { Ok::<T, Infallible>(make().await) });
        async move {
            let Ok(value) = made.await;
            value
        }
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
    #[track_caller]
    pub fn get_or_try_init<E, F>(
        &self,
        make: impl FnOnce() -> F,
    ) -> impl Future<Output = Result<&T, E>>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.home.note_await(0);
        self.turn(make)
    }

    /// Makes the value or waits for it, at a place that the caller has noted.
    async fn turn<E, F>(&self, make: impl FnOnce() -> F) -> Result<&T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let mut turn = Caller {
            cell: self,
            place: Place::default(),
            makes: false,
        };
        if !poll_fn(|cx| turn.poll(cx)).await {
            let value = make().await?;
            drop(self.set(value));
        }
        Ok(self.get().expect("it was set before the turn ended"))
    }
}

impl<T> Default for OnceCell<T> {
    #[track_caller]
    fn default() -> Self {
        OnceCell::new()
    }
}

/// One caller: in line, or the one that makes the value.
struct Caller<'a, T> {
    cell: &'a OnceCell<T>,
    place: Place,
    makes: bool,
}

impl<T> Caller<'_, T> {
    /// Waits until the value is there, and returns true; or until this caller is to make it, and
    /// returns false.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        self.cell.home.touch(Access::Write);
        let (cell, place) = (self.cell, &mut self.place);
        let waiters = &cell.waiters;
        let must_wait = || cell.get().is_none() && (cell.being_made.get() || !waiters.is_empty());
        let goes_on = |place: &Place| match place.is_new() {
            true => !must_wait(),
            false => waiters.is_notified(place),
        };
        if Scheduler::holds_back_if(cx, || goes_on(place)) {
            return Poll::Pending;
        }
        let goes_on = match place.is_new() {
            true => !must_wait(),
            false => waiters.poll(place, cx),
        };
        if goes_on {
            self.makes = cell.get().is_none();
            if self.makes {
                cell.being_made.set(true);
                let maker = polled_task(cx).map_or(Holder::Unknown, Holder::Task);
                cell.maker.set(maker);
                cell.waiters.held_by(maker);
            }
            return Poll::Ready(!self.makes);
        }
        let held = |name: &str| Wait::Held {
            what: name.into(),
            by: None,
        };
        cell.home.wait(0, cx, waiters, held);
        cell.waiters.held_by(cell.maker.get());
        if place.is_new() {
            waiters.join(place, cx, must_wait);
        }
        Poll::Pending
    }
}

impl<T> Drop for Caller<'_, T> {
    /// Lets the next caller make the value, if this one has not.
    fn drop(&mut self) {
        let cell = self.cell;
        let notified = cell.home.leave(&cell.waiters, &mut self.place);
        if self.makes {
            self.cell.being_made.set(false);
        }
        if (self.makes || notified) && self.cell.get().is_none() {
            self.cell.waiters.wake_one();
        }
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
