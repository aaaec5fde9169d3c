//! The paths a Rust file names, in its `use` lines and in its code.
//!
//! The problem: a file names another one in many forms. A `use` nests braces, renames and
//! re-exports; an expression contains `super::State::Done`; a macro contains
//! `$crate::values`. This page reads all of them from the tokens, so that no comment and
//! no string counts.
//!
//! ```text
//!   use crate::store::{slot::{Slot, Place as At}, Ticket};
//!        ─►  crate::store::slot::Slot, crate::store::slot::Place, crate::store::Ticket
//! ```
//!
//! Invariants:
//! 1. Items, fields and statements under `#[cfg(test)]` are skipped whole.
//! 2. A visibility (`pub(in crate::store)`) and an attribute name no import.
//! 3. Macro bodies count: both `macro_rules!` and the arguments of a call.
//!
//! A call of a method has no path, so it cannot be seen here.
//!
//! Read next: `modules.rs`, which finds the file of a path.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::trees::{
    after_attribute, after_visibility, group, ident, is_punct, is_separator, trees,
};

/// A path of module names, from the root of the crate or of the file.
pub type Path = Vec<String>;

/// One place where a file names a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The inline modules around the path.
    pub within: Path,
    /// The segments of the path.
    pub path: Path,
    /// The line, counted from 1.
    pub line: usize,
    /// The form in which the path is named.
    pub kind: Kind,
    /// Whether the path ends in `::*`.
    pub glob: bool,
}

/// The form in which a path is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `use path;`
    Use,
    /// `pub use path;`, of any visibility.
    ReExport,
    /// In code.
    Code,
}

/// The declarations of one module: a file, or a `mod name { .. }` in one.
#[derive(Clone, Debug, Default)]
pub struct Module {
    /// The modules in it.
    pub children: Vec<String>,
    /// The names that its `use` lines import, and the paths of these names.
    pub names: BTreeMap<String, Path>,
    /// The paths before `::*`.
    pub globs: Vec<Path>,
    /// The names that it defines.
    pub defined: Vec<String>,
}

/// One function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of its `fn`, counted from 1.
    pub line: usize,
    /// The lines from `fn` to the closing brace.
    pub lines: usize,
}

/// The content of a file, as far as it matters here.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// The modules, by their path in the file; the file itself is the empty path.
    pub modules: BTreeMap<Path, Module>,
    /// The paths that the file names.
    pub mentions: Vec<Mention>,
    /// The macros that the file exports: they stand at the root of the crate.
    pub exported: Vec<String>,
    /// The functions of the file.
    pub functions: Vec<Function>,
    /// The types and traits that the code names, each with the first line.
    pub types: BTreeMap<String, usize>,
}

/// The keywords before a name that is defined.
const DEFINING: [&str; 7] = ["fn", "struct", "enum", "trait", "type", "const", "static"];

/// Parses a file.
///
/// # Panics
///
/// If the text is not Rust.
pub fn parse(path: &str, text: &str) -> Parsed {
    let stream: TokenStream = match text.parse() {
        Ok(stream) => stream,
        Err(error) => panic!("{path} is not Rust: {error}"),
    };
    let mut parsed = Parsed::default();
    parsed.modules.entry(Path::new()).or_default();
    parsed.walk(&trees(stream), &Path::new(), true);
    parsed
}

impl Parsed {
    /// Reads the trees of one bracket. `items` is true if they are the items of a module.
    fn walk(&mut self, trees: &[TokenTree], within: &Path, items: bool) {
        let (mut at, mut public, mut exported) = (0, false, false);
        while at < trees.len() {
            let (was_public, was_exported) = (public, exported);
            (public, exported) = (false, false);
            at = match (&trees[at], ident(trees.get(at)).as_deref()) {
                (TokenTree::Group(group), _) => {
                    self.walk(&self::trees(group.stream()), within, false);
                    at + 1
                }
                (_, Some("pub")) => {
                    (public, exported) = (true, was_exported);
                    after_visibility(trees, at)
                }
                (_, Some("use")) if !is_punct(trees.get(at + 1), '<') => {
                    let end = (at..trees.len()).find(|&end| is_punct(trees.get(end), ';'));
                    let end = end.unwrap_or(trees.len());
                    let kind = if was_public {
                        Kind::ReExport
                    } else {
                        Kind::Use
                    };
                    self.used(&trees[at + 1..end], &Path::new(), within, (kind, items));
                    end + 1
                }
                (_, Some("mod")) => self.declared(trees, at, within),
                (_, Some("macro_rules")) if was_exported => {
                    self.exported.extend(ident(trees.get(at + 2)));
                    at + 1
                }
                (_, Some(word)) => {
                    if word == "fn" {
                        self.functions.extend(function(trees, at));
                    }
                    if items && DEFINING.contains(&word) {
                        let module = self.modules.entry(within.clone()).or_default();
                        module.defined.extend(ident(trees.get(at + 1)));
                    }
                    self.path(trees, at, within)
                }
                _ => {
                    let (end, exports) = after_attribute(trees, at);
                    exported = was_exported || exports;
                    end
                }
            };
        }
    }

