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
//! A run has one footprint for each task, and not one for each of its steps. So two tasks that use one
//! lock conflict in all rounds of the run, also in those in which neither uses it.
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
use core::cell::RefCell;

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
    /// A combinator that counts the ends of its tasks.
    Group(u32),
    /// A lock, a queue or another object that tasks share.
    Object(u64),
    /// The wakers of other executors. They may keep the order of their calls.
    Wakers,
    /// The things that a loop has once: the numbers of its tasks, its reports, the values that it keeps.
    Loop,
    /// Every thing.
    Everything,
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
    touched: Rc<RefCell<BTreeMap<Touched, BTreeMap<Candidate, Access>>>>,
}

impl Footprints {
    /// Creates a place for footprints.
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes that an entry has touched a thing.
    pub fn note(&self, by: Candidate, thing: Touched, access: Access) {
        let mut touched = self.touched.borrow_mut();
        let known = touched.entry(thing).or_default().entry(by);
        let known = known.or_insert(access);
        *known = known.and(access);
    }

    /// Returns the footprint of an entry: what it has touched, and how.
    pub fn of(&self, by: Candidate) -> BTreeMap<Touched, Access> {
        let touched = self.touched.borrow();
        let access = |(thing, all): (&Touched, &BTreeMap<_, _>)| Some((*thing, *all.get(&by)?));
        touched.iter().filter_map(access).collect()
    }

    /// Returns the pairs of entries that have touched a thing in ways that do not commute. The smaller
    /// entry of a pair comes first.
    pub fn conflicts(&self) -> BTreeSet<(Candidate, Candidate)> {
        let touched = self.touched.borrow();
        let mut conflicts = BTreeSet::new();
        for all in touched.values() {
            for (one, access) in all {
                let others = all.range(one..).skip(1);
                let meets = others.filter(|(_, other)| !access.commutes(**other));
                conflicts.extend(meets.map(|(other, _)| (*one, *other)));
            }
        }
        let of_all = touched.get(&Touched::Everything).into_iter();
        for one in of_all.flat_map(BTreeMap::keys) {
            for other in touched.values().flat_map(BTreeMap::keys) {
                if one != other {
                    conflicts.insert((*one.min(other), *one.max(other)));
                }
            }
        }
        conflicts
    }
}
