//! The chooser of a run: follows a plan and records the questions.
//!
//! The problem: schedules come from a list of deviations, from a seed, or from a vector of
//! another tool. The loop sees one chooser, and the run keeps one kind of record.
//!
//! Invariants:
//! 1. A question whose kind is not free is answered with 0 and is not recorded.
//! 2. A question about the seed of random numbers is answered at random by all plans of a
//!    seed, and with 0 by all others, unless a deviation names it.
//! 3. Only a plan that needs the names of the options, and a guide that tells them, asks for them.
//!
//! Read next: `schedule/round.rs`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use groundup::trace::{Candidate, Choice, Chooser, Footprints, Seeded};
use groundup::try_iteration;

use crate::schedule::normal_form::{Conflicts, Known, next_normal};
use crate::schedule::pick::take_names;
use crate::schedule::plan::{Free, Plan};
use crate::schedule::priorities::Priorities;
use crate::schedule::round::RoundOrder;
use crate::schedule::{Disturbance, Kind, Note, Question};

/// The chooser of one run. All clones are the same one.
#[derive(Clone)]
pub(crate) struct Guide(Rc<RefCell<Asked>>);

struct Asked {
    plan: Plan,
    footprints: Option<Footprints>,
    free: Free,
    /// The position in a plan that is a list.
    next: usize,
    random: Seeded,
    priorities: Option<Priorities>,
    round: RoundOrder,
    record: Vec<Question>,
    /// The iteration of each question.
    iterations: Vec<u64>,
    notes: Vec<Note>,
    /// The names of the options of questions, if they are told: those of a round at its first question.
    names: Option<BTreeMap<usize, Vec<Candidate>>>,
    /// The program has a network in memory, whose packets may be on their way at its end.
    has_network: bool,
}

impl Guide {
    /// Makes a guide. If it `tells`, it keeps the names of the options.
    pub(crate) fn new(plan: Plan, free: Free, tells: bool) -> Self {
        let (seed, priorities) = match plan {
            Plan::Seed(seed) | Plan::Sparse { seed, .. } => (seed, None),
            Plan::Pct {
                seed,
                depth,
                questions,
            } => (seed, Some(Priorities::new(seed, depth, questions))),
            Plan::Deviations(_) | Plan::Reduced(..) | Plan::List(_) => (0, None),
        };
        let footprints = matches!(plan, Plan::Reduced(_, Some(_))).then(Footprints::new);
        Guide(Rc::new(RefCell::new(Asked {
            plan,
            footprints,
            free,
            next: 0,
            random: Seeded::new(seed),
            priorities,
            round: RoundOrder::default(),
            record: Vec::new(),
            iterations: Vec::new(),
            notes: Vec::new(),
            names: tells.then(BTreeMap::new),
            has_network: false,
        })))
    }

    /// Answers a question of the kit itself.
    pub(crate) fn ask(&self, kind: Kind, options: usize) -> usize {
        self.ask_among(kind, options, &|_| Candidate::Unnamed)
    }

    fn ask_among(
        &self,
        kind: Kind,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        if options < 2 {
            return 0;
        }
        // A record has 32 bits for a pick.
        let options = options.min(u32::MAX as usize);
        self.0.borrow_mut().answer(kind, options, candidate)
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

    /// Returns the names of the options of a question; those of a round at its first question.
    pub(crate) fn names(&self, at: usize) -> Vec<Candidate> {
        let asked = self.0.borrow();
        let names = asked.names.as_ref().and_then(|names| names.get(&at));
        names.cloned().unwrap_or_default()
    }

    /// Returns the pairs of entries that have conflicted in a run that keeps footprints.
    pub(crate) fn conflicts(&self) -> Conflicts {
        let footprints = self.0.borrow().footprints.clone();
        let conflicts = footprints.map(|kept| kept.conflicts_by_round());
        conflicts.into_iter().flatten().collect()
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
    fn answer(
        &mut self,
        kind: Kind,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        if !self.free.has(kind) {
            return 0;
        }
        let in_round = kind == Kind::Ready && self.follows_rounds();
        let begins = in_round && self.round.see(options, candidate);
        if let Some(names) = &mut self.names
            && (begins || kind != Kind::Ready)
            && candidate(0) != Candidate::Unnamed
        {
            names.insert(self.record.len(), (0..options).map(candidate).collect());
        }
        let picked = self.pick(kind, options);
        let next = match (&self.plan, in_round) {
            (Plan::Reduced(_, known), true) => {
                next_normal(&self.round, picked + 1, self.known(known))
            }
            _ => (picked + 1 < options).then_some(picked + 1),
        };
        if in_round {
            self.round.place(picked);
        }
        let number = |pick| u32::try_from(pick).unwrap_or(u32::MAX);
        self.record.push(Question {
            kind,
            options: number(options),
            picked: number(picked),
            next: next.map_or(0, number),
            moot: false,
        });
        self.iterations.push(try_iteration().unwrap_or(0));
        picked
    }

    /// Returns the conflicts that may meet in the present round.
    fn known<'a>(&self, conflicts: &'a Option<Rc<Conflicts>>) -> Option<Known<'a>> {
        let round = self.footprints.as_ref().map_or(0, Footprints::round);
        let known = |conflicts| Known { conflicts, round };
        conflicts.as_deref().map(known)
    }

    /// Returns true if the guide must know the entries of each round.
    fn follows_rounds(&self) -> bool {
        let by_name = matches!(self.plan, Plan::Reduced(..) | Plan::Pct { .. });
        by_name || self.names.is_some()
    }

    /// Picks an answer by the plan.
    fn pick(&mut self, kind: Kind, options: usize) -> usize {
        let at = self.record.len();
        match &self.plan {
            Plan::Deviations(list) | Plan::Reduced(list, _) => match list.get(self.next) {
                Some(next) if next.at as usize == at => {
                    self.next += 1;
                    (next.pick as usize).min(options - 1)
                }
                _ => match (&self.plan, kind) {
                    (Plan::Reduced(_, known), Kind::Ready) => {
                        next_normal(&self.round, 0, self.known(known)).unwrap_or(0)
                    }
                    _ => 0,
                },
            },
            Plan::Seed(_) => self.random.choose(Choice::Ready, options),
            Plan::Sparse { .. } if kind == Kind::Seed => self.random.choose(Choice::Ready, options),
            Plan::Sparse { one_in, .. } => match self.random.choose(Choice::Ready, *one_in) {
                0 => 1 + self.random.choose(Choice::Ready, options - 1),
                _ => 0,
            },
            Plan::Pct { .. } => match (&mut self.priorities, kind) {
                (Some(priorities), Kind::Ready) => priorities.pick(self.round.left()),
                (Some(priorities), _) => priorities.draw(options),
                (None, _) => 0,
            },
            Plan::List(list) => list.get(at).map_or(0, |&pick| usize::from(pick) % options),
        }
    }

    /// Learns that the last answer made no difference.
    fn moot(&mut self) {
        if let Some(last) = self.record.last_mut() {
            last.moot = last.kind == Kind::Branch;
        }
    }
}

impl Chooser for Guide {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        self.choose_among(choice, options, &|_| Candidate::Unnamed)
    }

    fn choose_among(
        &mut self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        let picked = self.ask_among(Kind::of(choice), options, candidate);
        if let (Choice::Pick, 1..) = (choice, picked) {
            self.name(picked);
        }
        picked
    }

    fn moot(&mut self) {
        self.0.borrow_mut().moot();
    }

    fn footprints(&self) -> Option<Footprints> {
        self.0.borrow().footprints.clone()
    }
}
