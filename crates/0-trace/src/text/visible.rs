//! Escapes the characters that hide a part of a text, or turn it.
//!
//! The problem: names of tasks come from anywhere, also from the other end of a
//! connection. A line break in a name looks like a new line of a report. A mark of
//! direction turns the rest of the line round, and a character of no width makes two
//! names look alike. So each text for people shows such a character as an escape.
//!
//! ```text
//!   the name                  on the screen         escaped
//!   order U+202E 31           order 13              order \u{202e}31
//!   ann U+000A  ben           two lines             ann\n  ben
//!   ann U+200B                ann                   ann\u{200b}
//! ```
//!
//! Invariants
//! 1. The escapes are those of a quoted name in a trace, so its reader knows them.
//! 2. The signs of every script stay, also those that are written from right to left.
//!
//! Read next: `text/names.rs`, which decides when a line omits a task's number.

use core::fmt::{self, Display, Formatter, Write};

/// Displays a text on one line, with escapes for each character that hides a part of
/// it or changes its order.
///
/// These are the control characters, the line separators, the marks of direction and the
/// characters without a width. A backslash stays as it is: this text is for people.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::Visible;
///
/// assert_eq!(Visible("order \u{202e}31").to_string(), "order \\u{202e}31");
/// assert_eq!(Visible("ann\nben").to_string(), "ann\\nben");
/// assert_eq!(Visible("größe").to_string(), "größe");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Visible<'a>(
    /// The text, as the program has it.
    pub &'a str,
);

impl Display for Visible<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| is_hidden(*c)) {
            f.write_str(&rest[..at])?;
            write_escaped(c, f)?;
            rest = &rest[at + c.len_utf8()..];
        }
        f.write_str(rest)
    }
}

/// Returns true for a character that hides a part of a text or changes its order.
pub(crate) fn is_hidden(c: char) -> bool {
    match c {
        ' '..='~' => false,
        '\u{ad}' // soft hyphen
        | '\u{61c}' // a mark of direction
        | '\u{115f}'..='\u{1160}' // fillers of Hangul
        | '\u{180b}'..='\u{180f}' // separators of Mongolian
        | '\u{200b}'..='\u{200f}' // spaces and joiners of no width, marks of direction
        | '\u{2028}'..='\u{202e}' // line separators, embeddings and overrides
        | '\u{2060}'..='\u{206f}' // joiners and operators of no width, isolates
        | '\u{3164}' // a filler of Hangul
        | '\u{feff}' // byte order mark
        | '\u{ffa0}' // a filler of Hangul
        | '\u{fff9}'..='\u{fffb}' // annotations
        | '\u{e0000}'..='\u{e007f}' => true, // tags
        c => c.is_control(),
    }
}

/// Writes a character as its escape, as it is in a quoted name of a trace.
pub(crate) fn write_escaped(c: char, out: &mut impl Write) -> fmt::Result {
    match c {
        '\n' => out.write_str("\\n"),
        '\t' => out.write_str("\\t"),
        c => write!(out, "\\u{{{:x}}}", u32::from(c)),
    }
}
