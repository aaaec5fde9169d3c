//! Remembers which exercises a learner has begun and done.
//!
//! The problem: a check is a moment. The list shows what was done before, and the next hint is the one
//! after the last.
//!
//! ```text
//!   3.1 done 0
//!   3.2 started 1      one hint was shown
//!   current 3.2
//! ```
//!
//! Invariants
//! 1. A line that cannot be read is left out, and costs no other line.
//! 2. An exercise that was done stays done, also if a later check fails.
//!
//! Read next: `command/solve.rs`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::copy::edit::write;

/// The progress of one exercise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Begun {
    /// True after its tests have passed once.
    pub done: bool,
    /// How many hints were shown.
    pub hints: usize,
}

/// The exercises that were begun. The others are absent.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    path: PathBuf,
    begun: BTreeMap<String, Begun>,
    /// The exercise that a command without a number means.
    pub current: Option<String>,
}

impl Progress {
    /// Reads the progress of the project at `root`.
    pub fn load(root: &Path) -> Self {
        let path = root.join("exercises/work/progress.txt");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut progress = Progress {
            path,
            ..Progress::default()
        };
        for line in text.lines() {
            match line.split_whitespace().collect::<Vec<_>>()[..] {
                ["current", number] => progress.current = Some(number.into()),
                [number, word, hints] => {
                    let (done, hints) = (word == "done", hints.parse().unwrap_or_default());
                    progress.begun.insert(number.into(), Begun { done, hints });
                }
                _ => {}
            }
        }
        progress
    }

    /// Writes the progress.
    ///
    /// # Errors
    /// Returns a line about the file.
    pub fn save(&self) -> Result<(), String> {
        let line = |(number, begun): (&String, &Begun)| {
            let word = if begun.done { "done" } else { "started" };
            format!("{number} {word} {}\n", begun.hints)
        };
        let current = self
            .current
            .iter()
            .map(|number| format!("current {number}\n"));
        let text: String = self.begun.iter().map(line).chain(current).collect();
        write(&self.path, &text)
    }

    /// Returns the state of an exercise, or `None` if it was not begun.
    pub fn of(&self, number: &str) -> Option<Begun> {
        self.begun.get(number).copied()
    }

    /// Changes the state of an exercise, which is begun then.
    pub fn change(&mut self, number: &str, change: impl FnOnce(&mut Begun)) {
        change(self.begun.entry(number.to_string()).or_default());
        self.current = Some(number.to_string());
    }

    /// Forgets the exercises of a floor: its copy was removed.
    pub fn forget_floor(&mut self, floor: u8) {
        let of_floor = format!("{floor}.");
        self.begun
            .retain(|number, _| !number.starts_with(&of_floor));
    }
}

/// Waits until no other command works here: two of them would write the same files. The lock
/// ends with the file.
///
/// # Errors
/// Returns a line about the file of the lock.
pub fn locked(root: &Path) -> Result<File, String> {
    let path = root.join("exercises/target/tool.lock");
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    let file = folder.and_then(|()| File::create(&path));
    let locked = file.and_then(|file| file.lock().map(|()| file));
    locked.map_err(|why| format!("{}: {why}", path.display()))
}
