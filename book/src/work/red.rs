//! Proves that each sabotage turns its test red.
//!
//! The problem: that a patch applies says nothing about the test. Only a run shows that it fails, and a
//! run needs a build of the patched crates, which takes too long for every change. So the proof is a
//! command of its own, for the slow checks.
//!
//! ```text
//!   the tree ── copied once ──► target/book/red/tree ── patch ──► cargo test ── must fail
//!                                      ▲                            │
//!                                      └─────── patch undone ◄──────┘
//! ```
//!
//! Invariants
//! 1. The tree itself is never patched.
//! 2. A test that hangs is stopped after half an hour with all its processes, and proves nothing.
//! 3. The test is green without the patch.
//!
//! Read next: `sabotage.rs`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::tree::Tree;
use crate::work::sabotage::{Sabotage, patched};

/// The time after which a test is stopped: in steps of a tenth of a second.
const STEPS: usize = 18_000;

/// The parts of the tree that a build of the floors needs.
const PARTS: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "LICENSE",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "crates",
    "examples",
    "tests",
    "parity",
    "xtask",
    "book",
    "exercises",
];

/// Applies sabotages, all or those that are named, and runs their tests. Returns true if each went red.
///
/// # Errors
/// If there is none of a name, or the copy cannot be made.
pub fn prove(tree: &Tree, names: &[String]) -> Result<bool, String> {
    let all = tree.files("book/sabotage", ".patch");
    let all = all
        .iter()
        .filter_map(|path| path.rsplit('/').next()?.strip_suffix(".patch"));
    let all: Vec<&str> = all.collect();
    if let Some(unknown) = names.iter().find(|name| !all.contains(&name.as_str())) {
        return Err(format!(
            "there is no sabotage {unknown}; there are {}",
            all.join(", ")
        ));
    }
    let folder = tree.target().join("book/red");
    let copy = folder.join("tree");
    fs::create_dir_all(&copy).map_err(|why| format!("{}: {why}", copy.display()))?;
    let _alone = alone(&folder)?;
    let mut well = true;
    let target = folder.join("target");
    let fresh = || {
        PARTS
            .into_iter()
            .try_for_each(|part| copied(&tree.path(part), &copy.join(part)))
    };
    for name in all
        .iter()
        .filter(|name| names.is_empty() || names.iter().any(|wanted| wanted == *name))
    {
        let test = Sabotage::read(tree, name)?.test;
        fresh()?;
        let before = outcome(&copy, &target, &test)?;
        for (path, text) in patched(tree, name)? {
            fs::write(copy.join(&path), text).map_err(|why| format!("{path}: {why}"))?;
        }
        let told = match (before, outcome(&copy, &target, &test)?) {
            (Outcome::Green, Outcome::Red) => format!("red, as it should be: {test}"),
            (Outcome::Green, Outcome::Green) => format!("{test} stays green"),
            (Outcome::Green, Outcome::Other(why)) => format!("{test} did not run: {why}"),
            (Outcome::Red, _) => format!("{test} is red without the patch"),
            (Outcome::Other(why), _) => format!("{test} did not run without the patch: {why}"),
        };
        well &= told.starts_with("red, ");
        println!("{name}: {told}");
    }
    fresh()?;
    Ok(well)
}

/// Waits until no other process uses the copy.
fn alone(folder: &Path) -> Result<fs::File, String> {
    let path = folder.join("lock");
    let lock = fs::File::create(&path).and_then(|file| file.lock().map(|()| file));
    lock.map_err(|why| format!("{}: {why}", path.display()))
}

/// Copies the files that differ, so that cargo builds only those again, and removes those that are gone.
fn copied(from: &Path, to: &Path) -> Result<(), String> {
    let told = |why: std::io::Error| format!("{}: {why}", from.display());
    if !from.exists() && to.is_dir() {
        return fs::remove_dir_all(to).map_err(told);
    }
    if !from.exists() && to.exists() {
        return fs::remove_file(to).map_err(told);
    }
    if from.is_dir() {
        if from.file_name().is_some_and(|name| name == "target") {
            return Ok(());
        }
        fs::create_dir_all(to).map_err(told)?;
        for entry in fs::read_dir(to).map_err(told)? {
            let name = entry.map_err(told)?.file_name();
            if !from.join(&name).exists() {
                copied(&from.join(&name), &to.join(&name))?;
            }
        }
        for entry in fs::read_dir(from).map_err(told)? {
            let entry = entry.map_err(told)?;
            copied(&entry.path(), &to.join(entry.file_name()))?;
        }
        return Ok(());
    }
    if !from.is_file() {
        return Ok(());
    }
    let new = fs::read(from).map_err(told)?;
    if fs::read(to).is_ok_and(|old| old == new) {
        return Ok(());
    }
    fs::write(to, new).map_err(told)
}

