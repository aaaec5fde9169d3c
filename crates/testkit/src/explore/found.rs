//! The results of an exploration: a failure, or how far it looked.
//!
//! The problem: "no failure" means little without the schedules that were run, and a failure
//! means little without a way to see it again.
//!
//! Invariant: the text of a failure has its cause, its schedule and its token, in this order.
//!
//! Read next: `census.rs`.

use std::fmt;
use std::time::Duration;

use groundup::trace::Event;

use crate::run::failure::Failure;

/// The assumption of a reduced search.
const ASSUMPTION: &str = "if no two branches of a race share a plain cell";

/// The assumption of a search by footprints.
const NO_PLAIN_CELL: &str = "if neither tasks nor branches of a race share a plain cell";

/// Says how far an exploration without a failure looked. Made by [`Explore::run`](crate::Explore::run).
///
/// ```
/// let explored = groundup_testkit::explore(|| async {
///     groundup::spawn(async {}).await.unwrap();
/// });
/// assert_eq!(explored.to_string(), "no failure in 1 schedule: there are no others");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Explored {
    pub(crate) schedules: u64,
    pub(crate) deviations: Option<usize>,
    pub(crate) seeds: u64,
    pub(crate) complete: bool,
    /// Whether schedules were left out: [`Explore::reduced`](crate::Explore::reduced).
    pub(crate) reduced: bool,
    /// Whether orders of tasks were left out, too: [`Explore::by_footprints`](crate::Explore::by_footprints).
    pub(crate) by_footprints: bool,
    pub(crate) slowest: Duration,
    /// A run that takes longer than this is named in the result.
    pub(crate) slow: Duration,
}

impl Explored {
    /// Returns the number of schedules that were run.
    pub fn schedules(&self) -> u64 {
        self.schedules
    }

    /// Returns true if there are no other schedules. After a [reduced](crate::Explore::reduced) search it
    /// means that the others have the same outcomes, if the assumption of that option holds.
    pub fn complete(&self) -> bool {
        self.complete
    }

    /// Returns the number of deviations up to which all schedules were run; `None` after an
    /// exploration that did not go by deviations.
    pub fn deviations(&self) -> Option<usize> {
        self.deviations
    }

    /// Returns the assumption of the search, if it was reduced.
    pub(crate) fn assumption(&self) -> &'static str {
        match self.by_footprints {
            true => NO_PLAIN_CELL,
            false => ASSUMPTION,
        }
    }

    /// Returns the number of random schedules.
    pub fn seeds(&self) -> u64 {
        self.seeds
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no failure in {}", counted(self.schedules, "schedule"))?;
        match (self.complete, self.deviations) {
            (true, _) if self.reduced => {
                write!(f, ": the others do not differ, {}", self.assumption())?;
            }
            (true, _) => f.write_str(": there are no others")?,
            (false, Some(most)) => {
                write!(
                    f,
                    ": all with at most {}, {}",
                    counted(most as u64, "deviation"),
                    counted(self.seeds, "seed")
                )?;
            }
            (false, None) => f.write_str(", and there are more")?,
        }
        match self.slowest > self.slow {
            true => write!(
                f,
                "; one took {:.1} s of the machine's time, so the program may block its thread",
                self.slowest.as_secs_f64()
            ),
            false => Ok(()),
        }
    }
}

/// The simplest failure that an exploration found. Its text is the message of the failing test.
///
/// ```
/// use groundup_testkit::{Explore, pick};
///
/// let found = Explore::new().check(|| async { assert!(pick(2) == 0, "bad luck") }).unwrap_err();
/// assert!(found.failure.text.ends_with("bad luck"));
/// assert_eq!(found.story, "first in, first out, except: in iteration 1: pick 1 of 2");
/// assert_eq!((found.schedules, found.deviations), (2, 1));
/// ```
///
/// The crate `groundup-view` draws the failing run, and compares it with one that does not fail:
///
/// ```
/// use groundup::spawn_named;
/// use groundup_testkit::{Explore, Shared};
/// use groundup_view::{Axis, Timeline};
///
/// let found = Explore::new().check(|| async {
///     let last = Shared::new("nobody");
///     let tasks = ["ann", "bob"].map(|name| {
///         let last = last.clone();
///         spawn_named(name, async move { last.set(name) })
///     });
///     for task in tasks {
///         task.await.unwrap();
///     }
///     assert_eq!(last.get(), "bob");
/// });
/// let timeline = Timeline::of(&found.unwrap_err().events).titled("ann is the last");
/// let picture = timeline.by(Axis::Order).text(); // `page()` is a page to step through
/// assert!(picture.contains("ann") && picture.contains("bob"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Found {
    /// The failure.
    pub failure: Failure,
    /// One sentence: how the schedule differs from first in, first out.
    pub story: String,
    /// The schedule, for [`Explore::replay`](crate::Explore::replay) and the variable
    /// `GROUNDUP_REPLAY`.
    pub token: String,
    /// The number of deviations of the schedule.
    pub deviations: usize,
    /// The number of deviations of the schedule that failed first, before the kit made it smaller.
    pub deviations_at_first: usize,
    /// The number of schedules until the first failure, without the schedules of the shrinking.
    pub schedules: u64,
    /// The events of the failing run, for a picture.
    pub events: Vec<Event>,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.failure.text)?;
        if self.story.is_empty() {
            return Ok(());
        }
        write!(
            f,
            "\n  {}\n  found after {}; GROUNDUP_REPLAY={} runs it alone",
            self.story,
            counted(self.schedules, "schedule"),
            self.token
        )
    }
}

impl std::error::Error for Found {}

/// Returns a number with its noun.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
