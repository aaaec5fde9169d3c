//! Deadlines: a time by which something ends, to look at and to move.
//!
//! The problem: a future should be given up when its time is over, its clean-up
//! should run all the same, and a cancel that came from somebody else must not be
//! mistaken for the deadline. So a deadline is an alarm that cancels one region,
//! and on the way out it counts whether the cancel that arrived was its own.
//!
//! ```text
//!   Created --first poll--> Entered --alarm--> Entered, expiring --left--> Expired
//!                              |
//!                              +----left in time------------------------> Exited
//! ```
//!
//! Invariants:
//! 1. It turns exactly its own cancel into [`Elapsed`](crate::Elapsed) (D01); with
//!    a cancel from outside in the same instant, that one wins (D07).
//! 2. Of nested deadlines that expire together, the outer one tells (D05). Those
//!    that stand side by side, as in a join, are no business of each other.
//! 3. The task's count of cancels is afterwards what it was before (D08).
//!
//! Read next: `wait_for.rs`.

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use groundup_executor::Alarm;
use groundup_executor::task::CancelScope;

use crate::running::no_task;
use crate::timeout::error::DeadlineError;

/// The states of the picture; expiring is `Entered` with its scope cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Entered,
    Expired,
    Exited,
}

/// When it ends, as it was said; `when` gives it as a time of the loop.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    After(Duration),
    At(Duration),
    Never,
}

/// What `enter` opens `leave` gives back, which the guard in `timeout.rs` does not
/// forget: dropping a control has nothing to look at.
pub(super) struct Control {
    /// Opened when it is entered: before, no loop need run.
    scope: ManuallyDrop<CancelScope>,
    alarm: ManuallyDrop<Alarm>,
    state: Cell<State>,
    when: Cell<When>,
    /// The cancels that concerned it when it was entered.
    cancelling: Cell<u32>,
}

impl Control {
    #[inline(always)]
    pub(super) fn new(when: When) -> Self {
        Control {
            scope: ManuallyDrop::new(CancelScope::closed()),
            state: Cell::new(State::Created),
            when: Cell::new(when),
            alarm: ManuallyDrop::new(Alarm::default()),
            cancelling: Cell::new(0),
        }
    }

    /// Something begins to run under it, in this scope.
    #[inline(never)]
    pub(super) fn enter(&self) -> &CancelScope {
        assert!(
            self.state.get() == State::Created,
            "Deadline has already been entered: make a new one"
        );
        let Some(cancelling) = self.scope.open() else {
            no_task("timeout")
        };
        self.state.set(State::Entered);
        self.cancelling.set(cancelling);
        match self.when.get() {
            When::Never | When::After(Duration::MAX) | When::At(Duration::MAX) => {}
            When::After(delay) => self.alarm.set_after(delay, &self.scope),
            When::At(at) => self.alarm.set_at(at, &self.scope),
        }
        &self.scope
    }

    /// When it ends; once entered, as a time of the loop.
    fn when(&self) -> When {
        match (self.state.get(), self.when.get()) {
            (State::Created, when) | (_, when @ When::After(Duration::MAX)) => when,
            (_, When::After(_)) => When::At(self.alarm.when()),
            (_, when) => when,
        }
    }

    /// Sets the alarm anew; the one before is taken back.
    #[track_caller]
    fn move_to(&self, when: Option<Duration>) {
        match when {
            None | Some(Duration::MAX) => self.alarm.unset(),
            Some(at) if self.alarm.move_to(at) => {}
            Some(at) => {
                assert!(
                    self.scope.is_here(),
                    "a Deadline that was never to end is moved in its own loop: call this in a \
                     task or a callback of it"
                );
                self.alarm.set_at(at, &self.scope);
            }
        }
        self.when.set(when.map_or(When::Never, When::At));
    }

    /// Entered, and its time is over.
    fn expiring(&self) -> bool {
        self.state.get() == State::Entered && self.scope.cancel_called()
    }

