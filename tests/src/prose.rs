//! Text for people: doc comments, and Markdown.
//!
//! The problem: to compare a document with the code, a check needs its parts: the cells
//! of its tables, the lines of its listings, the fields of its entries.
//!
//! Invariant: this page reads only the Markdown that the documents here use: headings of
//! one level, tables with a bar at each end, fenced listings.
//!
//! Read next: `doc_examples.rs`.

/// A line of a doc comment, without the slashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocLine {
    /// The text.
    pub text: String,
    /// The line number, counted from 1.
    pub line: usize,
}

/// Returns the doc comments of a Rust file, without listings.
pub fn doc_lines(text: &str) -> Vec<DocLine> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim_start();
        let Some(doc) = line
            .strip_prefix("//!")
            .or_else(|| line.strip_prefix("///"))
        else {
            fenced = false;
            continue;
        };
        if doc.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            lines.push(DocLine {
                text: doc.to_string(),
                line: at + 1,
            });
        }
    }
    lines
}

/// A public item at the margin of a Rust file, and its doc comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documented {
    /// `fn`, `struct`, `enum`, `trait`, `type`, or `macro_rules!`.
    pub kind: String,
    /// The name of the item.
    pub name: String,
    /// The doc comment, with its listings.
    pub doc: String,
    /// The line number, counted from 1.
    pub line: usize,
}

/// Returns the public items of a Rust file, without methods.
pub fn documented(text: &str) -> Vec<Documented> {
    let kinds = ["fn", "struct", "enum", "trait", "type", "macro_rules!"];
    let (mut doc, mut exported) = (String::new(), false);
    let mut items = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if let Some(more) = line.strip_prefix("///") {
            doc.push_str(more);
            doc.push('\n');
        } else if line.starts_with('#') {
            exported |= line == "#[macro_export]";
        } else {
            let words = line.trim_start_matches("pub ").split([' ', '(', '<', ';']);
            let mut words = words.skip_while(|word| ["const", "async"].contains(word));
            let kind = words.next().unwrap_or_default();
            if kinds.contains(&kind) && (line.starts_with("pub ") || exported) {
                items.push(Documented {
                    kind: kind.to_string(),
                    name: words.next().unwrap_or_default().to_string(),
                    doc: doc.clone(),
                    line: at + 1,
                });
            }
            (doc, exported) = (String::new(), false);
        }
    }
    items
}

/// Returns a text without the parts in backticks, in the brackets of a link's target, and
/// in double quotes. The rest is the author's own words.
pub fn own_words(text: &str) -> String {
    let mut kept = String::new();
    for (at, part) in text.split('`').enumerate() {
        if at % 2 == 0 {
            for (at, part) in part.split('"').enumerate() {
                kept.push_str(if at % 2 == 0 { part } else { " " });
            }
        }
        kept.push(' ');
    }
    kept
}

/// Returns true if `word` (one or more words) stands in `text` by itself, in any case.
pub fn has_word(text: &str, word: &str) -> bool {
    let (text, word) = (text.to_lowercase(), word.to_lowercase());
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(&word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !inside(before.chars().next_back()) && !inside(after.chars().next())
    })
}

/// Returns the fenced listings of a Markdown text: the label after the fence, and the lines.
pub fn listings(markdown: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in markdown.lines() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(label) => {
                open = true;
                found.push((label.trim().to_string(), String::new()));
            }
            None if open => {
                let (_, listing) = found.last_mut().expect("an open listing was begun");
                listing.push_str(line);
                listing.push('\n');
            }
            None => {}
        }
    }
    found
}

/// Returns the rows of all tables as trimmed cells, without heads and rules.
pub fn table_rows(markdown: &str) -> Vec<Vec<String>> {
    let lines: Vec<&str> = markdown.lines().map(str::trim).collect();
    let is_row = |line: &str| line.starts_with('|') && line.ends_with('|') && line.len() > 1;
    let is_rule = |line: &str| is_row(line) && line.chars().all(|c| "|-: ".contains(c));
    let mut rows = Vec::new();
    for (at, &line) in lines.iter().enumerate() {
        let head = lines.get(at + 1).is_some_and(|next| is_rule(next));
        if is_row(line) && !is_rule(line) && !head {
            let cells = line[1..line.len() - 1].split('|');
            rows.push(cells.map(|cell| cell.trim().to_string()).collect());
        }
    }
    rows
}

/// Returns the part of a Markdown text under the heading `title`, up to the next heading
/// of the same level or a higher one.
pub fn section<'a>(markdown: &'a str, title: &str) -> Option<&'a str> {
    let level = title.chars().take_while(|&c| c == '#').count();
    let start = markdown
        .match_indices(title)
        .find(|(at, _)| {
            (*at == 0 || markdown[..*at].ends_with('\n')) && line_at(markdown, *at) == title
        })?
        .0;
    let body = &markdown[start + title.len()..];
    let end = body.match_indices("\n#").map(|(at, _)| at + 1).find(|&at| {
        let depth = body[at..].chars().take_while(|&c| c == '#').count();
        depth <= level
    });
    Some(&body[..end.unwrap_or(body.len())])
}

fn line_at(text: &str, at: usize) -> &str {
    text[at..].lines().next().unwrap_or_default()
}

/// Returns the parts in backticks.
pub fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

/// Returns the targets of a Markdown text's links.
pub fn links(markdown: &str) -> Vec<&str> {
    let targets = markdown.split("](").skip(1);
    targets.filter_map(|rest| rest.split(')').next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# A\n\n## B\n\n| x | y |\n|---|---|\n| `1` | [two](b.md) |\n\n```rust\nlet a;\n```\n\n## C\nend\n";

    #[test]
    fn tables_listings_sections_and_links_are_found() {
        assert_eq!(table_rows(TEXT), [["`1`", "[two](b.md)"]]);
        assert_eq!(listings(TEXT), [("rust".into(), "let a;\n".into())]);
        assert_eq!(section(TEXT, "## C"), Some("\nend\n"));
        assert!(section(TEXT, "## B").is_some_and(|text| text.ends_with("```\n\n")));
        assert_eq!(section(TEXT, "## D"), None);
        assert_eq!(links(TEXT), ["b.md"]);
        assert_eq!(quoted("a `b` c `d`"), ["b", "d"]);
    }

    #[test]
    fn a_word_is_found_only_by_itself() {
        assert!(has_word("One Tick.", "tick"));
        assert!(!has_word("a ticket, sticky", "tick"));
        assert!(!has_word(&own_words("the `tick` and \"a tick\""), "tick"));
    }

    #[test]
    fn public_items_have_their_docs() {
        let text = "/// A.\n#[inline]\npub const fn a<T>() {}\nfn b() {}\n/// C.\n#[macro_export]\nmacro_rules! c {}\n";
        let items = documented(text);
        let seen: Vec<_> = items.iter().map(|i| (&*i.name, &*i.doc)).collect();
        assert_eq!(seen, [("a", " A.\n"), ("c", " C.\n")]);
    }

    #[test]
    fn listings_in_docs_are_left_out() {
        let lines = doc_lines("//! a\n//! ```\n//! b\n//! ```\n//! c\nfn f() {}\n/// d\n");
        let texts: Vec<_> = lines.iter().map(|line| line.text.trim()).collect();
        assert_eq!(texts, ["a", "c", "d"]);
    }
}
