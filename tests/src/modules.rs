//! The files of a floor, and the imports between them.
//!
//! The problem: a path names modules and names, and the order of a floor is about files.
//! So each path is followed to the file in which the name is defined, through the
//! re-exports of `lib.rs` and of the pages of folders.
//!
//! ```text
//!   run/turn.rs          use crate::Ticket;
//!     lib.rs               pub use store::Ticket;
//!       store.rs             pub use ticket::Ticket;
//!         store/ticket.rs      defined here: run/turn.rs imports store/ticket.rs
//! ```
//!
//! Invariants:
//! 1. `mod x;` and `pub use x::Name;` on the page of a folder are no imports of the
//!    page's files, so that a page can re-export its folder. Every other use is an
//!    import. So is a file's use of its page, and a use of a re-exported type in the code
//!    of the page.
//! 2. A path in `lib.rs` is no import. A path that leads to an item of `lib.rs` is one.
//! 3. Files of tests (`tests.rs`, `*_tests.rs`) do not count.
//!
//! Read next: `order.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Kind, Mention, Module, Parsed, Path, parse};
use crate::repository::File;

/// The sources of one floor.
#[derive(Debug)]
pub struct Floor {
    /// The folder of its crate, from the repository's root.
    pub folder: String,
    /// Its files by the path of their module; `lib.rs` is the empty path.
    pub files: BTreeMap<Path, Parsed>,
}

/// An import: one file uses a name of another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The module of the file that imports.
    pub from: Path,
    /// The module of the file in which the name is defined.
    pub to: Path,
    /// The line of the import, counted from 1.
    pub line: usize,
    /// The path as it is written.
    pub text: String,
}

/// The target of a path: a module, or a name defined in one.
#[derive(Debug)]
struct Target {
    module: Path,
    whole: bool,
}

impl Floor {
    /// Parses the sources of the crate in `folder`, of all `files`.
    pub fn of(folder: &str, files: &[File]) -> Self {
        let source = format!("{folder}/src/");
        let own = files.iter().filter_map(|file| {
            let path = file.path.strip_prefix(&source)?;
            Some((path, file.text.as_str()))
        });
        Self::parse(folder, own)
    }

