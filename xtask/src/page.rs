//! The page of the tour: all timelines, outputs and programs in one file.
//!
//! The problem: a terminal shows a timeline for a moment, in characters. The page keeps
//! it, and shows both languages beside each other. It must work from a folder without a
//! network, so it contains its style and refers to no other file.
//!
//! ```text
//!   ┌ title, clock, scale, legend ─────────┐
//!   ├ the text, its author, its chapter ────┤
//!   │ S0.P1   what to see                   │
//!   │ timeline                              │
//!   │ printed lines    Python │ Rust        │
//!   │ S0.P2 ...                             │
//!   ├ table: program, times, verdict ───────┤
//! ```
//!
//! In its usual folder, `target/tour`, the page has neighbours: a page for each program, on
//! which a reader steps through the run. Elsewhere it stands alone, and links to no file.
//!
//! Invariants
//! 1. No script, no address on a network. A link to a file is a link to a file that is there.
//! 2. It is well-formed XML, so that a small reader can check it.
//! 3. Light or dark is the reader's choice, not the page's.
//!
//! Read next: `props.rs`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use crate::programs::{DOCUMENTS, Document};
use crate::stage::{Clock, Performance, Said, Settings, scaled};
use crate::tour::Visit;
use crate::tour::display::seconds;
use crate::verdict::Verdict;

const STYLE: &str = include_str!("page.css");

/// The content of the page.
#[derive(Debug)]
pub struct Page<'a> {
    /// The settings of the runs.
    pub settings: Settings,
    /// The runs, in order.
    pub visits: &'a [Visit],
    /// True if the page is in its usual folder, beside the pages of the programs.
    pub in_place: bool,
}

/// Checks that a page can be written: makes its folder, and opens the file.
///
/// # Errors
/// A message that says why the page cannot be written.
pub fn prepare(path: &Path) -> Result<(), String> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let open = || fs::OpenOptions::new().append(true).create(true).open(path);
    let opened = fs::create_dir_all(folder).and_then(|()| open());
    opened.map(drop).map_err(|why| refused(path, &why))
}

/// Writes the page of each program into the folder of `path`.
///
/// # Errors
/// A message that says why a page cannot be written.
pub fn write_neighbours(path: &Path, visits: &[Visit]) -> Result<(), String> {
    for visit in visits {
        let own = path.with_file_name(format!("{}.html", visit.program.id));
        write(&own, &visit.timeline.page())?;
    }
    Ok(())
}

/// Writes the page.
///
/// # Errors
/// A message that says why the page cannot be written.
pub fn write(path: &Path, html: &str) -> Result<(), String> {
    fs::write(path, html).map_err(|why| refused(path, &why))
}

fn refused(path: &Path, why: &std::io::Error) -> String {
    format!(
        "the page {} cannot be written: {why}; choose another file with --page",
        path.display()
    )
}

