//! Writes the manifest of a copy.
//!
//! The problem: the manifest of a crate takes fields and dependencies from the workspace of the project,
//! and the copy is not in this workspace. So the copy is a workspace of its own, with the tables that
//! it needs.
//!
//! Invariants
//! 1. A copy has the dependencies of its crate, without the dependencies of the crate's tests.
//! 2. Cutting a body causes no warning: names that are then unused are allowed.
//! 3. A stack trace has the lines of the copy, and of no other crate: the others are built once for all
//!    copies.
//! 4. Two copies have two package names, and their library one name. Cargo names what it builds by the
//!    package, and not by its folder: copies with one name would take each other's programs.
//!
//! Read next: `copy/items.rs`.

use std::path::Path;

use toml::{Table, Value};

use super::edit::read;

/// Returns the manifest of a copy of `krate`; `back` leads from the copy to the root of the project, and
/// `name` tells the copy from other copies.
pub(crate) fn of_copy(root: &Path, krate: &str, back: &str, name: &str) -> Result<String, String> {
    let project = parse(&root.join("Cargo.toml"))?;
    let mut own = parse(&root.join(krate).join("Cargo.toml"))?;
    own.remove("dev-dependencies");
    own.remove("test");
    for (_, target) in table(&mut own, "target") {
        if let Value::Table(target) = target {
            target.remove("dev-dependencies");
        }
    }
    let package = table(&mut own, "package").get_mut("name");
    let Some(Value::String(package)) = package else {
        return Err(format!("{krate}: the package has no name"));
    };
    let library = package.replace('-', "_");
    *package = format!("{package}-{name}");
    let own_name = package.clone();
    let lib = table(&mut own, "lib");
    lib.insert("name".into(), library.into());
    lib.insert("test".into(), false.into());
    lib.insert("doctest".into(), false.into());
    let path = Table::from_iter([("path".into(), format!("{back}/exercises/exercise").into())]);
    table(&mut own, "dependencies").insert("exercise".into(), path.into());
    own.insert("lints".into(), parse_text(LINTS)?.into());
    let of_own = format!("dev.package.{own_name}.debug = \"line-tables-only\"");
    own.insert(
        "profile".into(),
        parse_text(&format!("dev.debug = false\n{of_own}"))?.into(),
    );
    own.insert("workspace".into(), workspace(&project, back)?.into());
    toml::to_string(&own).map_err(|why| why.to_string())
}

const LINTS: &str = r#"
rust.unused = { level = "allow", priority = -1 }
rust.unused_must_use = "warn"
"#;

/// Returns the tables of the project's workspace that a crate inherits from.
fn workspace(project: &Table, back: &str) -> Result<Table, String> {
    let of_project = project.get("workspace").and_then(Value::as_table);
    let of_project = of_project.ok_or("the manifest of the project has no workspace")?;
    let kept = ["resolver", "package", "dependencies"];
    let kept = kept
        .iter()
        .filter_map(|key| Some((key.to_string(), of_project.get(*key)?.clone())));
    let mut workspace: Table = kept.collect();
    for (_, dependency) in table(&mut workspace, "dependencies") {
        if let Some(Value::String(path)) = dependency.get_mut("path") {
            *path = format!("{back}/{path}");
        }
    }
    Ok(workspace)
}

fn table<'a>(of: &'a mut Table, key: &str) -> &'a mut Table {
    let value = of.entry(key).or_insert_with(|| Table::new().into());
    match value {
        Value::Table(table) => table,
        _ => unreachable!("cargo reads no manifest whose {key} is not a table"),
    }
}

fn parse(path: &Path) -> Result<Table, String> {
    parse_text(&read(path)?).map_err(|why| format!("{}: {why}", path.display()))
}

fn parse_text(text: &str) -> Result<Table, String> {
    text.parse().map_err(|why: toml::de::Error| why.to_string())
}
