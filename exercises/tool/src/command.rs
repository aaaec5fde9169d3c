//! The verbs of `cargo xtask exercise`.
//!
//! The problem: a learner types one line many times an hour. Each answer begins with the line that
//! matters, and ends with the command to type next.
//!
//! Invariants
//! 1. A wrong command line costs one line, and changes nothing.
//! 2. Two commands at the same time wait for each other.
//! 3. `start` changes a body only if the exercise was not begun, or with `--again`, after it was kept.
//!
//! Read next: `command/words.rs`.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::check::{self, report};
use crate::copy::{self, edit};
use crate::floor::{self, Exercise, Floor};
use crate::prove;
use progress::Progress;
use words::Words;

pub mod progress;
mod solve;
mod words;

/// The text that `--help` prints.
pub const HELP: &str = include_str!("help.txt");

/// Runs the command of the command line in this project. The variable `EXERCISE_ROOT` names another
/// project, which the tests of this program make.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = here.ancestors().nth(2).unwrap_or(here).to_path_buf();
    let root = std::env::var_os("EXERCISE_ROOT").map_or(own, PathBuf::from);
    match run(&root, arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(why) => {
            eprintln!("exercise: {why}");
            ExitCode::from(2)
        }
    }
}

/// Runs one command in the project at `root`. Returns false if a check failed.
///
/// # Errors
/// Returns a line about a wrong command line, or a file that cannot be read.
pub fn run(root: &Path, arguments: impl IntoIterator<Item = OsString>) -> Result<bool, String> {
    let Some(words) = Words::read(arguments)? else {
        print!("{HELP}");
        return Ok(true);
    };
    let floors = floor::load(root)?;
    let _lock = progress::locked(root)?;
    let mut session = Session {
        root: root.to_path_buf(),
        progress: Progress::load(root),
        limit: words.limit()?,
    };
    if words.verb == "list" {
        session.list(&floors, words.values.first())?;
        return Ok(true);
    }
    if words.verb == "prove" {
        return prove::all(root, &floors, &words.values);
    }
    let number = session.number(&floors, &words)?;
    let (floor, exercise) = floor::find(&floors, &number)?;
    let done = match words.verb.as_str() {
        "start" => session.start(floor, exercise, words.again),
        "check" => session.check(floor, exercise),
        "hint" => session.hint(floor, exercise),
        _ => session.solve(floor, exercise, words.put),
    };
    session.progress.save()?;
    done
}

/// One command of a learner.
struct Session {
    root: PathBuf,
    progress: Progress,
    limit: Duration,
}

impl Session {
    /// Returns the number that a command line means.
    fn number(&self, floors: &[Floor], words: &Words) -> Result<String, String> {
        if let Some(number) = words.values.first() {
            return Ok(number.clone());
        }
        if words.verb != "start" {
            let current = self.progress.current.clone();
            return current.ok_or(
                "no exercise was started: `cargo xtask exercise start 1.1` starts one".into(),
            );
        }
        // The next one after the last, and around the end.
        let all: Vec<&Exercise> = floors.iter().flat_map(|floor| &floor.exercises).collect();
        let current = self.progress.current.as_deref();
        let last = all
            .iter()
            .position(|exercise| current == Some(&exercise.number));
        let (before, after) = all.split_at(last.unwrap_or(0));
        let mut in_turn = after.iter().chain(before);
        let next = in_turn.find(|exercise| self.progress.of(&exercise.number).is_none());
        next.map(|exercise| exercise.number.clone())
            .ok_or("every exercise was started".into())
    }

    fn list(&self, floors: &[Floor], only: Option<&String>) -> Result<(), String> {
        let is_shown = |floor: &&Floor| only.is_none_or(|only| floor.floor.to_string() == *only);
        let shown: Vec<&Floor> = floors.iter().filter(is_shown).collect();
        if shown.is_empty() {
            let there: Vec<String> = floors.iter().map(|floor| floor.floor.to_string()).collect();
            let there = there.join(" ");
            return Err(format!(
                "there is no floor {:?}; there are {there}",
                only.map_or("", |only| only)
            ));
        }
        let mut listed = String::new();
        for floor in shown {
            let tally = self.tally(floor);
            listed += &format!("floor {}: {}   {tally}\n", floor.floor, floor.title);
            for Exercise {
                number,
                title,
                minutes,
                ..
            } in &floor.exercises
            {
                let word = match self.progress.of(number) {
                    None => "",
                    Some(begun) if begun.done => "done",
                    Some(_) => "started",
                };
                listed += &format!("  {number}  {word:8} {title} ({minutes} minutes)\n");
            }
        }
        // The reader may have read enough: `| head`.
        let _ = std::io::stdout().write_all(listed.as_bytes());
        Ok(())
    }

    fn tally(&self, floor: &Floor) -> String {
        let is_done = |exercise: &&Exercise| {
            self.progress
                .of(&exercise.number)
                .is_some_and(|begun| begun.done)
        };
        let done = floor.exercises.iter().filter(is_done).count();
        format!("{done} of {} done", floor.exercises.len())
    }

