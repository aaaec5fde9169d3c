//! Deadlines: end what takes too long, and only that.
//!
//! The problem: a future should be given up when its time is over, its clean-up
//! should run all the same, and a cancel that came from somebody else must not be
//! mistaken for the deadline. A deadline here is a timer that cancels one region;
//! on the way out it counts whether the cancel that arrived was its own.
//!
//! ```text
//!   Created --first poll--> Entered --timer--> Expiring --left--> Expired
//!                              |
//!                              +----left in time----------------> Exited
//! ```
//!
//! Invariants:
//! 1. A deadline turns exactly its own cancel into [`Elapsed`] (D01); with a cancel
//!    from outside in the same instant, that one wins (D07).
//! 2. Of nested deadlines that expire together, the outer one tells (D05).
//! 3. What is ended is cancelled first and waited for: it may clean up (O01).
//! 4. The task's count of cancels is afterwards what it was before (D08).
//!
//! Read next: `gather.rs`.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::future::{Future, IntoFuture};
use std::ops::Deref;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::{
    CancelScope, CatchCancel, IntoTask, Promise, Scheduler, Task, TaskError, TaskRef,
};
use groundup_executor::{Alarm, Sleep, sleep_until, time};
use pin_project_lite::pin_project;

/// The time was over before the future was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Elapsed;

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the deadline has passed before the future was done")
    }
}

impl Error for Elapsed {}

/// Why a [`Deadline`] could not be moved (D03).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadlineError {
    /// Nothing runs under it yet.
    NotEntered,
    /// It has expired already.
    Expired,
    /// What ran under it has ended.
    Finished,
}

impl fmt::Display for DeadlineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeadlineError::NotEntered => {
                "Deadline has not been entered: move it from inside the future that runs under it"
            }
            DeadlineError::Expired => {
                "Cannot change state of expired Deadline: make a new one for what is to come"
            }
            DeadlineError::Finished => {
                "Cannot change state of finished Deadline: make a new one for what is to come"
            }
        })
    }
}

impl Error for DeadlineError {}

/// The states of the picture; Expiring is `Entered` with its scope cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Created,
    Entered,
    Expired,
    Exited,
}

/// When it ends: as it was said, and, once entered, as a time of the loop.
#[derive(Clone, Copy, Debug)]
enum When {
    After(Duration),
    At(Duration),
    Never,
}

struct Control {
    scope: CancelScope,
    state: Cell<State>,
    when: Cell<When>,
    alarm: Cell<Option<Alarm>>,
}

impl Control {
    fn new(when: When) -> Self {
        Control {
            scope: CancelScope::new(),
            state: Cell::new(State::Created),
            when: Cell::new(when),
            alarm: Cell::new(None),
        }
    }

    /// Sets the alarm; the one before is taken back.
    fn arm(&self) {
        drop(self.alarm.take());
        let alarm = match self.when.get() {
            When::Never | When::After(Duration::MAX) | When::At(Duration::MAX) => None,
            When::After(delay) => {
                let (alarm, at) = Alarm::after(delay, &self.scope);
                self.when.set(When::At(at));
                Some(alarm)
            }
            When::At(at) => Some(Alarm::at(at, &self.scope)),
        };
        self.alarm.set(alarm);
    }

    /// Entered, and its time is over.
    fn expiring(&self) -> bool {
        self.state.get() == State::Entered && self.scope.cancel_called()
    }

    /// Comes out; true if a cancel that was caught was the deadline's own.
    fn leave(&self, inside: &Inside) -> bool {
        drop(self.alarm.take());
        if self.expiring() {
            self.state.set(State::Expired);
            return inside.task.uncancel() <= inside.cancelling;
        }
        if self.state.get() == State::Entered {
            self.state.set(State::Exited);
        }
        false
    }
}

/// The task under the deadline, and its cancels when it came in.
struct Inside {
    task: TaskRef,
    cancelling: u32,
}

