//! RwLock: one task that changes a value, or any number that read it.
//!
//! The problem: most tasks only read the shared value. They need not keep each other out, and a
//! lock would. But a task that changes the value must be alone. If newcomers could always join the
//! readers inside, a writer would wait for ever. So there is one line for both kinds:
//!
//! ```text
//!   inside        the line, first in, first out
//!   R R R         [ W | R | R | W ]        a newcomer R waits behind the writers
//!   the last R leaves
//!   W             [ R | R | W ]            the writer is let in, alone
//!   W leaves
//!   R R           [ W ]                    all readers up to the next writer are let in
//! ```
//!
//! A waiter that is let in counts as inside from that moment on, before it runs. If it is dropped
//! instead, it leaves, and the next are let in. So the count has no gap in which a newcomer could
//! overtake the line.
//!
//! Each reader inside has an entry in a roster. So a report can name a task that is inside: the
//! reader that has been inside longest, or the writer.
//!
//! Invariants:
//! 1. Inside are readers or one writer; guards and waiters that were let in are counted.
//! 2. If the first in line may go in, it was let in.
//! 3. A newcomer goes in at once only if no task waits.
//!
//! Read next: `locks/rw_lock/acquire.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;

use groundup_combinators::task::{Holder, Ticket};
use groundup_combinators::trace::{Access, Name};

use crate::home::{Home, running_task};
use crate::locks::rw_lock::guard::{RwLockReadGuard, RwLockWriteGuard};
use crate::locks::rw_lock::inside::Inside;
use crate::roster::Roster;
use crate::wait_list::{Place, WaitList};

pub(crate) mod acquire;
pub(crate) mod guard;
mod inside;

/// Lets any number of tasks read a value, or one task change it.
///
/// The line is fair: a task that waits to write is not overtaken by later readers. The lock owns its
/// value, and the guards lead to it. A value that is changed without an await in between needs no
/// lock: a `RefCell` is enough.
///
/// ```
/// # mod groundup { pub use groundup_sync::{*, combinators::*, executor::*}; }
/// use groundup::{RwLock, gather, run_virtual, sleep, time};
/// use std::{rc::Rc, time::Duration};
///
/// run_virtual(async {
///     let prices = Rc::new(RwLock::with(vec![3, 4]));
///     let sums = gather((0..5).map(|_| {
///         let prices = prices.clone();
///         async move {
///             let prices = prices.read().await;
///             sleep(Duration::from_secs(1)).await; // all five are inside
///             prices.iter().sum::<u32>()
///         }
///     }));
///     assert_eq!(sums.await.unwrap(), [7; 5]);
///     prices.write().await.push(5);
///     assert_eq!(prices.read().await.len(), 3);
///     assert_eq!(time().since_start().as_secs(), 1);
/// });
/// ```
///
/// A deadlock report and `explain` name the lock, and the writer or the first reader inside: see
/// [`RwLock::named`].
pub struct RwLock<T = ()> {
    inside: Cell<Inside>,
    /// The writer, or the first reader that was let in and has not run since.
    holder: Cell<Holder>,
    /// The readers that have a guard.
    readers: RefCell<Roster<Holder>>,
    waiters: WaitList,
    /// For each number of a place in the line, whether a writer has the place.
    writers: RefCell<Vec<bool>>,
    value: RefCell<T>,
    home: Home,
}

impl RwLock {
    /// Creates a lock that protects no value.
    #[track_caller]
    pub fn new() -> Self {
        RwLock::with(())
    }
}

impl<T> RwLock<T> {
    /// Creates a lock that owns the value that it protects.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// use groundup::RwLock;
    /// let names = RwLock::with(vec!["Kant"]);
    /// names.try_write().unwrap().push("Hume");
    /// assert_eq!(names.into_value(), ["Kant", "Hume"]);
    /// ```
    #[track_caller]
    pub fn with(value: T) -> Self {
        RwLock {
            inside: Cell::new(Inside::Free),
            holder: Cell::new(Holder::Unknown),
            readers: RefCell::default(),
            waiters: WaitList::default(),
            writers: RefCell::default(),
            value: RefCell::new(value),
            home: Home::new("read-write lock"),
        }
    }

