//! Places the remarks, such as printed lines, under the lanes.
//!
//! ```text
//!   main   ▌───────────▌●
//!          ┴           ┴┴
//!          first       second          a remark that has no room
//!                       third          goes to the next row
//! ```
//!
//! Invariant: two remarks of one row do not overlap.
//!
//! Read next: `state/unpolled.rs`.

use std::fmt::Write;

use super::{LETTER, LINE, Picture, WIDTH, round};
use crate::timeline::{Axis, Mark};
use crate::words::{clipped, escape};

/// The most characters of a remark.
const LONGEST: usize = 52;

impl Picture<'_> {
    /// Places the remarks, each in the first row that has room.
    pub(super) fn remarks(&self) -> Vec<Remark> {
        let mut rows: Vec<f64> = Vec::new();
        let place = |mark: &Mark| {
            let text = clipped(&mark.text, LONGEST);
            let width = text.chars().count() as f64 * LETTER;
            let x = match self.timeline.axis {
                Axis::Time => self.remark(mark),
                Axis::Order => round(self.x(mark.moment) - self.room / 2.0),
            };
            let start = x.min(WIDTH - width - 2.0).max(0.0);
            let free = rows.iter().position(|&end| end + LETTER < start);
            let row = free.unwrap_or_else(|| {
                rows.push(0.0);
                rows.len() - 1
            });
            rows[row] = start + width;
            let start = round(start);
            Remark {
                x,
                start,
                row,
                text,
            }
        };
        self.timeline.marks.iter().map(place).collect()
    }

    /// Returns the place of a remark on the axis of time: among the steps of its instant, or
    /// between two instants.
    fn remark(&self, mark: &Mark) -> f64 {
        let time = |event: usize| self.timeline.clock.get(event).copied();
        let before = mark.moment.checked_sub(1);
        match (before, before.and_then(time)) {
            _ if time(mark.moment) == Some(mark.time) => self.x(mark.moment),
            (Some(before), Some(time)) if time == mark.time => round(self.x(before) + self.room),
            _ => self.at(mark.time),
        }
    }
}

/// A remark under the lanes.
pub(super) struct Remark {
    /// The place of the remark.
    x: f64,
    /// The place at which its text begins.
    start: f64,
    pub(super) row: usize,
    text: String,
}

impl Remark {
    pub(super) fn draw(&self, svg: &mut String, bottom: f64) {
        let Self { x, start, .. } = self;
        let y = bottom + 18.0 + self.row as f64 * LINE;
        let text = escape(&self.text);
        let _ = writeln!(
            svg,
            "<path class=\"mark\" d=\"M{x} {bottom} v6\"/><text x=\"{start}\" y=\"{y}\">{text}</text>"
        );
    }
}
