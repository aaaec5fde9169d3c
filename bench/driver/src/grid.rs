//! Text cells in columns, aligned for a terminal or as Markdown.
//!
//! Invariants: every line has as many cells as the header.
//!
//! Read next: `table.rs`.

use std::fmt::Write;

/// The form in which results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// For a terminal: aligned, all columns.
    Aligned,
    /// For a document: Markdown, the columns that a reader needs.
    Markdown,
}

/// A table as text cells, the header first.
pub(crate) struct Grid(pub(crate) Vec<Vec<String>>);

impl Grid {
    /// Formats the table.
    pub(crate) fn text(&self, form: Form) -> String {
        match form {
            Form::Aligned => self.aligned(),
            Form::Markdown => self.markdown(),
        }
    }

    /// Returns the width of every column.
    fn widths(&self) -> Vec<usize> {
        let columns = self.0.first().map_or(0, Vec::len);
        let width = |at: usize| self.0.iter().map(|line| line[at].chars().count()).max();
        (0..columns).map(|at| width(at).unwrap_or(0)).collect()
    }

    /// Aligns words to the left and numbers to the right.
    fn aligned(&self) -> String {
        let widths = self.widths();
        let mut text = String::new();
        for line in &self.0 {
            let mut padded = String::new();
            for (cell, &width) in line.iter().zip(&widths) {
                if cell.starts_with(|first: char| first.is_ascii_digit()) {
                    let _ = write!(padded, "{cell:>width$}  ");
                } else {
                    let _ = write!(padded, "{cell:<width$}  ");
                }
            }
            let _ = writeln!(text, "{}", padded.trim_end());
        }
        text
    }

    fn markdown(&self) -> String {
        let mut text = String::new();
        for (at, line) in self.0.iter().enumerate() {
            let _ = writeln!(text, "| {} |", line.join(" | "));
            if at == 0 {
                let _ = writeln!(text, "|{}", "---|".repeat(line.len()));
            }
        }
        text
    }
}

/// Formats a number with its significant digits.
pub(crate) fn number(value: f64) -> String {
    match value {
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Grid {
        let lines = [["row", "ns"], ["yield_one", "9.10"], ["gather", "12.0"]];
        Grid(lines.map(|line| line.map(str::to_owned).to_vec()).to_vec())
    }

    #[test]
    fn words_are_left_and_numbers_right() {
        let aligned = "row        ns\nyield_one  9.10\ngather     12.0\n";
        assert_eq!(grid().text(Form::Aligned), aligned);
    }

    #[test]
    fn a_document_gets_markdown() {
        let markdown = grid().text(Form::Markdown);
        assert!(markdown.starts_with("| row | ns |\n|---|---|\n| yield_one | 9.10 |\n"));
    }
}
