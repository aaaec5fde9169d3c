//! The files of the repository, and a fault in one of them.
//!
//! The problem: a chapter names files of the whole repository, and a test of the check needs a
//! repository that is wrong on purpose. So the root is a value.
//!
//! Invariant: paths begin at the root, with `/` between the parts.
//!
//! Read next: `chapter.rs`.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Something that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, from the root.
    pub path: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// The fault itself.
    pub what: String,
}

impl Fault {
    /// Makes a fault.
    pub fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Fault {
            path: path.into(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.path, self.what),
            line => write!(f, "{}:{line}: {}", self.path, self.what),
        }
    }
}

/// A repository, or a folder that a test has made.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Returns the tree with this root.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Tree { root: root.into() }
    }

    /// Returns the repository of this package.
    pub fn here() -> Self {
        let book = Path::new(env!("CARGO_MANIFEST_DIR"));
        Tree::at(book.parent().unwrap_or(book))
    }

    /// Returns a path on the machine.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Returns the folder of builds.
    pub fn target(&self) -> PathBuf {
        let named = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
        self.root.join(named)
    }

    /// Returns true if there is such a file or folder.
    pub fn has(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Reads a text.
    ///
    /// # Errors
    /// If it is not there, or no text.
    pub fn read(&self, path: &str) -> Result<String, String> {
        let text = fs::read_to_string(self.path(path));
        let text = text.map_err(|why| format!("{path} cannot be read: {why}"))?;
        Ok(text.replace("\r\n", "\n"))
    }

    /// Writes a text, if it differs from the one that is there; returns true if it did.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write(&self, path: &str, text: &str) -> Result<bool, String> {
        if self.read(path).is_ok_and(|old| old == text) {
            return Ok(false);
        }
        let at = self.path(path);
        let folder = at.parent().unwrap_or(&self.root);
        let made = fs::create_dir_all(folder).and_then(|()| fs::write(&at, text));
        made.map_err(|why| format!("{path} cannot be written: {why}"))?;
        Ok(true)
    }

    /// Returns the names in a folder, in order; none if there is no such folder.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten();
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into()).collect();
        names.sort();
        names
    }

    /// Returns the folder of a crate of ours: `task` is in `crates/3-task`.
    pub fn crate_folder(&self, word: &str) -> Option<String> {
        let names = self.names("crates").into_iter();
        let is_it =
            |name: &String| name.split_once('-').map_or(name.as_str(), |(_, name)| name) == word;
        names
            .into_iter()
            .find(is_it)
            .map(|name| format!("crates/{name}"))
    }

    /// Returns the folders of examples.
    pub fn example_folders(&self) -> impl Iterator<Item = String> {
        let crates = self.names("crates").into_iter();
        let crates = crates.map(|name| format!("crates/{name}/examples"));
        std::iter::once("examples".to_owned()).chain(crates)
    }

    /// Returns the paths of all files under a folder that end so.
    pub fn files(&self, folder: &str, ending: &str) -> Vec<String> {
        let mut found = Vec::new();
        for name in self.names(folder) {
            let path = format!("{folder}/{name}");
            if self.path(&path).is_dir() {
                if name != "target" {
                    found.extend(self.files(&path, ending));
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
        found
    }
}
