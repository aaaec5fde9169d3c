//! The public names of a crate, and the paths to each of them.
//!
//! The problem: "every name of the floors is in the facade exactly once" is about
//! definitions, and a facade has none. It has `pub use` of `pub use`, through four
//! crates, and in part through private modules. So each `use` is followed to the place
//! where the name is defined, and names are compared by that place.
//!
//! ```text
//!   groundup::Handle           facade     pub use groundup_combinators::task::Handle
//!     groundup_combinators::task            pub use groundup_executor::task
//!       groundup_executor::task               pub use groundup_task as task
//!         groundup_task::Handle                 pub use callback::Handle
//!           groundup_task::handles::callback::Handle       defined here
//! ```
//!
//! Invariants:
//! 1. Only crates of the workspace are followed; names of other crates do not count, and neither does
//!    another crate that is exported whole (`pub use hyper;`).
//! 2. A name may be defined twice (a function and a macro): then both count. An item with
//!    `#[doc(hidden)]` is not public.
//! 3. A `use` that leads nowhere fails, so that nothing is skipped silently. The
//!    exception is a name that a macro defines: it counts as defined where it is used from.
//!
//! Read next: `tests/it/exports.rs`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

use crate::repository::root;

/// A place in a crate: the crate and the modules down to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The crate's name, with underscores.
    pub krate: String,
    /// The modules.
    pub modules: Vec<String>,
}

/// The place where a name is defined.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definition {
    /// The module.
    pub place: Place,
    /// The name.
    pub name: String,
}

impl std::fmt::Display for Definition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}::", self.place.krate)?;
        for module in &self.place.modules {
            write!(f, "{module}::")?;
        }
        f.write_str(&self.name)
    }
}

#[derive(Clone, Debug)]
enum Entry {
    Defined,
    Module,
    /// A crate from outside the workspace.
    Crate,
    Use(Vec<String>),
}

#[derive(Debug, Default)]
struct Module {
    /// Name, whether it is public, and its kind.
    entries: Vec<(String, bool, Entry)>,
    /// The targets of `use path::*`, and whether each is public.
    globs: Vec<(bool, Vec<String>)>,
}

enum Target {
    Definition(Definition),
    Module(Place),
    /// A crate from outside the workspace.
    Crate,
}

/// The crates of the workspace, parsed.
#[derive(Debug, Default)]
pub struct Workspace {
    modules: BTreeMap<Place, Module>,
}

impl Workspace {
    /// Parses the crates in these folders.
    ///
    /// # Panics
    ///
    /// If a file is missing or is not Rust.
    pub fn parse(crates: &[(&str, &str)]) -> Self {
        let mut workspace = Workspace::default();
        for (folder, package) in crates {
            let source = root().join(folder).join("src");
            let place = Place {
                krate: package.replace('-', "_"),
                modules: Vec::new(),
            };
            let items = parse_file(&source.join("lib.rs"));
            workspace.enter(&place, &items, &source);
        }
        workspace
    }

    fn enter(&mut self, place: &Place, items: &[Item], folder: &Path) {
        self.modules.entry(place.clone()).or_default();
        for item in items {
            self.enter_item(place, item, folder);
        }
    }

    fn enter_item(&mut self, place: &Place, item: &Item, folder: &Path) {
        match item {
            Item::Mod(module) if !is_for_tests(&module.attrs) => {
                let name = module.ident.to_string();
                let public = is_public(&module.vis) && !is_hidden(&module.attrs);
                self.add(place, &name, public, Entry::Module);
                let mut inner = place.clone();
                inner.modules.push(name.clone());
                match &module.content {
                    Some((_, items)) => self.enter(&inner, items, &folder.join(&name)),
                    None => {
                        let items = parse_file(&folder.join(format!("{name}.rs")));
                        self.enter(&inner, &items, &folder.join(&name));
                    }
                }
            }
            Item::Use(item) => {
                let public = is_public(&item.vis) && !is_hidden(&item.attrs);
                self.enter_use(place, public, Vec::new(), &item.tree);
            }
            Item::Macro(item) => match &item.ident {
                Some(name) if item.attrs.iter().any(|a| a.path().is_ident("macro_export")) => {
                    let top = Place {
                        modules: Vec::new(),
                        ..place.clone()
                    };
                    let public = !is_hidden(&item.attrs);
                    self.add(&top, &name.to_string(), public, Entry::Defined);
                }
                _ => {}
            },
            item => {
                if let Some((name, public)) = defined(item) {
                    self.add(place, &name, public, Entry::Defined);
                }
            }
        }
    }

