//! Draws a timeline as one SVG picture, to stand in a page or in a file.
//!
//! The problem: on virtual time all steps of an instant lie on one point, and their order
//! is what one debugs. So a place has two parts: the time before it, and the number of
//! steps before it. Between two instants the picture is true to time. Inside an instant
//! each step has a little room of its own, on a shaded band.
//!
//! ```text
//!            0              1 s
//!            ▒▒▒▒           ▒▒▒▒▒
//!   main     ▌──┄┄┄┄┄┄┄┄┄┄┄┄┄┄▌●       x = left + steps · room + time · scale
//!   a         ▌─────────────▌●┘
//!   b          ▌─────────────▌●
//! ```
//!
//! The picture has its colours with it, for a light and for a dark page.
//!
//! Invariants
//! 1. A timeline gives the same picture each time.
//! 2. The picture is well-formed XML and refers to nothing outside itself.
//! 3. A step that took no time can be seen.
//!
//! Read next: `svg/shapes.rs`, the shapes of one lane.

mod remarks;
mod shapes;

use std::fmt::Write;

use groundup_trace::Verb;

use crate::timeline::{Axis, Doing, Timeline, ruler};
use crate::words::{clipped, escape, seconds};

const STYLE: &str = include_str!("../assets/svg.css");

const WIDTH: f64 = 860.0;
const RIGHT: f64 = 44.0;
const TOP: f64 = 30.0;
const LANE: f64 = 26.0;
const LINE: f64 = 15.0;
/// About the width of one character of a label.
const LETTER: f64 = 6.7;
/// The most characters of a name.
const NAME: usize = 24;
/// The most room of a step inside an instant, and the largest share of all such room.
const ROOM: f64 = 7.0;
const SHARE: f64 = 0.4;

impl Timeline {
    /// Draws the timeline as an `svg` element.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::Timeline;
    ///
    /// let timeline = Timeline::read("# groundup-trace 1
    ///   0.000  0  spawn  kettle  #1
    ///   0.000  1  step   kettle
    ///   3.000  1  done   kettle  returned")?;
    /// let svg = timeline.titled("tea").svg();
    /// assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
    /// assert!(svg.contains("<title>tea: kettle ran from 0.000 s to 3.000 s, returned</title>"));
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn svg(&self) -> String {
        let picture = Picture::of(self);
        let labels = picture.remarks();
        let rows = labels.iter().map(|label| label.row + 1).max().unwrap_or(0);
        let bottom = TOP + self.lanes.len() as f64 * LANE;
        let height = bottom + 12.0 + rows as f64 * LINE;
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"gu\" role=\"img\" \
             viewBox=\"0 0 {WIDTH} {height}\" aria-label=\"{}\">\n<title>{}</title>\n\
             <style>\n{STYLE}</style>\n",
            escape(&self.summary()),
            escape(&self.summary()),
        );
        picture.ruler(&mut svg, bottom);
        for (number, lane) in self.lanes.iter().enumerate() {
            picture.lane(&mut svg, lane, TOP + (number as f64 + 0.5) * LANE);
        }
        picture.arrows(&mut svg);
        for label in &labels {
            label.draw(&mut svg, bottom);
        }
        svg.push_str("</svg>\n");
        svg
    }

    /// Returns one sentence about the run, for readers who do not see the picture.
    fn summary(&self) -> String {
        let title = match self.title.is_empty() {
            true => String::new(),
            false => format!("{}: ", self.title),
        };
        let lane = |lane: &crate::timeline::Lane| {
            let time = |event: usize| seconds(self.clock.get(event).copied().unwrap_or(self.end));
            let from = lane.spans.first().map_or(0, |span| span.from);
            let to = lane.spans.last().map_or(0, |span| span.to);
            let end = lane
                .ended
                .map_or("not ended".into(), |(_, how)| how.to_string());
            let name = clipped(&lane.label, NAME);
            format!("{name} ran from {} s to {} s, {end}", time(from), time(to))
        };
        let lanes: Vec<String> = self.lanes.iter().take(12).map(lane).collect();
        let more = match self.lanes.len() {
            0 => "no task".into(),
            lanes @ 13.. => format!("; and {} more tasks", lanes - 12),
            _ => String::new(),
        };
        format!("{title}{}{more}", lanes.join("; "))
    }
}

/// A mapping from events to coordinates.
struct Picture<'a> {
    timeline: &'a Timeline,
    left: f64,
    /// The room of one step.
    room: f64,
    /// The room of one nanosecond.
    scale: f64,
}

impl<'a> Picture<'a> {
    fn of(timeline: &'a Timeline) -> Self {
        let names = timeline.lanes.iter();
        let longest = names.map(|lane| lane.label.chars().count().min(NAME)).max();
        let left = (longest.unwrap_or(0) as f64 * LETTER + 24.0)
            .max(56.0)
            .round();
        let width = WIDTH - left - RIGHT;
        let steps = timeline.steps_in_all().max(1) as f64;
        let (room, scale) = match timeline.axis {
            Axis::Order => (width / steps, 0.0),
            Axis::Time => {
                let room = ROOM.min(SHARE * width / steps);
                (room, (width - room * steps) / timeline.end.max(1) as f64)
            }
        };
        Self {
            timeline,
            left,
            room,
            scale,
        }
    }

