//! The examples of doc comments, line by line.
//!
//! The problem: rustdoc compiles a whole example and shows a part of it, because a line that
//! begins with `# ` is hidden. A reader copies the visible part.
//!
//! Invariant: this page knows the attributes of fences that the project uses.
//!
//! Read next: `surface.rs`.

use crate::prose::DocLine;

/// An example of a doc comment, which rustdoc compiles: its lines, without the slashes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DocExample(Vec<DocLine>);

impl DocExample {
    /// Returns the lines that the reference shows.
    pub fn visible(&self) -> impl Iterator<Item = &DocLine> {
        self.0.iter().filter(|line| !is_hidden(line))
    }

    /// Returns the lines that only the compiler sees.
    pub fn hidden(&self) -> impl Iterator<Item = &DocLine> {
        self.0.iter().filter(|line| is_hidden(line))
    }

    /// Returns the lines on which these calls begin in the visible lines. A chain of calls may go on over
    /// several lines. `calls` has no white space.
    pub fn calls(&self, calls: &str) -> Vec<usize> {
        let (mut packed, mut lines) = (String::new(), Vec::new());
        for line in self.visible() {
            let code = line.text.split(" //").next().unwrap_or_default();
            packed.extend(code.split_whitespace());
            lines.resize(packed.len(), line.line);
        }
        let calls = packed.match_indices(calls);
        calls.map(|(at, _)| lines[at]).collect()
    }

    /// Returns the names that a hidden line defines and a visible line uses, each with its line. The
    /// module `groundup` is none of them: it stands for the crate that a reader depends on.
    pub fn lent_names(&self) -> Vec<DocLine> {
        let text = self.visible().map(|line| line.text.as_str());
        let used = text.collect::<Vec<_>>().join("\n");
        let used: Vec<&str> = words(&used).collect();
        let mut lent = Vec::new();
        for line in self.hidden() {
            let names = defined(line.text.trim().trim_start_matches("# "));
            let lends = names
                .filter(|name| used.contains(name))
                .map(|name| DocLine {
                    text: name.to_string(),
                    line: line.line,
                });
            lent.extend(lends);
        }
        lent
    }

    /// Returns the visible `use` at the margin, each joined to one line.
    pub fn imports(&self) -> Vec<DocLine> {
        let mut imports: Vec<DocLine> = Vec::new();
        for line in self.visible() {
            let text = line.text.strip_prefix(' ').unwrap_or(&line.text);
            match imports.last_mut() {
                Some(open) if !open.text.ends_with(';') => open.text.push_str(text.trim()),
                _ if text.starts_with("use ") => imports.push(DocLine {
                    text: text.trim_end().to_string(),
                    line: line.line,
                }),
                _ => {}
            }
        }
        imports
    }
}

fn is_hidden(line: &DocLine) -> bool {
    let line = line.text.trim();
    line == "#" || line.starts_with("# ")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words.filter(|word| !word.is_empty())
}

/// Returns the names that a line of Rust defines: what it imports, binds or declares.
fn defined(line: &str) -> impl Iterator<Item = &str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let kind = words(line).next().unwrap_or_default();
    let names = match kind {
        "let" => line.split(['=', ':']).next().unwrap_or_default(),
        "use" => line,
        "struct" | "enum" | "fn" | "async" | "const" | "static" | "type" | "trait" => line
            .split(['(', '=', ':', '{', ';', '<'])
            .next()
            .unwrap_or_default(),
        _ => "",
    };
    let others = ["let", "mut", "use", "self", "async", "fn", "_"];
    words(names).filter(move |name| *name != kind && !others.contains(name))
}

/// Returns the Rust examples in the doc comments of a Rust file.
pub fn doc_examples(text: &str) -> Vec<DocExample> {
    let mut examples = Vec::new();
    // Whether the open fence is Rust's, and its lines.
    let mut open: Option<(bool, DocExample)> = None;
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let doc = line
            .strip_prefix("//!")
            .or_else(|| line.strip_prefix("///"));
        let Some(doc) = doc else {
            continue;
        };
        match (doc.trim().strip_prefix("```"), &mut open) {
            (None, None) => {}
            (None, Some((_, listing))) => listing.0.push(DocLine {
                text: doc.to_string(),
                line: at + 1,
            }),
            (Some(attributes), None) => open = Some((is_rust(attributes), DocExample::default())),
            (Some(_), Some((rust, example))) => {
                if *rust {
                    examples.push(std::mem::take(example));
                }
                open = None;
            }
        }
    }
    examples
}

/// Returns true if rustdoc compiles a fence with these attributes.
fn is_rust(attributes: &str) -> bool {
    let ours = [
        "",
        "rust",
        "no_run",
        "should_panic",
        "compile_fail",
        "ignore",
    ];
    let mut attributes = attributes.split(',');
    attributes.all(|attribute| ours.contains(&attribute.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_over_several_lines_and_in_visible_code_alone() {
        let text = "/// ```\n/// # a.unwrap().unwrap();\n/// // a.unwrap().unwrap()\n\
                    /// let url = \"http://a\"; b.unwrap() // the first\n///     .unwrap();\n\
                    /// f(a.unwrap()).unwrap();\n/// ```\n";
        let examples = doc_examples(text);
        assert_eq!(examples[0].calls(".unwrap().unwrap()"), [4]);
        assert_eq!(examples[0].calls(".unwrap()"), [4, 5, 6, 6]);
    }
}
