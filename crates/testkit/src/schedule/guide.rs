//! The chooser of a run: follows a plan and records the questions.
//!
//! The problem: schedules come from a list of deviations, from a seed, or from a vector of
//! another tool. The loop sees one chooser, and the run keeps one kind of record.
//!
//! Invariants:
//! 1. A question whose kind is not free is answered with 0 and is not recorded.
//! 2. A question about the seed of random numbers is answered at random by both plans of a
//!    seed, and with 0 by all others, unless a deviation names it.
//!
//! Read next: `schedule/token.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup::trace::{Choice, Chooser, Seeded};
use groundup::try_iteration;

use crate::schedule::pick::take_names;
use crate::schedule::{Deviation, Disturbance, Kind, Note, Question};

/// Where the answers come from.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// These answers, and first in, first out elsewhere.
    Deviations(Vec<Deviation>),
    /// Each answer at random.
    Seed(u64),
    /// First in, first out, with a random answer to about one question of `one_in`.
    Sparse { seed: u64, one_in: usize },
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

    fn has(&self, kind: Kind) -> bool {
        self.0.as_ref().is_none_or(|kinds| kinds.contains(&kind))
    }
}

/// The chooser of one run. All clones are the same one.
#[derive(Clone)]
pub(crate) struct Guide(Rc<RefCell<Asked>>);

struct Asked {
    plan: Plan,
    free: Free,
    /// The position in a plan that is a list.
    next: usize,
    random: Seeded,
    record: Vec<Question>,
    /// The iteration of each question.
    iterations: Vec<u64>,
    notes: Vec<Note>,
    /// The program has a network in memory, whose packets may be on their way at its end.
    has_network: bool,
}

impl Guide {
    pub(crate) fn new(plan: Plan, free: Free) -> Self {
        let seed = match plan {
            Plan::Seed(seed) | Plan::Sparse { seed, .. } => seed,
            Plan::Deviations(_) | Plan::List(_) => 0,
        };
        Guide(Rc::new(RefCell::new(Asked {
            plan,
            free,
            next: 0,
            random: Seeded::new(seed),
            record: Vec::new(),
            iterations: Vec::new(),
            notes: Vec::new(),
            has_network: false,
        })))
    }

    /// Answers a question.
    pub(crate) fn ask(&self, kind: Kind, options: usize) -> usize {
        if options < 2 {
            return 0;
        }
        self.0.borrow_mut().answer(kind, options)
    }

    /// Adds a note about the last question.
    pub(crate) fn note(&self, disturbance: Option<Disturbance>, text: String, stands: String) {
        let mut asked = self.0.borrow_mut();
        let at = asked.record.len().saturating_sub(1);
        asked.notes.push(Note {
            at,
            disturbance,
            text,
            stands,
        });
    }

    /// Notes the names of the options of the last question, if they have names.
    fn name(&self, picked: usize) {
        let names = take_names();
        if let Some(name) = names.get(picked) {
            let iteration = try_iteration().unwrap_or(0);
            let all = names.join(", ");
            self.note(
                None,
                format!("in iteration {iteration}: picks {name} of {all}"),
                String::new(),
            );
        }
    }

    /// Takes the record out of a guide whose run is over.
    pub(crate) fn take_record(&self) -> Vec<Question> {
        std::mem::take(&mut self.0.borrow_mut().record)
    }

    /// Returns the iteration of each question.
    pub(crate) fn iterations(&self) -> Vec<u64> {
        self.0.borrow().iterations.clone()
    }

    /// Says that the program has a network in memory.
    pub(crate) fn set_has_network(&self) {
        self.0.borrow_mut().has_network = true;
    }

    /// Returns true if the program has a network in memory.
    pub(crate) fn has_network(&self) -> bool {
        self.0.borrow().has_network
    }

    /// Returns the notes about questions.
    pub(crate) fn notes(&self) -> Vec<Note> {
        self.0.borrow().notes.clone()
    }
}

impl Asked {
    fn answer(&mut self, kind: Kind, options: usize) -> usize {
        if !self.free.has(kind) {
            return 0;
        }
        let at = self.record.len();
        let picked = match &self.plan {
            Plan::Deviations(list) => match list.get(self.next) {
                Some(next) if next.at as usize == at => {
                    self.next += 1;
                    (next.pick as usize).min(options - 1)
                }
                _ => 0,
            },
            Plan::Seed(_) => self.random.choose(Choice::Ready, options),
            Plan::Sparse { .. } if kind == Kind::Seed => self.random.choose(Choice::Ready, options),
            Plan::Sparse { one_in, .. } => match self.random.choose(Choice::Ready, *one_in) {
                0 => 1 + self.random.choose(Choice::Ready, options - 1),
                _ => 0,
            },
            Plan::List(list) => list.get(at).map_or(0, |&pick| usize::from(pick) % options),
        };
        self.record.push(Question {
            kind,
            options: u32::try_from(options).unwrap_or(u32::MAX),
            picked: picked as u32,
        });
        self.iterations.push(try_iteration().unwrap_or(0));
        picked
    }
}

impl Chooser for Guide {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        let picked = self.ask(Kind::of(choice), options);
        if let (Choice::Pick, 1..) = (choice, picked) {
            self.name(picked);
        }
        picked
    }
}
