//! The timeline as a picture: SVG, to stand in a page.
//!
//! ```text
//!            0         1         2         3 s
//!            │         │         │         │
//!   Task-1   ▌─────────░░░░░░░░░░▌                 lanes
//!   Task-2   ██████████│
//!                      ▼                           the wakes from task to task
//!   Task-3             ▌
//!            a         b                           the printed lines
//! ```
//!
//! This file chooses no colours: every shape has a class, and the page's style sheet
//! gives the class the colour of a light or of a dark page.
//!
//! Invariants
//! 1. A timeline gives the same picture each time.
//! 2. The picture is well-formed XML and refers to nothing outside itself.
//! 3. A step that took no time is two units wide, so that it can be seen.
//!
//! Read next: `page.rs`.

use std::fmt::Write;

use groundup::trace::Outcome;

use crate::chart::ticks;
use crate::timeline::{Axis, Doing, Lane, Span, Timeline};

const WIDTH: f64 = 800.0;
/// The position at which the names end and time begins.
const LEFT: f64 = 104.0;
/// Room on the right for the last label.
const RIGHT: f64 = 40.0;
const TOP: f64 = 30.0;
const LANE: f64 = 26.0;
const LINE: f64 = 15.0;
/// About the width of one character of a label.
const LETTER: f64 = 6.7;
/// A label longer than this is cut.
const LONGEST: usize = 52;

