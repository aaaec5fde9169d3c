//! Verdicts: compares a run with the claims of the source.
//!
//! The problem: on the virtual clock "the same" means equal, to the nanosecond. On the
//! real clock no two runs are equal: a busy machine makes every program late, and that is
//! not the program's fault. Under a seed, ready entries run in another order, which is
//! the purpose of the seed. So there are verdicts between right and wrong, and only
//! "wrong" is a failure.
//!
//! | verdict | lines | time | exit code |
//! |---|---|---|---|
//! | as expected | equal | equal; on the real clock, within the slack | 0 |
//! | late | equal | on the real clock, beyond the slack | 0 |
//! | another order | under a seed: the same words | within the range the seeds allow | 0 |
//! | not judged | on the real clock: others, but timers fired so late that the delays mean nothing | any | 0 |
//! | wrong | anything else | anything else, and always if early | 1 |
//!
//! Invariants
//! 1. Too early is wrong on every clock.
//! 2. On the virtual clock without a seed the only good verdict is "as expected".
//! 3. A program that blocks makes its own timers late; such lateness is no excuse.
//!
//! Read next: `golden.rs`, the stricter judge.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use groundup::trace::{Event, Verb};

use crate::programs::{ELAPSED, Program};
use crate::python;
use crate::stage::{Clock, Performance, Settings, scaled};

/// The largest lateness of a program that counts as expected, on the real clock.
pub const SLACK: Duration = Duration::from_millis(100);

/// The lateness, in seconds of the source, up to which a program is judged: half of the
/// shortest delay.
const CALM: f64 = 0.1;

/// The largest change that rounding may make when delays are scaled.
const ROUNDING: Duration = Duration::from_micros(1);

/// The verdict on one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The run has the lines and the time of the source.
    AsExpected,
    /// The run has the lines of the source, and is late by this much.
    Late(Duration),
    /// The run has the words of the source in an order that the seed chose.
    AnotherOrder,
    /// The machine was late by this much, so the order of the lines is chance; the text
    /// is the first difference.
    NotJudged(Duration, String),
    /// The run is different; the text is the first difference.
    Wrong(String),
}

impl Verdict {
    /// Returns true if the verdict makes the tour fail.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Verdict::Wrong(_))
    }

    /// Returns the verdict as one word, for a table.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::AsExpected => "ok",
            Verdict::Late(_) => "late",
            Verdict::AnotherOrder => "order",
            Verdict::NotJudged(..) => "not judged",
            Verdict::Wrong(_) => "WRONG",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::AsExpected => f.write_str("ok, as expected"),
            Verdict::Late(by) => write!(
                f,
                "ok, but late by {} ms: the machine was busy",
                by.as_millis()
            ),
            Verdict::AnotherOrder => f.write_str("ok, in an order that the seed chose"),
            Verdict::NotJudged(by, difference) => write!(
                f,
                "not judged: a timer fired {} ms late, too late at this scale; {difference}",
                by.as_millis()
            ),
            Verdict::Wrong(difference) => write!(f, "WRONG: {difference}"),
        }
    }
}

/// Compares the run of a program with its expected lines and times.
pub fn judge(program: &Program, settings: &Settings, seen: &Performance) -> Verdict {
    if let Some(failure) = &seen.failure {
        return Verdict::Wrong(failure.clone());
    }
    let lines: Vec<&str> = seen.said.iter().map(|said| said.line.as_str()).collect();
    let mut verdict = match compare(program, settings, &lines) {
        Ok(verdict) => verdict,
        Err(difference) => {
            return match disturbance(program, settings, seen) {
                Some(by) => Verdict::NotJudged(by, difference),
                None => Verdict::Wrong(difference),
            };
        }
    };
    let printed = program.lines.iter().zip(&lines);
    let printed = printed.filter(|(expected, _)| **expected == ELAPSED);
    let printed =
        printed.filter_map(|(_, line)| Duration::try_from_secs_f64(line.parse().ok()?).ok());
    for time in printed.chain([Duration::from_nanos(seen.elapsed)]) {
        match timing(program, settings, time) {
            Timing::Right => {}
            Timing::Late(by) if verdict == Verdict::AsExpected => verdict = Verdict::Late(by),
            Timing::Late(_) => {}
            Timing::Wrong(difference) => return Verdict::Wrong(difference),
        }
    }
    verdict
}

