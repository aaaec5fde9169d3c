//! Fills the places of a chapter.
//!
//! The problem: a chapter says where a listing or a picture belongs, and the listing is somewhere else:
//! in the code, or in the run of a program. This module puts each into its place, as Markdown and HTML
//! that mdBook reads.
//!
//! | directive | becomes |
//! |---|---|
//! | `listing`, `program`, `python` | code, with the path of its file (`expand/code.rs`) |
//! | `output`, `trace`, `markdown`, `same` | the output and the trace of programs (`expand/runs.rs`) |
//! | `picture`, `drawing`, `player` | a numbered figure; a page in a frame (`expand/figures.rs`) |
//! | `quiz`, `sabotage`, `exercises` | questions and work for the reader (`expand/tasks.rs`) |
//!
//! Invariants
//! 1. A directive that cannot be filled is a fault at its line, and the others are filled.
//! 2. Everything that a run gives is also a generated file, which is committed.
//! 3. Each figure is referred to in its chapter.
//!
//! Read next: `expand/chapter.rs`, `expand/listing.rs`; then `expand/code.rs`.

pub mod chapter;
mod code;
mod figures;
pub mod listing;
mod runs;
mod tasks;

use std::collections::{BTreeMap, BTreeSet};

use crate::expand::chapter::{Directive, Line, lines};
use crate::programs::cast::Cast;
use crate::tree::{Fault, Tree};

/// A chapter with its places filled.
#[derive(Debug, Default)]
pub struct Expanded {
    /// The Markdown for mdBook.
    pub text: String,
    /// The directives that could not be filled, and other faults.
    pub faults: Vec<Fault>,
    /// The generated files that the chapter shows: path and contents.
    pub generated: BTreeMap<String, String>,
    /// The pages to step through: name and contents.
    pub players: BTreeMap<String, String>,
    /// The files of `book/` that the chapter uses.
    pub used: BTreeSet<String>,
    /// The names of the figures, in order.
    pub figures: Vec<String>,
}

/// Fills the places of one chapter.
pub struct Expander<'a> {
    tree: &'a Tree,
    cast: &'a Cast<'a>,
    /// With the pages to step through, which are large.
    players: bool,
    /// The chapter, with its places open.
    chapter: String,
    done: Expanded,
}

impl<'a> Expander<'a> {
    /// Makes an expander; `players` asks for the pages, too.
    pub fn new(tree: &'a Tree, cast: &'a Cast<'a>, players: bool) -> Self {
        Expander {
            tree,
            cast,
            players,
            chapter: String::new(),
            done: Expanded::default(),
        }
    }

    /// Fills the places of a chapter, `path` from the root.
    pub fn chapter(mut self, path: &str, text: &str) -> Expanded {
        text.clone_into(&mut self.chapter);
        for (at, line) in lines(text).iter().enumerate() {
            match line {
                Line::Text(line) => {
                    self.done.text.push_str(line);
                    self.done.text.push('\n');
                }
                Line::Directive(directive) => match self.filled(directive) {
                    Ok(filled) => self.done.text.push_str(&filled),
                    Err(what) => self.done.faults.push(Fault::new(path, at + 1, what)),
                },
            }
        }
        self.references(path, text);
        self.done
    }

    fn filled(&mut self, directive: &Directive) -> Result<String, String> {
        let Directive {
            word,
            rest,
            caption,
        } = directive;
        let figure = ["picture", "drawing"].contains(&word.as_str());
        if rest.is_empty() {
            return Err(format!("{{{{{word}}}}} needs a name"));
        }
        match (caption, figure) {
            (None, true) => return Err(format!("a {word} needs a caption in quotes")),
            (Some(_), false) => return Err(format!("a {word} has no caption")),
            _ => {}
        }
        match word.as_str() {
            "listing" => self.listing(rest),
            "program" => self.program(rest),
            "python" => self.python(rest),
            "output" => self.output(rest),
            "trace" => self.trace(rest),
            "markdown" => self.markdown(rest),
            "same" => self.same(rest),
            "picture" => self.picture(rest, caption.as_deref().unwrap_or_default()),
            "drawing" => self.drawing(rest, caption.as_deref().unwrap_or_default()),
            "player" => self.player(rest),
            "quiz" => self.quiz(rest),
            "sabotage" => self.sabotage(rest),
            "exercises" => self.exercises(rest),
            _ => Err(format!("there is no directive {word}")),
        }
    }

    /// Numbers the references to figures, and complains about figures without one.
    fn references(&mut self, path: &str, text: &str) {
        let links = chapter::references(text).links;
        for (at, name) in self.done.figures.iter().enumerate() {
            let link = format!("](#fig-{name})");
            let target = format!("#fig-{name}");
            if !links.iter().any(|(_, link)| *link == target) {
                let what = format!("figure {name} is referred to nowhere: write [](#fig-{name})");
                let line = text.lines().position(|line| {
                    line.starts_with("{{") && line.split([' ', '"']).any(|word| tidy(word) == *name)
                });
                self.done
                    .faults
                    .push(Fault::new(path, line.map_or(0, |at| at + 1), what));
            }
            let empty = format!("[{link}");
            let mut parts = self.done.text.split(&empty);
            let mut named = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let word = if begins_sentence(&named) {
                    "Figure"
                } else {
                    "figure"
                };
                named.push_str(&format!("[{word}\u{a0}{}{link}{part}", at + 1));
            }
            self.done.text = named;
        }
    }

    fn uses(&mut self, path: impl Into<String>) {
        self.done.used.insert(path.into());
    }

    fn generate(&mut self, path: String, text: String) {
        self.done.generated.insert(path, text);
    }
}

/// Returns true if the next word after this text begins a sentence.
fn begins_sentence(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default();
    let item = !line.is_empty() && line.trim_matches(['-', '*', ' ']).is_empty();
    let end = before.trim_end();
    item || before.ends_with("\n\n") || end.is_empty() || end.ends_with(['.', '?', '!'])
}

/// Returns a name as a part of a file's name or of an anchor.
pub fn tidy(name: &str) -> String {
    name.replace([':', '.'], "-")
}

/// Returns a block of code.
fn fence(language: &str, text: &str) -> String {
    let mark = if text.contains("```") { "````" } else { "```" };
    let text = text.trim_end_matches('\n');
    format!("{mark}{language}\n{text}\n{mark}\n")
}
