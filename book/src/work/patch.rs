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
    /// The numbers of its old and of its new lines.
    counts: (usize, usize),
    old: Vec<String>,
    new: Vec<String>,
}

impl Hunk {
    /// Reads `8,3 +8,4 @@`.
    fn headed(numbers: &str) -> Result<Self, String> {
        let mut parts = numbers.split_whitespace();
        let old = parts.next().and_then(pair);
        let new = parts.next().and_then(|part| pair(part.strip_prefix('+')?));
        let (old, new) = old
            .zip(new)
            .ok_or_else(|| format!("no numbers in {numbers:?}"))?;
        Ok(Hunk {
            line: old.0,
            counts: (old.1, new.1),
            ..Hunk::default()
        })
    }
}

/// Reads `8,3`, or `8`, which is one line.
fn pair(part: &str) -> Option<(usize, usize)> {
    let (line, count) = part.split_once(',').unwrap_or((part, "1"));
    Some((line.parse().ok()?, count.parse().ok()?))
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
            change.hunks.push(Hunk::headed(numbers)?);
        } else if let Some(hunk) = change.hunks.last_mut() {
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            match sign {
                " " => {
                    hunk.old.push(text.to_owned());
                    hunk.new.push(text.to_owned());
                }
                "-" if hunk.old.len() < hunk.counts.0 => hunk.old.push(text.to_owned()),
                "+" => hunk.new.push(text.to_owned()),
                _ => {}
            }
        }
    }
    if changes.is_empty() || changes.iter().any(|change| change.hunks.is_empty()) {
        return Err("it is no unified diff: make it by `git diff`".into());
    }
    // A tool that applies patches reads as many lines as the head of a hunk says.
    for hunk in changes.iter().flat_map(|change| &change.hunks) {
        if (hunk.old.len(), hunk.new.len()) != hunk.counts {
            return Err(format!(
                "the hunk at {} has {} old and {} new lines, and its head says {} and {}",
                hunk.line,
                hunk.old.len(),
                hunk.new.len(),
                hunk.counts.0,
                hunk.counts.1
            ));
        }
    }
    Ok(changes)
}

impl Change {
    /// Returns the text with the change.
    ///
    /// # Errors
    /// If the old lines are not there.
    pub fn applied(&self, text: &str) -> Result<String, String> {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut shift = 0; // of the lines behind the hunks before
        for hunk in &self.hunks {
            let old = hunk.old.len();
            let starts = 0..(lines.len() + 1).saturating_sub(old);
            let fits = starts.filter(|&at| lines[at..at + old] == hunk.old[..]);
            let fits: Vec<usize> = fits.collect();
            let named = fits
                .iter()
                .find(|&&at| at + 1 == hunk.line.saturating_add_signed(shift));
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
            shift += hunk.new.len() as isize - old as isize;
            lines.splice(at..at + old, hunk.new.iter().cloned());
        }
        Ok(lines.join("\n") + "\n")
    }
}
