//! Deadlines: an alarm that cancels one region, and that can be moved.
//!
//! The problem: a future should be cancelled when its time is over. Its clean-up should run all
//! the same, and a cancel from elsewhere must not count as the deadline's. So a deadline is an
//! alarm that cancels one region alone, through the *scope* of the region. A caught cancel carries
//! its address, the task or scope that was cancelled, so the deadline knows its own cancel.
//!
//! But code under the deadline may catch a cancel and raise a new one with `raise_cancelled`, which
//! has no address. To find out whether this one stands for its own, the deadline reads a count twice,
//! when its future begins and when it ends: how many cancels of the task, and of the scopes around the
//! deadline, were requested and not taken back (asyncio's `cancelling`). If the count has grown, a
//! cancel came from outside, and the raised cancel goes on outward. Otherwise, if the deadline's time
//! is over, the cancel is the deadline's own. The count decides also about a cancel from outside that
//! was taken back: `uncancel` has left no cancel of the task.
//!
//! ```text
//!   Created --enter--> Entered --leave, before the alarm--> Exited
//!                         |
//!                         +--the alarm--> Entered, expiring --leave--> Expired
//! ```
//!
//! `Expired` says that the time was over, not that the deadline's cancel won.
//!
//! Invariants:
//! 1. A deadline turns exactly its own cancel into [`Elapsed`](crate::Elapsed). If a cancel
//!    from outside comes at the same instant, and is not taken back, the cancel from outside wins.
//! 2. If nested deadlines expire together, the outer one returns `Elapsed`. Deadlines side by
//!    side, as in a join, do not affect each other.
//! 3. A deadline leaves the task's count of cancels (`cancelling`) as it was.
//!
//! Read next: `task_group/block.rs`, a block that ends with its children. Second reading:
//! `timeout/wait_for.rs`.

use std::cell::Cell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::rc::Rc;
use std::time::Duration;

use groundup_executor::task::{CancelScope, ScopeTicket};
use groundup_executor::{Alarm, Instant};

use crate::running::no_task;
use crate::timeout::error::DeadlineError;

/// States of the picture; "expiring" is `Entered` with a cancelled scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DeadlineState {
    Created,
    Entered,
    Expired,
    Exited,
}

/// End of a deadline, as its caller gave it; `Control::when` converts it to a time of the loop.
#[derive(Clone, Copy, Debug)]
pub(super) enum When {
    After(Duration),
    At(Instant),
    Never,
}

/// Scope, alarm and state of a deadline. The guard in `timeout.rs` calls `leave` in every case,
/// which closes the scope and unsets the alarm. So dropping a control does nothing.
pub(super) struct Control {
    /// Opened by `enter`: before that, no loop need run.
    scope: ManuallyDrop<CancelScope>,
    alarm: ManuallyDrop<Alarm>,
    state: Cell<DeadlineState>,
    when: Cell<When>,
    /// Count of the cancels that concerned the deadline when it was entered.
    cancelling: Cell<u32>,
}

impl Control {
    #[inline(always)]
    pub(super) fn new(when: When) -> Self {
        Control {
            scope: ManuallyDrop::new(CancelScope::closed()),
            state: Cell::new(DeadlineState::Created),
            when: Cell::new(when),
            alarm: ManuallyDrop::new(Alarm::default()),
            cancelling: Cell::new(0),
        }
    }

    /// Opens the scope, in which a future begins to run, and sets the alarm.
    #[inline(never)]
    pub(super) fn enter(&self) -> &CancelScope {
        assert!(
            self.state.get() == DeadlineState::Created,
            "Deadline has already been entered: make a new one"
        );
        let Some(cancelling) = self.scope.open() else {
            no_task("timeout")
        };
        self.state.set(DeadlineState::Entered);
        self.cancelling.set(cancelling);
        match self.when.get() {
            When::Never | When::After(Duration::MAX) | When::At(Instant::NEVER) => {}
            When::After(delay) => self.alarm.set_after(delay, &self.scope),
            When::At(at) => self.alarm.set_at(at, &self.scope),
        }
        &self.scope
    }

    /// Returns when the deadline ends; once entered, as a time of the loop.
    fn when(&self) -> When {
        let entered = self.state.get() != DeadlineState::Created;
        match self.when.get() {
            When::After(delay) if entered && delay != Duration::MAX => When::At(self.alarm.when()),
            when => when,
        }
    }

    /// Moves the alarm; `None` unsets it.
    #[track_caller]
    fn move_to(&self, when: Option<Instant>) {
        match when {
            None | Some(Instant::NEVER) => self.alarm.unset(),
            Some(at) if self.alarm.move_to(at) => {}
            Some(at) => {
                assert!(
                    self.scope.is_here(),
                    "a Deadline that has no end can get one only in its own loop: call this in a \
                     task or a callback of that loop"
                );
                self.alarm.set_at(at, &self.scope);
            }
        }
        self.when.set(when.map_or(When::Never, When::At));
    }

