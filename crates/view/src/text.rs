//! Draws a timeline with characters, for a terminal and for golden files.
//!
//! The problem: a test fails on a machine without a screen, and its log has room for
//! characters. A lane is a line, and a character stands for a stretch of time.
//!
//! ```text
//!          0           1           2           3 s
//!   main   ●───────────▒▒▒▒▒▒▒▒▒▒▒▒■
//!   hog    ████████████████████████■
//!   cook                           ●───────────■
//!   prints ^                                   ^
//! ```
//!
//! If more than one thing happened in a stretch, the picture has the strongest: an end before a
//! step, a step before a wait.
//!
//! Invariants
//! 1. A timeline gives the same text each time.
//! 2. No line ends in a blank, and none is wider than the names and 67 columns.
//!
//! Read next: `svg.rs`.

use std::fmt::Write;

use groundup_trace::Outcome;

use crate::timeline::{Axis, Doing, Lane, Span, Timeline, ruler};
use crate::words::clipped;

/// The meaning of the characters of [`Timeline::text`], in one line.
pub const LEGEND: &str = "● a step   █ runs   ─ asleep   ┄ waits for another   ░ could run   \
                          ▒ late: due, not woken yet   ■ done   ✗ cancelled   ! panicked   \
                          □ dropped   \
                          ^ a line is printed";

/// The character of an await that was woken and not polled.
const UNPOLLED: char = '?';

/// Number of columns from the first position to the last.
const WIDTH: u64 = 60;

/// The most characters of a name.
const NAME: usize = 24;

impl Timeline {
    /// Draws the timeline with characters; each line ends in a line break.
    /// [`LEGEND`] has the meaning of the characters.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::Timeline;
    ///
    /// let timeline = Timeline::read("# groundup-trace 1
    ///   0.000  0  spawn  main  #1
    ///   0.000  0  spawn  hog   #2
    ///   0.000  1  step   main
    ///   0.000  1  arm    main  timer#1 at 1.000
    ///   0.000  1  yield  main  on timer at 1.000
    ///   0.000  1  step   hog
    ///   2.000  1  done   hog   returned
    ///   2.000  1  fire   -     timer#1
    ///   2.000  1  wake   main  by timer#1
    ///   2.000  2  step   main
    ///   2.000  2  done   main  returned")?;
    /// let lines: Vec<String> = timeline.text().lines().map(str::to_string).collect();
    /// assert_eq!(lines[1], "main  ●─────────────────────────────▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒▒■");
    /// assert_eq!(lines[2], "hog   ████████████████████████████████████████████████████████████■");
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn text(&self) -> String {
        if self.lanes.is_empty() {
            return "no step was taken\n".into();
        }
        let name = |lane: &Lane| clipped(&lane.label, NAME);
        let names = self.lanes.iter().map(|lane| name(lane).chars().count());
        let prints = if self.marks.is_empty() {
            0
        } else {
            "prints".len()
        };
        let head = if self.axis == Axis::Order {
            "step".len()
        } else {
            0
        };
        let margin = names.max().unwrap_or(0).max(prints).max(head) + 2;
        let columns = Columns::of(self);
        let mut text = String::new();
        let (head, marks) = columns.ruler();
        line(&mut text, margin, head, &marks);
        for lane in &self.lanes {
            line(&mut text, margin, &name(lane), &columns.lane(lane));
        }
        if self.has_unpolled() {
            text +=
                &format!("{UNPOLLED} a promise is set, and the step has not polled its await\n");
        }
        if !self.marks.is_empty() {
            let mut cells = columns.cells();
            for mark in &self.marks {
                let at = match self.axis {
                    Axis::Time => mark.time,
                    Axis::Order => self.position(mark.moment).saturating_sub(1),
                };
                put(&mut cells, columns.column(at), '^');
            }
            line(&mut text, margin, "prints", &cells);
        }
        text
    }
}

fn line(text: &mut String, margin: usize, name: &str, cells: &[char]) {
    let cells: String = cells.iter().collect();
    let _ = writeln!(text, "{}", format!("{name:margin$}{cells}").trim_end());
}

