//! The manifests and packages have the fields that publishing needs.
//!
//! The problem: a missing field is found on the day of a release, eight times. This test
//! finds it on the day a crate is made.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `documents.rs`.

use std::path::Path;
use std::process::Command;

use checks::repository::{
    BESIDE, FACADE, FLOORS, MACROS, assert_none, files, metadata, read, root,
};
use serde_json::Value;

/// Returns the packages that are published.
fn published() -> Vec<&'static str> {
    let floors = FLOORS.iter().map(|(_, package)| *package);
    let beside = BESIDE.iter().map(|(_, package, _)| *package);
    floors.chain([MACROS.1, FACADE.1]).chain(beside).collect()
}

fn is_some_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}

#[test]
fn published_crates_say_what_a_registry_asks_for() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("a package has a name");
        if !published().contains(&name) {
            if package["publish"] != Value::Array(Vec::new()) {
                complaints.push(format!("{name}: publish = false is missing"));
            }
            continue;
        }
        for key in [
            "description",
            "license",
            "readme",
            "rust_version",
            "edition",
        ] {
            if !is_some_text(&package[key]) {
                complaints.push(format!("{name}: no {key}"));
            }
        }
        for (key, most) in [("keywords", 5), ("categories", 5)] {
            let count = package[key].as_array().map_or(0, Vec::len);
            if count == 0 || count > most {
                complaints.push(format!(
                    "{name}: {count} {key}, where 1 to {most} are right"
                ));
            }
        }
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            if dependency["path"].is_string() && dependency["req"] == "*" {
                complaints.push(format!(
                    "{name}: {} has a path but no version",
                    dependency["name"]
                ));
            }
        }
    }
    assert_none(
        "A crate that is published says who it is; the others say publish = false:",
        &complaints,
    );
}

/// A target with `test = false` in its manifest has no test in its folder that would not run. A page
/// may have tests if the crate's target `it` compiles the page as a part of its own.
#[test]
fn a_target_that_is_not_tested_has_no_tests_inside() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    let untested = targets.filter(|target| target["test"] == false);
    let of_a_crate = |target: &&Value| {
        let kind = target["kind"][0].as_str();
        matches!(kind, Some("lib" | "proc-macro" | "bin"))
    };
    let untested = untested.filter(of_a_crate);
    let mut complaints = Vec::new();
    let mut count = 0;
    for target in untested {
        let page = Path::new(target["src_path"].as_str().expect("a target has a page"));
        let page = page.strip_prefix(root()).expect("it is in the project");
        let folder = page.parent().expect("it is in a folder").to_string_lossy();
        let inside = files(&[".rs"]).into_iter();
        let inside = inside.filter(|file| file.path.starts_with(&format!("{folder}/")));
        for file in inside {
            count += 1;
            let test = |line: &str| matches!(line.trim(), "#[test]" | "#[cfg(test)]");
            let of_it = root().join(&*folder).join("../tests/it/main.rs");
            let of_it = std::fs::read_to_string(of_it).unwrap_or_default();
            let part = Path::new(&file.path).strip_prefix(&*folder).ok();
            let part = part.and_then(|part| Some((part.parent()?.to_str()?, part.file_stem()?)));
            let runs = part.is_some_and(|(within, stem)| {
                let stem = format!("mod {};", stem.to_string_lossy());
                let parts = of_it.split_once(&format!("#[path = \"../../src/{within}\"]"));
                parts.is_some_and(|(_, parts)| parts.contains(&stem))
            });
            if !runs && file.text.lines().any(test) {
                complaints.push(format!("{}: its tests are not run", file.path));
            }
        }
    }
    assert!(count > 100, "the files of the crates are found: {count}");
    assert_none(
        "A target with tests inside has no `test = false` in its manifest:",
        &complaints,
    );
}