/// What became of a test.
enum Outcome {
    Green,
    Red,
    /// It did not run to its end, and why.
    Other(String),
}

/// Runs a test.
fn outcome(copy: &Path, target: &Path, test: &str) -> Result<Outcome, String> {
    let (path, name) = test.split_once("::").ok_or("a test is `path::name`")?;
    let name = name.rsplit("::").next().unwrap_or(name);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["test", "--color", "never", "-p", &package(copy, path)?]);
    cargo.args(target_of(path)).arg("--").arg(name);
    cargo.current_dir(copy).env("CARGO_TARGET_DIR", target);
    cargo
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A group of its own, so that the end of the time ends the test, too.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut cargo, 0);
    let told = |why: std::io::Error| format!("cargo cannot be run: {why}");
    let mut child = cargo.spawn().map_err(told)?;
    let out = reader(child.stdout.take());
    let err = reader(child.stderr.take());
    let mut steps = 0;
    while child.try_wait().map_err(told)?.is_none() {
        steps += 1;
        if steps > STEPS {
            let group = format!("-{}", child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
            let _ = child.kill();
            child.wait().map_err(told)?;
            return Ok(Outcome::Other("it does not end".into()));
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let [out, err] = [out, err].map(|reader| reader.join().unwrap_or_default());
    let lines = out.lines().filter_map(|line| line.strip_prefix("test "));
    let own = lines.filter_map(|line| line.split_once(" ... "));
    let own = own.filter(|(path_of, _)| is_own(path_of, &module(path), name));
    let ends: Vec<&str> = own.map(|(_, how)| how.trim()).collect();
    Ok(match ends[..] {
        ["ok"] => Outcome::Green,
        ["FAILED"] => Outcome::Red,
        _ => {
            let last: Vec<&str> = err.lines().rev().take(12).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            Outcome::Other(format!("{ends:?}\n{}", last.join("\n")))
        }
    })
}

/// Returns true if `path` is the test `name` of a module, perhaps in a module of the file.
fn is_own(path: &str, module: &str, name: &str) -> bool {
    let rest = path
        .strip_prefix(module)
        .and_then(|rest| rest.strip_suffix(name));
    rest.is_some_and(|inside| inside.is_empty() || inside.ends_with("::"))
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut text);
        }
        String::from_utf8_lossy(&text).into_owned()
    })
}

/// Returns the name of the package that a file belongs to.
fn package(copy: &Path, path: &str) -> Result<String, String> {
    let mut folder = PathBuf::from(path);
    while folder.pop() {
        let Ok(manifest) = fs::read_to_string(copy.join(&folder).join("Cargo.toml")) else {
            continue;
        };
        let name = manifest
            .lines()
            .find_map(|line| line.strip_prefix("name = \""));
        if let Some(name) = name {
            return Ok(name.trim_end_matches('"').to_owned());
        }
    }
    Err(format!("{path} belongs to no package"))
}

/// Returns the module of a test in its program, such as `rules::task_group::`: another test of the
/// program may have its name.
fn module(path: &str) -> String {
    let within = path
        .split_once("/tests/")
        .map(|(_, rest)| rest.split_once('/').map_or("", |(_, file)| file));
    let within = within.or_else(|| path.split_once("/src/").map(|(_, file)| file));
    let parts = within
        .unwrap_or_default()
        .trim_end_matches(".rs")
        .split('/');
    let parts = parts.filter(|part| !["", "main", "lib"].contains(part));
    parts.map(|part| format!("{part}::")).collect()
}

/// Returns the arguments of cargo that choose the target of a test.
fn target_of(path: &str) -> Vec<String> {
    match path.split_once("/tests/") {
        None => vec!["--lib".into()],
        Some((_, rest)) => {
            let name = rest.split('/').next().unwrap_or(rest);
            vec!["--test".into(), name.trim_end_matches(".rs").into()]
        }
    }
}
