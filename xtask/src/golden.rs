//! Golden files: every program's run, to the letter.
//!
//! The problem: a verdict compares lines and seconds. A task that takes one iteration
//! more than last week changes neither, and such a change of the loop is easily made by
//! accident. On virtual time a run is the same every time, so all of it can be recorded:
//! lines, time, timeline, events.
//!
//! ```text
//!   play on virtual time ──► text ──► compare with goldens/S0.P7.txt
//!                                       │        the first line that differs
//!                                       └─ or, with --bless, write it
//! ```
//!
//! Beside the run, the program itself is recorded as the page shows it, in `shown/programs`. The
//! package `shown` compiles it there.
//!
//! Invariants
//! 1. A file contains nothing that depends on the machine or the day.
//! 2. A second blessing changes nothing.
//! 3. A wrong verdict is a difference even if the file agrees with it, and is never blessed.
//!
//! Read next: `page.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use groundup::trace::{Sink, TextSink};

use crate::programs::Program;
use crate::python;
use crate::stage::Settings;
use crate::tour::display::seconds;
use crate::tour::output::Out;
use crate::tour::{Visit, visit};

/// Returns the path of the golden file of a program.
pub fn path(program: &Program) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("goldens");
    folder.join(format!("{}.txt", program.id))
}

/// Returns the path of the program as the page shows it, which the package `shown` compiles.
pub fn shown(program: &Program) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("shown/programs");
    folder.join(format!("{}.txt", program.id))
}

/// Compares every program with its file, or writes the files, and reports to `out`.
/// Returns true if there was no difference.
///
/// # Errors
/// If a file cannot be written.
pub fn check(programs: &[&'static Program], bless: bool, out: &Out) -> Result<bool, String> {
    let mut different = 0;
    for program in programs {
        let visit = visit(program, Settings::EXACT);
        let told = if visit.verdict.is_wrong() {
            different += 1;
            format!("{}: {}\n", program.id, visit.verdict)
        } else if bless {
            let shown = write(&shown(program), &program.listing().rust)?;
            write(&path(program), &text(&visit))? + &shown
        } else {
            let listing = program.listing().rust;
            let both = [
                compare(program, &text(&visit)),
                difference(program, &shown(program), &listing),
            ];
            different += usize::from(both.iter().any(Option::is_some));
            both.into_iter().flatten().collect()
        };
        let _ = out.borrow_mut().write_all(told.as_bytes());
    }
    let count = programs.len();
    let summary = match (different, bless) {
        (0, false) => format!("{count} programs agree with their golden files\n"),
        (0, true) => format!("{count} golden files are up to date\n"),
        (n, _) => format!("{n} of {count} programs differ\n"),
    };
    let _ = out.borrow_mut().write_all(summary.as_bytes());
    Ok(different == 0)
}

/// Returns the recorded part of a run, as text.
pub fn text(visit: &Visit) -> String {
    let Visit { program, seen, .. } = visit;
    let mut text = format!("{}  {}\n\n", program.id, program.title);
    for said in &seen.said {
        text.push_str(&format!("{:>8}  {}\n", seconds(said.time), said.line));
    }
    let elapsed = python::float(seen.elapsed as f64 / 1e9);
    text.push_str(&format!("\nelapsed {elapsed}\n\ntimeline\n\n"));
    text.push_str(&visit.timeline.text());
    text.push_str("\nevents\n\n");
    let mut lines = TextSink::new(text);
    seen.events.iter().for_each(|event| lines.event(event));
    lines.into_inner()
}

fn write(path: &Path, text: &str) -> Result<String, String> {
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(String::new());
    }
    fs::write(path, text).map_err(|why| format!("cannot write {}: {why}", path.display()))?;
    Ok(format!("wrote {}\n", path.display()))
}

/// Describes the first difference between a run and its file.
pub fn compare(program: &Program, text: &str) -> Option<String> {
    difference(program, &path(program), text)
}

/// Describes the first difference between a text and its file.
fn difference(program: &Program, path: &Path, text: &str) -> Option<String> {
    let golden = match fs::read_to_string(path) {
        Ok(golden) => golden,
        Err(why) => {
            return Some(format!(
                "{}: cannot read {}: {why}; write it with --bless\n",
                program.id,
                path.display()
            ));
        }
    };
    if golden == text {
        return None;
    }
    let (mut expected, mut found) = (golden.lines(), text.lines());
    let mut number = 0;
    loop {
        number += 1;
        let (expected, found) = (expected.next(), found.next());
        if expected != found || expected.is_none() {
            return Some(format!(
                "{}: differs from {} in line {number}\n  expected  {}\n  found     {}\n",
                program.id,
                path.display(),
                expected.unwrap_or("(the end)"),
                found.unwrap_or("(the end)")
            ));
        }
    }
}
