//! `cargo xtask props` runs each property of the project.
//!
//! Read next: `python.rs`.

use std::path::{Path, PathBuf};

use xtask::props::{Floor, all};

/// Returns the packages of a folder, without those that are workspaces of their own.
fn packages(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().expect("it is a folder").flatten() {
        let path = entry.path();
        let manifest = std::fs::read_to_string(path.join("Cargo.toml")).unwrap_or_default();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if !path.is_dir() || hidden || manifest.contains("[workspace]") || path.ends_with("target")
        {
            continue;
        }
        if !manifest.is_empty() {
            found.push(path.clone());
        }
        packages(&path, found);
    }
}

#[test]
fn the_properties_of_each_package_are_among_all() {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    packages(root, &mut found);
    found.retain(|package| {
        let tests = package.join("tests/it");
        tests.join("props.rs").exists() || tests.join("props").exists()
    });
    let known = all().expect("the folder of the floors can be read");
    let known: Vec<&Path> = known.iter().map(Floor::folder).collect();
    let forgotten = found
        .iter()
        .filter(|package| !known.contains(&package.as_path()));
    assert_eq!(forgotten.collect::<Vec<_>>(), Vec::<&PathBuf>::new());
    assert!(found.len() >= 8, "{found:?}");
}