    /// Returns true if the deadline is entered and its time is over.
    fn expiring(&self) -> bool {
        self.state.get() == DeadlineState::Entered && self.scope.cancel_called()
    }

    /// Returns true if its loop is closed, so that the deadline can never pass.
    #[inline]
    pub(super) fn is_orphan(&self) -> bool {
        self.scope.is_orphan()
    }

    /// Returns the ticket of its scope, while a future runs under it.
    #[inline]
    pub(super) fn scope(&self) -> ScopeTicket {
        self.scope.ticket()
    }

    /// Closes the scope and unsets the alarm. Returns true if the time was over, and the count of
    /// cancels that concern the deadline has not grown since `enter`. Then a raised cancel, which
    /// has no address, counts as the deadline's own.
    #[inline(never)]
    pub(super) fn leave(&self) -> bool {
        if self.state.get() != DeadlineState::Entered {
            return false;
        }
        self.alarm.unset();
        let (state, own) = match self.scope.close() {
            None => (DeadlineState::Exited, false),
            Some(now) => (DeadlineState::Expired, now <= self.cancelling.get()),
        };
        self.state.set(state);
        own
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.state.get(), self.when())
    }
}

/// A control that one timeout owns, or that handles share.
pub(super) enum AnyControl {
    Own(Control),
    Shared(Rc<Control>),
}

impl Deref for AnyControl {
    type Target = Control;

    #[inline]
    fn deref(&self) -> &Control {
        match self {
            AnyControl::Own(control) => control,
            AnyControl::Shared(control) => control,
        }
    }
}

/// Limits the time of a future, and can be read and moved while the future runs: asyncio's
/// `timeout` block with its `reschedule`, `when` and `expired`.
///
/// A clone is another handle to the same deadline, and a deadline serves one future. For one end
/// of many futures, use [`timeout_at`](crate::timeout_at()) with one [`Instant`].
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Deadline, Elapsed, run_virtual, sleep, time};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let deadline = Deadline::after(Duration::from_secs(2));
///     let inside = deadline.clone();
///     let ended = deadline.run(async move {
///         sleep(Duration::from_secs(1)).await;
///         // There is progress: five seconds more.
///         inside.reschedule(Some(time() + Duration::from_secs(5))).unwrap();
///         sleep(Duration::from_secs(100)).await;
///     });
///     assert_eq!(ended.await, Err(Elapsed));
///     assert!(deadline.expired());
///     assert_eq!(time().since_start(), Duration::from_secs(6));
/// });
/// ```
#[doc(alias("fail_at", "move_on_at"))]
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

    /// Makes a deadline that ends `delay` after [`run`](Deadline::run) is first polled.
    pub fn after(delay: Duration) -> Self {
        Deadline::new(When::After(delay))
    }

    /// Makes a deadline that ends at `when`, a time of the loop.
    pub fn at(when: Instant) -> Self {
        Deadline::new(When::At(when))
    }

    /// Makes a deadline that never ends, until it is moved.
    pub fn never() -> Self {
        Deadline::new(When::Never)
    }

    /// Moves the deadline to a time of the loop; `None` means never.
    ///
    /// The time is an [`Instant`]: five seconds more from now are `time() + 5 s`. If the time
    /// has passed, the deadline ends in the next iteration.
    ///
    /// # Errors
    ///
    /// [`DeadlineError`] if no future runs under the deadline now, or if it has expired.
    ///
    /// # Panics
    ///
    /// If the deadline had no time ([`never`](Deadline::never)), and the caller is not a task or a
    /// callback of the deadline's loop. The new alarm is set in the running loop, which would be
    /// another loop or none.
    #[track_caller]
    pub fn reschedule(&self, when: Option<Instant>) -> Result<(), DeadlineError> {
        let control = &self.control;
        match control.state.get() {
            DeadlineState::Created => Err(DeadlineError::NotEntered),
            DeadlineState::Expired => Err(DeadlineError::Expired),
            DeadlineState::Entered if control.expiring() => Err(DeadlineError::Expired),
            DeadlineState::Exited => Err(DeadlineError::Finished),
            DeadlineState::Entered => {
                control.move_to(when);
                Ok(())
            }
        }
    }

    /// Returns the time of the loop at which the deadline ends.
    ///
    /// Returns `None` if it never ends, or if it counts from a first poll that has not
    /// happened.
    pub fn when(&self) -> Option<Instant> {
        match self.control.when() {
            When::At(at) => Some(at).filter(|at| *at != Instant::NEVER),
            When::After(_) | When::Never => None,
        }
    }

    /// Returns true if its time was over while a future ran under it.
    pub fn expired(&self) -> bool {
        self.control.state.get() == DeadlineState::Expired || self.control.expiring()
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Deadline {:?}>", self.control)
    }
}
