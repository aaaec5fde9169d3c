//! Writes the data of a page: events in columns, texts once.
//!
//! The problem: a page of a hundred thousand events must open on a phone. So each column
//! of the trace is one list of small numbers, and a text that many events share is written
//! once, in a list of words.
//!
//! ```text
//!   ns     [0,3000000000]           the times, each once, less the one before
//!   at     [0,0,0,1,0,0]            the time of each event, less the one before
//!   v l w  [0,..] [1,..] [0,..]     its verb, its lane (0 is the loop), its words
//!   c      [0,1,1,0,1,..]           how many events back its cause is; 0 is none
//!   lanes  [{n,s,e,d,p}]            name, spawn, end, outcome, spans of six numbers each
//! ```
//!
//! A script has no 64-bit integers. A larger number is written as a text, which the page
//! shows as it is.
//!
//! Invariant: the data is JSON without `<`, `>` and `&`, and depends on the timeline alone.
//!
//! Read next: `page/reports.rs`.

use std::collections::HashMap;
use std::fmt::Write;

use groundup_trace::{TaskId, Verb};

use super::columns::{EXACT, deltas, exact, field, field_end, list, numbers};
use super::reports::{marks, reports};
use crate::diff::Diff;
use crate::timeline::{Axis, Doing, Kind, Lane, Timeline};
use crate::words::{self, details, seconds};

/// The verbs, in the order of the list in `model.js`. The last one stands for any other.
const VERBS: [&str; 20] = [
    "spawn",
    "name",
    "step",
    "yield",
    "wake",
    "done",
    "cancel",
    "make",
    "set",
    "call",
    "run",
    "drop",
    "arm",
    "fire",
    "disarm",
    "iteration",
    "park",
    "raise",
    "unpolled",
    "?",
];

/// Returns the data of a page with one run.
pub(super) fn of_run(run: &Timeline) -> String {
    let axis = axis(run.end > 0 && run.axis == Axis::Time);
    format!("{{\"axis\":\"{axis}\",\"runs\":[{}]}}", Writer::of(run))
}

/// Returns the data of a page with two runs.
pub(super) fn of_diff(diff: &Diff) -> String {
    let [first, second] = diff.runs();
    let axis = axis(first.end > 0 || second.end > 0);
    let parting = diff.parting().map(|parting| {
        let place = |run: usize| parting[run].unwrap_or(diff.runs()[run].events.len());
        format!("[{},{}]", place(0), place(1))
    });
    let mut words = String::new();
    let text = diff.to_string();
    list(&mut words, text.lines(), |out, line| words::json(line, out));
    format!(
        "{{\"axis\":\"{axis}\",\"parting\":{},\"diff\":[{words}],\"links\":[[{}],[{}]],\"runs\":[{},\n{}]}}",
        parting.unwrap_or("null".into()),
        numbers(diff.links(0)),
        numbers(diff.links(1)),
        Writer::of(first),
        Writer::of(second)
    )
}

fn axis(time: bool) -> &'static str {
    if time { "time" } else { "order" }
}

/// Writes one run.
struct Writer<'a> {
    run: &'a Timeline,
    words: Vec<String>,
    known: HashMap<String, usize>,
}

impl<'a> Writer<'a> {
    fn of(run: &'a Timeline) -> String {
        let mut writer = Self {
            run,
            words: Vec::new(),
            known: HashMap::new(),
        };
        let mut out = String::from("{");
        writer.head(&mut out);
        writer.events(&mut out);
        writer.lanes(&mut out);
        writer.things(&mut out);
        marks(run, &mut out);
        reports(run, &mut out);
        field(&mut out, "words");
        list(&mut out, &writer.words, |out, word| words::json(word, out));
        out.push_str("]}");
        out
    }

    /// Returns the number of a text in the list of words.
    fn word(&mut self, text: String) -> usize {
        let next = self.words.len();
        let number = *self.known.entry(text.clone()).or_insert(next);
        if number == next {
            self.words.push(text);
        }
        number
    }

    fn head(&self, out: &mut String) {
        let Timeline {
            events, lanes, end, ..
        } = self.run;
        out.push_str("\"title\":");
        words::json(&self.run.title, out);
        let (steps, last) = (self.run.steps_in_all(), events.last());
        let facts = format!(
            "{} · {} · {} · {}",
            counted(events.len() as u64, "event"),
            counted(lanes.len() as u64, "task"),
            counted(steps, "step"),
            counted(last.map_or(0, |event| event.iteration), "iteration")
        );
        out.push_str(",\"facts\":");
        words::json(&facts, out);
        if let Some(gap) = self.run.gap() {
            out.push_str(",\"gap\":");
            words::json(&gap.to_string(), out);
        }
        let start = self.run.first_shown();
        let _ = write!(
            out,
            ",\"end\":{end},\"ending\":\"{}\",\"start\":{start}",
            seconds(*end)
        );
    }

