//! Two questions about a row: is ours faster, and is the aim met.
//!
//! ```text
//!   ours  |--x---|                 less       every run of ours below every run of the peer
//!   peer            |---x--|
//!
//!   ours  |----x------|            open       the ranges overlap
//!   peer         |----x----|
//! ```
//!
//! Invariants: a row whose ranges overlap is called open, whatever its ratio. A ratio
//! equal to the aim meets it. Without a number of ours, or without a number to compare it
//! with, there is no verdict, and no verdict never counts as met.
//!
//! Read next: `table.rs`.

use crate::measure::{Entrant, Measured, Spread};
use crate::rows::Aim;

/// The comparison of the ranges of two systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Every run of ours cost less than every run of the other.
    Less,
    /// Every run of ours cost more.
    More,
    /// The ranges overlap.
    Open,
}

/// The verdict on an aim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The cost is at the aim or below it.
    Meets,
    /// The cost is above the aim by this part of it (0.1 is ten per cent).
    Misses(f64),
    /// The row is only shown.
    NotJudged,
    /// A number is missing.
    Unknown(&'static str),
}

/// A row judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// The entrant with which ours is compared, and its costs.
    pub(crate) against: Option<(usize, Spread)>,
    /// Our median divided by the median of the other.
    pub(crate) ratio: Option<f64>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) verdict: Verdict,
}

/// Judges a row.
pub(crate) fn judge(measured: &Measured, entrants: &[Entrant]) -> Judged {
    let ours = measured.ours(entrants).map(|(_, spread)| spread);
    let against = match measured.row.aim {
        Aim::OfLimit(_) => measured.limit(entrants),
        Aim::OfPeer(_) | Aim::Shown => measured.best_peer(entrants),
    };
    let both = ours.zip(against.map(|(_, spread)| spread));
    let ratio = both.map(|(ours, other)| ours.median / other.median);
    let verdict = match measured.row.aim {
        _ if ours.is_none() => Verdict::Unknown("ours has no number"),
        Aim::Shown => Verdict::NotJudged,
        Aim::OfPeer(most) => within(ratio, most, "no peer has a number"),
        Aim::OfLimit(most) => within(ratio, most, "the limit has no number"),
    };
    Judged {
        against,
        ratio,
        outcome: both.map(|(ours, other)| compare(&ours, &other)),
        verdict,
    }
}

/// Compares two ranges.
fn compare(ours: &Spread, other: &Spread) -> Outcome {
    if ours.overlaps(other) {
        Outcome::Open
    } else if ours.median < other.median {
        Outcome::Less
    } else {
        Outcome::More
    }
}

/// Compares `value` with the most it may be.
fn within(value: Option<f64>, most: f64, missing: &'static str) -> Verdict {
    match value {
        None => Verdict::Unknown(missing),
        Some(value) if value <= most => Verdict::Meets,
        Some(value) => Verdict::Misses(value / most - 1.0),
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(match self {
            Outcome::Less => "less",
            Outcome::More => "more",
            Outcome::Open => "open",
        })
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Verdict::Meets => "met".to_owned(),
            Verdict::Misses(by) => format!("missed by {:.0} %", (by * 100.0).max(1.0)),
            Verdict::NotJudged => "-".to_owned(),
            Verdict::Unknown(why) => format!("? {why}"),
        };
        out.pad(&text)
    }
}

/// Formats the aim in words.
pub(crate) fn aim_text(aim: Aim) -> String {
    match aim {
        Aim::OfPeer(most) => format!("{most:.2}"),
        Aim::OfLimit(most) => format!("{most:.2} of limit"),
        Aim::Shown => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aim_is_met_at_exactly_the_aim() {
        assert_eq!(within(Some(0.4), 0.4, ""), Verdict::Meets);
        assert_eq!(within(Some(0.3), 0.4, ""), Verdict::Meets);
        assert_eq!(within(Some(0.5), 0.4, "").to_string(), "missed by 25 %");
        assert_eq!(within(Some(0.4001), 0.4, "").to_string(), "missed by 1 %");
    }

    #[test]
    fn nothing_to_compare_with_is_no_verdict() {
        assert_eq!(within(None, 0.4, "no peer"), Verdict::Unknown("no peer"));
    }

    #[test]
    fn ranges_that_overlap_are_open() {
        let spread = |costs: &[f64]| Spread::of(costs.to_vec()).expect("some runs");
        let ours = spread(&[4.0, 5.0, 6.0]);
        assert_eq!(compare(&ours, &spread(&[7.0, 8.0])), Outcome::Less);
        assert_eq!(compare(&ours, &spread(&[1.0, 3.0])), Outcome::More);
        assert_eq!(compare(&ours, &spread(&[6.0, 90.0, 91.0])), Outcome::Open);
    }
}