    /// Returns true if its loop is closed, so that it can never pass.
    #[inline]
    pub(super) fn is_orphan(&self) -> bool {
        self.scope.is_orphan()
    }

    /// The ticket of its scope, while something runs under it.
    #[inline]
    pub(super) fn scope(&self) -> u64 {
        self.scope.ticket()
    }

    /// Ends what ran under it; true if a cancel that was caught was its own, as cancels
    /// are counted.
    #[inline(never)]
    pub(super) fn leave(&self) -> bool {
        if self.state.get() != State::Entered {
            return false;
        }
        self.alarm.unset();
        self.state.set(State::Exited);
        let Some(left) = self.scope.close() else {
            return false;
        };
        self.state.set(State::Expired);
        left <= self.cancelling.get()
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.state.get(), self.when())
    }
}

/// A control of its own, or one that others look at.
pub(super) enum Held {
    Own(Control),
    Shared(Rc<Control>),
}

impl Deref for Held {
    type Target = Control;

    #[inline]
    fn deref(&self) -> &Control {
        match self {
            Held::Own(control) => control,
            Held::Shared(control) => control,
        }
    }
}

/// A deadline that can be looked at and moved while something runs under it:
/// asyncio's `timeout` block with its `reschedule`, `when` and `expired`.
///
/// Cloning gives another handle to the same deadline.
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep};
/// use groundup_combinators::{Deadline, Elapsed};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let deadline = Deadline::after(Duration::from_secs(2));
///     let inside = deadline.clone();
///     let ended = deadline.run(async move {
///         sleep(Duration::from_secs(1)).await;
///         // There is progress: five seconds more.
///         inside.reschedule(Some(Duration::from_secs(6))).unwrap();
///         sleep(Duration::from_secs(100)).await;
///     });
///     assert_eq!(ended.await, Err(Elapsed));
///     assert!(deadline.expired());
/// }).unwrap();
/// assert_eq!(event_loop.time(), Duration::from_secs(6));
/// ```
#[derive(Clone)]
pub struct Deadline {
    pub(super) control: Rc<Control>,
}

impl Deadline {
    fn new(when: When) -> Self {
        Deadline {
            control: Rc::new(Control::new(when)),
        }
    }

    /// Ends `delay` after [`run`](Deadline::run) is first polled.
    pub fn after(delay: Duration) -> Self {
        Deadline::new(When::After(delay))
    }

    /// Ends at `when`, a time of the loop.
    pub fn at(when: Duration) -> Self {
        Deadline::new(When::At(when))
    }

    /// Never ends, until it is moved (D02).
    pub fn never() -> Self {
        Deadline::new(When::Never)
    }

    /// Moves the deadline to a time of the loop; `None` is never. A time that has
    /// passed ends it in the next iteration.
    ///
    /// # Errors
    ///
    /// [`DeadlineError`] if nothing runs under it now (D03).
    ///
    /// # Panics
    ///
    /// Outside its loop, if until now it was never to end.
    #[track_caller]
    pub fn reschedule(&self, when: Option<Duration>) -> Result<(), DeadlineError> {
        let control = &self.control;
        match control.state.get() {
            State::Created => Err(DeadlineError::NotEntered),
            State::Expired => Err(DeadlineError::Expired),
            State::Entered if control.expiring() => Err(DeadlineError::Expired),
            State::Exited => Err(DeadlineError::Finished),
            State::Entered => {
                control.move_to(when);
                Ok(())
            }
        }
    }

    /// The time of the loop at which it ends; `None` if never, or if it counts
    /// from an entry that has not happened.
    pub fn when(&self) -> Option<Duration> {
        match self.control.when() {
            When::At(at) => Some(at),
            When::After(_) | When::Never => None,
        }
    }

    /// Whether its time was over while something ran under it.
    pub fn expired(&self) -> bool {
        self.control.state.get() == State::Expired || self.control.expiring()
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Deadline {:?}>", self.control)
    }
}
