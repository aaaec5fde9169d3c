//! Links, fences and code in the text of a chapter.
//!
//! The problem: a heading gets a new title, and a link to it from three chapters away leads to the top
//! of the page. No browser complains.
//!
//! Invariants
//! 1. A link inside of the book leads to a chapter, and its fragment to a heading, a figure or a quiz.
//! 2. No Rust is typed into a chapter.
//!
//! Read next: `spans.rs`.

use super::{Chapters, TEXT, spans};
use crate::expand::chapter::{Directive, Line, lines};
use crate::expand::{Expanded, tidy};
use crate::tree::{Fault, Tree};

/// Returns the faults of the links, paths and fences of a chapter.
pub(super) fn faults(
    tree: &Tree,
    name: &str,
    chapters: &Chapters,
    expanded: &Expanded,
) -> Vec<Fault> {
    let path = format!("{TEXT}/{name}");
    let own = &chapters[name].0;
    let mut faults = Vec::new();
    let mut fault = |line: usize, what: String| faults.push(Fault::new(path.clone(), line, what));
    for (line, link) in &own.links {
        if let Some(what) = link_fault(tree, name, link, chapters, expanded) {
            fault(*line, what);
        }
    }
    for (line, code) in &own.codes {
        if let Some(what) = spans::fault(tree, code) {
            fault(*line, what);
        }
    }
    for line in &own.braces {
        fault(
            *line,
            "a directive stands alone on its line, in two braces on each side".into(),
        );
    }
    for (line, language) in &own.fences {
        if language.starts_with("rust") {
            fault(
                *line,
                "Rust typed by hand: include it by {{listing ..}} or {{program ..}}".into(),
            );
        }
    }
    faults
}

fn link_fault(
    tree: &Tree,
    name: &str,
    link: &str,
    chapters: &Chapters,
    expanded: &Expanded,
) -> Option<String> {
    if ["http://", "https://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
    {
        return None;
    }
    let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
    let file = if file.is_empty() { name } else { file };
    if file.starts_with("player/") {
        return None;
    }
    let Some((references, text)) = chapters.get(file) else {
        let there = tree.has(&format!("{TEXT}/{file}")) && !file.ends_with(".md");
        return (!there).then(|| format!("the link {link} leads to no chapter"));
    };
    let figures = fragment.strip_prefix("fig-").is_some_and(|figure| {
        let own = file == name && expanded.figures.iter().any(|known| known == figure);
        own || (file != name && has_figure(text, figure))
    });
    let quiz = fragment
        .strip_prefix("quiz-")
        .is_some_and(|quiz| text.contains(&format!("{{{{quiz {quiz}}}}}")));
    let known = fragment.is_empty()
        || figures
        || quiz
        || references.anchors.iter().any(|anchor| anchor == fragment);
    (!known).then(|| {
        let word = fragment.split('-').next().unwrap_or_default();
        let near = references
            .anchors
            .iter()
            .filter(|anchor| anchor.contains(word));
        let near: Vec<&str> = near.take(6).map(String::as_str).collect();
        format!("{file} has no #{fragment}; it has {}", near.join(", "))
    })
}

/// Returns true if a chapter has a directive for this figure.
fn has_figure(text: &str, figure: &str) -> bool {
    lines(text).iter().any(|line| match line {
        Line::Directive(Directive { word, rest, .. }) => {
            ["picture", "drawing"].contains(&word.as_str()) && tidy(rest) == figure
        }
        Line::Text(_) => false,
    })
}