    fn events(&mut self, out: &mut String) {
        let run = self.run;
        let (mut odd, mut clocks, mut at) = (Vec::new(), Vec::new(), Vec::new());
        let mut before = None;
        for (event, clock) in run.events.iter().zip(&run.clock) {
            if before != Some(event.time) {
                if event.time != *clock || *clock >= EXACT {
                    odd.push(format!("{},\"{}\"", clocks.len(), seconds(event.time)));
                }
                clocks.push(*clock);
            }
            before = Some(event.time);
            at.push(clocks.len() as u64 - 1);
        }
        field_end(out, "odd", odd.join(","));
        field_end(out, "ns", deltas(clocks));
        field_end(out, "at", deltas(at));
        field_end(
            out,
            "it",
            deltas(run.events.iter().map(|event| event.iteration)),
        );
        let verb = |verb: &Verb| VERBS.iter().position(|word| *word == verb.word());
        let verbs = run
            .events
            .iter()
            .map(|event| verb(&event.verb).unwrap_or(VERBS.len() - 1));
        field_end(out, "v", numbers(verbs));
        field_end(
            out,
            "l",
            numbers(
                run.lane_of
                    .iter()
                    .map(|lane| lane.map_or(0, |lane| lane + 1)),
            ),
        );
        let name = |task: &TaskId| run.name(task);
        let more: Vec<usize> = run
            .events
            .iter()
            .map(|event| self.word(details(&event.verb, &name)))
            .collect();
        field_end(out, "w", numbers(more));
        let causes = run.causes.iter().enumerate();
        let causes = causes.map(|(event, cause)| cause.map_or(0, |cause| event - cause));
        field_end(out, "c", numbers(causes));
    }

    fn lanes(&mut self, out: &mut String) {
        out.push_str(",\"lanes\":[");
        let lanes: Vec<String> = self.run.lanes.iter().map(|lane| self.lane(lane)).collect();
        out.push_str(&lanes.join(","));
        out.push(']');
    }

    fn lane(&mut self, lane: &Lane) -> String {
        let (run, mut out) = (self.run, String::from("{\"n\":"));
        words::json(&lane.label, &mut out);
        if let Some((event, how)) = lane.ended {
            let _ = write!(out, ",\"e\":{event},\"d\":\"{how}\"");
        } else {
            out.push_str(",\"e\":-1");
        }
        let name = |task: &TaskId| run.name(task);
        let mut before = 0;
        let spans = lane.spans.iter().flat_map(|span| {
            let (doing, word, target) = match &span.doing {
                Doing::Ready => (0, 0, 0),
                Doing::Runs => (1, 0, 0),
                Doing::Asleep { until } => (2, self.word(seconds(*until)), 0),
                Doing::Waits(on) => {
                    let target = crate::state::awaited(on).and_then(|task| run.index.get(task));
                    let word = self.word(words::wait(on, &name));
                    (3, word, target.map_or(0, |lane| lane + 1))
                }
            };
            let due = span.due.map_or(0, |due| due.saturating_add(1));
            let (gap, length) = (span.from - before, span.to - span.from);
            before = span.to;
            let numbers = [gap, length, doing, word, target].map(|n| n.to_string());
            numbers.into_iter().chain([due.to_string()])
        });
        let spans: Vec<String> = spans.collect();
        let _ = write!(out, ",\"p\":[{}]}}", spans.join(","));
        out
    }

    fn things(&mut self, out: &mut String) {
        let mut all = Vec::new();
        for thing in &self.run.things {
            let (kind, at) = match thing.kind {
                Kind::Timer { at } => (0, at),
                Kind::Promise => (1, 0),
                Kind::Callback => (2, 0),
            };
            let word = if kind == 0 { self.word(seconds(at)) } else { 0 };
            let owner = thing.owner.map_or(0, |owner| owner + 1);
            let numbers = format!(
                "{kind},{},{owner},{},{},{},{word}",
                exact(thing.number),
                thing.from,
                thing.to,
                exact(at)
            );
            all.push(numbers);
        }
        field_end(out, "things", all.join(","));
    }
}

fn counted(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", grouped(count))
}

/// Writes a number with a comma before each three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
