//! Keeps the footprints of a run: which entry has touched which thing.
//!
//! The problem: two tasks are ready, and one of them computes, while the other one writes to a queue.
//! Both orders of the two lead to the same state, so a search through all orders tries one of them in
//! vain. The names of the options do not tell that. The things that the two steps have read and changed
//! do: if they share none, the steps *commute*. These things are the *footprint* of an entry. A chooser
//! that wants footprints gives the loop a place to keep them ([`Chooser::footprints`]).
//!
//! ```text
//!   task 2   reads the end of task 4      ┐ conflict: task 4 changes it
//!   task 4   ends                         ┘
//!   task 3   changes queue q              no conflict with either
//! ```
//!
//! | two entries | read | add | write |
//! |---|---|---|---|
//! | read | commute | conflict | conflict |
//! | add | conflict | commute | conflict |
//! | write | conflict | conflict | conflict |
//!
//! A task has one footprint for the run, and not one for each of its steps. So two tasks that use one
//! lock conflict in all rounds, also in those in which neither uses it: a future that waits for the lock
//! notes it once, for all its polls. A few things are noted at each touch ([`Touched::lasts`]). Two tasks
//! that touch such a thing conflict in the rounds in which both do.
//!
//! Invariants:
//! 1. A loop notes too much rather than too little. An entry that may have touched anything has touched
//!    [`Touched::Everything`].
//! 2. A note calls no code of the user's.
//!
//! Read next: `chooser/recording.rs`.
//!
//! [`Chooser::footprints`]: crate::Chooser::footprints

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use crate::chooser::candidate::Candidate;

/// Names a thing that several entries of a round may touch, in [`Footprints`]. Its number means something
/// within one run only.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Touched {
    /// A task, a promise or a callback: its state, its value, its waiters.
    Occupant(u64),
    /// Whether a task is ready. All wakes of a task in one round are one wake, so they
    /// [add](Access::Add).
    Ready(u64),
    /// A combinator that counts the ends of its tasks. An end [adds](Access::Add) to it.
    Group(u32),
    /// The ends that a combinator counts in a round. Their order may be an outcome.
    Ends(u32),
    /// A lock, a queue or another object that tasks share.
    Object(u64),
    /// A cell that notes each look and each change.
    Cell(u64),
    /// The wakers of other executors. They may keep the order of their calls.
    Wakers,
    /// The things that a loop has once: the numbers of its tasks, its reports, the values that it keeps.
    Loop,
    /// Every thing.
    Everything,
}

impl Touched {
    /// Returns true if an entry that has touched the thing counts as one that does so in each round.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::Touched;
    ///
    /// assert!(Touched::Object(1).lasts() && !Touched::Cell(1).lasts());
    /// ```
    pub fn lasts(self) -> bool {
        !matches!(self, Touched::Ends(_) | Touched::Cell(_))
    }
}

/// Says how an entry touches a thing, in [`Footprints`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The entry looks at the thing.
    Read,
    /// The entry changes the thing such that the order of two such changes makes no difference, and it
    /// does not look at the thing.
    Add,
    /// The entry changes the thing in any way.
    Write,
}

impl Access {
    /// Returns true if two entries that touch a thing in these ways may be exchanged.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::Access;
    ///
    /// assert!(Access::Read.commutes(Access::Read) && Access::Add.commutes(Access::Add));
    /// assert!(!Access::Read.commutes(Access::Add) && !Access::Write.commutes(Access::Write));
    /// ```
    pub fn commutes(self, other: Access) -> bool {
        self == other && self != Access::Write
    }

    /// Returns the access of an entry that touches a thing in both ways.
    fn and(self, other: Access) -> Access {
        if self == other { self } else { Access::Write }
    }
}

/// The footprints of one run. A clone shares them: the loop gets a clone, and the program reads the
/// original.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::{Access, Candidate, Footprints, Touched};
///
/// let footprints = Footprints::new();
/// footprints.note(Candidate::Task(2), Touched::Object(1), Access::Write);
/// footprints.note(Candidate::Task(3), Touched::Object(1), Access::Read);
/// footprints.note(Candidate::Task(4), Touched::Object(9), Access::Write);
/// let conflicts: Vec<_> = footprints.conflicts().into_iter().collect();
/// assert_eq!(conflicts, [(Candidate::Task(2), Candidate::Task(3))]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Footprints {
    kept: Rc<Prints>,
}

#[derive(Debug, Default)]
struct Prints {
    round: Cell<u64>,
    /// The touches of each thing, by the entries that touch it.
    touched: RefCell<BTreeMap<(Thing, Candidate), Access>>,
}

/// A thing, and the round if the touch does not last.
type Thing = (Touched, Option<u64>);

impl Footprints {
    /// Creates a place for footprints.
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a round: the touches from now on are made in it.
    pub fn begin_round(&self) {
        self.kept.round.set(self.round() + 1);
    }

    /// Returns how many rounds have begun.
    pub fn round(&self) -> u64 {
        self.kept.round.get()
    }

    /// Notes that an entry has touched a thing.
    pub fn note(&self, by: Candidate, thing: Touched, access: Access) {
        let round = (!thing.lasts()).then(|| self.round());
        let mut touched = self.kept.touched.borrow_mut();
        let known = touched.entry(((thing, round), by)).or_insert(access);
        *known = known.and(access);
    }

    /// Returns the footprint of an entry: what it has touched, and how.
    pub fn of(&self, by: Candidate) -> BTreeMap<Touched, Access> {
        let mut footprint = BTreeMap::new();
        for (((thing, _), of), access) in &*self.kept.touched.borrow() {
            if *of == by {
                let known = footprint.entry(*thing).or_insert(*access);
                *known = known.and(*access);
            }
        }
        footprint
    }

    /// Returns the pairs of entries that have touched a thing in ways that do not commute, in any round.
    /// The smaller entry of a pair comes first.
    pub fn conflicts(&self) -> BTreeSet<(Candidate, Candidate)> {
        let by_round = self.conflicts_by_round().into_iter();
        by_round.map(|(_, pair)| pair).collect()
    }

    /// Returns the pairs of entries that conflict, each with the round, or with `None` if they conflict in
    /// each round.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::{Access, Candidate, Footprints, Touched};
    ///
    /// let (footprints, tasks) = (Footprints::new(), [2, 3].map(Candidate::Task));
    /// for _ in 0..2 {
    ///     footprints.begin_round();
    ///     footprints.note(tasks[0], Touched::Cell(1), Access::Write);
    /// }
    /// footprints.note(tasks[1], Touched::Cell(1), Access::Read);
    /// let conflicts = footprints.conflicts_by_round();
    /// assert_eq!(conflicts, [(Some(2), (tasks[0], tasks[1]))].into());
    /// ```
    pub fn conflicts_by_round(&self) -> BTreeSet<(Option<u64>, (Candidate, Candidate))> {
        let touched = self.kept.touched.borrow();
        let mut conflicts = BTreeSet::new();
        for (entry @ (thing, one), access) in &*touched {
            let of_thing = touched.range(entry..).skip(1);
            for ((_, other), of) in of_thing.take_while(|((of, _), _)| of == thing) {
                if !access.commutes(*of) {
                    conflicts.insert((thing.1, (*one, *other)));
                }
            }
        }
        let of_all = touched
            .keys()
            .filter(|((of, _), _)| *of == Touched::Everything);
        for (_, one) in of_all {
            for (_, other) in touched.keys() {
                if one != other {
                    conflicts.insert((None, (*one.min(other), *one.max(other))));
                }
            }
        }
        conflicts
    }
}
