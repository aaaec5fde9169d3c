//! Defines the result of one resume: a yield or the return.
//!
//! A resumed function can stop in two ways: at a place from which it can continue
//! later, or at its end. A caller must never mistake the value of such a place for the
//! value of the end, and the types of these values may differ. In Python the end raises
//! `StopIteration(value)`. Here place and end are two variants of one type.
//!
//! ```text
//!                 resume()
//!   caller  ───────────────────▶  generator runs ...
//!
//!           ◀── Yield(value) ───  ... and waits at a `yield`: it may be resumed again
//!           ◀── Return(value) ──  ... and is over: it must not be resumed again
//! ```
//!
//! Invariant: [`Step::Return`] is the last step of a generator.
//!
//! Read next: `generator.rs`, the trait whose `resume` gives a [`Step`].

/// The result of one resume of a generator: a yielded value, or the return value.
///
/// `Y` is the type of the yielded values, `R` the type of the return value. These types
/// are unrelated: a countdown may yield numbers and return a sentence.
///
/// The standard library has the same type under another name: `Poll<R>` is `Step<(), R>`.
/// `Pending` is a yield without a value, and `Ready` is the return. The floors above rely
/// on that.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::Step;
///
/// let on_the_way: Step<u32, &str> = Step::Yield(3);
/// let the_end: Step<u32, &str> = Step::Return("lift-off");
/// assert_eq!(on_the_way.yielded(), Some(3));
/// assert_eq!(the_end.returned(), Some("lift-off"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a step may hold the return value, and says whether to resume again"]
pub enum Step<Y, R> {
    /// The generator waits at a `yield` and can be resumed.
    Yield(Y),
    /// The generator is over; this is its return value.
    Return(R),
}

impl<Y, R> Step<Y, R> {
    /// Returns the yielded value, if this was a yield.
    #[inline]
    pub fn yielded(self) -> Option<Y> {
        match self {
            Step::Yield(value) => Some(value),
            Step::Return(_) => None,
        }
    }

    /// Returns the return value, if this was the end. Python reads it from `StopIteration.value`.
    #[inline]
    pub fn returned(self) -> Option<R> {
        match self {
            Step::Yield(_) => None,
            Step::Return(value) => Some(value),
        }
    }

    /// Returns true if the generator is over.
    #[inline]
    pub const fn is_return(&self) -> bool {
        matches!(self, Step::Return(_))
    }

    /// Maps the yielded value and keeps a return value.
    #[inline]
    pub fn map_yield<T>(self, change: impl FnOnce(Y) -> T) -> Step<T, R> {
        match self {
            Step::Yield(value) => Step::Yield(change(value)),
            Step::Return(value) => Step::Return(value),
        }
    }

    /// Maps the return value and keeps a yielded value.
    #[inline]
    pub fn map_return<T>(self, change: impl FnOnce(R) -> T) -> Step<Y, T> {
        match self {
            Step::Yield(value) => Step::Yield(value),
            Step::Return(value) => Step::Return(change(value)),
        }
    }
}