/// A deadline of its own, or one that others look at.
enum Held {
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

/// What is entered is left, also when it is dropped.
struct Guard {
    control: Held,
    inside: Option<Inside>,
}

impl Guard {
    fn leave(&mut self) -> bool {
        let inside = self.inside.take();
        inside.is_some_and(|inside| self.control.leave(&inside))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A deadline that can be looked at and moved while something runs under it.
///
/// Cloning gives another handle to the same deadline.
#[derive(Clone)]
pub struct Deadline {
    control: Rc<Control>,
}

impl Deadline {
    /// Ends `delay` after [`run`](Deadline::run) is first polled.
    pub fn after(delay: Duration) -> Self {
        Deadline {
            control: Rc::new(Control::new(When::After(delay))),
        }
    }

    /// Ends at `when`, a time of the loop.
    pub fn at(when: Duration) -> Self {
        Deadline {
            control: Rc::new(Control::new(When::At(when))),
        }
    }

    /// Never ends, until it is moved (D02).
    pub fn never() -> Self {
        Deadline {
            control: Rc::new(Control::new(When::Never)),
        }
    }

    /// Runs `future` under this deadline.
    ///
    /// # Panics
    ///
    /// When polled, if something ran under it before (D03): make a new one.
    ///
    /// # Cancel safety
    ///
    /// Dropping it drops `future` and takes the timer back.
    pub fn run<F: IntoFuture>(&self, future: F) -> Timeout<F::IntoFuture> {
        Timeout::new(Held::Shared(self.control.clone()), future.into_future())
    }

    /// Moves the deadline; `None` is never. A time that has passed ends it in the
    /// next iteration.
    ///
    /// # Errors
    ///
    /// [`DeadlineError`] if nothing runs under it now (D03).
    pub fn reschedule(&self, when: Option<Duration>) -> Result<(), DeadlineError> {
        match self.control.state.get() {
            State::Created => Err(DeadlineError::NotEntered),
            State::Expired => Err(DeadlineError::Expired),
            State::Entered if self.control.expiring() => Err(DeadlineError::Expired),
            State::Exited => Err(DeadlineError::Finished),
            State::Entered => {
                self.control.when.set(when.map_or(When::Never, When::At));
                self.control.arm();
                Ok(())
            }
        }
    }

    /// The time of the loop at which it ends; `None` if never, or if it counts
    /// from an entry that has not happened.
    pub fn when(&self) -> Option<Duration> {
        match self.control.when.get() {
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
        let (state, when) = (self.control.state.get(), self.control.when.get());
        write!(f, "<Deadline {state:?} {when:?}>")
    }
}

pin_project! {
    /// What [`timeout`] and [`Deadline::run`] return.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Timeout<F: Future> {
        #[pin]
        region: Option<CatchCancel<F>>,
        guard: Guard,
        // Under a waker that is not the task's own the future is simply dropped.
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl<F: Future> Timeout<F> {
    fn new(control: Held, future: F) -> Self {
        let region = Some(control.scope.catch(future));
        let guard = Guard {
            control,
            inside: None,
        };
        Timeout {
            region,
            guard,
            sleep: None,
        }
    }

    /// The first poll: sets the alarm.
    fn enter(self: Pin<&mut Self>, cx: &Context<'_>) {
        let mut this = self.project();
        let control = &this.guard.control;
        control.state.set(State::Entered);
        let own = Scheduler::current().and_then(|scheduler| {
            let task = scheduler.current_task()?;
            (scheduler.ticket_in(cx) == Some(task.ticket())).then_some(task)
        });
        if let Some(task) = own {
            let cancelling = task.cancelling();
            control.arm();
            this.guard.inside = Some(Inside { task, cancelling });
            return;
        }
        let at = match control.when.get() {
            When::After(delay) => time().saturating_add(delay),
            When::At(at) => at,
            When::Never => Duration::MAX,
        };
        this.sleep.set(Some(sleep_until(at)));
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if self.guard.inside.is_none() && self.sleep.is_none() {
            let state = self.guard.control.state.get();
            assert!(
                state == State::Created,
                "Deadline has already been entered: make a new one"
            );
            self.as_mut().enter(cx);
        }
        let mut this = self.project();
        let region = this
            .region
            .as_mut()
            .as_pin_mut()
            .expect("timeout was polled after it had finished");
        match region.poll(cx) {
            Poll::Pending => {
                let over = match this.sleep.as_mut().as_pin_mut() {
                    Some(sleep) => sleep.poll(cx).is_ready(),
                    None => false,
                };
                if !over {
                    return Poll::Pending;
                }
                this.region.set(None);
                this.guard.control.state.set(State::Expired);
                Poll::Ready(Err(Elapsed))
            }
            Poll::Ready(caught) => {
                this.region.set(None);
                let own = this.guard.leave();
                match caught {
                    Ok(output) => Poll::Ready(Ok(output)),
                    Err(_) if own => Poll::Ready(Err(Elapsed)),
                    // Somebody else's cancel: it goes on outward.
                    Err(cancelled) => {
                        let mut raise = cancelled.raise();
                        match Pin::new(&mut raise).poll(cx) {
                            Poll::Ready(never) => match never {},
                            Poll::Pending => Poll::Pending,
                        }
                    }
                }
            }
        }
    }
}

impl<F: Future> fmt::Debug for Timeout<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Timeout {:?}>", self.guard.control.state.get())
    }
}

/// Runs `future`, and gives [`Elapsed`] if it is not done when `delay` has passed,
/// counted from the first poll. The future is then cancelled, and waited for if it
/// cleans up.
///
/// A delay of zero lets the future run to its first suspension (D06).
/// `Duration::MAX` is never.
///
/// Under a waker that is not the running task's own, as in `FuturesUnordered`, the
/// future is dropped instead of cancelled.
///
/// # Panics
///
/// When polled outside a running loop.
///
/// # Cancel safety
///
/// Dropping it drops `future` and takes the timer back.
pub fn timeout<F: IntoFuture>(delay: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(
        Held::Own(Control::new(When::After(delay))),
        future.into_future(),
    )
}

/// The same with a time of the loop as the deadline.
pub fn timeout_at<F: IntoFuture>(when: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout::new(
        Held::Own(Control::new(When::At(when))),
        future.into_future(),
    )
}

/// asyncio's `wait_for`: awaits a task or a future for at most `delay`; `None` is
/// for ever (O05).
///
/// As [`timeout`], but a delay of zero or none left does not even start a future:
/// it is cancelled before its first step, unless it is a task that is done (O04).
///
/// # Panics
///
/// When polled outside a running loop.
///
/// # Cancel safety
///
/// Dropping it drops the future; a task is detached, and runs on.
pub async fn wait_for<A: IntoTask>(
    awaitable: A,
    delay: impl Into<Option<Duration>>,
) -> Result<A::Awaited, Elapsed> {
    match delay.into() {
        None => Ok(awaitable.into_awaited().await),
        Some(Duration::ZERO) => {
            let scheduler = Scheduler::current().expect("wait_for needs a running event loop");
            let mut task = awaitable.into_task(&scheduler);
            let done = task.done();
            if !done {
                cancel_and_wait(&task).await;
            }
            match task.take_result() {
                // It ended by our cancel; one that had ended before says so itself.
                Some(Err(TaskError::Cancelled(_))) if !done => Err(Elapsed),
                Some(outcome) => A::awaited(outcome).map_err(|_| Elapsed),
                None => Err(Elapsed),
            }
        }
        Some(delay) => timeout(delay, awaitable.into_awaited()).await,
    }
}

/// Cancels a task and waits for its end, so that a cancel of the waiter does not
/// go to the task a second time.
async fn cancel_and_wait<T>(task: &Task<T>) {
    let ended: Promise<()> = Promise::new();
    let tell = ended.clone();
    task.add_done_callback(move || {
        let _ = tell.set_result(());
    });
    task.cancel();
    let _ = ended.await;
}
