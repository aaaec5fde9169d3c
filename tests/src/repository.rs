//! The files of the repository.
//!
//! The problem: a check of all files must read all of them and no other file: no build
//! output, no file of version control, and no copy in which a learner writes.
//!
//! Invariants:
//! 1. Paths are relative to the repository's root, with `/` between the parts.
//! 2. Files come in the order of their paths, so that every run prints the same.
//!
//! Read next: `tokens.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// The numbered crates, bottom floor first: folder and package name.
pub const FLOORS: [(&str, &str); 8] = [
    ("crates/0-trace", "groundup-trace"),
    ("crates/1-generator", "groundup-generator"),
    ("crates/2-interweave", "groundup-interweave"),
    ("crates/3-task", "groundup-task"),
    ("crates/4-executor", "groundup-executor"),
    ("crates/5-combinators", "groundup-combinators"),
    ("crates/6-sync", "groundup-sync"),
    ("crates/7-io", "groundup-io"),
];

/// The attributes of the facade, a crate beside the tower, since a crate of macros exports nothing
/// else: folder and package name.
pub const MACROS: (&str, &str) = ("crates/macros", "groundup-macros");

/// The crates beside the tower, for programs that look at programs: folder, package name, and the
/// crates of the workspace that it depends on. No floor depends on one, and the facade neither.
pub const BESIDE: [(&str, &str, &[&str]); 2] = [
    ("crates/view", "groundup-view", &["groundup-trace"]),
    (
        "crates/testkit",
        "groundup-testkit",
        &["groundup", "groundup-macros", "groundup-view"],
    ),
];

/// The facade: folder and package name.
pub const FACADE: (&str, &str) = ("crates/groundup", "groundup");

/// One text file.
#[derive(Clone, Debug)]
pub struct File {
    /// The path of the file, from the root.
    pub path: String,
    /// The text of the file.
    pub text: String,
}

impl File {
    /// Returns true if the file belongs to the code of a floor or of the facade, without tests.
    pub fn is_crate_source(&self) -> bool {
        self.path.starts_with("crates/") && self.path.contains("/src/")
    }

    /// Returns true if the file is in a folder of tests.
    pub fn is_test(&self) -> bool {
        self.path.contains("/tests/")
    }
}

/// Returns the root of the repository.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent()
        .expect("this package is in a folder of the repository")
        .to_path_buf()
}

/// Returns the text of one file.
///
/// # Panics
///
/// If the file cannot be read.
pub fn read(path: &str) -> String {
    match fs::read_to_string(root().join(path)) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => panic!("{path} cannot be read ({error}): is it there, and is it text?"),
    }
}

/// Returns all files whose names end in one of `endings`.
pub fn files(endings: &[&str]) -> Vec<File> {
    let mut paths = Vec::new();
    walk(&root(), &mut paths);
    let mut files: Vec<File> = paths
        .into_iter()
        .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
        .map(|path| File {
            text: read(&path),
            path,
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// An example program, and the output that it must print.
#[derive(Clone, Debug)]
pub struct Example {
    /// The name that `cargo run --example` takes.
    pub name: String,
    /// The package that contains it: `examples`, or a floor, which it then uses alone.
    pub package: &'static str,
    /// The path of its folder, from the root.
    pub folder: String,
    /// The text of its file.
    pub text: String,
}

impl Example {
    /// Returns the path of the expected output.
    pub fn expected(&self) -> String {
        format!("{}/expected/{}.txt", self.folder, self.name)
    }
}

/// Returns the examples in `examples/` and in the crates of the floors.
pub fn examples() -> Vec<Example> {
    let own = |(crate_folder, package)| (format!("{crate_folder}/examples"), package);
    let folders: Vec<_> = [("examples".to_string(), "examples")]
        .into_iter()
        .chain(FLOORS.map(own))
        .collect();
    let example = |file: File| {
        let (folder, name) = file.path.rsplit_once('/')?;
        let (folder, package) = folders.iter().find(|(at, _)| at == folder)?;
        Some(Example {
            name: name.trim_end_matches(".rs").to_string(),
            package,
            folder: folder.clone(),
            text: file.text,
        })
    };
    rust_files().into_iter().filter_map(example).collect()
}

/// Returns all Rust files.
pub fn rust_files() -> Vec<File> {
    files(&[".rs"])
}

fn walk(folder: &Path, paths: &mut Vec<String>) {
    let entries = fs::read_dir(folder).expect("a folder of the repository can be read");
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        // What learners write is theirs.
        let is_own = !path.ends_with("exercises/work");
        if kind.is_dir() && name != "target" && name != ".git" && is_own {
            walk(&path, paths);
        } else if kind.is_file() {
            let path = path.strip_prefix(root()).unwrap_or(&path);
            let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
            paths.push(parts.join("/"));
        }
    }
}

/// Returns the output of `cargo metadata` for the workspace, without resolved dependencies.
///
/// # Panics
///
/// If cargo fails.
pub fn metadata() -> serde_json::Value {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = std::process::Command::new(cargo)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata failed:\n{errors}");
    serde_json::from_slice(&output.stdout).expect("cargo metadata gives JSON")
}

/// Panics with all the complaints at once, and with the rule they are about.
///
/// # Panics
///
/// If there are complaints.
#[track_caller]
pub fn assert_none(rule: &str, complaints: &[String]) {
    assert!(
        complaints.is_empty(),
        "\n{rule}\n\n  {}\n",
        complaints.join("\n  ")
    );
}
