//! Outputs and traces of programs, on a page.
//!
//! The problem: an output is the proof of a page, and it must be one that a reader can see in the
//! repository, too. So each is also a file under `book/text/out`, which a reviewer reads in a change.
//!
//! Invariant: a file is generated only if a chapter shows it. The trace of a program with threads differs from
//! run to run, and its output does not.
//!
//! Read next: `figures.rs`.

use super::{Expander, fence, tidy};
use crate::programs::source;

impl Expander<'_> {
    /// `{{output NAME}}`
    pub(super) fn output(&mut self, name: &str) -> Result<String, String> {
        Ok(fence("text,output", &self.printed(name)?))
    }

    /// `{{markdown NAME}}`: the output of a program is Markdown.
    pub(super) fn markdown(&mut self, name: &str) -> Result<String, String> {
        Ok(self.printed(name)? + "\n")
    }

    /// `{{same A B}}`: nothing on the page, and a fault if the programs print different lines.
    pub(super) fn same(&mut self, names: &str) -> Result<String, String> {
        let names: Vec<&str> = names.split_whitespace().collect();
        let [first, others @ ..] = &names[..] else {
            return Err("nothing to compare".into());
        };
        let text = self.printed(first)?;
        for other in others {
            if self.printed(other)? != text {
                return Err(format!("{first} and {other} print different lines"));
            }
        }
        Ok(String::new())
    }

    pub(super) fn printed(&mut self, name: &str) -> Result<String, String> {
        if let Some(python) = name.strip_prefix("python:") {
            let path = format!("book/python/{python}.txt");
            self.uses(&path);
            return self.tree.read(&path);
        }
        let text = self.cast.output(name)?;
        if !name.starts_with("example:") {
            self.uses(source::path(name));
            self.generate(format!("book/text/out/{}.txt", tidy(name)), text.clone());
        }
        Ok(text)
    }

    /// `{{trace NAME}}`, `{{trace NAME A..B}}`
    pub(super) fn trace(&mut self, rest: &str) -> Result<String, String> {
        let (name, range) = rest.split_once(' ').unwrap_or((rest, ""));
        let shown = self.cast.show(name)?;
        self.uses(source::path(name));
        if shown.trace.is_empty() {
            return Err(format!(
                "{name} has no trace: no loop of the stage runs it, and it prints none"
            ));
        }
        self.generate(
            format!("book/text/out/{}.trace.txt", tidy(name)),
            shown.trace.clone(),
        );
        let lines: Vec<&str> = shown.trace.lines().collect();
        let lines = match range.trim() {
            "" => &lines[..],
            range => {
                let ends = range.split_once("..");
                let ends = ends.and_then(|(from, to)| {
                    Some((from.parse::<usize>().ok()?, to.parse::<usize>().ok()?))
                });
                let (from, to) =
                    ends.ok_or_else(|| format!("{range:?} is no range, such as 3..8"))?;
                let part = from.checked_sub(1).and_then(|from| lines.get(from..to));
                part.ok_or_else(|| format!("the trace has {} lines, and no {range}", lines.len()))?
            }
        };
        Ok(fence("text", &lines.join("\n")))
    }
}
