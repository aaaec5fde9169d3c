//! What is polled: the occupant of a slot, or the main future.
//!
//! The problem: a slot must hold futures of any type and give their outputs back with
//! their types intact, without an allocation per step. The trait object carries the
//! type; `dyn Any` carries values across it: the caller passes `&mut Option<T>`, the
//! object looks whether its type is the same, and moves the value through.
//!
//! A slot can only hold what is `'static`, and `run(main)` should take a future that
//! borrows. So the main future stays on the caller's stack, and its slot is empty: a
//! step of it is a call of [`Root`]. All else about it is a task's.
//!
//! Invariants:
//! 1. The output takes the place of the future, in the same memory, and the
//!    future is dropped before anybody learns that it is done.
//! 2. `refill` either takes the whole input or leaves it whole.
//! 3. A `Root` is called by `run/` alone, for the run that opened it.
//!
//! Read next: `store/slot.rs`, the place of all but the main future.

use std::any::{Any, type_name};
use std::error::Error;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::store::key::Ending;

/// The occupant of a slot.
pub(crate) trait Object {
    /// One step. `Ready` at the end, with the output kept inside.
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }
    /// Gives the output into an `Option` of the right type.
    fn take(self: Pin<&mut Self>, _output: &mut dyn Any) {}
    /// Moves the content of an `Option` of the right type in; false if the type
    /// is another.
    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, place: Place) -> bool;
    /// Drops future and output.
    fn clear(self: Pin<&mut Self>);
    /// Where it was made.
    fn place(&self) -> Place;
    /// The type of the output, if it may be an error: a `Result`.
    fn fallible(&self) -> Option<&'static str> {
        None
    }
    /// Shows the output of a task, or the error of a promise, if it is there.
    fn show(self: Pin<&mut Self>, _look: &mut dyn FnMut(&dyn Any)) {}
    /// The ticket of the task from which a proxy has its outcome, if it was not fetched.
    fn source(&self) -> Option<u64> {
        None
    }
    /// How a proxy ends when its original has ended in this way.
    fn ending(self: Pin<&mut Self>, original: Ending) -> Ending {
        original
    }
}

/// A place in the caller's source.
pub(crate) type Place = &'static Location<'static>;

pin_project! {
    #[project = StageProjection]
    enum Stage<F: Future> {
        Running { #[pin] future: F },
        Finished { output: Option<F::Output> },
        Empty,
    }
}

pin_project! {
    /// A task: a future, and after it its output.
    pub(crate) struct TaskObject<F: Future> {
        #[pin]
        stage: Stage<F>,
        place: Place,
    }
}

impl<F: Future> TaskObject<F> {
    pub(crate) fn new(future: F, place: Place) -> Self {
        let stage = Stage::Running { future };
        TaskObject { stage, place }
    }
}

impl<F: Future<Output: 'static> + 'static> Object for TaskObject<F> {
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut stage = self.project().stage;
        let StageProjection::Running { future } = stage.as_mut().project() else {
            return Poll::Ready(());
        };
        match future.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                let output = Some(output);
                stage.set(Stage::Finished { output });
                Poll::Ready(())
            }
        }
    }

    fn take(self: Pin<&mut Self>, output: &mut dyn Any) {
        let Some(place) = output.downcast_mut::<Option<F::Output>>() else {
            return;
        };
        let mut stage = self.project().stage;
        if let StageProjection::Finished { output } = stage.as_mut().project() {
            *place = output.take();
            stage.set(Stage::Empty);
        }
    }

    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, place: Place) -> bool {
        let Some(input) = input.downcast_mut::<Option<F>>() else {
            return false;
        };
        let this = self.project();
        let mut stage = this.stage;
        // Emptied before, so that nothing is dropped between taking and putting in.
        stage.set(Stage::Empty);
        *this.place = place;
        stage.set(match input.take() {
            Some(future) => Stage::Running { future },
            None => Stage::Empty,
        });
        true
    }

    fn clear(self: Pin<&mut Self>) {
        self.project().stage.set(Stage::Empty);
    }

    fn place(&self) -> Place {
        self.place
    }

    fn fallible(&self) -> Option<&'static str> {
        let name = type_name::<F::Output>();
        name.starts_with("core::result::Result<").then_some(name)
    }

    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        if let StageProjection::Finished { output } = self.project().stage.project() {
            output.iter().for_each(|output| look(output));
        }
    }
}