fn compare(program: &Program, settings: &Settings, lines: &[&str]) -> Result<Verdict, String> {
    let Some(difference) = difference(program.lines, lines) else {
        return Ok(Verdict::AsExpected);
    };
    let same = |or_lines: &&[&str]| self::difference(or_lines, lines).is_none();
    if settings.clock == Clock::Real && program.or_lines.iter().any(same) {
        return Ok(Verdict::AsExpected);
    }
    if settings.seed.is_some() && words(program.lines) == words(lines) {
        return Ok(Verdict::AnotherOrder);
    }
    Err(difference)
}

/// Returns how late the machine was, if it was so late that events of different times may
/// have happened in any order.
fn disturbance(program: &Program, settings: &Settings, seen: &Performance) -> Option<Duration> {
    if settings.clock == Clock::Virtual {
        return None;
    }
    // On virtual time, this run is late only where the program blocks.
    let calm = program.exactly(*settings);
    let late = lateness(&seen.events).saturating_sub(lateness(&calm.events));
    (late > scaled(CALM, settings.scale)).then_some(late)
}

/// Returns the largest lateness of a timer.
fn lateness(events: &[Event]) -> Duration {
    let mut deadlines = BTreeMap::new();
    let mut most = 0;
    for event in events {
        match event.verb {
            Verb::Arm { timer, at } => _ = deadlines.insert(timer, at),
            Verb::Fire { timer } => {
                let at = deadlines.remove(&timer).unwrap_or(event.time);
                most = most.max(event.time.saturating_sub(at));
            }
            _ => {}
        }
    }
    Duration::from_nanos(most)
}

/// Describes the first line that is not as expected.
fn difference(expected: &[&str], lines: &[&str]) -> Option<String> {
    for (number, expected) in (1..).zip(expected) {
        let line = lines.get(number - 1);
        match line {
            None => return Some(format!("line {number} is missing: {expected:?}")),
            Some(line) if *expected == ELAPSED => {
                if line.parse::<f64>().is_err() {
                    return Some(format!("line {number} should be a number, not {line:?}"));
                }
            }
            Some(line) if line != expected => {
                return Some(format!(
                    "line {number} should be {expected:?}, not {line:?}"
                ));
            }
            Some(_) => {}
        }
    }
    let surplus = lines.get(expected.len())?;
    Some(format!("one line too many: {surplus:?}"))
}

/// Returns all words of the lines, sorted, without numbers that have a point.
fn words<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let measured =
        |line: &str| line == ELAPSED || (line.contains('.') && line.parse::<f64>().is_ok());
    let lines = lines.iter().filter(|line| !measured(line));
    let mut words: Vec<&str> = lines
        .flat_map(|line| line.split(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .collect();
    words.sort_unstable();
    words
}

enum Timing {
    Right,
    Late(Duration),
    Wrong(String),
}

fn timing(program: &Program, settings: &Settings, measured: Duration) -> Timing {
    let exact = (program.exact, program.exact);
    let (least, most) = match settings.seed {
        Some(_) => program.seeded.unwrap_or(exact),
        None => exact,
    };
    let (least, most) = (scaled(least, settings.scale), scaled(most, settings.scale));
    let rounding = match settings.scale {
        1.0 => Duration::ZERO,
        _ => ROUNDING,
    };
    let slack = match settings.clock {
        Clock::Virtual => Duration::ZERO,
        Clock::Real => SLACK,
    };
    let took = |relation: &str, expected| {
        let (measured, expected) = (in_seconds(measured), in_seconds(expected));
        Timing::Wrong(format!("it took {measured} s, {relation} {expected} s"))
    };
    if measured + rounding < least {
        took("which is less than", least)
    } else if measured <= most + slack + rounding {
        Timing::Right
    } else if settings.clock == Clock::Real {
        Timing::Late(measured - most)
    } else {
        took("which is more than", most)
    }
}

fn in_seconds(duration: Duration) -> String {
    python::float(duration.as_secs_f64())
}