#[test]
fn all_crates_have_one_version_and_one_licence() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().expect("a list of packages");
    for package in packages {
        assert_eq!(
            package["license"], "MIT OR Apache-2.0",
            "{}",
            package["name"]
        );
        assert_eq!(
            package["version"], packages[0]["version"],
            "{}",
            package["name"]
        );
        assert_eq!(package["edition"], "2024", "{}", package["name"]);
        assert_eq!(
            package["rust_version"], packages[0]["rust_version"],
            "{}",
            package["name"]
        );
    }
    let version = packages[0]["rust_version"].as_str().unwrap_or("?");
    assert!(read("README.md").contains(version));
    // The workspaces beside this one, too: none of them is built with another compiler.
    let others = files(&["/Cargo.toml"]).into_iter().filter(|file| {
        let says = file
            .text
            .lines()
            .find_map(|line| line.strip_prefix("rust-version = "));
        says.is_some_and(|says| says.trim_matches('"') != version)
    });
    let others: Vec<String> = others.map(|file| file.path).collect();
    assert_none("A manifest names a compiler that is not tested:", &others);
}

/// `cargo doc --open` opens the facade, and the list of crates beside it has what a user can depend on.
#[test]
fn the_reference_has_the_published_crates_alone() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("a package has a name");
        let targets = package["targets"].as_array().into_iter().flatten();
        let documented = targets.filter(|target| target["doc"] == true).count();
        if documented != usize::from(published().contains(&name)) {
            complaints.push(format!("{name}: {documented} targets are documented"));
        }
    }
    assert_none(
        "A published crate is in the reference once, and no other package is:",
        &complaints,
    );
}

#[test]
fn a_package_has_its_sources_its_readme_and_its_licences() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut complaints = Vec::new();
    for name in published() {
        let output = Command::new(&cargo)
            .args(["package", "--list", "--allow-dirty", "--package", name])
            .current_dir(root())
            .output()
            .expect("cargo can be run");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "cargo package --list fails for {name}:\n{errors}"
        );
        let files = String::from_utf8_lossy(&output.stdout).replace("\r\n", "\n");
        for wanted in [
            "Cargo.toml",
            "README.md",
            "src/lib.rs",
            "LICENSE-MIT",
            "LICENSE-APACHE",
        ] {
            if !files.lines().any(|file| file == wanted) {
                complaints.push(format!("{name}: {wanted}"));
            }
        }
    }
    assert_none("A published package lacks a file:", &complaints);
}

#[test]
fn the_licences_in_the_crates_are_those_of_the_repository() {
    let folders = FLOORS
        .iter()
        .map(|(folder, _)| *folder)
        .chain([MACROS.0, FACADE.0])
        .chain(BESIDE.map(|(folder, ..)| folder));
    for folder in folders {
        for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
            assert_eq!(
                read(&format!("{folder}/{licence}")),
                read(licence),
                "{folder}/{licence}"
            );
        }
    }
}

#[test]
fn every_package_takes_the_lints_of_the_workspace() {
    let metadata = metadata();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let path = package["manifest_path"]
            .as_str()
            .expect("a package has a manifest");
        let manifest = std::fs::read_to_string(path).expect("a manifest can be read");
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{path}: [lints] workspace = true is missing"
        );
    }
}

/// The feature `linux_5_11` of rustix changes the calls of every crate in a program, and old kernels refuse
/// them (`reactor/precise.rs`). Its other features with such names promise a kernel, too.
#[test]
fn no_crate_has_the_calls_of_new_kernels_alone() {
    let manifests = files(&["/Cargo.toml"]).into_iter();
    let named = manifests.filter(|file| file.text.contains("linux_"));
    let named: Vec<String> = named.map(|file| file.path).collect();
    assert_none("A manifest asks rustix for the calls of a kernel:", &named);
    // A dependency may ask for it as well.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "tree",
            "--package",
            FACADE.1,
            "--prefix",
            "none",
            "--format",
            "{p} {f}",
        ])
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    let tree = String::from_utf8_lossy(&output.stdout);
    let of_rustix: Vec<&str> = tree
        .lines()
        .filter(|line| line.starts_with("rustix "))
        .collect();
    assert!(
        !of_rustix.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        of_rustix.iter().all(|line| !line.contains("linux_")),
        "{of_rustix:?}"
    );
}
