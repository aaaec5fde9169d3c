//! A plan: where the answers of a run come from.
//!
//! The problem: a search, a token, a seed and a vector of another tool each answer the questions of a run
//! in their own way, and some leave a kind of question alone.
//!
//! Invariant: a plan is a value. Two runs by equal plans get equal answers to equal questions.
//!
//! Read next: `schedule/guide.rs`.

use std::rc::Rc;

use crate::schedule::normal_form::Conflicts;
use crate::schedule::{Deviation, Kind};

/// Where the answers come from.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// These answers, and first in, first out elsewhere.
    Deviations(Vec<Deviation>),
    /// These answers, and elsewhere the first one that is the beginning of a normal form. The conflicts
    /// are known if the search goes by footprints.
    Reduced(Vec<Deviation>, Option<Rc<Conflicts>>),
    /// Each answer at random.
    Seed(u64),
    /// First in, first out, with a random answer to about one question of `one_in`.
    Sparse { seed: u64, one_in: usize },
    /// Priorities at random, which change `depth` - 1 times in a run of about so many questions about
    /// orders.
    Pct {
        seed: u64,
        depth: usize,
        questions: usize,
    },
    /// The numbers of a list, each modulo its number of options.
    List(Vec<u16>),
}

/// The kinds of questions that a schedule may answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Free(Option<Vec<Kind>>);

impl Free {
    pub(crate) fn only(kinds: Vec<Kind>) -> Self {
        Free(Some(kinds))
    }

    pub(super) fn has(&self, kind: Kind) -> bool {
        self.0.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}