    fn enter_use(&mut self, place: &Place, public: bool, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.to_string());
                self.enter_use(place, public, path, &tree.tree);
            }
            UseTree::Name(tree) => {
                let name = match (tree.ident.to_string(), path.last()) {
                    (name, None) => return self.add(place, &name, public, Entry::Crate),
                    (name, Some(last)) if name == "self" => last.clone(),
                    (name, _) => {
                        path.push(name.clone());
                        name
                    }
                };
                self.add(place, &name, public, Entry::Use(path));
            }
            UseTree::Rename(tree) => {
                path.push(tree.ident.to_string());
                self.add(place, &tree.rename.to_string(), public, Entry::Use(path));
            }
            UseTree::Glob(_) => {
                let module = self.modules.entry(place.clone()).or_default();
                module.globs.push((public, path));
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.enter_use(place, public, path.clone(), tree);
                }
            }
        }
    }

    fn add(&mut self, place: &Place, name: &str, public: bool, entry: Entry) {
        let module = self.modules.entry(place.clone()).or_default();
        module.entries.push((name.to_string(), public, entry));
    }

    /// Returns all public paths of a crate, and their definitions.
    ///
    /// # Panics
    ///
    /// If a public `use` leads nowhere.
    pub fn public(&self, package: &str) -> BTreeMap<String, Vec<Definition>> {
        let krate = package.replace('-', "_");
        let top = Place {
            krate: krate.clone(),
            modules: Vec::new(),
        };
        let mut found = BTreeMap::new();
        self.collect(&top, &krate, &mut found);
        found
    }

    /// Returns the public paths, in a crate, to crates from outside the workspace.
    pub fn other_crates(&self, package: &str) -> Vec<String> {
        let krate = package.replace('-', "_");
        let own = self
            .modules
            .iter()
            .filter(|(place, _)| place.krate == krate);
        let mut found = Vec::new();
        for (place, module) in own {
            for (name, public, _) in &module.entries {
                let targets = self.lookup(place, name, true);
                if *public && targets.iter().any(|target| matches!(target, Target::Crate)) {
                    found.push(format!("{krate}::{}::{name}", place.modules.join("::")));
                }
            }
        }
        found
    }

    fn collect(&self, place: &Place, path: &str, found: &mut BTreeMap<String, Vec<Definition>>) {
        let module = &self.modules[place];
        let mut names: Vec<&str> = Vec::new();
        for (name, public, _) in &module.entries {
            if *public && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        for name in names {
            let targets = self.lookup(place, name, true);
            assert!(
                !targets.is_empty(),
                "{path}::{name} leads nowhere that could be found"
            );
            self.collect_targets(targets, &format!("{path}::{name}"), found);
        }
        for (_, glob) in module.globs.iter().filter(|(public, _)| *public) {
            for target in self.resolve(place, glob) {
                if let Target::Module(inner) = target {
                    self.collect(&inner, path, found);
                }
            }
        }
    }

    fn collect_targets(
        &self,
        targets: Vec<Target>,
        path: &str,
        found: &mut BTreeMap<String, Vec<Definition>>,
    ) {
        for target in targets {
            match target {
                Target::Definition(definition) => {
                    let definitions = found.entry(path.to_string()).or_default();
                    if !definitions.contains(&definition) {
                        definitions.push(definition);
                    }
                }
                Target::Module(inner) => self.collect(&inner, path, found),
                Target::Crate => {}
            }
        }
    }

    /// Returns the meanings of `name` in a module.
    fn lookup(&self, place: &Place, name: &str, public_only: bool) -> Vec<Target> {
        let Some(module) = self.modules.get(place) else {
            return Vec::new();
        };
        let mut targets = Vec::new();
        for (entry_name, public, entry) in &module.entries {
            if entry_name != name || (public_only && !public) {
                continue;
            }
            match entry {
                Entry::Defined => {
                    let name = name.to_string();
                    targets.push(Target::Definition(Definition {
                        place: place.clone(),
                        name,
                    }));
                }
                Entry::Module => {
                    let mut inner = place.clone();
                    inner.modules.push(name.to_string());
                    targets.push(Target::Module(inner));
                }
                Entry::Crate => targets.push(Target::Crate),
                Entry::Use(path) => targets.extend(self.resolve(place, path)),
            }
        }
        targets
    }

    fn declares_module(&self, place: &Place, name: &str, public_only: bool) -> bool {
        let declares = |(entry_name, public, entry): &(String, bool, Entry)| {
            entry_name == name && matches!(entry, Entry::Module) && (*public || !public_only)
        };
        let module = self.modules.get(place);
        module.is_some_and(|module| module.entries.iter().any(declares))
    }

    /// Returns the targets of a path, seen from a module.
    fn resolve(&self, place: &Place, path: &[String]) -> Vec<Target> {
        let Some((first, rest)) = path.split_first() else {
            return Vec::new();
        };
        let top = |krate: &str| Place {
            krate: krate.to_string(),
            modules: Vec::new(),
        };
        let start = match first.as_str() {
            "crate" => top(&place.krate),
            "self" => place.clone(),
            "super" => {
                let mut outer = place.clone();
                outer.modules.pop();
                outer
            }
            krate if self.modules.contains_key(&top(krate)) => top(krate),
            // A name of this module: the path begins here.
            _ => return self.descend(&place.krate, place.clone(), path),
        };
        if rest.is_empty() {
            vec![Target::Module(start)]
        } else {
            self.descend(&place.krate, start, rest)
        }
    }

    /// Follows a path from `from` on. In other crates than the one with the `use`, only
    /// public names can be seen.
    fn descend(&self, viewer: &str, from: Place, path: &[String]) -> Vec<Target> {
        let Some((name, rest)) = path.split_first() else {
            return vec![Target::Module(from)];
        };
        // In `interweave::interweave` the first is the module, although a function has
        // the same name: only a module has paths into it.
        let public_only = from.krate != viewer;
        if !rest.is_empty() && self.declares_module(&from, name, public_only) {
            let mut inner = from;
            inner.modules.push(name.clone());
            return self.descend(viewer, inner, rest);
        }
        let targets = self.lookup(&from, name, public_only);
        if rest.is_empty() {
            if targets.is_empty() && self.modules.contains_key(&from) {
                // A macro that was not expanded defines the name in there.
                let name = name.clone();
                return vec![Target::Definition(Definition { place: from, name })];
            }
            return targets;
        }
        let inner = targets.into_iter().filter_map(|target| match target {
            Target::Module(place) => Some(place),
            Target::Definition(_) | Target::Crate => None,
        });
        inner
            .flat_map(|place| self.descend(viewer, place, rest))
            .collect()
    }
}

fn parse_file(path: &PathBuf) -> Vec<Item> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => panic!("{} cannot be read: {error}", path.display()),
    };
    match syn::parse_file(&text) {
        Ok(file) => file.items,
        Err(error) => panic!("{} is not Rust: {error}", path.display()),
    }
}

fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

fn is_for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

/// Returns true for `#[doc(hidden)]`: an item for a macro's own use, not public.
fn is_hidden(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("doc")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("hidden"))
    })
}

/// Returns the name that an item defines, and whether it is public.
fn defined(item: &Item) -> Option<(String, bool)> {
    let (name, visibility, attributes) = match item {
        Item::Const(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Enum(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Fn(item) => (&item.sig.ident, &item.vis, &item.attrs),
        Item::Static(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Struct(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Trait(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Type(item) => (&item.ident, &item.vis, &item.attrs),
        Item::Union(item) => (&item.ident, &item.vis, &item.attrs),
        _ => return None,
    };
    Some((
        name.to_string(),
        is_public(visibility) && !is_hidden(attributes),
    ))
}
