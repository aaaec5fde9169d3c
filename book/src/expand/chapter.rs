//! One chapter: its directives, and the references of its Markdown.
//!
//! The problem: a chapter is text with places in it: for a listing, an output, a picture. And the text
//! itself refers to headings, files and tests, each of which may be gone tomorrow.
//!
//! ```text
//!   {{picture floor_4_late "A late task."}}
//!     word    arguments     caption          a directive: alone on its line, outside of a fence
//! ```
//!
//! Invariants
//! 1. Lines count from 1 in the file that an author edits.
//! 2. Headings get the anchors that mdBook gives them.
//!
//! Read next: `listing.rs`.

use std::collections::BTreeMap;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// One line of a chapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Text, which stays as it is.
    Text(&'a str),
    /// A place that the book fills.
    Directive(Directive),
}

/// A directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its first word.
    pub word: String,
    /// The words that follow, without the caption.
    pub rest: String,
    /// The text in quotes at the end.
    pub caption: Option<String>,
}

/// Returns the lines of a chapter.
pub fn lines(text: &str) -> Vec<Line<'_>> {
    let mut fence: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        let mark = mark(line.trim_start());
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if mark.starts_with(open) && line.trim() == mark => {
                fence = None
            }
            _ => {}
        }
        let directive = fence.is_none().then(|| directive(line)).flatten();
        lines.push(directive.map_or(Line::Text(line), Line::Directive));
    }
    lines
}

/// Returns the mark of a fence that begins a line: three backticks or more, or tildes.
fn mark(line: &str) -> Option<&str> {
    let sign = line
        .chars()
        .next()
        .filter(|sign| ['`', '~'].contains(sign))?;
    let end = line.find(|c| c != sign).unwrap_or(line.len());
    (end >= 3).then(|| &line[..end])
}

fn directive(line: &str) -> Option<Directive> {
    let inside = line.trim().strip_prefix("{{")?.strip_suffix("}}")?.trim();
    let (word, rest) = inside.split_once(' ').unwrap_or((inside, ""));
    let rest = rest.trim();
    let quoted = rest.strip_suffix('"').and_then(|rest| rest.split_once('"'));
    let (rest, caption) = match quoted {
        Some((rest, caption)) => (rest.trim(), Some(caption.to_owned())),
        None => (rest, None),
    };
    Some(Directive {
        word: word.to_owned(),
        rest: rest.to_owned(),
        caption,
    })
}

/// The anchors and the references of a chapter, each with its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct References {
    /// The anchors of headings and of HTML elements.
    pub anchors: Vec<String>,
    /// The titles, in order.
    pub titles: Vec<(usize, String)>,
    /// The targets of links.
    pub links: Vec<(usize, String)>,
    /// Code inside of text.
    pub codes: Vec<(usize, String)>,
    /// The languages of fences.
    pub fences: Vec<(usize, String)>,
    /// The lines of text that has the braces of a directive, and is none.
    pub braces: Vec<usize>,
}

/// The language of code that is indented, and has no fence.
pub const INDENTED: &str = "indented";

/// Reads the Markdown of a chapter.
pub fn references(text: &str) -> References {
    // Without directives, whose quotes and braces are no Markdown.
    let lines = lines(text);
    let plain = lines.iter().map(|line| match line {
        Line::Text(line) => line,
        Line::Directive(_) => "",
    });
    let text = plain.collect::<Vec<_>>().join("\n");
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let line = |at: usize| starts.partition_point(|&start| start <= at);
    let mut found = References::default();
    let mut heading: Option<(usize, String)> = None;
    let (mut ids, mut in_code) = (BTreeMap::new(), false);
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES;
    let parser = Parser::new_ext(&text, options);
    for (event, range) in parser.into_offset_iter() {
        let at = line(range.start);
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some((at, String::new())),
            Event::End(TagEnd::Heading(_)) => {
                if let Some((at, title)) = heading.take() {
                    found.anchors.push(unique(anchor(&title), &mut ids));
                    found.titles.push((at, title));
                }
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                found.links.push((at, dest_url.to_string()))
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                in_code = true;
                found.fences.push((at, INDENTED.to_owned()));
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                in_code = true;
                found.fences.push((at, language.to_string()));
            }
            Event::Text(text) => {
                if text.contains("{{") && !in_code {
                    found.braces.push(at);
                }
                if let Some((_, title)) = &mut heading {
                    title.push_str(&text);
                }
            }
            Event::Code(code) => {
                if let Some((_, title)) = &mut heading {
                    title.push_str(&code);
                }
                found.codes.push((at, code.to_string()));
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                found.links.push((at, dest_url.to_string()))
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                for start in ["href=\"", "src=\""] {
                    let targets = html
                        .split(start)
                        .skip(1)
                        .filter_map(|rest| rest.split('"').next());
                    found
                        .links
                        .extend(targets.map(|target| (at, target.to_owned())));
                }
                let ids = html.split("id=\"").skip(1);
                let ids = ids.filter_map(|rest| rest.split_once('"'));
                found.anchors.extend(ids.map(|(id, _)| id.to_owned()));
            }
            _ => {}
        }
    }
    found
}

/// Returns the anchor that mdBook makes of a title.
///
/// ```
/// use book::expand::chapter::anchor;
/// assert_eq!(anchor("In Python / in tokio this is"), "in-python--in-tokio-this-is");
/// ```
pub fn anchor(title: &str) -> String {
    let sign = |c: char| match c {
        c if c.is_alphanumeric() || c == '_' || c == '-' => {
            Some(c.to_lowercase().next().unwrap_or(c))
        }
        c if c.is_whitespace() => Some('-'),
        _ => None,
    };
    title.trim().chars().filter_map(sign).collect()
}

/// The second heading of a name gets a number.
fn unique(id: String, ids: &mut BTreeMap<String, usize>) -> String {
    let count = ids.entry(id.clone()).or_insert(0);
    *count += 1;
    match *count {
        1 => id,
        count => format!("{id}-{}", count - 1),
    }
}
