//! Draws one lane of the picture: name, spans, end; and the arrows.
//!
//! ```text
//!   name   ▐▌────────▒▒▒▒░░░░▐▌●     runs, asleep, late, ready, runs, done
//! ```
//!
//! Each shape has a title that says what it is, and how long it lasts, so a pointer or a
//! screen reader finds it.
//!
//! Invariant: waits are drawn first, then lateness, then steps, then the end. So a step
//! that takes no time covers the end of the wait before it.
//!
//! Read next: `svg/remarks.rs`.

use std::fmt::Write;

use groundup_trace::Outcome;

use super::{LANE, LETTER, NAME, Picture, TOP, class, round};
use crate::timeline::{Axis, Doing, Lane, Span};
use crate::words::{self, clipped, escape, seconds};

impl Picture<'_> {
    /// Draws a lane around the height `middle`.
    pub(super) fn lane(&self, svg: &mut String, lane: &Lane, middle: f64) {
        let (x, y) = (self.left - 12.0, middle + 4.0);
        let name = escape(&clipped(&lane.label, NAME));
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{x}\" y=\"{y}\">{name}</text>"
        );
        let runs = |span: &&Span| span.doing == Doing::Runs;
        for span in lane.spans.iter().filter(|span| !runs(span)) {
            self.span(svg, span, middle);
        }
        for pair in lane.spans.windows(2) {
            let late = pair[1].due.filter(|_| self.timeline.axis == Axis::Time);
            if let Some(due) = late {
                let late = self.timeline.clock[pair[1].from] - due;
                let title = format!("late: due {} s earlier", seconds(late));
                let (from, to) = (self.at(due).max(self.x(pair[0].from)), self.x(pair[1].from));
                rect(svg, "late", (from, to), (middle, 4.0), &title);
            }
        }
        for span in lane.spans.iter().filter(runs) {
            self.span(svg, span, middle);
        }
        for event in self.timeline.unpolled(lane) {
            let (x, more) = (self.x(event), "is set, but its await was not polled");
            let what = words::details(&self.timeline.events[event].verb, &|_| String::new());
            let _ = writeln!(
                svg,
                "<path class=\"unpolled\" d=\"M{x} {middle} m-4 -4 l8 8 m0 -8 l-8 8\"><title>{what} {more}</title></path>"
            );
        }
        if let Some((event, how)) = lane.ended {
            let class = match how {
                Outcome::Cancelled => "cancelled",
                Outcome::Panicked => "panicked",
                Outcome::Dropped => "dropped",
                _ => "done",
            };
            let x = self.x(event);
            let _ = writeln!(
                svg,
                "<circle class=\"{class}\" cx=\"{x}\" cy=\"{middle}\" r=\"4.5\"><title>{how}</title></circle>"
            );
        }
    }

    fn span(&self, svg: &mut String, span: &Span, middle: f64) {
        let (from, mut to) = (self.x(span.from), self.x(span.to));
        let name = |task: &groundup_trace::TaskId| self.timeline.name(task);
        let words = match &span.doing {
            Doing::Runs => "runs".to_owned(),
            Doing::Ready => "could run".to_owned(),
            Doing::Asleep { .. } => "asleep".to_owned(),
            Doing::Waits(on) => format!("waits for {}", words::wait(on, &name)),
        };
        let (class, half) = class(&span.doing);
        if span.doing == Doing::Runs {
            to = to.max(from + 2.0);
        } else if to - from < 0.01 {
            return;
        }
        let title = words + &self.extent(span);
        rect(svg, class, (from, to), (middle, half), &title);
    }

    /// Describes when a span begins and ends.
    fn extent(&self, span: &Span) -> String {
        let time = |event: usize| {
            let time = self.timeline.clock.get(event).copied();
            time.unwrap_or(self.timeline.end)
        };
        match (time(span.from), time(span.to)) {
            (from, to) if from == to => format!(", at {} s", seconds(from)),
            (from, to) => format!(", {} s to {} s", seconds(from), seconds(to)),
        }
    }
}

fn rect(svg: &mut String, class: &str, (from, to): (f64, f64), at: (f64, f64), title: &str) {
    let ((middle, half), width) = (at, round(to - from));
    let (y, height, title) = (middle - half, half * 2.0, escape(title));
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{from}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"><title>{title}</title></rect>"
    );
}

/// Draws a line from one lane to another, with a head.
pub(super) fn arrow(svg: &mut String, class: &str, x: f64, from: usize, to: usize) {
    let middle = |lane: usize| TOP + (lane as f64 + 0.5) * LANE;
    let down = if to > from { 1.0 } else { -1.0 };
    let (start, end) = (middle(from) + 6.0 * down, middle(to) - 5.0 * down);
    let (back, tip) = (round(-LETTER * 0.75 * down), round(LETTER * 0.75 * down));
    let _ = writeln!(
        svg,
        "<path class=\"{class}\" d=\"M{x} {start} V{end} m-3.5 {back} l3.5 {tip} l3.5 {back}\"/>"
    );
}
