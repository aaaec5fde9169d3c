//! What stands in a slot: a task, a callback or a promise, as one trait.
//!
//! The problem: a slot must hold futures of any type, give their outputs back
//! with their types intact, and do both without an allocation per step. The
//! trait object carries the type; `dyn Any` carries values across it: the
//! caller passes `&mut Option<T>`, the object looks whether its type is the
//! same, and moves the value through.
//!
//! Invariants:
//! 1. The output takes the place of the future, in the same memory, and the
//!    future is dropped before anybody learns that it is done.
//! 2. `refill` either takes the whole input or leaves it whole.
//!
//! Read next: `store/main_future.rs`, the one future that stands in no slot.

use std::any::{Any, TypeId};
use std::error::Error;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// The occupant of a slot.
pub(crate) trait Object {
    /// One step. `Ready` at the end, with the output kept inside.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
    /// Gives the output into an `Option` of the right type.
    fn take(self: Pin<&mut Self>, output: &mut dyn Any);
    /// Moves the content of an `Option` of the right type in; false if the type
    /// is another.
    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, place: Place) -> bool;
    /// Drops future and output.
    fn clear(self: Pin<&mut Self>);
    /// Where it was spawned.
    fn place(&self) -> Place;
    /// Whether an output is there that nobody took. A `()` is not missed.
    fn holds_output(&self) -> bool;
    /// Shows the output to `look`, if it is there.
    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        let _ = look;
    }
    /// The error a promise was failed with.
    fn error(self: Pin<&mut Self>) -> Option<Rc<dyn Error>> {
        None
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
        TaskObject {
            stage: Stage::Running { future },
            place,
        }
    }
}

impl<F> Object for TaskObject<F>
where
    F: Future + 'static,
    F::Output: 'static,
{
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut stage = self.project().stage;
        let StageProjection::Running { future } = stage.as_mut().project() else {
            return Poll::Ready(());
        };
        match future.poll(cx) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(output) => {
                stage.set(Stage::Finished {
                    output: Some(output),
                });
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

    fn holds_output(&self) -> bool {
        let says_something = TypeId::of::<F::Output>() != TypeId::of::<()>();
        says_something && matches!(self.stage, Stage::Finished { .. })
    }

    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        if let StageProjection::Finished {
            output: Some(output),
        } = self.project().stage.project()
        {
            look(output);
        }
    }
}

/// A callback: a closure that runs once.
pub(crate) struct CallbackObject<C> {
    callback: Option<C>,
    place: Place,
}

impl<C> CallbackObject<C> {
    pub(crate) fn new(callback: C, place: Place) -> Self {
        CallbackObject {
            callback: Some(callback),
            place,
        }
    }
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

    fn take(self: Pin<&mut Self>, _: &mut dyn Any) {}

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

    fn holds_output(&self) -> bool {
        false
    }
}

/// What a promise was fulfilled with.
pub(crate) type Fulfilled<T> = Result<T, Rc<dyn Error>>;

/// A promise: no future, only the place for an output.
pub(crate) struct PromiseObject<T> {
    output: Option<Fulfilled<T>>,
    place: Place,
}

impl<T> PromiseObject<T> {
    pub(crate) fn new(place: Place) -> Self {
        PromiseObject {
            output: None,
            place,
        }
    }
}

impl<T> Unpin for PromiseObject<T> {}

impl<T: Clone + 'static> Object for PromiseObject<T> {
    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Pending
    }

    /// A promise can be asked many times, so it gives a copy.
    fn take(self: Pin<&mut Self>, output: &mut dyn Any) {
        if let Some(place) = output.downcast_mut::<Option<Fulfilled<T>>>() {
            place.clone_from(&self.output);
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

    fn holds_output(&self) -> bool {
        self.output.is_some()
    }

    fn error(self: Pin<&mut Self>) -> Option<Rc<dyn Error>> {
        self.output.as_ref()?.as_ref().err().cloned()
    }
}

/// Stands for a new promise of this type when a shell is asked to take it.
pub(crate) struct Empty<T>(pub(crate) PhantomData<T>);
