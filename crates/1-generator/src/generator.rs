//! Defines the trait of everything that can be resumed, and `run`.
//!
//! An ordinary function is called and returns once. A generator stops many times: each
//! resume runs it to its next `yield` or to its end. Between two resumes a generator is a
//! value like any other, which a program can keep in a list, move, or drop. The floors
//! above keep generators in lists and decide which generator to resume next.
//!
//! ```text
//!   resume(v1)   resume(v2)   resume(v3)
//!       │            │            │
//!       ▼            ▼            ▼
//!     ┌─────┐      ┌─────┐      ┌─────┐
//!     │ run │      │ run │      │ run │       the body runs
//!     └──┬──┘      └──┬──┘      └──┬──┘
//!        ▼            ▼            ▼
//!     Yield(a)     Yield(b)    Return(r)
//! ```
//!
//! The caller passes a value with each resume, of the type [`Generator::Resume`]. This
//! crate uses three such types. Each type in the table can carry one thing more than the
//! type in the row above. The [`Default`] value of each type is Python's `None` and means "go on":
//!
//! | `Resume` | a caller can send | as in Python |
//! |---|---|---|
//! | `()` | go on | `next(g)` |
//! | `Option<S>` | go on, or a value | `g.send(value)` |
//! | [`Signal<S, E>`](crate::Signal) | go on, a value, or an error | `g.throw(error)` |
//!
//! Invariants
//! 1. Creating a generator runs nothing; the first resume starts it.
//! 2. At the first resume no `yield` waits for a value. A [`Coroutine`](crate::Coroutine)
//!    refuses a value that is sent with the first resume, and a generator without a
//!    `Coroutine` around it drops the value.
//! 3. A resume after [`Step::Return`] is a bug of the caller, and panics.
//! 4. A generator that panicked is over, as after a return: its locals are dropped, and
//!    a resume panics with [`Misuse::Finished`](crate::Misuse).
//!
//! Read next: `machine.rs`, generators written by hand.

use alloc::boxed::Box;

use crate::step::Step;

/// A function that can wait: a value that remembers its place.
///
/// A hand-written implementation is an enum with one variant for each place where the
/// function waits, and one `match` that continues from there:
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::{Generator, Step};
///
/// // def two(): yield "a"; yield "b"; return 7
/// enum Two {
///     Start,
///     AfterA,
///     AfterB,
///     Over,
/// }
///
/// impl Generator for Two {
///     type Resume = ();
///     type Yield = &'static str;
///     type Return = u32;
///
///     fn resume(&mut self, (): ()) -> Step<&'static str, u32> {
///         match self {
///             Two::Start => {
///                 *self = Two::AfterA;
///                 Step::Yield("a")
///             }
///             Two::AfterA => {
///                 *self = Two::AfterB;
///                 Step::Yield("b")
///             }
///             Two::AfterB => {
///                 *self = Two::Over;
///                 Step::Return(7)
///             }
///             Two::Over => panic!("resumed after the end"),
///         }
///     }
/// }
///
/// let mut two = Two::Start;
/// assert_eq!(two.resume(()), Step::Yield("a"));
/// assert_eq!(two.resume(()), Step::Yield("b"));
/// assert_eq!(two.resume(()), Step::Return(7));
/// ```
pub trait Generator {
    /// The type of the values that the caller sends. A value becomes the result of the
    /// `yield` expression at which the generator waits.
    type Resume;
    /// The type of the values that the generator yields.
    type Yield;
    /// The type of the return value.
    type Return;

    /// Runs the generator to its next `yield` or to its end.
    ///
    /// # Panics
    /// A generator of this crate panics if it is resumed after it has returned. A
    /// caller that may resume once too often wraps it in a
    /// [`Coroutine`](crate::Coroutine), which returns an error instead.
    ///
    /// If a body panics, the panic goes on to the caller, and the generator is over. An
    /// implementation of your own ensures this if it follows the recipe of
    /// [`machine`](crate::machine), or if it is wrapped in a `Coroutine`.
    fn resume(&mut self, value: Self::Resume) -> Step<Self::Yield, Self::Return>;

    /// Resumes without a value: Python's `next(g)`, which is `g.send(None)`.
    ///
    /// # Panics
    /// Panics as [`resume`](Generator::resume) does.
    #[inline]
    fn next(&mut self) -> Step<Self::Yield, Self::Return>
    where
        Self::Resume: Default,
    {
        self.resume(Self::Resume::default())
    }
}

/// Resumes the borrowed generator, so that a function that takes a generator by value
/// can borrow one.
impl<G: Generator + ?Sized> Generator for &mut G {
    type Resume = G::Resume;
    type Yield = G::Yield;
    type Return = G::Return;

    #[inline]
    fn resume(&mut self, value: G::Resume) -> Step<G::Yield, G::Return> {
        (**self).resume(value)
    }
}

/// Resumes the boxed generator, so that a `Vec<Box<dyn Generator<..>>>` can hold different ones.
impl<G: Generator + ?Sized> Generator for Box<G> {
    type Resume = G::Resume;
    type Yield = G::Yield;
    type Return = G::Return;

    #[inline]
    fn resume(&mut self, value: G::Resume) -> Step<G::Yield, G::Return> {
        (**self).resume(value)
    }
}

/// Drives a generator to its end and returns its return value. Drops the yielded values.
///
/// This is the smallest caller of a generator. `run` never waits: if a generator yields
/// because it has nothing to do, `run` resumes it again at once. The higher floors exist
/// to avoid such resumes.
///
/// ```
/// # mod groundup { pub use groundup_generator as generator; }
/// use groundup::generator::run;
/// use groundup::generator::machine::Square;
///
/// // >>> run(square(3))
/// let value = run(Square::new("square", 3, |line: &str| assert_eq!(line, "square 3")));
/// assert_eq!(value, 9);
/// ```
///
/// # Panics
/// Panics if the generator panics. Never returns if the generator never does.
#[inline]
pub fn run<G>(mut generator: G) -> G::Return
where
    G: Generator,
    G::Resume: Default,
{
    loop {
        if let Step::Return(value) = generator.next() {
            return value;
        }
    }
}
