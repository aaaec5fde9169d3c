//! The table of a case: a row for each place that was disturbed.
//!
//! The problem: a case of three tasks has a hundred points, and a page has room for ten rows.
//! A task that waits for one thing over twenty iterations has twenty points and one await. So
//! the points with one wait of one task are one row.
//!
//! Invariant: each run is in one row, and a row with a fault says how many of its runs are
//! broken.
//!
//! Read next: nothing, the path ends here.

use std::fmt;

use crate::explore::found::{Found, counted};
use crate::schedule::{Disturbance, Note};

/// The most faults that a panic tells.
const TOLD: usize = 3;

/// One disturbed run. See [`CancelReport::points`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Point {
    /// The first disturbance of the run.
    pub disturbance: Disturbance,
    /// The task and its wait at this point, or the thing that was dropped or closed.
    pub stands: String,
    /// The fault, if the run is broken.
    pub fault: Option<Found>,
}

impl Point {
    /// Makes the point of a run, if something disturbed it.
    pub(crate) fn of(notes: &[Note], fault: Option<Found>) -> Option<Self> {
        let mut notes = notes.iter();
        let (disturbance, note) = notes.find_map(|note| Some((note.disturbance?, note)))?;
        Some(Point {
            disturbance,
            stands: note.stands.clone(),
            fault,
        })
    }
}

/// The runs of [`cancel_everywhere`](crate::cancel_everywhere). Its `Display` is a table in
/// Markdown.
///
/// ```
/// use groundup_testkit::{Case, cancel_everywhere};
///
/// let report = cancel_everywhere(|| Case::new(async { groundup::spawn(async {}).await }));
/// assert_eq!(report.points().len() as u64, report.runs());
/// assert!(report.to_string().starts_with("| where it stands | cancelled | dropped | closed |"));
/// ```
#[derive(Clone, Debug)]
pub struct CancelReport {
    points: Vec<Point>,
    runs: u64,
}

impl CancelReport {
    pub(crate) fn new(points: Vec<Point>, runs: u64) -> Self {
        CancelReport { points, runs }
    }

    /// Returns the number of disturbed runs.
    pub fn runs(&self) -> u64 {
        self.runs
    }

    /// Returns one point for each disturbed run.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Returns the faults, one for each broken run. The schedule of a fault has no deviation that can be left out,
    /// so several runs with two deviations may have one fault.
    pub fn broken(&self) -> impl Iterator<Item = &Found> {
        self.points.iter().filter_map(|point| point.fault.as_ref())
    }

    /// Panics with the first faults, if there are any: one of each text, with the wait at its point.
    ///
    /// # Panics
    ///
    /// If a run is broken, or no run was made.
    #[track_caller]
    pub fn assert_safe(&self) {
        assert!(self.runs > 0, "no run was disturbed, so nothing was tested");
        let broken = self.broken().count();
        assert!(
            broken == 0,
            "{broken} of {} disturbed runs are broken\n{}",
            self.runs,
            self.told(broken)
        );
    }

    /// Tells the first faults, and counts the others. Many runs fail alike: a text is told once.
    fn told(&self, broken: usize) -> String {
        let mut kinds: Vec<(&Found, &str, usize)> = Vec::new();
        for point in &self.points {
            let Some(fault) = &point.fault else { continue };
            let text = &fault.failure.text;
            match kinds.iter_mut().find(|kind| kind.0.failure.text == *text) {
                Some((_, _, runs)) => *runs += 1,
                None => kinds.push((fault, &point.stands, 1)),
            }
        }
        let (mut told, mut left) = (String::new(), broken);
        for (fault, stands, runs) in kinds.into_iter().take(TOLD) {
            left -= runs;
            told += &format!("{fault}\n  at this point: {stands}");
            told += &match runs {
                1 => String::from("\n"),
                _ => format!(
                    "; the same text in {}\n",
                    counted(runs as u64 - 1, "more run")
                ),
            };
        }
        match left {
            0 => told.trim_end().to_string(),
            _ => told + &format!("and {left} more: `broken()` has all of them"),
        }
    }
}

impl fmt::Display for CancelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut places: Vec<&str> = Vec::new();
        for point in &self.points {
            if !places.contains(&point.stands.as_str()) {
                places.push(&point.stands);
            }
        }
        writeln!(f, "| where it stands | cancelled | dropped | closed |")?;
        writeln!(f, "|---|---|---|---|")?;
        for place in places {
            write!(f, "| {}", place.replace('|', "/").replace('\n', " "))?;
            for form in [Disturbance::Cancel, Disturbance::Drop, Disturbance::Close] {
                let runs = self.points.iter();
                let runs = runs.filter(|it| it.stands == place && it.disturbance == form);
                let faults = runs.clone().filter(|point| point.fault.is_some()).count();
                match (runs.count(), faults) {
                    (0, _) => f.write_str(" |  ")?,
                    (count, 0) => write!(f, " | {count} ok")?,
                    (count, faults) => write!(f, " | {faults} of {count} broken")?,
                }
            }
            writeln!(f, " |")?;
        }
        let broken = self.broken().count();
        write!(f, "\n{} runs, {broken} broken", self.runs)
    }
}
