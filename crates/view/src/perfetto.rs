//! Writes a timeline in the JSON format that Perfetto reads.
//!
//! The problem: a page that draws every task is of no use for a server with ten thousand
//! tasks and an hour of events. Perfetto is built for that. It knows threads and slices,
//! not tasks. So the loop is one thread with a slice for each step, and each task is a
//! track of its own with a slice for each activity.
//!
//! ```text
//!   loop     │main │cook│main│             steps and callbacks
//!   main     │runs │waits for cook │runs│  one track a task
//!   cook     │ready│runs│
//! ```
//!
//! Perfetto's times are microseconds. If no time passes in a run, an event lasts one
//! microsecond, so that the order can be seen.
//!
//! Invariants
//! 1. The text is one JSON object in the Trace Event Format, and a timeline gives the
//!    same text each time.
//! 2. Slices of one track follow each other, without overlap, for every list of events.
//!
//! Read next: `ledger.rs`.

use std::fmt::Write;

use groundup_trace::{TaskId, Verb};

use crate::timeline::{Doing, Timeline};
use crate::words;

/// The track of the loop. The tracks of the lanes follow.
const LOOP: usize = 1;

impl Timeline {
    /// Returns the run in the Trace Event Format, for `ui.perfetto.dev` or
    /// `chrome://tracing`.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::Timeline;
    ///
    /// let timeline = Timeline::read("# groundup-trace 1
    ///   0.000  0  spawn  kettle  #1
    ///   0.000  1  step   kettle
    ///   3.000  1  done   kettle  returned")?;
    /// let json = timeline.perfetto();
    /// assert!(json.contains(r#""ph":"X","pid":1,"tid":2,"ts":0.000,"dur":3000000.000,"name":"runs""#));
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn perfetto(&self) -> String {
        let mut json = String::from("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n");
        let process = if self.title.is_empty() {
            "groundup"
        } else {
            &self.title
        };
        track(&mut json, "process_name", LOOP, process);
        track(&mut json, "thread_name", LOOP, "loop");
        for (number, lane) in self.lanes.iter().enumerate() {
            track(&mut json, "thread_name", LOOP + 1 + number, &lane.label);
        }
        for (number, lane) in self.lanes.iter().enumerate() {
            for span in &lane.spans {
                let name = |task: &TaskId| self.name(task);
                let words = match &span.doing {
                    Doing::Runs => "runs".into(),
                    Doing::Ready => "ready".into(),
                    Doing::Asleep { .. } => "asleep".into(),
                    Doing::Waits(on) => format!("waits for {}", words::wait(on, &name)),
                };
                let (from, to) = (self.microseconds(span.from), self.microseconds(span.to));
                slice(&mut json, LOOP + 1 + number, (from, to), &words);
            }
        }
        self.steps_of_the_loop(&mut json);
        self.wakes(&mut json);
        json.truncate(json.len() - ",\n".len());
        json.push_str("\n]}\n");
        json
    }

    /// Writes the steps and callbacks of all lanes as one track. A loop takes one step after another; if
    /// the events say otherwise, a step ends where the next one begins.
    fn steps_of_the_loop(&self, json: &mut String) {
        let mut steps = Vec::new();
        for lane in &self.lanes {
            let runs = lane.spans.iter().filter(|span| span.doing == Doing::Runs);
            steps.extend(runs.map(|span| (span.from, span.to, &lane.label)));
        }
        steps.sort_unstable();
        for (number, (from, to, label)) in steps.iter().enumerate() {
            let next = steps.get(number + 1).map_or(*to, |(next, ..)| *next);
            let (from, to) = (self.microseconds(*from), self.microseconds(next.min(*to)));
            slice(json, LOOP, (from, to), label);
        }
    }

    /// Returns the time of an event in thousandths of a microsecond.
    fn microseconds(&self, event: usize) -> u64 {
        match self.end {
            0 => event as u64 * 1_000,
            end => self.clock.get(event).copied().unwrap_or(end),
        }
    }

    /// Writes the wakes from task to task as arrows, and other events as moments.
    fn wakes(&self, json: &mut String) {
        for (event, verb) in self.events.iter().map(|event| &event.verb).enumerate() {
            let (at, lane) = (micros(self.microseconds(event)), self.lane_of[event]);
            let track = LOOP + 1 + lane.unwrap_or(0);
            match verb {
                Verb::Wake { .. } => {
                    let from = self.causes[event].and_then(|cause| self.lane_of[cause]);
                    if let Some(from) = from.filter(|from| Some(*from) != lane) {
                        let from = LOOP + 1 + from;
                        let common = "\"cat\":\"wake\",\"name\":\"wake\"";
                        let _ = write!(
                            json,
                            "{{\"ph\":\"s\",\"pid\":1,\"tid\":{from},\"ts\":{at},\"id\":{event},{common}}},\n\
                             {{\"ph\":\"f\",\"bp\":\"e\",\"pid\":1,\"tid\":{track},\"ts\":{at},\"id\":{event},{common}}},\n"
                        );
                    }
                }
                Verb::Cancel { .. } | Verb::Raise { .. } if lane.is_some() => {
                    let word = verb.word();
                    let _ = writeln!(
                        json,
                        "{{\"ph\":\"i\",\"pid\":1,\"tid\":{track},\"ts\":{at},\"s\":\"t\",\"name\":\"{word}\"}},"
                    );
                }
                _ => {}
            }
        }
    }
}

fn track(json: &mut String, what: &str, track: usize, name: &str) {
    let _ = write!(
        json,
        "{{\"ph\":\"M\",\"pid\":1,\"tid\":{track},\"name\":\"{what}\",\"args\":{{\"name\":"
    );
    words::json(name, json);
    json.push_str("}},\n");
}

fn slice(json: &mut String, track: usize, (from, to): (u64, u64), name: &str) {
    let (at, length) = (micros(from), micros(to - from));
    let _ = write!(
        json,
        "{{\"ph\":\"X\",\"pid\":1,\"tid\":{track},\"ts\":{at},\"dur\":{length},\"name\":"
    );
    words::json(name, json);
    json.push_str("},\n");
}

/// Writes nanoseconds as microseconds, exactly.
fn micros(ns: u64) -> String {
    format!("{}.{:03}", ns / 1_000, ns % 1_000)
}