/// Draws a timeline as an `svg` element.
pub fn draw(timeline: &Timeline) -> String {
    let picture = Picture {
        axis: timeline.axis,
        length: timeline.length.max(1) as f64,
    };
    let lanes = timeline.lanes.len() as f64;
    let bottom = TOP + lanes * LANE;
    let labels = picture.labels(timeline);
    let rows = labels.iter().map(|label| label.row + 1).max().unwrap_or(0);
    let height = bottom + 12.0 + rows as f64 * LINE;
    let mut svg =
        format!("<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"timeline\">\n");
    picture.ruler(&mut svg, timeline, bottom);
    for (number, lane) in timeline.lanes.iter().enumerate() {
        picture.lane(&mut svg, lane, TOP + number as f64 * LANE);
    }
    for arrow in &timeline.arrows {
        let x = picture.x(arrow.at);
        picture.arrow(&mut svg, x, arrow.from, arrow.to);
    }
    for label in &labels {
        label.draw(&mut svg, bottom);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Escapes text, so that it is safe inside an element or an attribute.
///
/// ```
/// assert_eq!(xtask::picture::escape("a < \"b\" & c"), "a &lt; &quot;b&quot; &amp; c");
/// ```
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A mapping from positions to coordinates.
struct Picture {
    axis: Axis,
    length: f64,
}

impl Picture {
    fn x(&self, position: u64) -> f64 {
        let share = position as f64 / self.length;
        round(LEFT + share * (WIDTH - LEFT - RIGHT))
    }

    fn ruler(&self, svg: &mut String, timeline: &Timeline, bottom: f64) {
        if timeline.lanes.is_empty() {
            let _ = writeln!(
                svg,
                "<text class=\"empty\" x=\"{LEFT}\" y=\"16\">no step was taken</text>"
            );
            return;
        }
        if self.axis == Axis::Steps {
            let x = LEFT - 12.0;
            let _ = writeln!(svg, "<text class=\"axis\" x=\"{x}\" y=\"16\">step</text>");
        }
        let marks: Vec<(f64, String)> = match self.axis {
            Axis::Time => {
                let marks = ticks(timeline.length).into_iter();
                marks
                    .map(|(at, label)| (self.x(at), label + " s"))
                    .collect()
            }
            Axis::Steps => (1..=timeline.length)
                .map(|step| {
                    let middle = (self.x(step - 1) + self.x(step)) / 2.0;
                    (round(middle), step.to_string())
                })
                .collect(),
        };
        for (x, label) in marks {
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{x} {} V{bottom}\" /><text class=\"tick\" x=\"{x}\" y=\"16\">{label}</text>",
                TOP - 8.0
            );
        }
    }

    fn lane(&self, svg: &mut String, lane: &Lane, top: f64) {
        let middle = top + LANE / 2.0;
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{}\" y=\"{}\">{}</text>",
            LEFT - 12.0,
            middle + 4.0,
            escape(&lane.name)
        );
        let runs = |span: &&Span| span.doing == Doing::Runs;
        for span in lane.spans.iter().filter(|span| !runs(span)) {
            self.span(svg, span, middle);
        }
        for span in lane.spans.iter().filter(runs) {
            self.span(svg, span, middle);
        }
        if let Some((at, how)) = lane.end {
            let class = match how {
                Outcome::Cancelled => "cancelled",
                Outcome::Panicked => "panicked",
                _ => "done",
            };
            let x = self.x(at);
            let _ = writeln!(
                svg,
                "<circle class=\"{class}\" cx=\"{x}\" cy=\"{middle}\" r=\"4.5\"><title>{how}</title></circle>"
            );
        }
    }

    fn span(&self, svg: &mut String, span: &Span, middle: f64) {
        let (from, to) = (self.x(span.from), self.x(span.to));
        let (class, words, half) = match &span.doing {
            Doing::Runs => ("runs", "runs".to_owned(), 8.0),
            Doing::Ready => ("ready", "could run".to_owned(), 4.0),
            Doing::Asleep => ("asleep", "asleep".to_owned(), 1.5),
            Doing::Waits(on) => ("waits", format!("waits for {on}"), 1.5),
        };
        // A step of no length is centred on its moment.
        let width = round((to - from).max(3.0));
        let x = if span.doing == Doing::Runs && to - from < 3.0 {
            round(from - 1.5)
        } else {
            from
        };
        let _ = writeln!(
            svg,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"{width}\" height=\"{}\" rx=\"1.5\"><title>{}{}</title></rect>",
            middle - half,
            half * 2.0,
            escape(&words),
            self.extent(span)
        );
    }

    /// Describes when a span begins and ends.
    fn extent(&self, span: &Span) -> String {
        let seconds = |ns: u64| ns as f64 / 1e9;
        match self.axis {
            Axis::Time if span.from == span.to => format!(", at {:.3} s", seconds(span.from)),
            Axis::Time => format!(", {:.3} s to {:.3} s", seconds(span.from), seconds(span.to)),
            Axis::Steps => String::new(),
        }
    }

    /// Draws a thin line from one lane to another, with a head.
    fn arrow(&self, svg: &mut String, x: f64, from: usize, to: usize) {
        let middle = |lane: usize| TOP + (lane as f64 + 0.5) * LANE;
        let down = if to > from { 1.0 } else { -1.0 };
        let (start, end) = (middle(from) + 6.0 * down, middle(to) - 9.0 * down);
        let _ = writeln!(
            svg,
            "<path class=\"wake\" d=\"M{x} {start} V{end} m-3 {0} l3 {1} l3 {0}\" />",
            -4.0 * down,
            4.0 * down
        );
    }

    /// Places the printed lines, each in the first row that has room.
    fn labels(&self, timeline: &Timeline) -> Vec<Label> {
        let mut rows: Vec<f64> = Vec::new();
        let place = |(at, line): &(u64, String)| {
            let text: String = match line.chars().count() {
                0..=LONGEST => line.clone(),
                _ => line.chars().take(LONGEST - 1).chain(['…']).collect(),
            };
            let width = text.chars().count() as f64 * LETTER;
            let x = match self.axis {
                Axis::Time => self.x(*at),
                Axis::Steps => self.x(*at) + 2.0,
            };
            let start = x.min(WIDTH - width - 2.0).max(0.0);
            let free = rows.iter().position(|&end| end + LETTER < start);
            let row = free.unwrap_or_else(|| {
                rows.push(0.0);
                rows.len() - 1
            });
            rows[row] = start + width;
            Label {
                x,
                start: round(start),
                row,
                text,
            }
        };
        timeline.prints.iter().map(place).collect()
    }
}

/// The label of a printed line, under the lanes.
struct Label {
    /// The position at which it was printed.
    x: f64,
    /// The position at which its text begins.
    start: f64,
    row: usize,
    text: String,
}

impl Label {
    fn draw(&self, svg: &mut String, bottom: f64) {
        let y = bottom + 18.0 + self.row as f64 * LINE;
        let _ = writeln!(
            svg,
            "<path class=\"mark\" d=\"M{} {bottom} v6\" /><text class=\"print\" x=\"{}\" y=\"{y}\">{}</text>",
            self.x,
            self.start,
            escape(&self.text)
        );
    }
}

/// Rounds to two decimals, which are enough for a picture.
fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}
