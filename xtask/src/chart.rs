//! The timeline as text, for a terminal and for golden files.
//!
//! ```text
//!            0           1           2           3 s
//!   Task-1   ●───────────░░░░░░░░░░░░■
//!   Task-2   ████████████■
//!   Task-3               ●───────────■
//!   prints   ^                                   ^
//! ```
//!
//! A character stands for a stretch of time. If more than one thing happened in it, the
//! strongest is drawn: an end before a step, a step before a wait.
//!
//! Invariants
//! 1. A timeline gives the same text each time.
//! 2. No line ends in a blank, and none is wider than the names and 65 columns.
//!
//! Read next: `picture.rs`.

use std::fmt::Write;

use groundup::trace::Outcome;

use crate::timeline::{Axis, Doing, Lane, Timeline};

/// The meaning of the characters, in one line.
pub const LEGEND: &str = "● a step   █ runs   ─ asleep   ┄ waits for another   ░ could run   ■ done   ^ a line is printed";

/// Number of columns from the first position to the last.
const WIDTH: u64 = 60;

/// Draws a timeline, each line ended.
///
/// ```
/// use xtask::chart::draw;
/// use xtask::timeline::{Axis, Doing, Lane, Span, Timeline};
/// use groundup::trace::Outcome;
///
/// let span = |from, to, doing| Span { from, to, doing };
/// let lane = Lane {
///     name: "a".into(),
///     spans: vec![span(0, 1, Doing::Runs), span(1, 2, Doing::Ready), span(2, 3, Doing::Runs)],
///     end: Some((3, Outcome::Returned)),
/// };
/// let (lanes, arrows, prints) = (vec![lane], vec![], vec![(2, "x".into())]);
/// let timeline = Timeline { axis: Axis::Steps, length: 3, lanes, arrows, prints };
/// assert_eq!(draw(&timeline), "step    1 2 3\na       ● · ■\nprints      ^\n");
/// ```
pub fn draw(timeline: &Timeline) -> String {
    if timeline.lanes.is_empty() {
        return "no step was taken\n".into();
    }
    let names = timeline.lanes.iter().map(|lane| lane.name.chars().count());
    let margin = names.max().unwrap_or(0).max("prints".len()) + 2;
    let columns = Columns::of(timeline);
    let mut text = String::new();
    let (head, ruler) = columns.ruler();
    line(&mut text, margin, head, &ruler);
    for lane in &timeline.lanes {
        line(&mut text, margin, &lane.name, &columns.lane(lane));
    }
    if !timeline.prints.is_empty() {
        let mut cells = columns.cells();
        for (at, _) in &timeline.prints {
            cells[columns.column(*at)] = '^';
        }
        line(&mut text, margin, "prints", &cells);
    }
    text
}

fn line(text: &mut String, margin: usize, name: &str, cells: &[char]) {
    let cells: String = cells.iter().collect();
    let _ = writeln!(text, "{name:margin$}{}", cells.trim_end());
    if cells.trim_end().is_empty() {
        let kept = text.trim_end().len();
        text.truncate(kept);
        text.push('\n');
    }
}

/// A mapping from positions to columns.
struct Columns {
    axis: Axis,
    length: u64,
    /// Number of columns from one step to the next; unused if the axis is time.
    stride: u64,
}

impl Columns {
    fn of(timeline: &Timeline) -> Columns {
        let stride = if timeline.length <= WIDTH / 2 { 2 } else { 1 };
        Columns {
            axis: timeline.axis,
            length: timeline.length.max(1),
            stride,
        }
    }

    fn cells(&self) -> Vec<char> {
        let last = match self.axis {
            Axis::Time => WIDTH,
            Axis::Steps => self.length * self.stride,
        };
        vec![' '; last as usize + 6]
    }

    fn column(&self, position: u64) -> usize {
        let column = match self.axis {
            Axis::Time => {
                let exact = u128::from(position) * u128::from(WIDTH);
                let length = u128::from(self.length);
                ((exact + length / 2) / length) as u64
            }
            Axis::Steps => position * self.stride,
        };
        column as usize
    }

    /// Returns the line above the lanes: its name and its marks.
    fn ruler(&self) -> (&'static str, Vec<char>) {
        let mut cells = self.cells();
        let mut put = |column: usize, text: &str| {
            for (cell, c) in cells[column..].iter_mut().zip(text.chars()) {
                *cell = c;
            }
        };
        match self.axis {
            Axis::Time => {
                let ticks = ticks(self.length);
                let last = ticks.len() - 1;
                for (number, (at, label)) in ticks.into_iter().enumerate() {
                    let unit = if number == last { " s" } else { "" };
                    put(self.column(at), &format!("{label}{unit}"));
                }
                ("", cells)
            }
            Axis::Steps => {
                let every = if self.length <= 9 { 1 } else { 5 };
                put(0, "1");
                for step in (every..=self.length).step_by(every as usize) {
                    put(self.column(step - 1), &step.to_string());
                }
                ("step", cells)
            }
        }
    }

    fn lane(&self, lane: &Lane) -> Vec<char> {
        let mut cells = self.cells();
        let moment = |span: &crate::timeline::Span| span.doing == Doing::Runs;
        for span in lane.spans.iter().filter(|span| !moment(span)) {
            self.stretch(&mut cells, span.from, span.to, self.quiet(&span.doing));
        }
        for span in lane.spans.iter().filter(|span| moment(span)) {
            let (from, to) = (self.column(span.from), self.column(span.to));
            if self.axis == Axis::Steps || to <= from + 1 {
                cells[from] = '●';
            } else {
                self.stretch(&mut cells, span.from, span.to, '█');
            }
        }
        if let Some((at, how)) = lane.end {
            let at = match self.axis {
                Axis::Time => at,
                // The step in which the task ended.
                Axis::Steps => at.saturating_sub(1),
            };
            cells[self.column(at)] = match how {
                Outcome::Cancelled => '✗',
                Outcome::Panicked => '!',
                _ => '■',
            };
        }
        cells
    }

    fn stretch(&self, cells: &mut [char], from: u64, to: u64, c: char) {
        let (from, to) = (self.column(from), self.column(to));
        match self.axis {
            Axis::Time => cells[from..to].fill(c),
            Axis::Steps => cells[from..to]
                .iter_mut()
                .step_by(self.stride as usize)
                .for_each(|cell| *cell = c),
        }
    }

    fn quiet(&self, doing: &Doing) -> char {
        match (self.axis, doing) {
            (Axis::Steps, _) => '·',
            (_, Doing::Ready) => '░',
            (_, Doing::Asleep) => '─',
            (_, _) => '┄',
        }
    }
}

/// Returns round times from 0 up to `length` ns, with their labels in seconds.
pub(crate) fn ticks(length: u64) -> Vec<(u64, String)> {
    let (mut unit, mut places) = (10_u64.pow(9), 0);
    while unit > length.max(1) && unit > 1 {
        unit /= 10;
        places += 1;
    }
    while length / unit >= 10 {
        unit *= 10;
    }
    let every = match length / unit {
        0..=1 if unit >= 10 => {
            places += 1;
            unit / 5
        }
        0..=3 if unit >= 10 => {
            places += usize::from(unit <= 10_u64.pow(9));
            unit / 2
        }
        0..=6 => unit,
        _ => unit * 2,
    };
    let label = |at: u64| format!("{:.places$}", at as f64 / 1e9);
    (0..=length / every)
        .map(|n| (n * every, label(n * every)))
        .collect()
}
