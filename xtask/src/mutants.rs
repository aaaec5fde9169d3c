//! Proves that the kit finds faults: each mutant turns its test red.
//!
//! The problem: `cancel_everywhere` finds nothing broken in floor 5. That says little, unless it finds the
//! faults of a floor 5 that is broken. Only a run shows this, and a run needs a build of the broken crates.
//! A build for each mutant takes many times longer than its test. So the copy holds all mutants, each beside
//! the correct code, and a variable of the environment says which one counts. One build is enough.
//!
//! ```text
//!   crates ── copied, with each mutant ──► target/mutants/tree ── cargo test ──► passes
//!                                                              ── GROUNDUP_MUTANT=race cargo test ──► must fail
//! ```
//!
//! Invariants
//! 1. The tree itself is never edited.
//! 2. The test passes in the copy while no mutant counts.
//! 3. A mutant that does not fit, does not build, or does not end proves nothing, and is a failure.
//!
//! Read next: `mutants/list.rs`.

pub mod list;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use lexopt::prelude::{Long, Short, Value, ValueExt};
use lexopt::{Error, Parser};

use crate::command::mistake;
use crate::mutants::list::{MUTANTS, Mutant};
use crate::neighbours::cargo;
use crate::tour::{target, workspace};

/// The output of `cargo xtask mutants --help`.
pub const HELP: &str = "\
cargo xtask mutants [TOOL...]

Breaks floor 5 in a copy, one small fault at a time, and runs the test of the kit that
cancels everything everywhere. Prints which scene has found the fault, and how. Exits with 1
if a fault is not found. With words, runs only the mutants whose tools contain one of them.
";

/// The test that must find each mutant.
const TEST: &str = "every_verb_of_floors_5_to_7_is_safe_everywhere";

/// The variable that says which mutant counts.
const VARIABLE: &str = "GROUNDUP_MUTANT";

/// The parts of the tree that a build of the kit and its tests needs.
const PARTS: [&str; 4] = ["Cargo.lock", "crates", "examples", "tests/src"];

/// The time after which a build and its test are ended.
const LIMIT: Duration = Duration::from_secs(900);

/// Runs the verb `cargo xtask mutants`.
///
/// # Errors
/// A message that says what is wrong with the arguments, or why the copy cannot be made or tested.
pub fn main(words: &mut Parser) -> Result<ExitCode, String> {
    let Some(chosen) = parse(words).map_err(|why| mistake("mutants", &why))? else {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    };
    let copy = Copy::make()?;
    match copy.test("")? {
        Verdict::Passed => println!("{:<16} passes", "no mutant"),
        Verdict::Failed(found) => return Err(format!("the test fails without a mutant: {found}")),
        Verdict::None(why) => return Err(format!("the test did not run without a mutant: {why}")),
    }
    let mut survivors = 0;
    for mutant in &chosen {
        let (word, told) = match copy.test(mutant.tool)? {
            Verdict::Failed(found) => ("caught", found),
            Verdict::Passed => ("SURVIVES", mutant.law.to_owned()),
            Verdict::None(why) => ("NO PROOF", why),
        };
        survivors += usize::from(word != "caught");
        println!("{:<16} {word}: {told}", mutant.tool);
    }
    println!("{} mutants, {survivors} not caught", chosen.len());
    Ok(match survivors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Parses the words after `mutants`. `None` asks for the help.
///
/// # Errors
/// A message that says what is wrong.
pub fn parse(words: &mut Parser) -> Result<Option<Vec<&'static Mutant>>, Error> {
    let mut chosen: Vec<&Mutant> = Vec::new();
    while let Some(word) = words.next()? {
        match word {
            Long("help") | Short('h') => return Ok(None),
            Value(name) => {
                let name = name.string()?;
                let known = chosen.len();
                chosen.extend(MUTANTS.iter().filter(|it| it.tool.contains(&name)));
                if chosen.len() == known {
                    let tools: Vec<&str> = MUTANTS.iter().map(|it| it.tool).collect();
                    let why = format!("there is no mutant {name}; there are {}", tools.join("; "));
                    return Err(why.into());
                }
            }
            other => return Err(other.unexpected()),
        }
    }
    if chosen.is_empty() {
        chosen = MUTANTS.iter().collect();
    }
    Ok(Some(chosen))
}

/// How a test ended.
enum Verdict {
    Passed,
    /// What the kit has found.
    Failed(String),
    /// It did not run to its end, and why.
    None(String),
}

/// A copy of the crates.
struct Copy {
    folder: PathBuf,
    tree: PathBuf,
}

impl Copy {
    /// Copies what differs, so that cargo builds only that again.
    fn make() -> Result<Self, String> {
        let folder = target().join("mutants");
        let tree = folder.join("tree");
        for part in PARTS {
            copied(&workspace().join(part), &tree.join(part))?;
        }
        let manifest = workspace().join("Cargo.toml");
        let text = fs::read_to_string(&manifest).map_err(|why| told(&manifest, &why))?;
        written(&tree.join("Cargo.toml"), only_crates(&text).as_bytes())?;
        Ok(Copy { folder, tree })
    }

    /// Builds the test, if that has not been done, and runs it with the mutant of a tool.
    fn test(&self, tool: &str) -> Result<Verdict, String> {
        let said = self.folder.join(format!("said {tool}.txt"));
        let file = File::create(&said).map_err(|why| told(&said, &why))?;
        let other = file.try_clone().map_err(|why| told(&said, &why))?;
        let mut cargo = cargo();
        cargo.args(["test", "--color", "never", "-p", "groundup-testkit"]);
        cargo
            .args(["--test", "it", "--", TEST])
            .current_dir(&self.tree);
        let target = self.folder.join("target");
        cargo
            .env("CARGO_TARGET_DIR", target)
            .env("RUST_BACKTRACE", "0")
            .env(VARIABLE, tool);
        cargo.stdin(Stdio::null()).stdout(file).stderr(other);
        let ended = ends(&mut cargo).map_err(|why| format!("cannot start cargo: {why}"))?;
        let text = fs::read(&said).map_err(|why| told(&said, &why))?;
        let text = String::from_utf8_lossy(&text);
        Ok(match ended {
            false => Verdict::None("it does not end".to_owned()),
            true => verdict(&text),
        })
    }
}

/// Runs a command; returns false if it had to be ended, with all its processes.
fn ends(command: &mut Command) -> std::io::Result<bool> {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    let mut child = command.spawn()?;
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        if child.try_wait()?.is_some() {
            return Ok(true);
        }
        sleep(Duration::from_millis(100));
    }
    let group = format!("-{}", child.id());
    let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
    let _ = child.kill();
    child.wait().map(|_| false)
}

