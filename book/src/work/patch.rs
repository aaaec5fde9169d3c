//! Applies a patch to a text.
//!
//! The problem: a sabotage is a patch to the tree, and a patch that no longer applies teaches nothing.
//! The check runs without git, on a copy of the sources that has none. A unified diff needs little: the
//! old lines of each hunk are found, and the new ones take their place.
//!
//! Invariants
//! 1. A hunk applies where its old lines stand, and they stand in one place only, or at the line that
//!    the hunk names.
//! 2. A patch applies whole, or not at all.
//!
//! Read next: `sabotage.rs`.

/// One file of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The path, from the root.
    pub path: String,
    hunks: Vec<Hunk>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Hunk {
    /// The line of the file that it names, from 1.
    line: usize,
    old: Vec<String>,
    new: Vec<String>,
}

/// Reads a unified diff.
///
/// # Errors
/// If it is none.
///
/// ```
/// let patch = "--- a/x.rs\n+++ b/x.rs\n@@ -1,2 +1,2 @@\n one\n-two\n+three\n";
/// let changes = book::work::patch::read(patch).unwrap();
/// assert_eq!(changes[0].applied("one\ntwo\n").unwrap(), "one\nthree\n");
/// assert!(changes[0].applied("one\nfour\n").is_err());
/// ```
pub fn read(patch: &str) -> Result<Vec<Change>, String> {
    let mut changes: Vec<Change> = Vec::new();
    for line in patch.lines() {
        if let Some(path) = line.strip_prefix("+++ ") {
            let path = path.split('\t').next().unwrap_or(path);
            let path = path.strip_prefix("b/").unwrap_or(path).trim().to_owned();
            changes.push(Change {
                path,
                hunks: Vec::new(),
            });
            continue;
        }
        let Some(change) = changes.last_mut() else {
            continue;
        };
        if let Some(numbers) = line.strip_prefix("@@ -") {
            let digits = numbers.split(|c: char| !c.is_ascii_digit()).next();
            let line = digits.and_then(|digits| digits.parse().ok());
            let line = line.ok_or_else(|| format!("no numbers in {numbers:?}"))?;
            change.hunks.push(Hunk {
                line,
                ..Hunk::default()
            });
        } else if let Some(hunk) = change.hunks.last_mut() {
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            match sign {
                " " => {
                    hunk.old.push(text.to_owned());
                    hunk.new.push(text.to_owned());
                }
                "-" if !line.starts_with("--- ") => hunk.old.push(text.to_owned()),
                "+" => hunk.new.push(text.to_owned()),
                _ => {}
            }
        }
    }
    match changes.is_empty() || changes.iter().any(|change| change.hunks.is_empty()) {
        true => Err("it is no unified diff: make it by `git diff`".into()),
        false => Ok(changes),
    }
}

impl Change {
    /// Returns the text with the change.
    ///
    /// # Errors
    /// If the old lines are not there.
    pub fn applied(&self, text: &str) -> Result<String, String> {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for hunk in &self.hunks {
            let old = hunk.old.len();
            let starts = 0..(lines.len() + 1).saturating_sub(old);
            let fits = starts.filter(|&at| lines[at..at + old] == hunk.old[..]);
            let fits: Vec<usize> = fits.collect();
            let named = fits.iter().find(|&&at| at + 1 == hunk.line);
            let at = match (&fits[..], named) {
                (_, Some(&at)) | (&[at], None) => at,
                ([], None) => {
                    return Err(format!(
                        "the lines of the hunk at {} are not in {}",
                        hunk.line, self.path
                    ));
                }
                (_, None) => {
                    return Err(format!(
                        "the lines of the hunk at {} stand in {} more than once",
                        hunk.line, self.path
                    ));
                }
            };
            lines.splice(at..at + old, hunk.new.iter().cloned());
        }
        Ok(lines.join("\n") + "\n")
    }
}