    /// Names the lock in traces, deadlock reports and explanations. Without a name it is called
    /// "read-write lock", and reports say where it was made.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let prices = groundup::RwLock::with(3).named("prices");
    /// let _guard = prices.try_read();
    /// assert_eq!(format!("{prices:?}"), "<RwLock prices [readers:1]>");
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<Name>) -> Self {
        self.home.set_name(name.into());
        self
    }

    /// Goes in as a reader, if no writer is inside and no task waits; never waits.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let lock = groundup::RwLock::with('a');
    /// let (one, two) = (lock.try_read().unwrap(), lock.try_read().unwrap());
    /// assert_eq!((*one, *two, lock.readers()), ('a', 'a', 2));
    /// assert!(lock.try_write().is_none());
    /// ```
    pub fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        self.lets_in(false)
            .then(|| self.enter_as_reader(running_task()))
    }

    /// Goes in as the writer, if no other task is inside and none waits; never waits.
    ///
    /// ```
    /// # mod groundup { pub use groundup_sync::*; }
    /// let lock = groundup::RwLock::with(1);
    /// *lock.try_write().unwrap() += 1;
    /// assert_eq!(*lock.try_read().unwrap(), 2);
    /// ```
    pub fn try_write(&self) -> Option<RwLockWriteGuard<'_, T>> {
        self.lets_in(true)
            .then(|| self.enter_as_writer(running_task()))
    }

    /// Returns the protected value. No other code has the lock.
    pub fn into_value(self) -> T {
        self.value.into_inner()
    }

    /// Returns true if a newcomer goes in at once.
    #[inline]
    fn lets_in(&self, writer: bool) -> bool {
        self.home.touch(Access::Write);
        !self.waiters.is_waiting() && self.inside.get().with_one_more(writer).is_some()
    }

    /// Goes in as a newcomer.
    #[inline]
    fn enter_as_reader(&self, task: Option<Ticket>) -> RwLockReadGuard<'_, T> {
        self.inside.set(Inside::Readers(self.readers() + 1));
        self.reader(holder(task))
    }

    /// Goes in as a newcomer.
    #[inline]
    fn enter_as_writer(&self, task: Option<Ticket>) -> RwLockWriteGuard<'_, T> {
        self.inside.set(Inside::Writer);
        self.writer(holder(task))
    }

    /// Makes the guard of a reader that is inside.
    fn reader(&self, holder: Holder) -> RwLockReadGuard<'_, T> {
        let number = self.readers.borrow_mut().add(holder);
        self.tell_holder();
        RwLockReadGuard::new(self, number, self.value.borrow())
    }

    /// Makes the guard of the writer that is inside.
    fn writer(&self, holder: Holder) -> RwLockWriteGuard<'_, T> {
        self.holder.set(holder);
        self.tell_holder();
        RwLockWriteGuard::new(self, self.value.borrow_mut())
    }

    /// One task less is inside. Lets the next in.
    fn exit(&self) {
        self.inside.set(self.inside.get().with_one_less());
        self.let_in();
    }

    /// Lets in those at the beginning of the line that may go in.
    fn let_in(&self) {
        self.home.touch(Access::Write);
        while let Some(first) = self.waiters.first() {
            let writer = self.is_writer(first);
            let Some(inside) = self.inside.get().with_one_more(writer) else {
                break;
            };
            let Some(next) = self.waiters.notify_one() else {
                break;
            };
            if matches!(inside, Inside::Writer | Inside::Readers(1)) {
                let task = next.ticket();
                self.holder.set(task.map_or(Holder::Unknown, Holder::Next));
            }
            self.inside.set(inside);
            next.wake();
        }
        self.tell_holder();
    }

    /// Notes which kind of task has the place.
    fn note_place(&self, place: &Place, writer: bool) {
        let Some(number) = place.number() else {
            return;
        };
        let mut writers = self.writers.borrow_mut();
        let number = number as usize;
        if writers.len() <= number {
            writers.resize(number + 1, false);
        }
        writers[number] = writer;
    }

    fn is_writer(&self, number: u32) -> bool {
        let writers = self.writers.borrow();
        writers.get(number as usize).copied().unwrap_or_default()
    }

    /// Stores the holder in the wait reason of those in line, if there are any.
    fn tell_holder(&self) {
        if self.waiters.is_waiting() {
            let reader = self.readers.borrow().first().copied();
            let readers = matches!(self.inside.get(), Inside::Readers(_));
            self.waiters
                .held_by(match reader.unwrap_or(self.holder.get()) {
                    Holder::Task(task) if reader.is_some() => Holder::Shared(task),
                    Holder::Task(_) if readers => Holder::Unknown, // the last writer
                    holder => holder,
                });
        }
    }
}

/// Returns the holder that a report names for a task.
fn holder(task: Option<Ticket>) -> Holder {
    task.map_or(Holder::Unknown, Holder::Task)
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        RwLock::with(T::default())
    }
}

impl<T> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<RwLock {} [", self.home.name())?;
        match self.inside.get() {
            Inside::Free => f.write_str("free")?,
            Inside::Readers(readers) => write!(f, "readers:{readers}")?,
            Inside::Writer => f.write_str("written")?,
        }
        match self.waiters.len() {
            0 => f.write_str("]>"),
            waiters => write!(f, ", waiters:{waiters}]>"),
        }
    }
}
