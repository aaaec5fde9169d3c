//! Tries one order of those that cannot differ.
//!
//! The problem: three sleeps end together. Their timers wake three tasks, in any of six orders, and the
//! next round has the three tasks, in any of six orders again. What the order of the wakes decides,
//! the order of the next round decides anew. So five of six wakes are tried for nothing. Two entries
//! that are neighbours and may be exchanged without a difference *commute*, and all orders that come
//! from one another by such exchanges are one class. This file lets one order of each class through:
//! its *normal form*, in which the entries stand in their usual order wherever they may (Anisimov and
//! Knuth, 1979).
//!
//! ```text
//!   usual order      a b c       a and c commute, and no others do
//!   a b c            normal
//!   c a b            not: c and a commute, and a usually comes first; a c b is of the same class
//!   c b a            normal: b stands between them
//! ```
//!
//! An order is a normal form if no entry stands behind one of a higher place such that it commutes with
//! that one and with all between them. A search places one entry at a time. So it must also know
//! whether a beginning has an end. It has one if each entry that must not come next conflicts
//! with an entry that is left and may come next, or with one that so comes after it.
//!
//! Invariant: of each class of orders, exactly one is let through, and no beginning that is let through
//! lacks an end.
//!
//! Footprints make more entries commute (`Explore::by_footprints`). Which entries have conflicted in
//! any run of the search is known then, and all others may be exchanged. Why is it enough to look at the
//! runs of the search? Take any order of a round, and exchange neighbours that are not known to conflict
//! until it is a normal form. The search has run this one, so these entries did not conflict in it. Then
//! each exchange back leads to the same state, and changes no footprint. So a conflict that a thing makes
//! in a round counts in that round alone, if each touch of the thing is noted.
//!
//! Read next: `schedule/priorities.rs`.

use std::collections::BTreeSet;

use groundup::trace::Candidate;

use crate::schedule::round::{RoundEntry, RoundOrder};

/// A round with more entries than this is not reduced: the look for an end takes too long.
const MOST: usize = 40;

/// The pairs of entries that have conflicted in a run of the search, the smaller entry first, each in one
/// round or in all.
pub(crate) type Conflicts = BTreeSet<(Option<u64>, (Candidate, Candidate))>;

/// The conflicts that may meet in a round.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) conflicts: &'a Conflicts,
    pub(crate) round: u64,
}

impl Known<'_> {
    fn has(&self, pair: (Candidate, Candidate)) -> bool {
        let rounds = [None, Some(self.round)];
        (rounds.iter()).any(|round| self.conflicts.contains(&(*round, pair)))
    }
}

/// Returns true if two neighbours of a round may be exchanged without a difference.
///
/// An entry that does nothing commutes with all. Two timers that wake tasks commute, since the
/// order of the tasks is asked for in the next round. With footprints, entries of two tasks commute that
/// are not known to conflict. A callback has no number that lasts, so it commutes with none of them.
fn commute(one: Candidate, other: Candidate, known: Option<Known<'_>>) -> bool {
    let is_timer = |candidate| matches!(candidate, Candidate::Timer(_));
    let does_nothing = |candidate| candidate == Candidate::Stale;
    let of_two_tasks = matches!((one.task(), other.task()), (Some(a), Some(b)) if a != b);
    let pair = (one.min(other), one.max(other));
    [one, other].map(is_timer) == [true; 2]
        || [one, other].into_iter().any(does_nothing)
        || (of_two_tasks && known.is_some_and(|known| !known.has(pair)))
}

/// Returns the first pick from `from` on that a search must try; `None` if there is none.
pub(crate) fn next_normal(
    round: &RoundOrder,
    from: usize,
    known: Option<Known<'_>>,
) -> Option<usize> {
    let size = round.left().len() + round.placed().len();
    let mut picks = from..round.left().len();
    match size <= MOST {
        true => picks.find(|pick| is_normal(round, *pick, known)),
        false => picks.next(),
    }
}

/// Returns true if the order so far, with this pick, is the beginning of a normal form.
fn is_normal(round: &RoundOrder, pick: usize, known: Option<Known<'_>>) -> bool {
    let entry = round.left()[pick];
    if !may_follow(round.placed(), entry, known) {
        return false;
    }
    let placed = [round.placed(), &[entry]].concat();
    let left = round.left().iter().filter(|other| **other != entry);
    let (mut open, mut closed): (Vec<RoundEntry>, Vec<RoundEntry>) =
        left.partition(|other| may_follow(&placed, **other, known));
    // Each entry that is open opens those with which it conflicts.
    while let Some(opener) = open.pop() {
        let opens = |other: &mut RoundEntry| !commute(opener.candidate, other.candidate, known);
        open.extend(closed.extract_if(.., opens));
    }
    closed.is_empty()
}

/// Returns true if no entry of a higher place could be moved behind `entry`.
fn may_follow(placed: &[RoundEntry], entry: RoundEntry, known: Option<Known<'_>>) -> bool {
    let commutes = |before: &&RoundEntry| commute(before.candidate, entry.candidate, known);
    let mut passed = (placed.iter().rev()).take_while(commutes);
    passed.all(|before| before.place < entry.place)
}
