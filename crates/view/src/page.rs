//! Writes the page: a reader steps through a run there, and back.
//!
//! The problem: a picture shows everything at once, and a debugger one moment. The page
//! shows both: the lanes, and a moment that moves over them. A page is mailed, archived and
//! opened years later. So it is one file with its data, its style and its script, and it
//! asks no other address for anything.
//!
//! ```text
//!   ┌ title, facts ────────────────────────────────┐
//!   │ axis · zoom · filter                         │
//!   │ lanes on a canvas, as much as can be seen    │
//!   │ ◀ ▶  slider  "cook yields, waits for lock-A" │
//!   ├ why ──────┬ ready queue ─┬ who waits ────────┤
//!   ├ trace ────┴──────────────┼ blame ────────────┤
//!   └──────────────────────────┴───────────────────┘
//! ```
//!
//! | asset | contents |
//! |---|---|
//! | `page.html` | the elements |
//! | `page.css`, `panels.css` | style: colours, controls, lanes; panels |
//! | `model.js` | the state at a moment, as in `state.rs` |
//! | `lanes.js`, `draw.js` | the canvas: places, clicks; shapes |
//! | `panels.js` | the moment as lists |
//! | `app.js` | the moment itself, keys and buttons |
//!
//! Invariants
//! 1. A timeline gives the same page, to the byte.
//! 2. No text of the run is markup: the data is JSON without `<`, and the script writes
//!    text nodes.
//! 3. Without a script, the page shows the run as text.
//!
//! Read next: `blame.rs`. Second reading: `page/data.rs`, the data of the page.

mod columns;
mod data;
mod reports;
mod script;

use crate::diff::Diff;
use crate::timeline::Timeline;
use crate::words::{clipped, escape, shown};

/// The most characters of a title: six lines on a phone.
const TITLE: usize = 200;

const HTML: &str = include_str!("../assets/page.html");
const STYLES: [&str; 2] = [
    include_str!("../assets/page.css"),
    include_str!("../assets/panels.css"),
];
const SCRIPTS: [&str; 5] = [
    include_str!("../assets/model.js"),
    include_str!("../assets/lanes.js"),
    include_str!("../assets/draw.js"),
    include_str!("../assets/panels.js"),
    include_str!("../assets/app.js"),
];

impl Timeline {
    /// Returns the page of the run: an HTML document that needs no other file.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup_view::Timeline;
    ///
    /// let timeline = Timeline::read("# groundup-trace 1
    ///   0.000  0  spawn  <b>  #1
    ///   0.000  1  step   <b>
    ///   3.000  1  done   <b>  returned")?;
    /// let page = timeline.titled("tea").page();
    /// assert!(page.starts_with("<!DOCTYPE html>") && page.contains("<title>tea</title>"));
    /// assert!(!page.contains("<b>\""), "a name is no markup");
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn page(&self) -> String {
        let title = if self.title.is_empty() {
            "A run"
        } else {
            &self.title
        };
        fill(&clipped(title, TITLE), &self.text(), &data::of_run(self))
    }
}

impl Diff {
    /// Returns the page of both runs, one above the other, with the place where they part.
    /// A step in one run moves the other to the same step of the same task.
    pub fn page(&self) -> String {
        let [first, second] = self.runs();
        let title = match (&*first.title, &*second.title) {
            ("", "") => "Two runs".to_string(),
            (first, second) => {
                format!("{} and {}", clipped(first, TITLE), clipped(second, TITLE))
            }
        };
        let text = format!("{self}\n{}\n{}", first.text(), second.text());
        fill(&title, &text, &data::of_diff(self))
    }
}

/// Fills the places of the document, in one pass.
fn fill(title: &str, text: &str, data: &str) -> String {
    let mut page = String::new();
    let mut rest = HTML;
    while let Some((before, after)) = rest.split_once("{{") {
        page.push_str(before);
        let (place, after) = after.split_once("}}").unwrap_or(("", after));
        match place {
            "title" => page.push_str(&escape(&shown(title))),
            "text" => page.push_str(&escape(text)),
            "data" => page.push_str(data),
            "style" => styles(&mut page),
            _ => script::write(&mut page, &SCRIPTS),
        }
        rest = after;
    }
    page.push_str(rest);
    page
}

/// Adds the styles, without the blanks that a reader of the sources needs.
fn styles(page: &mut String) {
    for line in STYLES.into_iter().flat_map(str::lines).map(str::trim) {
        let line = line.replace(" { ", "{").replace("; ", ";");
        let line = line.replace(" }", "}").replace("} ", "}");
        page.push_str(&line.replace(";}", "}"));
        page.push('\n');
    }
}
