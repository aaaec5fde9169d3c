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

/// Adds the Rust files of a folder that have properties. The repository has a test that they are in modules
/// `props`, by which they are chosen.
fn with_properties(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            with_properties(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let text = std::fs::read_to_string(&path).expect("it can be read");
            if text.lines().any(|line| line.trim() == "proptest! {") {
                found.push(path);
            }
        }
    }
}

/// Says which properties of a package no program of its tests contains, of those that `props` runs.
fn not_run(package: &Path, files: &[PathBuf]) -> Vec<String> {
    let manifest = std::fs::read_to_string(package.join("Cargo.toml")).unwrap_or_default();
    let is_tested = !manifest.lines().any(|line| line == "test = false");
    // The pages of `src` have their tests beside them, or in `tests/unit`.
    let runs = |file: &&PathBuf| {
        let part = file.strip_prefix(package).unwrap_or(file);
        let inside = part.starts_with("src") || part.starts_with("tests/unit");
        part.starts_with("tests/it") || inside && is_tested
    };
    let lost = files.iter().filter(|file| !runs(file));
    lost.map(|file| file.display().to_string()).collect()
}

#[test]
fn the_properties_of_each_package_are_among_all() {
    let (mut found, mut lost, mut inside) = (Vec::new(), Vec::new(), 0);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    packages(root, &mut found);
    found.retain(|package| {
        let mut files = Vec::new();
        with_properties(&package.join("src"), &mut files);
        inside += files.len();
        with_properties(&package.join("tests"), &mut files);
        lost.extend(not_run(package, &files));
        !files.is_empty()
    });
    assert_eq!(lost, [""; 0], "no program of the verb has them");
    assert!(inside > 0, "a page of floor 4 has properties inside");
    let known = all().expect("the folder of the floors can be read");
    let known: Vec<&Path> = known.iter().map(Floor::folder).collect();
    let forgotten = found
        .iter()
        .filter(|package| !known.contains(&package.as_path()));
    assert_eq!(forgotten.collect::<Vec<_>>(), Vec::<&PathBuf>::new());
    assert!(found.len() >= 8, "{found:?}");
}
