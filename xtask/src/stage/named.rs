//! Named generators: the timeline shows their steps.
//!
//! The problem: only a loop writes a trace. A generator is resumed by its owner, and no
//! event records that. To draw a picture of two generators that take turns, each gets a
//! name, and a wrapper records every resume.
//!
//! ```text
//!   resume ──► Named ── "g1 steps" ──► generator
//!                │  ◄── yields ──────────┤
//!                └── "g1 yields" ──► the stage's record
//! ```
//!
//! Invariant: a generator behaves the same with and without a name.
//!
//! Read next: `../programs/ground_up.rs`, whose generators have names.

use groundup::generator::{Generator, Step};
use groundup::trace::{Outcome, TaskId, Verb, Wait};

/// The generator that [`named`] returns.
#[derive(Debug)]
pub struct Named<G> {
    who: TaskId,
    generator: G,
}

/// Gives a generator a name, under which the timeline shows it.
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
