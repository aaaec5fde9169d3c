//! Writes the scripts of the page, without blanks that mean nothing.
//!
//! The problem: the style and the script are most of the page of a small run, and a reader of the sources
//! needs their blanks. A browser does not. But a blank in a text, a template or a pattern is a part of the
//! program, so this file knows where these begin and end.
//!
//! ```text
//!   const a = b ? `${c + d} e` : /f g/;   ──►   const a=b?`${c+d} e`:/f g/;
//! ```
//!
//! Invariants
//! 1. Texts, templates and patterns stay as they are. So does a blank between two words, or between two
//!    signs that would become one.
//! 2. The end of a line may end a statement, so it stays. Behind `;`, `,` and `{` it means nothing, and goes.
//!
//! Read next: `page/columns.rs`.

/// What a place in a line is a part of.
enum Part {
    /// Code, with so many open braces.
    Code(usize),
    /// A text, up to this quote.
    Text(char),
    Template,
    /// A pattern; true in a class of it.
    Pattern(bool),
}

/// Adds scripts, line by line.
pub(super) fn write(page: &mut String, scripts: &[&str]) {
    let lines = scripts.iter().flat_map(|script| script.lines());
    let code = lines.map(str::trim);
    let code = code.filter(|line| !line.is_empty() && !line.starts_with("//"));
    for line in code.filter(|line| *line != "\"use strict\";") {
        squeeze(page, line);
        if !page.ends_with([';', ',', '{']) {
            page.push('\n');
        }
    }
}

/// Adds one line.
fn squeeze(page: &mut String, line: &str) {
    let begin = page.len();
    let mut within = vec![Part::Code(0)];
    let mut rest = line.chars().peekable();
    while let Some(letter) = rest.next() {
        let inside = within.len() > 1;
        match within.last_mut() {
            Some(Part::Code(_)) if letter == ' ' => {
                let before = page[begin..].chars().next_back();
                if rest.peek().is_some_and(|after| parts(before, *after)) {
                    page.push(letter);
                }
                continue;
            }
            Some(Part::Code(open)) => match letter {
                '"' | '\'' => within.push(Part::Text(letter)),
                '`' => within.push(Part::Template),
                '/' if begins_pattern(&page[begin..]) => within.push(Part::Pattern(false)),
                '{' => *open += 1,
                '}' if *open > 0 => *open -= 1,
                '}' if inside => drop(within.pop()),
                _ => {}
            },
            Some(Part::Text(quote)) if letter == *quote => drop(within.pop()),
            Some(Part::Template) if letter == '`' => drop(within.pop()),
            Some(Part::Template) if letter == '$' && rest.peek() == Some(&'{') => {
                page.push(letter);
                rest.next();
                page.push('{');
                within.push(Part::Code(0));
                continue;
            }
            Some(Part::Pattern(class)) => match letter {
                '[' => *class = true,
                ']' => *class = false,
                '/' if !*class => drop(within.pop()),
                _ => {}
            },
            _ => {}
        }
        page.push(letter);
        if letter == '\\' {
            page.extend(rest.next());
        }
    }
}

/// Returns true if a blank parts these two: without it, they would be one word or one sign.
fn parts(before: Option<char>, after: char) -> bool {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '$';
    match before {
        Some(before) if is_word(before) => is_word(after),
        Some(before) => before == after && ['+', '-', '/'].contains(&after),
        None => false,
    }
}

/// Returns true if a `/` begins a pattern behind this code. Behind a value it divides.
fn begins_pattern(before: &str) -> bool {
    before.is_empty() || before.ends_with(|letter| "(,=:[!&|?{};>".contains(letter))
}
