//! Listings: a function cut out of a source file, with its Python.
//!
//! The problem: the page of the tour shows each program in both languages. The Python
//! stands in the doc comment of the Rust function. So the page needs no copy of either:
//! it cuts both out of the file that is compiled.
//!
//! ```text
//!   /// prose                     ┐ the comment above: the part in the
//!   /// ```python                 │ fence is the Python
//!   /// def a(): ...              │
//!   /// ```                       ┘
//!   fn a() -> &'static str {      ┐ from here to the line that is
//!       ...                       │ one closing brace
//!   }                             ┘
//! ```
//!
//! Invariant: the page shows the code that runs.
//!
//! Read next: `timeline.rs`.

/// A function in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The original; empty if there is none.
    pub python: String,
    /// The function of this project.
    pub rust: String,
}

/// Returns the function `name` of a source file, if the file has it.
///
/// ```
/// use xtask::listing::find;
///
/// let source = "
/// /// Blocks.
/// ///
/// /// ```python
/// /// def a():
/// ///     time.sleep(1)
/// /// ```
/// fn a() {
///     block();
/// }
/// ";
/// let listing = find(source, "a").unwrap();
/// assert_eq!(listing.python, "def a():\n    time.sleep(1)\n");
/// assert_eq!(listing.rust, "fn a() {\n    block();\n}\n");
/// assert_eq!(find(source, "b"), None);
/// ```
pub fn find(source: &str, name: &str) -> Option<Listing> {
    let lines: Vec<&str> = source.lines().collect();
    let begin = lines.iter().position(|line| defines(line, name))?;
    let length = lines[begin..].iter().position(|line| *line == "}")?;
    let above = lines[..begin].iter().rev();
    let comment = above.take_while(|line| line.starts_with("///")).count();
    Some(Listing {
        python: fenced(&lines[begin - comment..begin]),
        rust: joined(lines[begin..=begin + length].iter().copied()),
    })
}

/// Returns true if a line begins the function: at the left margin, with its name.
fn defines(line: &str, name: &str) -> bool {
    let signature = line.strip_prefix("async ").unwrap_or(line);
    let after = signature
        .strip_prefix("fn ")
        .and_then(|rest| rest.strip_prefix(name));
    after.is_some_and(|rest| rest.starts_with(['(', '<']))
}

/// Returns the content of the Python fence of a doc comment.
fn fenced(comment: &[&str]) -> String {
    let text = comment.iter().map(|line| {
        let line = line.trim_start_matches("///");
        line.strip_prefix(' ').unwrap_or(line)
    });
    let inside = text.skip_while(|line| *line != "```python").skip(1);
    joined(inside.take_while(|line| *line != "```"))
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.flat_map(|line| [line, "\n"]).collect()
}