    /// Parses sources, given by their path from `src` and their text.
    pub fn parse<'a>(folder: &str, sources: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut files = BTreeMap::new();
        for (path, text) in sources {
            let stem = path.trim_end_matches(".rs");
            let mut module: Path = stem.split('/').map(str::to_string).collect();
            if stem == "lib" {
                module.clear();
            }
            if !stem.ends_with("_tests") && stem != "tests" && !stem.ends_with("/tests") {
                files.insert(module, parse(&format!("{folder}/src/{path}"), text));
            }
        }
        let folder = folder.to_string();
        Floor { folder, files }
    }

    /// Returns the path of a module's file, from the root of the repository.
    pub fn path(&self, module: &[String]) -> String {
        let name = match module {
            [] => "lib".to_string(),
            module => module.join("/"),
        };
        format!("{}/src/{name}.rs", self.folder)
    }

    /// Returns the entries of a folder, given by its module: the names, and whether each
    /// is a folder itself. A page and its folder are one entry.
    pub fn entries(&self, folder: &[String]) -> BTreeMap<String, bool> {
        let mut entries = BTreeMap::new();
        for file in self.files.keys() {
            if let Some([name, rest @ ..]) = file.strip_prefix(folder) {
                *entries.entry(name.clone()).or_default() |= !rest.is_empty();
            }
        }
        entries
    }

    /// Returns the modules whose folders contain files, `src` itself first.
    pub fn folders(&self) -> BTreeSet<Path> {
        let parents = self.files.keys().filter_map(|file| file.split_last());
        parents.map(|(_, folder)| folder.to_vec()).collect()
    }

    /// Returns the files that are not declared by the page above them.
    pub fn undeclared(&self) -> Vec<String> {
        let declared = |file: &Path| match file.split_last() {
            None => true,
            Some((name, above)) => self
                .module(above)
                .is_some_and(|above| above.children.contains(name)),
        };
        let files = self.files.keys().filter(|file| !declared(file));
        files.map(|file| self.path(file)).collect()
    }

    /// Returns all imports, in the order of the files and lines.
    pub fn imports(&self) -> Vec<Import> {
        let mut imports = BTreeSet::new();
        let files = self.files.iter().filter(|(file, _)| !file.is_empty());
        for (from, parsed) in files {
            for mention in &parsed.mentions {
                for to in self.files_of(from, mention) {
                    let shows = mention.kind == Kind::ReExport && to.starts_with(from);
                    let name = mention.path.last().filter(|_| shows);
                    let in_code = name.and_then(|name| parsed.types.get(name));
                    if to != *from && (!shows || in_code.is_some()) {
                        imports.insert(Import {
                            from: from.clone(),
                            to,
                            line: *in_code.unwrap_or(&mention.line),
                            text: mention.path.join("::"),
                        });
                    }
                }
            }
        }
        let mut imports: Vec<Import> = imports.into_iter().collect();
        imports.sort_by(|a, b| (&a.from, a.line).cmp(&(&b.from, b.line)));
        imports
    }

    /// Returns the files that a mention in the file `from` imports.
    fn files_of(&self, from: &Path, mention: &Mention) -> BTreeSet<Path> {
        let at = [&from[..], &mention.within[..]].concat();
        // `State::Done` in code adds nothing to the `use` that brought `State`.
        let roots = ["crate", "self", "super"];
        if mention.kind == Kind::Code && !roots.contains(&&*mention.path[0]) {
            let first = self.resolve(&at, &mention.path[..1], &mut BTreeSet::new());
            if first.is_none_or(|first| !first.whole) {
                return BTreeSet::new();
            }
        }
        let Some(target) = self.resolve(&at, &mention.path, &mut BTreeSet::new()) else {
            return BTreeSet::new();
        };
        let mut files = BTreeSet::from([self.file_of(&target.module)]);
        // A glob also brings what the module re-exports.
        let opened = self
            .module(&target.module)
            .filter(|_| mention.glob && target.whole);
        for path in opened.into_iter().flat_map(|module| module.names.values()) {
            let target = self.resolve(&target.module, path, &mut BTreeSet::new());
            files.extend(target.map(|target| self.file_of(&target.module)));
        }
        files
    }

    /// Returns the module of the file in which a module stands.
    fn file_of(&self, module: &[String]) -> Path {
        let lengths = (0..=module.len()).rev();
        let mut files = lengths.map(|length| &module[..length]);
        let file = files.find(|file| self.files.contains_key(*file));
        file.unwrap_or_default().to_vec()
    }

    fn module(&self, module: &[String]) -> Option<&Module> {
        let file = self.file_of(module);
        self.files.get(&file)?.modules.get(&module[file.len()..])
    }

    /// Returns the target of a path that is named in a module; `None` if it is in another
    /// crate. `seen` are the names on the way to it.
    fn resolve(
        &self,
        at: &[String],
        path: &[String],
        seen: &mut BTreeSet<(Path, String)>,
    ) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.descend(&[], rest, seen),
            "self" | "super" => self.descend(at, path, seen),
            name => {
                let module = self.module(at)?;
                let child = module.children.iter().any(|child| child == name);
                let known = child || module.names.contains_key(name);
                known.then(|| self.descend(at, path, seen)).flatten()
            }
        }
    }

    /// Follows a path from a module on.
    fn descend(
        &self,
        at: &[String],
        path: &[String],
        seen: &mut BTreeSet<(Path, String)>,
    ) -> Option<Target> {
        let found = |module: &[String], whole| {
            let module = module.to_vec();
            Some(Target { module, whole })
        };
        let Some((name, rest)) = path.split_first() else {
            return found(at, true);
        };
        if name == "self" {
            return self.descend(at, rest, seen);
        }
        if name == "super" {
            return self.descend(&at[..at.len().saturating_sub(1)], rest, seen);
        }
        let module = self.module(at)?;
        if module.children.contains(name) {
            return self.descend(&[at, std::slice::from_ref(name)].concat(), rest, seen);
        }
        if module.defined.contains(name) {
            return found(at, false);
        }
        // A name that leads back to itself is defined here, by a macro.
        if let Some(path) = module.names.get(name)
            && seen.insert((at.to_vec(), name.clone()))
        {
            let target = self.resolve(at, path, seen)?;
            return match target.whole {
                true => self.descend(&target.module, rest, seen),
                false => Some(target),
            };
        }
        if at.is_empty() {
            let exports = |(_, parsed): &(&Path, &Parsed)| parsed.exported.contains(name);
            if let Some((file, _)) = self.files.iter().find(exports) {
                return found(file, false);
            }
        }
        for glob in &module.globs {
            let opened = self.resolve(at, glob, seen).filter(|target| target.whole);
            let inner = opened
                .as_ref()
                .and_then(|target| self.module(&target.module));
            let has =
                |inner: &Module| inner.defined.contains(name) || inner.names.contains_key(name);
            if let (Some(target), true) = (&opened, inner.is_some_and(has)) {
                return self.descend(&target.module, path, seen);
            }
        }
        found(at, false)
    }
}

#[cfg(test)]
#[path = "modules_tests.rs"]
mod tests;