    fn start(&mut self, floor: &Floor, exercise: &Exercise, again: bool) -> Result<bool, String> {
        let (number, copy) = (&exercise.number, self.root.join(floor.work()));
        if !copy.exists() {
            self.progress.forget_floor(floor.floor);
            copy::make(&self.root, floor, &floor.work(), &new_name())?;
        }
        // A text that differs from the library's is the learner's, also if the progress was lost.
        let texts = |folder: &Path| {
            let functions = edit::functions(folder, exercise)?.into_iter();
            Ok::<Vec<String>, String>(functions.map(|(.., text)| text).collect())
        };
        let original = copy.join(copy::ORIGINAL);
        let library = match original.exists() {
            true => texts(&original)?,
            false => texts(&self.root.join(&floor.krate))?,
        };
        let is_own = texts(&copy).is_ok_and(|own| own != library);
        if self.progress.of(number).is_some() || is_own {
            if !again {
                let kept = format!("{}/kept", floor.work());
                println!(
                    "{number} was started before; your text stays as it is: {}",
                    self.place(floor, exercise)
                );
                println!(
                    "`cargo xtask exercise start {number} --again` keeps it in {kept}, and begins afresh."
                );
                self.progress.change(number, |_| {});
                return Ok(false);
            }
            let kept = edit::keep(&copy, exercise)?;
            println!(
                "your text is kept in {}",
                kept.strip_prefix(&self.root).unwrap_or(&kept).display()
            );
        }
        edit::cut(&copy, exercise)?;
        self.progress.change(number, |begun| begun.done = false);
        println!(
            "{number}  {} ({} minutes)\n",
            exercise.title, exercise.minutes
        );
        println!("{}\n", report::wrapped(&floor.for_learner(&exercise.text)));
        println!("Write {}", self.place(floor, exercise));
        println!(
            "Tests {}/tests/{}.rs: {}",
            floor.work(),
            exercise.module(),
            exercise.tests.join(", ")
        );
        println!("Read  {}", floor.reading(exercise));
        println!("Then  cargo xtask exercise check {number}");
        Ok(true)
    }

    /// Returns the functions to write, each with its place.
    fn place(&self, floor: &Floor, exercise: &Exercise) -> String {
        let path = format!("{}/{}", floor.work(), exercise.file);
        let Ok(found) = edit::functions(&self.root.join(floor.work()), exercise) else {
            return path;
        };
        let places = found
            .iter()
            .map(|(name, line, _)| format!("`{name}` at {path}:{line}"));
        places.collect::<Vec<_>>().join(", ")
    }

    fn check(&mut self, floor: &Floor, exercise: &Exercise) -> Result<bool, String> {
        let number = &exercise.number;
        let copy = self.root.join(floor.work());
        if self.progress.of(number).is_none() || !copy.exists() {
            return Err(not_started(number));
        }
        self.progress.change(number, |_| {});
        if !check::exercise(&self.root, floor, exercise, self.limit)? {
            return Ok(false);
        }
        self.progress.change(number, |begun| begun.done = true);
        let (count, tally) = (exercise.tests.len(), self.tally(floor));
        println!(
            "{number} is done: tests that pass: {count}. Floor {}: {tally}",
            floor.floor
        );
        println!("`cargo xtask exercise solve {number}` shows the library's text beside yours.");
        Ok(true)
    }

    fn hint(&mut self, floor: &Floor, exercise: &Exercise) -> Result<bool, String> {
        let number = &exercise.number;
        let Some(begun) = self.progress.of(number) else {
            return Err(not_started(number));
        };
        let count = exercise.hints.len();
        let at = begun.hints.min(count - 1);
        let hint = floor.for_learner(&exercise.hints[at]);
        println!("hint {} of {count}: {hint}", at + 1);
        if begun.hints >= count {
            println!(
                "There is no further hint; `cargo xtask exercise solve {number}` shows the library's text."
            );
        }
        self.progress
            .change(number, |begun| begun.hints = (begun.hints + 1).min(count));
        Ok(true)
    }

    fn solve(&mut self, floor: &Floor, exercise: &Exercise, put: bool) -> Result<bool, String> {
        if !put {
            solve::show(&self.root, floor, exercise)?;
            return Ok(true);
        }
        let number = &exercise.number;
        if self.progress.of(number).is_none() {
            return Err(format!(
                "{number} was not started, so the copy has the library's text already"
            ));
        }
        let kept = solve::put(&self.root, floor, exercise)?;
        println!("{number} has the library's text now; yours is kept in {kept}");
        self.progress.change(number, |_| {});
        Ok(true)
    }
}

/// Returns a name that no other copy has, also one that was put aside.
fn new_name() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    format!("{:x}", now.unwrap_or_default().as_nanos())
}

fn not_started(number: &str) -> String {
    format!("{number} was not started: `cargo xtask exercise start {number}`")
}
