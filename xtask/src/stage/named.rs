//! Generators with a name, whose steps can be seen.
//!
//! The problem: below the loop nobody writes a trace. A generator is resumed by
//! whoever holds it and tells no one. To draw a picture of two generators that
//! take turns, each is given a name, and the wrapper tells of every resume.
//!
//! ```text
//!   resume ──► Named ── "g1 steps" ──► generator
//!                │  ◄── yields ──────────┤
//!                └── "g1 yields" ──► the stage's record
//! ```
//!
//! Invariant: the generator cannot tell whether it has a name.
//!
//! Read next: `../programs/ground_up.rs`, whose generators have names.

use groundup::generator::{Generator, Step};
use groundup::trace::{Outcome, TaskId, Verb, Wait};

/// What [`named`] makes.
#[derive(Debug)]
pub struct Named<G> {
    who: TaskId,
    generator: G,
}

/// Gives a generator the name under which the timeline shows it.
pub fn named<G: Generator>(name: &str, generator: G) -> Named<G> {
    let stage = super::stage();
    let who = stage.named(name);
    stage.emit(who.clone(), Verb::Spawn { by: None });
    Named { who, generator }
}

impl<G: Generator> Generator for Named<G> {
    type Resume = G::Resume;
    type Yield = G::Yield;
    type Return = G::Return;

    fn resume(&mut self, value: G::Resume) -> Step<G::Yield, G::Return> {
        let stage = super::stage();
        stage.emit(self.who.clone(), Verb::Step);
        let step = self.generator.resume(value);
        let verb = match step {
            Step::Yield(_) => Verb::Yield { on: Wait::Nothing },
            Step::Return(_) => Verb::Done {
                how: Outcome::Returned,
            },
        };
        stage.emit(self.who.clone(), verb);
        step
    }
}
