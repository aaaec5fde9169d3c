//! Verdicts: the ratio of a row, its bar, and whether the bar is met.
//!
//! Invariants: a ratio equal to the bar meets it. Without a number of ours, or
//! without a number to compare it with, there is no verdict, and no verdict never
//! counts as met.
//!
//! Read next: `table.rs`.

use crate::measure::{Entrant, Measured};
use crate::rows::{Bar, Unit};

/// The verdict on a bar.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// The cost is at the bar or below it.
    Meets,
    /// The cost is above the bar by this part of it (0.1 is ten per cent).
    Misses(f64),
    /// The row is only shown.
    NotJudged,
    /// A number is missing.
    Unknown(&'static str),
}

/// A row judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    /// Our number divided by the number that it is compared with.
    pub(crate) ratio: Option<f64>,
    pub(crate) verdict: Verdict,
}

/// Judges a row.
pub(crate) fn judge(measured: &Measured, entrants: &[Entrant]) -> Judged {
    let ours = measured.ours(entrants);
    let peer = measured.best_peer(entrants).map(|(_, value)| value);
    let floor = measured.floor(entrants);
    let against = match measured.row.bar {
        Bar::OfFloor(_) => floor,
        _ => peer,
    };
    let ratio = ours.zip(against).map(|(ours, other)| ours / other);
    let verdict = match measured.row.bar {
        _ if ours.is_none() => Verdict::Unknown("ours has no number"),
        Bar::Open => Verdict::NotJudged,
        Bar::Nanos(most) => within(ours, most, "ours has no number"),
        Bar::OfPeer(most) => within(ratio, most, "no peer has a number"),
        Bar::OfFloor(most) => within(ratio, most, "the floor has no number"),
    };
    Judged { ratio, verdict }
}

/// Compares `value` with the most it may be.
fn within(value: Option<f64>, most: f64, missing: &'static str) -> Verdict {
    match value {
        None => Verdict::Unknown(missing),
        Some(value) if value <= most => Verdict::Meets,
        Some(value) => Verdict::Misses(value / most - 1.0),
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self {
            Verdict::Meets => "meets".to_owned(),
            Verdict::Misses(by) => format!("misses by {:.0} %", (by * 100.0).max(1.0)),
            Verdict::NotJudged => "-".to_owned(),
            Verdict::Unknown(why) => format!("? {why}"),
        };
        out.pad(&text)
    }
}

/// Formats the bar in words.
pub(crate) fn bar_text(bar: Bar, unit: Unit) -> String {
    match bar {
        Bar::OfPeer(most) => format!("{most:.2}"),
        Bar::OfFloor(most) => format!("{most:.2} of floor"),
        Bar::Nanos(most) if unit == Unit::Bytes => format!("{most} B"),
        Bar::Nanos(most) => format!("{most} ns"),
        Bar::Open => "-".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_met_at_exactly_the_bar() {
        assert_eq!(within(Some(0.4), 0.4, ""), Verdict::Meets);
        assert_eq!(within(Some(0.3), 0.4, ""), Verdict::Meets);
        assert_eq!(within(Some(0.5), 0.4, "").to_string(), "misses by 25 %");
        assert_eq!(within(Some(0.4001), 0.4, "").to_string(), "misses by 1 %");
    }

    #[test]
    fn nothing_to_compare_with_is_no_verdict() {
        assert_eq!(within(None, 0.4, "no peer"), Verdict::Unknown("no peer"));
    }
}