/// A callback: a closure that runs once.
pub(crate) struct CallbackObject<C> {
    pub(crate) callback: Option<C>,
    pub(crate) place: Place,
}

// The closure is never pinned: it is moved out and called.
impl<C> Unpin for CallbackObject<C> {}

impl<C: FnOnce() + 'static> Object for CallbackObject<C> {
    #[inline]
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if let Some(callback) = self.get_mut().callback.take() {
            callback();
        }
        Poll::Ready(())
    }

    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, place: Place) -> bool {
        let Some(callback) = input.downcast_mut::<Option<C>>() else {
            return false;
        };
        let this = self.get_mut();
        this.callback = callback.take();
        this.place = place;
        true
    }

    fn clear(self: Pin<&mut Self>) {
        self.get_mut().callback = None;
    }

    fn place(&self) -> Place {
        self.place
    }
}

/// What a promise was fulfilled with.
pub(crate) type Fulfilled<T> = Result<T, Rc<dyn Error>>;

/// A promise: no future, only the place for an output.
pub(crate) struct PromiseObject<T> {
    pub(crate) output: Option<Fulfilled<T>>,
    pub(crate) place: Place,
}

impl<T> Unpin for PromiseObject<T> {}

impl<T: Clone + 'static> Object for PromiseObject<T> {
    /// A promise can be asked many times: what is taken is copied and put back.
    fn take(self: Pin<&mut Self>, output: &mut dyn Any) {
        if let Some(place) = output.downcast_mut::<Option<Fulfilled<T>>>() {
            *place = self.get_mut().output.take();
        }
    }

    /// Takes an `Option<Fulfilled<T>>` as its output, or an `Option<Empty<T>>`
    /// to begin anew.
    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, place: Place) -> bool {
        let this = self.get_mut();
        if let Some(output) = input.downcast_mut::<Option<Fulfilled<T>>>() {
            this.output = output.take();
            return true;
        }
        let begin = input.is::<Option<Empty<T>>>();
        if begin {
            this.output = None;
            this.place = place;
        }
        begin
    }

    fn clear(self: Pin<&mut Self>) {
        self.get_mut().output = None;
    }

    fn place(&self) -> Place {
        self.place
    }

    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        if let Some(Err(error)) = &self.output {
            look(error);
        }
    }
}

/// Stands for a new promise of this type when a shell is asked to take it.
pub(crate) struct Empty<T>(pub(crate) PhantomData<T>);

/// What the caller that runs the loop brings: the future on its stack, and its timers.
///
/// ```
/// use groundup_task::{Root, Scheduler};
/// use std::task::{Context, Poll};
///
/// struct Borrowing<'a>(&'a mut Vec<u32>);
///
/// impl Root for Borrowing<'_> {
///     fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
///         self.0.push(5);
///         Poll::Ready(())
///     }
///
///     fn clear(&mut self) {}
/// }
///
/// let (scheduler, mut here) = (Scheduler::new().unwrap(), Vec::new());
/// let root = scheduler.open_root();
/// scheduler.run_round(&mut Borrowing(&mut here));
/// assert!(scheduler.close_root(root).unwrap().is_ok());
/// assert_eq!(here, [5]);
/// ```
pub trait Root {
    /// One step.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Drops the future: it was cancelled or has panicked.
    fn clear(&mut self);
    /// Gives the ticket for which a timer was set that has [fired](crate::Scheduler::fire),
    /// and forgets it; `None` if it was taken back since. Whoever has timers says so.
    fn redeem(&mut self, _timer: u64) -> Option<u64> {
        None
    }
    /// The number under which a trace knows a timer that was just redeemed.
    fn number_of(&self, timer: u64) -> u64 {
        timer
    }
}

/// The [`Root`] of a loop that runs with no main task.
pub struct NoRoot;

impl Root for NoRoot {
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    fn clear(&mut self) {}
}
