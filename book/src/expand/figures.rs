//! Figures: the timeline of a run, a drawing, a page to step through.
//!
//! The problem: a picture in a book has a number, a caption, and a sentence that sends the reader to
//! it. And it must follow the colours of the page, light or dark, which a picture in a file of its own
//! cannot. So pictures stand in the page itself, and the style of the book gives them their colours.
//!
//! Invariants
//! 1. Figures are numbered in the order of the chapter.
//! 2. A picture in the page has no style of its own; the committed file has one.
//!
//! Read next: `work.rs`.

use super::{Expander, fence, tidy};
use crate::programs::source;

impl Expander<'_> {
    /// `{{picture NAME "Caption."}}`
    pub(super) fn picture(&mut self, name: &str, caption: &str) -> Result<String, String> {
        let shown = self.cast.show(name)?;
        self.uses(source::path(name));
        if shown.timeline.events().is_empty()
            && shown.trace.is_empty()
            && shown.timeline.lanes().is_empty()
        {
            return Err(format!(
                "{name} has no picture: no loop of the stage runs it"
            ));
        }
        let svg = shown.svg();
        self.generate(
            format!("book/text/pictures/{}.svg", tidy(name)),
            svg.clone(),
        );
        Ok(self.figure(&tidy(name), "picture", &unstyled(&svg), caption))
    }

    /// `{{drawing NAME "Caption."}}`: a file under `book/text/drawings`, or the output of a program.
    pub(super) fn drawing(&mut self, name: &str, caption: &str) -> Result<String, String> {
        let path = |ending: &str| format!("book/text/drawings/{name}.{ending}");
        if self.tree.has(&path("svg")) {
            self.uses(path("svg"));
            let svg = inline(&self.tree.read(&path("svg"))?);
            let svg = svg
                .ok_or_else(|| format!("{} is no SVG, or asks for something else", path("svg")))?;
            return Ok(self.figure(name, "drawing", &svg, caption));
        }
        if !self.tree.has(&path("txt")) && self.tree.has(&source::path(name)) {
            let svg =
                inline(&self.printed(name)?).ok_or_else(|| format!("{name} prints no SVG"))?;
            return Ok(self.figure(name, "drawing", &svg, caption));
        }
        self.uses(path("txt"));
        let text = self.tree.read(&path("txt"))?;
        let text = format!("\n{}", fence("text", &text));
        Ok(self.figure(name, "drawing", &text, caption))
    }

    fn figure(&mut self, name: &str, class: &str, inside: &str, caption: &str) -> String {
        self.done.figures.push(name.to_owned());
        let number = self.done.figures.len();
        format!(
            "<figure id=\"fig-{name}\" class=\"{class}\">\n<div class=\"scroll\">\n{inside}</div>\n\
             <figcaption>\n\n**Figure {number}.** {caption}\n\n</figcaption>\n</figure>\n"
        )
    }

    /// `{{player NAME}}`
    pub(super) fn player(&mut self, name: &str) -> Result<String, String> {
        self.uses(source::path(name));
        let player = self.frame(name)?;
        player.ok_or_else(|| format!("{name} has no events to step through"))
    }

    /// Returns the player of a program below its listing, folded; nothing if the program has no
    /// events, or the chapter has its player at another place.
    pub(super) fn folded_player(&mut self, name: &str) -> Result<String, String> {
        let open = format!("{{{{player {name}}}}}");
        if self.chapter.lines().any(|line| line.trim() == open) {
            return Ok(String::new());
        }
        let folded = |player: String| {
            format!(
                "\n<details class=\"run\">\n<summary>Step through this run</summary>\n\
                 {player}</details>\n"
            )
        };
        Ok(self.frame(name)?.map(folded).unwrap_or_default())
    }

    /// Returns the frame with the page of a run, and makes the page; `None` if the run has no events.
    fn frame(&mut self, name: &str) -> Result<Option<String>, String> {
        let shown = self.cast.show(name)?;
        if shown.timeline.events().is_empty() {
            return Ok(None);
        }
        let file = tidy(name);
        if self.players {
            self.done.players.insert(file.clone(), shown.page());
        }
        Ok(Some(format!(
            "<div class=\"player\">\n<iframe src=\"player/{file}.html\" loading=\"lazy\" \
             title=\"The run of {name}, step by step\"></iframe>\n\
             <p><a href=\"player/{file}.html\">Open this run on a page of its own</a></p>\n</div>\n"
        )))
    }
}

/// Returns the SVG in a text, as lines that stay one block of HTML.
fn inline(text: &str) -> Option<String> {
    let from = text.find("<svg")?;
    let to = text.rfind("</svg>")? + "</svg>".len();
    let svg = text.get(from..to)?;
    // Nothing from elsewhere, and nothing that runs.
    if ["href=", "<script", "url(http", "@import"]
        .iter()
        .any(|word| svg.contains(word))
    {
        return None;
    }
    let lines = svg.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty());
    Some(lines.map(|line| format!("{line}\n")).collect())
}

/// Returns a picture without its style.
fn unstyled(svg: &str) -> String {
    let style = svg.split_once("<style>").and_then(|(before, rest)| {
        let (_, after) = rest.split_once("</style>\n")?;
        Some(format!("{before}{after}"))
    });
    style.unwrap_or_else(|| svg.to_owned())
}
