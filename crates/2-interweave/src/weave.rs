//! Interweaves generators on rounds: the fourth interweaver.
//!
//! The deque moves every generator two times a step: out of the ring buffer, and in. A
//! round resumes the generators where they are:
//!
//! ```text
//!   deque    take a, resume, put back; take b, resume, put back; ...
//!   rounds   for each of [a b c d]: resume; keep it or not
//! ```
//!
//! A round costs less, and a property test checks that its order is the order of the deque
//! for any generators and any chooser. With a deque, the caller takes one value at a time and
//! can stop after each value. A round runs as a whole, and passes the values to a closure of
//! the caller.
//!
//! Invariants
//! 1. The values, their order, and the questions to the chooser are the same as in `interweave.rs`.
//! 2. A generator that returned is dropped at the end of its round.
//! 3. If a generator panics, it is dropped and the panic goes on to the caller. The
//!    generators that have not run in the round are first in the next round.
//! 4. A panic of the chooser or of the closure drops no generator.
//!
//! Read next: floor 3, `groundup-task`, where a generator is put back only if there is
//! a reason to resume it. Second reading: `outcomes.rs`.

use groundup_generator::Generator;
use groundup_generator::trace::{Chooser, Fifo};

use crate::rounds::Rounds;

/// Interweaves the generators a whole round at a time.
///
/// ```
/// # mod groundup { pub use groundup_interweave::generator; pub use groundup_interweave as interweave; }
/// use groundup::generator::machine::Countdown;
/// use groundup::interweave::weave_rounds;
///
/// let mut weave = weave_rounds([4, 2].map(Countdown::new));
/// let mut woven = Vec::new();
///
/// assert_eq!(weave.round(|n| woven.push(n)), 2); // two are not over
/// assert_eq!(woven, [4, 2]);
/// weave.for_each(|n| woven.push(n));
/// assert_eq!(woven, [4, 2, 3, 1, 2, 1]);
/// ```
pub fn weave_rounds<I>(generators: I) -> Weave<I::Item>
where
    I: IntoIterator,
    I::Item: Generator,
{
    let mut weave = Weave {
        strands: Rounds::new(),
        chooser: None,
    };
    generators
        .into_iter()
        .for_each(|generator| weave.push(generator));
    weave
}

/// Runs several generators a round at a time. Made by [`weave_rounds`].
#[derive(Debug)]
pub struct Weave<G, C = Fifo> {
    strands: Rounds<G>,
    /// `None` means first in, first out, without a question.
    chooser: Option<C>,
}

impl<G, C> Weave<G, C> {
    /// Lets `chooser` pick the order of each round (see [`Round::order`](crate::Round::order)).
    #[must_use]
    pub fn order_by<D: Chooser>(self, chooser: D) -> Weave<G, D> {
        Weave {
            strands: self.strands,
            chooser: Some(chooser),
        }
    }

    /// Adds a generator at the back.
    pub fn push(&mut self, generator: G) {
        self.strands.push(generator);
    }

    /// Returns how many generators are not over.
    pub fn living(&self) -> usize {
        self.strands.len()
    }
}

impl<G, C> Weave<G, C>
where
    G: Generator,
    G::Resume: Default,
    C: Chooser,
{
    /// Resumes every generator once, passes each value to `visit`, and returns how many
    /// generators are not over.
    #[inline]
    pub fn round(&mut self, visit: impl FnMut(G::Yield)) -> usize {
        if let Some(chooser) = &mut self.chooser {
            self.strands.order(chooser);
        }
        self.strands
            .run_and_visit(|generator| generator.next().yielded(), visit);
        self.living()
    }

    /// Runs rounds until every generator is over.
    #[inline]
    pub fn for_each(mut self, mut visit: impl FnMut(G::Yield)) {
        while self.round(&mut visit) > 0 {}
    }
}