impl Page<'_> {
    /// Returns the whole page.
    pub fn html(&self) -> String {
        let mut html = String::from("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
        html.push_str("<meta charset=\"utf-8\" />\n");
        html.push_str(
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n",
        );
        html.push_str("<meta name=\"color-scheme\" content=\"light dark\" />\n");
        let _ = write!(
            html,
            "<title>groundup: the tour</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        );
        self.header(&mut html);
        html.push_str("<main>\n");
        for document in &DOCUMENTS {
            let of = |visit: &&Visit| visit.program.document().id == document.id;
            let mut visits = self.visits.iter().filter(of).peekable();
            if visits.peek().is_some() {
                self.document(&mut html, document);
            }
            for visit in visits {
                self.section(&mut html, visit);
            }
        }
        self.table(&mut html);
        html.push_str("</main>\n</body>\n</html>\n");
        html
    }

    /// Adds the title of a document, its author, and the chapter that belongs to it.
    fn document(&self, html: &mut String, document: &Document) {
        let credit = escape(&document.credit()).replace("  ", " · ");
        let (title, author) = credit.split_once(", by ").unwrap_or((&credit, ""));
        let _ = write!(
            html,
            "<h2 id=\"{}\">{title} <small>by {author}</small></h2>\n<p class=\"facts\">",
            document.id
        );
        let names = ["chapter", "floor", "example"];
        let links = names.into_iter().zip(document.reading);
        let links = links.map(|(name, path)| match self.in_place {
            true => format!("{name} <a href=\"{}\">{path}</a>", address(path)),
            false => format!("{name} {path}"),
        });
        let links: Vec<String> = links.collect();
        let _ = writeln!(html, "{}</p>", links.join(", "));
    }

    fn header(&self, html: &mut String) {
        let Settings { clock, scale, seed } = self.settings;
        let clock = match clock {
            Clock::Real => "the real clock",
            Clock::Virtual => "virtual time",
        };
        let order = match seed {
            None => "first in, first out".to_owned(),
            Some(seed) => format!("order from seed {seed}"),
        };
        let _ = write!(
            html,
            "<header>\n<h1>The tour</h1>\n<p>The programs of five texts about asyncio, run by groundup on {clock}, \
             delays times {scale}, {order}.{}</p>\n\
             <p>In a picture, a line is a task and time goes from left to right; where a program takes \
             no time, a column is a step. Point at a shape, and it says what it is and how long.</p>\n",
            escape(&self.settings.remarks())
        );
        html.push_str(&legend());
        let shown = |document: &&Document| {
            let mut visits = self.visits.iter();
            visits.any(|visit| visit.program.document().id == document.id)
        };
        let links = DOCUMENTS.iter().filter(shown);
        let links = links.map(|document| format!("<a href=\"#{0}\">{0}</a> ", document.id));
        let _ = write!(
            html,
            "<p class=\"contents\">Go to {}or to the <a href=\"#all\">table of all programs</a>.</p>\n</header>\n",
            links.collect::<String>()
        );
    }

    fn table(&self, html: &mut String) {
        let scale = self.settings.scale;
        let source = match scale {
            1.0 => "the source says".to_owned(),
            scale => format!("the source, times {scale}"),
        };
        let _ = write!(
            html,
            "<h2 id=\"all\">All programs</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>program</th><th>title</th><th class=\"number\">elapsed</th>\
             <th class=\"number\">expected</th><th class=\"number\">{source}</th><th>verdict</th></tr></thead>\n<tbody>\n"
        );
        for visit in self.visits {
            let (program, expected) = (visit.program, self.expected(visit));
            let _ = writeln!(
                html,
                "<tr><td><a href=\"#{0}\">{0}</a></td><td>{1}</td><td class=\"number\">{2} s</td><td class=\"number\">{expected} s</td><td class=\"number\">{3}</td><td>{4}</td></tr>",
                program.id,
                escape(program.title),
                seconds(visit.seen.elapsed),
                self.claim(visit),
                chip(&visit.verdict)
            );
        }
        html.push_str("</tbody>\n</table></div>\n");
    }

    /// Adds the printed lines with their times. On the real clock the exact times stand beside them.
    fn output(&self, html: &mut String, visit: &Visit) {
        let Performance { said, .. } = &visit.seen;
        let exact = match self.settings.clock {
            Clock::Virtual => None,
            Clock::Real => Some(visit.program.exactly(self.settings).said),
        };
        // Lines that came in another order have no time to compare.
        let alike = |exact: &Vec<Said>| exact.len() == said.len();
        let exact = exact.filter(alike);
        html.push_str("<pre class=\"output\">");
        if exact.is_some() {
            html.push_str("<i>  real  exact</i>\n");
        }
        for (number, Said { time, line, .. }) in said.iter().enumerate() {
            let beside = exact
                .as_ref()
                .map(|exact| format!("  {}", seconds(exact[number].time)));
            let (beside, time) = (beside.unwrap_or_default(), seconds(*time));
            let _ = writeln!(html, "<i>{time:>6}{beside}</i>  {}", escape(line));
        }
        html.push_str("</pre>\n");
    }

    fn expected(&self, visit: &Visit) -> String {
        let expected = scaled(visit.program.exact, self.settings.scale);
        seconds(expected.as_nanos() as u64)
    }

    /// Returns the source's claim, at the scale of this run.
    fn claim(&self, visit: &Visit) -> String {
        match visit.program.claim {
            Some(claim) => format!("{:.3} s", claim * self.settings.scale),
            None => "–".into(),
        }
    }

    fn section(&self, html: &mut String, visit: &Visit) {
        let program = visit.program;
        let steps = match self.in_place {
            true => format!(
                " <a class=\"steps\" href=\"{}.html\">step through it</a>",
                program.id
            ),
            false => String::new(),
        };
        let _ = write!(
            html,
            "<section id=\"{0}\">\n<h3><a href=\"#{0}\">{0}</a> {1} {2}{steps}</h3>\n<p class=\"see\">{5}</p>\n\
             <div class=\"scroll picture\">{6}</div>\n<p class=\"facts\">{3} s, expected {4} s",
            program.id,
            escape(program.title),
            chip(&visit.verdict),
            seconds(visit.seen.elapsed),
            self.expected(visit),
            escape(program.see).replace('`', ""),
            visit.timeline.svg()
        );
        if let Some(claim) = program.claim {
            let _ = write!(html, "; the source says {claim:.3} s");
            if self.settings.scale != 1.0 {
                let _ = write!(html, ", which is {} at this scale", self.claim(visit));
            }
        }
        html.push_str("</p>\n");
        if !program.remark.is_empty() {
            let _ = writeln!(html, "<p class=\"remark\">{}</p>", escape(program.remark));
        }
        if let Verdict::Wrong(why) = &visit.verdict {
            let _ = writeln!(html, "<p class=\"wrong\">{}</p>", escape(why));
        }
        self.output(html, visit);
        listing(html, visit);
        html.push_str("</section>\n");
    }
}

/// Adds the program in both languages.
fn listing(html: &mut String, visit: &Visit) {
    let listing = visit.program.listing();
    let _ = writeln!(
        html,
        "<details><summary>the program, in Python and in Rust</summary>\n\
         <p class=\"facts\">The Rust is a whole <code>main.rs</code>, for a crate that depends on \
         <code>groundup</code>.</p>\n\
         <div class=\"pair\"><pre>{}</pre><pre>{}</pre></div>\n</details>",
        escape(&listing.python),
        escape(&listing.rust)
    );
}

/// Returns the way from the page in its usual folder to a file of the project: to the chapter as
/// a reader sees it, if the book was built.
fn address(path: &str) -> String {
    let chapter = path.strip_prefix("book/text/");
    let built =
        chapter.map(|chapter| format!("book/html/{}.html", chapter.trim_end_matches(".md")));
    match built.filter(|built| crate::tour::target().join(built).is_file()) {
        Some(built) => format!("../{built}"),
        None => format!("../../{path}"),
    }
}

fn chip(verdict: &Verdict) -> String {
    let class = match verdict {
        Verdict::Wrong(_) => "bad",
        Verdict::Late(_) | Verdict::NotJudged(..) => "slow",
        _ => "good",
    };
    format!(
        "<span class=\"chip {class}\" title=\"{}\">{}</span>",
        escape(&verdict.to_string()),
        verdict.word()
    )
}

/// Escapes text, so that it is safe inside an element or an attribute.
///
/// ```
/// assert_eq!(xtask::page::escape("a < \"b\" & c"), "a &lt; &quot;b&quot; &amp; c");
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

/// Returns the meaning of the shapes in the pictures. A shape and its words stay in one line.
fn legend() -> String {
    let keys = LEGEND.iter().map(|(shape, words)| {
        format!("<span><svg class=\"gu\" viewBox=\"0 0 14 14\">{shape}</svg> {words}</span>\n")
    });
    format!("<p class=\"legend\">{}</p>\n", keys.collect::<String>())
}

/// The shapes of the pictures, with their meanings.
const LEGEND: [(&str, &str); 9] = [
    (
        "<rect class=\"runs\" x=\"0\" y=\"0\" width=\"14\" height=\"14\" rx=\"1.5\" />",
        "runs",
    ),
    (
        "<rect class=\"asleep\" x=\"0\" y=\"5.5\" width=\"14\" height=\"3\" />",
        "asleep",
    ),
    (
        "<rect class=\"waits\" x=\"0\" y=\"5.5\" width=\"14\" height=\"3\" />",
        "waits for another",
    ),
    (
        "<rect class=\"ready\" x=\"0\" y=\"3\" width=\"14\" height=\"8\" />",
        "could run, but another task runs",
    ),
    (
        "<rect class=\"late\" x=\"0\" y=\"3\" width=\"14\" height=\"8\" />",
        "late: due, and not woken",
    ),
    (
        "<circle class=\"done\" cx=\"7\" cy=\"7\" r=\"4.5\" />",
        "done",
    ),
    (
        "<path class=\"wake\" d=\"M7 0 V12 m-3 -4 l3 4 l3 -4\" />",
        "wakes another",
    ),
    (
        "<path class=\"spawn\" d=\"M7 0 V12 m-3 -4 l3 4 l3 -4\" />",
        "spawns another",
    ),
    ("<path class=\"mark\" d=\"M7 2 V12\" />", "a printed line"),
];
