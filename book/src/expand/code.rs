//! Code on a page: an item of a file, a program, a program in Python.
//!
//! The problem: a reader of a listing wants to see its surroundings, so each listing says where it
//! stands. And mdBook hides lines of Rust that begin with `#`, which a trace in a program has.
//!
//! Invariant: a listing shows each line of its item.
//!
//! Read next: `runs.rs`.

use super::listing;
use super::{Expander, fence};
use crate::programs::source;

impl Expander<'_> {
    /// `{{listing PATH ITEM}}`
    pub(super) fn listing(&mut self, rest: &str) -> Result<String, String> {
        let (rest, docs) = match rest.strip_suffix("+docs") {
            Some(rest) => (rest.trim(), true),
            None => (rest, false),
        };
        let (rest, bare) = match rest.strip_suffix("-docs") {
            Some(rest) => (rest.trim(), true),
            None => (rest, false),
        };
        let (path, item) = rest.split_once(' ').unwrap_or((rest, ""));
        let text = self.tree.read(path)?;
        self.uses(path);
        let rust = path.ends_with(".rs");
        let code = match item.trim() {
            "" if rust => listing::whole(&text),
            "" => text,
            item => listing::item(&text, item, docs).map_err(|why| format!("{path}: {why}"))?,
        };
        let code = match bare {
            true => without_docs(&code),
            false => code,
        };
        let item = match item.is_empty() {
            true => String::new(),
            false => format!(" · {}", escape(item)),
        };
        let head = format!("<p class=\"from\">{}{item}</p>\n\n", escape(path));
        Ok(head + &in_language(path, &code))
    }

    /// `{{program NAME}}`
    pub(super) fn program(&mut self, name: &str) -> Result<String, String> {
        let path = source::path(name);
        let text = self.tree.read(&path)?;
        self.uses(&path);
        let head = format!("<p class=\"from\">{path}</p>\n\n");
        Ok(head + &rust(&source::listing(&text)) + &self.folded_player(name)?)
    }

    /// `{{python NAME}}`
    pub(super) fn python(&mut self, name: &str) -> Result<String, String> {
        let path = format!("book/python/{name}.py");
        let text = self.tree.read(&path)?;
        self.uses(&path);
        let head = format!("<p class=\"from\">{path}</p>\n\n");
        Ok(head + &in_language(&path, &text))
    }
}

/// Returns code without any doc comment, also of its fields and methods.
fn without_docs(code: &str) -> String {
    let lines = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("///"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn in_language(path: &str, code: &str) -> String {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("rs") => rust(code),
        Some("py") => fence("python", code),
        Some("js") => fence("javascript", code),
        Some("toml") => fence("toml", code),
        _ => fence("text", code),
    }
}

/// Returns a block of Rust, with the lines that mdBook would hide.
pub(super) fn rust(code: &str) -> String {
    let shown = |line: &str| {
        let start = line.trim_start();
        let hidden = start
            .strip_prefix('#')
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '#']));
        match hidden {
            true => line.replacen('#', "##", 1) + "\n",
            false => line.to_owned() + "\n",
        }
    };
    fence("rust,ignore", &code.lines().map(shown).collect::<String>())
}

/// Returns text that is safe inside of HTML.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}
