//! The trait of everything that can be resumed, and `run`.
//!
//! An ordinary function is called and comes back once. A generator comes back
//! many times: each resume lets it run to its next `yield` or to its end, and
//! between two resumes it is a value like any other, which can be kept in a
//! list, moved, or dropped. The floors above do nothing else than keep such
//! values in lists and resume them in a good order.
//!
//! ```text
//!   resume(v1)   resume(v2)   resume(v3)
//!       │            │            │
//!       ▼            ▼            ▼
//!     ┌─────┐      ┌─────┐      ┌─────┐
//!     │ run │      │ run │      │ run │       the machine's own time
//!     └──┬──┘      └──┬──┘      └──┬──┘
//!        ▼            ▼            ▼
//!     Yield(a)     Yield(b)    Return(r)
//! ```
//!
//! What is said with a resume is the type [`Generator::Resume`]. This crate
//! uses three, each able to say one thing more than the one before; the
//! [`Default`] value of each is Python's `None`, the bare "go on":
//!
//! | `Resume` | what the caller can say | as in Python |
//! |---|---|---|
//! | `()` | go on | `next(g)` |
//! | `Option<S>` | go on, or take this value | `g.send(value)` |
//! | [`Signal<S, E>`](crate::Signal) | the same, or: here is an error | `g.throw(error)` |
//!
//! Invariants
//! 1. Creating a generator runs nothing; the first resume starts it.
//! 2. The first resume meets no waiting `yield`, so its value goes to nobody.
//!    [`Coroutine`](crate::Coroutine) refuses such a value, a bare generator drops it.
//! 3. After [`Step::Return`] a resume is the caller's bug, and panics.
//! 4. A generator that panicked is over, as one that returned is: its locals are
//!    dropped, and a resume panics with [`Misuse::Finished`](crate::Misuse).
//!
//! Read next: `machine.rs`, generators written by hand.

use alloc::boxed::Box;

use crate::step::Step;

/// A function that can wait: a value that remembers where it was.
///
/// A hand-written implementation is an enum with one variant for each place
/// where the function waits, and one `match` that goes on from there:
///
/// ```
/// use groundup_generator::{Generator, Step};
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
    /// What is said with each resume: the value of the `yield` expression at
    /// which the generator waits.
    type Resume;
    /// The values given on the way.
    type Yield;
    /// The last word.
    type Return;

    /// Lets the generator run to its next `yield` or to its end.
    ///
    /// # Panics
    /// Generators of this crate panic when they are resumed after they
    /// returned: whoever may resume once too often wraps them in a
    /// [`Coroutine`](crate::Coroutine), which answers with an error.
    ///
    /// A panic of a body goes on to the caller, and the generator is over. For
    /// one's own implementation, either the recipe of [`machine`](crate::machine)
    /// sees to that, or a `Coroutine` around it does.
    fn resume(&mut self, value: Self::Resume) -> Step<Self::Yield, Self::Return>;

    /// Resumes with nothing to say: Python's `next(g)`, which is `g.send(None)`.
    ///
    /// # Panics
    /// As [`resume`](Generator::resume) does.
    #[inline]
    fn next(&mut self) -> Step<Self::Yield, Self::Return>
    where
        Self::Resume: Default,
    {
        self.resume(Self::Resume::default())
    }
}

/// A borrowed generator is a generator: lend one to whoever takes it by value.
impl<G: Generator + ?Sized> Generator for &mut G {
    type Resume = G::Resume;
    type Yield = G::Yield;
    type Return = G::Return;

    #[inline]
    fn resume(&mut self, value: G::Resume) -> Step<G::Yield, G::Return> {
        (**self).resume(value)
    }
}

/// A boxed generator is a generator, so a `Vec<Box<dyn Generator<..>>>` can
/// hold different ones.
impl<G: Generator + ?Sized> Generator for Box<G> {
    type Resume = G::Resume;
    type Yield = G::Yield;
    type Return = G::Return;

    #[inline]
    fn resume(&mut self, value: G::Resume) -> Step<G::Yield, G::Return> {
        (**self).resume(value)
    }
}

/// Drives a generator to its end and gives its return value. What it yields is
/// dropped.
///
/// This is the smallest driver there is. It never waits: a generator that
/// yields because it has nothing to do is asked again at once, which is what
/// the higher floors exist to avoid.
///
/// ```
/// use groundup_generator::{machine::Square, run};
///
/// // >>> run(square(3))
/// let value = run(Square::new("square", 3, |line: &str| assert_eq!(line, "square 3")));
/// assert_eq!(value, 9);
/// ```
///
/// # Panics
/// If the generator does. It never returns if the generator never does.
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