    /// Reads the `mod` at `at`, and returns the place after it.
    fn declared(&mut self, trees: &[TokenTree], at: usize, within: &Path) -> usize {
        let Some(name) = ident(trees.get(at + 1)) else {
            return at + 1;
        };
        let inner = [&within[..], std::slice::from_ref(&name)].concat();
        let module = self.modules.entry(within.clone()).or_default();
        module.children.push(name);
        if let Some(body) = group(trees.get(at + 2), Delimiter::Brace) {
            self.modules.entry(inner.clone()).or_default();
            self.walk(&body, &inner, true);
        }
        at + 3
    }

    /// Reads the path in code that begins at `at`, if one does, and returns the place
    /// after it.
    fn path(&mut self, trees: &[TokenTree], at: usize, within: &Path) -> usize {
        let before = at.checked_sub(1).and_then(|at| trees.get(at));
        let inside = at >= 2 && is_separator(trees, at - 2) || is_punct(before, '.');
        let mut path = Vec::from_iter(ident(trees.get(at)));
        let of_macro = is_punct(before, '$') && path[0] != "crate";
        let mut end = at + 1;
        while is_separator(trees, end) {
            let Some(segment) = ident(trees.get(end + 2)) else {
                break;
            };
            path.push(segment);
            end += 3;
        }
        if !inside && path[0].starts_with(char::is_uppercase) {
            let line = trees[at].span().start().line;
            self.types.entry(path[0].clone()).or_insert(line);
        }
        if path.len() > 1 && !inside && !of_macro {
            self.mentions.push(Mention {
                within: within.clone(),
                path,
                line: trees[at].span().start().line,
                kind: Kind::Code,
                glob: false,
            });
        }
        end
    }

    /// Reads one tree of a `use`, after `prefix`.
    fn used(
        &mut self,
        trees: &[TokenTree],
        prefix: &Path,
        within: &Path,
        (kind, items): (Kind, bool),
    ) {
        let mut path = prefix.clone();
        // `use ::other::Name` belongs to another crate, `use $path` to the caller.
        if is_separator(trees, 0) && prefix.is_empty() {
            return;
        }
        let (mut glob, mut alias) = (false, None);
        for (at, tree) in trees.iter().enumerate() {
            match (tree, ident(Some(tree)).as_deref()) {
                (TokenTree::Group(group), _) => {
                    let inner = self::trees(group.stream());
                    for part in inner.split(|tree| is_punct(Some(tree), ',')) {
                        self.used(part, &path, within, (kind, items));
                    }
                    return;
                }
                (_, Some("as")) => {
                    alias = ident(trees.get(at + 1));
                    break;
                }
                (_, Some("self")) if !path.is_empty() => {}
                (_, Some(segment)) => path.push(segment.to_string()),
                (_, None) => glob |= is_punct(Some(tree), '*'),
            }
        }
        let Some(last) = trees.last().filter(|_| !path.is_empty()) else {
            return;
        };
        if items {
            let module = self.modules.entry(within.clone()).or_default();
            if glob {
                module.globs.push(path.clone());
            } else {
                let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
                module.names.entry(name).or_insert_with(|| path.clone());
            }
        }
        self.mentions.push(Mention {
            within: within.clone(),
            path,
            line: last.span().start().line,
            kind,
            glob,
        });
    }
}

/// Returns the function whose `fn` stands at `at`, if it has a name and a body.
fn function(trees: &[TokenTree], at: usize) -> Option<Function> {
    let named = at + 1 + usize::from(is_punct(trees.get(at + 1), '$'));
    let name = ident(trees.get(named))?;
    let rest = trees[named..].iter();
    let body = rest
        .take_while(|tree| !is_punct(Some(tree), ';'))
        .find_map(|tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Some(group),
            _ => None,
        })?;
    let line = trees[at].span().start().line;
    let lines = body.span_close().end().line - line + 1;
    Some(Function { name, line, lines })
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