    fn place(&self, steps: u64, time: u64) -> f64 {
        round(self.left + steps as f64 * self.room + time as f64 * self.scale)
    }

    /// Returns the place of an event; the end for a later one.
    fn x(&self, event: usize) -> f64 {
        let Timeline { steps, clock, .. } = self.timeline;
        match steps.get(event) {
            Some(steps) => self.place(*steps, clock[event]),
            None => self.place(self.timeline.steps_in_all(), self.timeline.end),
        }
    }

    /// Returns the place of a time: before the steps of its instant.
    fn at(&self, time: u64) -> f64 {
        let event = self.timeline.clock.partition_point(|clock| *clock < time);
        let steps = self.timeline.steps.get(event).copied();
        self.place(steps.unwrap_or(self.timeline.steps_in_all()), time)
    }

    fn ruler(&self, svg: &mut String, bottom: f64) {
        if self.timeline.lanes.is_empty() {
            let left = self.left;
            let _ = writeln!(
                svg,
                "<text class=\"soft\" x=\"{left}\" y=\"16\">no step was taken</text>"
            );
            return;
        }
        self.bands(svg, bottom);
        let marks: Vec<(f64, String)> = match self.timeline.axis {
            Axis::Time => {
                let marks = ruler(self.timeline.end).into_iter();
                let place = |(at, label)| (self.at(at), label + " s");
                marks.map(place).collect()
            }
            Axis::Order => {
                let (x, all) = (self.left - 12.0, self.timeline.steps_in_all());
                let _ = writeln!(svg, "<text class=\"axis\" x=\"{x}\" y=\"16\">step</text>");
                let every = [
                    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 20_000, 100_000,
                ];
                let every = every
                    .into_iter()
                    .find(|every| self.room * *every as f64 >= 24.0);
                let steps = (1..=all).filter(|step| *step == 1 || step % every.unwrap_or(all) == 0);
                let middle = |step: u64| round(self.place(step - 1, 0) + self.room / 2.0);
                steps.map(|step| (middle(step), step.to_string())).collect()
            }
        };
        let top = TOP - 8.0;
        let mut free = 0.0;
        for (x, label) in marks {
            let _ = writeln!(svg, "<path class=\"grid\" d=\"M{x} {top} V{bottom}\"/>");
            let width = label.chars().count() as f64 * LETTER;
            if x - width / 2.0 >= free {
                let _ = writeln!(
                    svg,
                    "<text class=\"time\" x=\"{x}\" y=\"16\">{label}</text>"
                );
                free = x + width / 2.0 + LETTER;
            }
        }
    }

    /// Shades the instants that have more than one step.
    fn bands(&self, svg: &mut String, bottom: f64) {
        let Timeline { clock, axis, .. } = self.timeline;
        let mut first = 0;
        while first < clock.len() && *axis == Axis::Time && self.timeline.end > 0 {
            let after = first + clock[first..].partition_point(|time| *time == clock[first]);
            // A step at the end of an instant may last; its band does not.
            let steps = self.timeline.steps.get(after).copied();
            let steps = steps.unwrap_or(self.timeline.steps_in_all());
            if steps - self.timeline.steps[first] > 1 {
                let (from, to) = (self.x(first), self.place(steps, clock[first]));
                let (width, height) = (round(to - from), bottom - TOP);
                let _ = writeln!(
                    svg,
                    "<rect class=\"band\" x=\"{from}\" y=\"{TOP}\" width=\"{width}\" height=\"{height}\"/>"
                );
            }
            first = after;
        }
    }

    /// Draws the wakes and spawns that lead from one lane to another.
    fn arrows(&self, svg: &mut String) {
        let timeline = self.timeline;
        for (event, verb) in timeline.events.iter().map(|event| &event.verb).enumerate() {
            let class = match verb {
                Verb::Wake { .. } => "wake",
                Verb::Spawn { .. } => "spawn",
                _ => continue,
            };
            let from = timeline.causes[event].and_then(|cause| timeline.lane_of[cause]);
            if let (Some(from), Some(to)) = (from, timeline.lane_of[event])
                && from != to
            {
                shapes::arrow(svg, class, self.x(event), from, to);
            }
        }
    }
}

/// Rounds to two decimals, which are enough for a picture.
fn round(x: f64) -> f64 {
    (x * 100.0).round() / 100.0
}

/// Returns the class of a span, and half of its height.
fn class(doing: &Doing) -> (&'static str, f64) {
    match doing {
        Doing::Runs => ("runs", 8.0),
        Doing::Ready => ("ready", 4.0),
        Doing::Asleep { .. } => ("asleep", 1.5),
        Doing::Waits(_) => ("waits", 1.5),
    }
}
