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

use alloc::rc::Rc;
use alloc::vec::Vec;
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
    touches: RefCell<Touches>,
}

/// A thing, and the round if the touch does not last.
type Thing = (Touched, Option<u64>);

/// The touches of a run. A note goes to the end of the list. When the list has twice as many as were
/// left the last time, those of one thing by one entry become one.
#[derive(Debug, Default)]
struct Touches {
    list: Vec<((Thing, Candidate), Access)>,
    left: usize,
}

impl Touches {
    fn add(&mut self, by: Candidate, thing: Thing, access: Access) {
        if self.list.len() > 2 * self.left + FEW {
            self.merge();
        }
        self.list.push(((thing, by), access));
    }

    /// Merges the touches of one thing by one entry. Returns all, in the order of the things, and of the
    /// entries of one thing.
    fn merge(&mut self) -> &[((Thing, Candidate), Access)] {
        self.list.sort_unstable();
        self.list.dedup_by(|(next, of_next), (first, access)| {
            let same = next == first;
            if same {
                *access = access.and(*of_next);
            }
            same
        });
        self.left = self.list.len();
        &self.list
    }
}

/// Number of notes beside those that were left before they are merged.
const FEW: usize = 64;

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
        let mut touches = self.kept.touches.borrow_mut();
        touches.add(by, (thing, round), access);
    }

    /// Returns the footprint of an entry: what it has touched, and how, in the order of the things.
    pub fn of(&self, by: Candidate) -> Vec<(Touched, Access)> {
        let mut footprint: Vec<(Touched, Access)> = Vec::new();
        for (((thing, _), of), access) in self.kept.touches.borrow_mut().merge() {
            match footprint.last_mut() {
                _ if *of != by => {}
                Some((last, known)) if last == thing => *known = known.and(*access),
                _ => footprint.push((*thing, *access)),
            }
        }
        footprint
    }

    /// Returns the pairs of entries that have touched a thing in ways that do not commute, in any round,
    /// in order. The smaller entry of a pair comes first.
    pub fn conflicts(&self) -> Vec<(Candidate, Candidate)> {
        let mut conflicts = self.conflicts_by_round();
        conflicts.iter_mut().for_each(|(round, _)| *round = None);
        let conflicts = in_order(conflicts).into_iter();
        conflicts.map(|(_, pair)| pair).collect()
    }

    /// Returns the pairs of entries that conflict, each with the round, or with `None` if they conflict in
    /// each round. They are in order.
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
    /// assert_eq!(conflicts, [(Some(2), (tasks[0], tasks[1]))]);
    /// ```
    pub fn conflicts_by_round(&self) -> Vec<(Option<u64>, (Candidate, Candidate))> {
        let mut touches = self.kept.touches.borrow_mut();
        let (touches, mut conflicts, mut left) = (touches.merge(), Vec::new(), 0);
        for (place, ((thing, one), access)) in touches.iter().enumerate() {
            for ((of, other), with) in &touches[place + 1..] {
                if of != thing {
                    break;
                }
                if !access.commutes(*with) {
                    conflicts.push((thing.1, (*one, *other)));
                }
            }
            if thing.0 == Touched::Everything {
                for ((_, other), _) in touches {
                    if one != other {
                        conflicts.push((None, (*one.min(other), *one.max(other))));
                    }
                }
            }
            // Two entries that share many things conflict once.
            if conflicts.len() > 2 * left + FEW {
                conflicts = in_order(conflicts);
                left = conflicts.len();
            }
        }
        in_order(conflicts)
    }
}

/// A round, if the conflict is not one of each round, and the two entries.
type Conflict = (Option<u64>, (Candidate, Candidate));

/// Returns each conflict once, in order.
fn in_order(mut conflicts: Vec<Conflict>) -> Vec<Conflict> {
    conflicts.sort_unstable();
    conflicts.dedup();
    conflicts
}
