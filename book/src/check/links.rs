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

use std::collections::BTreeSet;

use super::{Chapters, TEXT, spans};
use crate::expand::chapter::{Directive, INDENTED, Line, lines, references};
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
    // Captions, answers and reasons are text, too; they stand in the filled chapter only.
    let filled = references(&expanded.text);
    let known: BTreeSet<&String> = own
        .links
        .iter()
        .chain(&own.codes)
        .map(|(_, word)| word)
        .collect();
    let of_directives = |(_, word): &&(usize, String)| !known.contains(word);
    for (_, link) in filled.links.iter().filter(of_directives) {
        if let Some(what) = link_fault(tree, name, link, chapters, expanded) {
            fault(0, format!("in a directive: {what}"));
        }
    }
    for (_, code) in filled.codes.iter().filter(of_directives) {
        if let Some(what) = spans::fault(tree, code) {
            fault(0, format!("in a directive: {what}"));
        }
    }
    for line in &own.braces {
        fault(
            *line,
            "a directive stands alone on its line, in two braces on each side".into(),
        );
    }
    for (line, language) in &own.fences {
        if language == INDENTED {
            fault(*line, "indented code has no language: write a fence".into());
        }
        if language.trim().to_lowercase().starts_with("rust") {
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
    if let Some(player) = file.strip_prefix("player/") {
        let known = has_directive(
            &chapters[name].1,
            &["player", "program"],
            player.trim_end_matches(".html"),
        );
        return (!known).then(|| format!("the link {link} leads to no player of this chapter"));
    }
    let Some((references, text)) = chapters.get(file) else {
        let there = tree.has(&format!("{TEXT}/{file}")) && !file.ends_with(".md");
        return (!there).then(|| format!("the link {link} leads to no chapter"));
    };
    let figures = fragment.strip_prefix("fig-").is_some_and(|figure| {
        let own = file == name && expanded.figures.iter().any(|known| known == figure);
        own || (file != name && has_directive(text, &["picture", "drawing"], figure))
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

/// Returns true if a chapter has a directive of this name.
fn has_directive(text: &str, words: &[&str], name: &str) -> bool {
    lines(text).iter().any(|line| match line {
        Line::Directive(Directive { word, rest, .. }) => {
            words.contains(&word.as_str()) && tidy(rest) == name
        }
        Line::Text(_) => false,
    })
}