fn put(cells: &mut [char], column: usize, c: char) {
    if let Some(cell) = cells.get_mut(column) {
        *cell = c;
    }
}

/// A mapping from positions to columns.
struct Columns<'a> {
    timeline: &'a Timeline,
    length: u64,
    /// Number of columns from one step to the next; unused if the axis is time.
    stride: u64,
}

impl<'a> Columns<'a> {
    fn of(timeline: &'a Timeline) -> Self {
        let length = timeline.length();
        Self {
            timeline,
            length: length.max(1),
            stride: if length <= WIDTH / 2 { 2 } else { 1 },
        }
    }

    fn cells(&self) -> Vec<char> {
        let last = match self.timeline.axis {
            Axis::Time => WIDTH,
            Axis::Order => self.length * self.stride,
        };
        vec![' '; last as usize + 6]
    }

    fn column(&self, position: u64) -> usize {
        let column = match self.timeline.axis {
            Axis::Time => {
                let exact = u128::from(position.min(self.length)) * u128::from(WIDTH);
                let length = u128::from(self.length);
                ((exact + length / 2) / length) as u64
            }
            Axis::Order => position * self.stride,
        };
        column as usize
    }

    /// Returns the line above the lanes: its name and its marks.
    fn ruler(&self) -> (&'static str, Vec<char>) {
        let mut cells = self.cells();
        let mut write = |column: usize, text: &str| {
            for (at, c) in text.chars().enumerate() {
                put(&mut cells, column + at, c);
            }
        };
        match self.timeline.axis {
            Axis::Time => {
                let marks = ruler(self.length);
                let last = marks.len() - 1;
                for (number, (at, label)) in marks.into_iter().enumerate() {
                    let unit = if number == last { " s" } else { "" };
                    write(self.column(at), &format!("{label}{unit}"));
                }
                ("", cells)
            }
            Axis::Order => {
                let every = if self.length <= 9 { 1 } else { 5 };
                write(0, "1");
                for step in (every..=self.length).step_by(every as usize) {
                    write(self.column(step - 1), &step.to_string());
                }
                ("step", cells)
            }
        }
    }

    fn lane(&self, lane: &Lane) -> Vec<char> {
        let (mut cells, order) = (self.cells(), self.timeline.axis == Axis::Order);
        let place = |event| self.timeline.position(event);
        let runs = |span: &&Span| span.doing == Doing::Runs;
        for span in lane.spans.iter().filter(|span| !runs(span)) {
            let c = match span.doing {
                _ if order => '·',
                Doing::Ready => '░',
                Doing::Asleep { .. } => '─',
                _ => '┄',
            };
            self.stretch(&mut cells, place(span.from), place(span.to), c);
        }
        let late = lane.spans.iter().filter(|_| !order);
        for (due, span) in late.filter_map(|span| Some((span.due?, span))) {
            self.stretch(&mut cells, due, place(span.from), '▒');
        }
        for span in lane.spans.iter().filter(runs) {
            let (from, to) = (self.column(place(span.from)), self.column(place(span.to)));
            if order || to <= from + 1 {
                put(&mut cells, from, '●');
            } else {
                self.stretch(&mut cells, place(span.from), place(span.to), '█');
            }
        }
        for event in self.timeline.unpolled(lane) {
            put(&mut cells, self.column(place(event)), UNPOLLED);
        }
        if let Some((event, how)) = lane.ended {
            // On the axis of steps, the step in which the task ended.
            let at = place(event).saturating_sub(u64::from(order));
            let c = match how {
                Outcome::Cancelled => '✗',
                Outcome::Panicked => '!',
                Outcome::Dropped => '□',
                _ => '■',
            };
            put(&mut cells, self.column(at), c);
        }
        cells
    }

    fn stretch(&self, cells: &mut [char], from: u64, to: u64, c: char) {
        let stride = match self.timeline.axis {
            Axis::Time => 1,
            Axis::Order => self.stride as usize,
        };
        let columns = (self.column(from)..self.column(to)).step_by(stride);
        columns.for_each(|column| put(cells, column, c));
    }
}
