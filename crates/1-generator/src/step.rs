//! What one resume of a generator gives back.
//!
//! A paused function that is let run for a moment can stop in two ways: at a
//! place from which it will go on later, or at its end. The two carry values
//! of different types, and a caller must never take the one for the other.
//! Python keeps them apart by raising `StopIteration(value)` at the end; a
//! Rust type can simply say which one it is.
//!
//! ```text
//!                 resume()
//!   caller  ───────────────────▶  generator runs ...
//!
//!           ◀── Yield(value) ───  ... and waits at a `yield`; resume it again
//!           ◀── Return(value) ──  ... and is over; never resume it again
//! ```
//!
//! Invariant: after [`Step::Return`] a generator has nothing more to say.
//!
//! Read next: `generator.rs`, the trait whose only method gives a [`Step`].

/// What one resume of a generator gave back: a value on the way, or the end.
///
/// `Y` is the type of the values on the way, `R` that of the last word. They
/// are unrelated: a countdown may yield numbers and return a sentence.
///
/// The standard library has the same shape under other names: `Poll<R>` is
/// `Step<(), R>` (`Pending` is a yield that carries nothing, `Ready` is the
/// return). That is not a coincidence, and the floors above live on it.
///
/// ```
/// use groundup_generator::Step;
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
    /// The yielded value, if this was a yield.
    #[inline]
    pub fn yielded(self) -> Option<Y> {
        match self {
            Step::Yield(value) => Some(value),
            Step::Return(_) => None,
        }
    }

    /// The return value, if this was the end. Python reads it from
    /// `StopIteration.value`.
    #[inline]
    pub fn returned(self) -> Option<R> {
        match self {
            Step::Yield(_) => None,
            Step::Return(value) => Some(value),
        }
    }

    /// Whether the generator is over.
    #[inline]
    pub const fn is_return(&self) -> bool {
        matches!(self, Step::Return(_))
    }

    /// Changes the yielded value and leaves a return value alone.
    #[inline]
    pub fn map_yield<T>(self, change: impl FnOnce(Y) -> T) -> Step<T, R> {
        match self {
            Step::Yield(value) => Step::Yield(change(value)),
            Step::Return(value) => Step::Return(value),
        }
    }

    /// Changes the return value and leaves a yielded value alone.
    #[inline]
    pub fn map_return<T>(self, change: impl FnOnce(R) -> T) -> Step<Y, T> {
        match self {
            Step::Yield(value) => Step::Yield(value),
            Step::Return(value) => Step::Return(change(value)),
        }
    }
}
