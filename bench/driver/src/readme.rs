//! The place of the tables in the two READMEs.
//!
//! The README of the project has the rows, the one of the benchmark the growing sizes.
//!
//! Invariants: only the text between the two marks is replaced. Without the marks nothing
//! is written.
//!
//! Read next: `main.rs`.

use std::fs;
use std::path::PathBuf;

use crate::systems::workspace;

const BEGIN: &str = "<!-- bench:begin -->";
const END: &str = "<!-- bench:end -->";

/// A document that has a place for tables.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Document {
    /// The README of the project.
    OfTheProject,
    /// The README of the benchmark.
    OfTheBenchmark,
}

impl Document {
    /// Writes the tables between the marks of the document.
    pub(crate) fn write(self, tables: &str) -> Result<PathBuf, String> {
        let path = workspace().join(match self {
            Document::OfTheProject => "../README.md",
            Document::OfTheBenchmark => "README.md",
        });
        let readme = fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let readme = replaced(&readme, tables).ok_or("the README has no place for the tables")?;
        fs::write(&path, readme).map_err(|error| error.to_string())?;
        Ok(path)
    }
}

/// Returns the document with `tables` between the marks.
fn replaced(document: &str, tables: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{}\n{END}{after}", tables.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_text_between_the_marks_changes() {
        let before = format!("a\n{BEGIN}\nold\n{END}\nz\n");
        let after = format!("a\n{BEGIN}\nnew\n{END}\nz\n");
        assert_eq!(
            replaced(&before, "\nnew\n\n").as_deref(),
            Some(after.as_str())
        );
        assert_eq!(replaced("no marks", "new"), None);
    }
}