/// Reads the output of the test.
fn verdict(said: &str) -> Verdict {
    if said.contains("test result: ok. 1 passed") {
        return Verdict::Passed;
    }
    match found(said) {
        Some(found) if said.contains("test result: FAILED. 0 passed; 1 failed") => {
            Verdict::Failed(found)
        }
        _ => {
            let lines: Vec<&str> = said.lines().rev().take(12).collect();
            let lines: Vec<&str> = lines.into_iter().rev().collect();
            Verdict::None(lines.join("\n"))
        }
    }
}

/// Returns the scene that has failed, the first line of its failure, and its story.
///
/// ```
/// let said = "scene: gather\nscene: race\n\
///     thread 'a' panicked at cancels.rs:7:9:\nrace: a timer is left\n  the timer of main\n  \
///     first in, first out, except: cancel main before iteration 2\n  found after 3 schedules\n";
/// let found = xtask::mutants::found(said).unwrap();
/// assert_eq!(found, "race: a timer is left (cancel main before iteration 2)");
/// ```
#[must_use]
pub fn found(said: &str) -> Option<String> {
    let mut scenes = said.lines().filter_map(|line| line.strip_prefix("scene: "));
    let scene = scenes.next_back()?;
    let mut lines = said
        .lines()
        .skip_while(|line| !line.contains(" panicked at "));
    let first = lines.nth(1)?;
    let first = first.strip_prefix(&format!("{scene}: ")).unwrap_or(first);
    let story = lines.find_map(|line| line.trim().strip_prefix("first in, first out, except: "));
    let story = story.map_or(String::new(), |story| format!(" ({story})"));
    Some(format!("{scene}: {first}{story}"))
}

/// Leaves only the crates in the list of members: the other packages are not copied.
fn only_crates(manifest: &str) -> String {
    let is_other = |line: &&str| {
        let member = line.trim().strip_suffix("\",");
        member.is_some_and(|name| name.starts_with('"') && !name.starts_with("\"crates/"))
    };
    let lines = manifest.lines().filter(|line| !is_other(line));
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// Copies the files that differ, and removes those that are gone.
fn copied(from: &Path, to: &Path) -> Result<(), String> {
    if from.is_dir() {
        fs::create_dir_all(to).map_err(|why| told(to, &why))?;
        for name in names(to)? {
            let old = to.join(&name);
            match (from.join(&name).exists(), old.is_dir()) {
                (true, _) => Ok(()),
                (false, true) => fs::remove_dir_all(&old),
                (false, false) => fs::remove_file(&old),
            }
            .map_err(|why| told(&old, &why))?;
        }
        for name in names(from)?.into_iter().filter(|name| name != "target") {
            copied(&from.join(&name), &to.join(&name))?;
        }
        return Ok(());
    }
    let new = fs::read(from).map_err(|why| told(from, &why))?;
    written(to, &with_mutants(from, new)?)
}

/// Puts the mutants of a file of floor 5 into its text.
fn with_mutants(path: &Path, text: Vec<u8>) -> Result<Vec<u8>, String> {
    let floor = workspace().join("crates/5-combinators/src");
    let mutants = MUTANTS.iter().filter(|it| floor.join(it.file) == path);
    mutants.into_iter().try_fold(text, |text, mutant| {
        let text = String::from_utf8_lossy(&text);
        let planted = mutant.planted(&text, VARIABLE);
        let (tool, file) = (mutant.tool, mutant.file);
        let planted =
            planted.ok_or_else(|| format!("{tool}: its lines do not stand in {file} exactly once"));
        planted.map(String::into_bytes)
    })
}

fn names(folder: &Path) -> Result<Vec<std::ffi::OsString>, String> {
    let entries = fs::read_dir(folder).map_err(|why| told(folder, &why))?;
    let entries = entries.map(|entry| entry.map(|entry| entry.file_name()));
    entries
        .collect::<Result<_, _>>()
        .map_err(|why| told(folder, &why))
}

/// Writes a file that differs, so that cargo sees which files are new.
fn written(path: &Path, new: &[u8]) -> Result<(), String> {
    if fs::read(path).is_ok_and(|old| old == new) {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(path);
    let made = fs::create_dir_all(folder).and_then(|()| fs::write(path, new));
    made.map_err(|why| told(path, &why))
}

fn told(path: &Path, why: &std::io::Error) -> String {
    format!("{}: {why}", path.display())
}
