//! The lines "Read next" lead a reader through every file of a crate.
//!
//! The problem: the crates are a course, and each file names the file to read after it. A file
//! that no other file names is never read, and the author of a change does not notice that.
//!
//! ```text
//!   lib.rs ── "# First path", "Read next" ──> a file ── "Read next" ──> a file ──> ...
//! ```
//!
//! A path in such a line begins in the crate's folder `src`, in every file: `text/line.rs`. Only
//! the path of an example begins in the crate's folder: `examples/first_task.rs`.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `documents.rs`.

use std::collections::{BTreeMap, BTreeSet};

use checks::prose::quoted;
use checks::repository::{BESIDE, FACADE, FLOORS, File, MACROS, assert_none, rust_files};

/// The folder of the modules that several examples share, which are parts of these examples.
const SHARED: &str = "examples/programs/";

/// The files of one crate, by the paths that the lines use.
struct Course {
    folder: &'static str,
    files: BTreeMap<String, File>,
}

impl Course {
    /// Returns the files of the crate in `folder`, without the tests of its modules.
    fn of(folder: &'static str, all: &[File]) -> Self {
        let path = |file: &File| {
            let path = file.path.strip_prefix(folder)?.strip_prefix('/')?;
            let kept = path.strip_prefix("src/").or_else(|| {
                let example = path.starts_with("examples/") && !path.starts_with(SHARED);
                example.then_some(path)
            });
            kept.filter(|path| !path.ends_with("_tests.rs"))
                .map(str::to_string)
        };
        let files = all.iter();
        let files = files.filter_map(|file| Some((path(file)?, file.clone())));
        Course {
            folder,
            files: files.collect(),
        }
    }

    /// Returns the paths that a file tells its reader to read, from the first of its lines.
    fn next(&self, path: &str) -> Vec<String> {
        let text = &self.files[path].text;
        let lines = text.lines();
        let head = lines.take_while(|line| line.starts_with("//!") || line.starts_with("#!["));
        let head = head.collect::<Vec<_>>().join("\n");
        let begin = match path {
            "lib.rs" => head.find("# First path").or(head.rfind("Read next: ")),
            _ => head.rfind("Read next: "),
        };
        let names = begin.map_or(Vec::new(), |begin| quoted(&head[begin..]));
        let paths = names.into_iter().filter(|name| name.ends_with(".rs"));
        paths.map(str::to_string).collect()
    }

    /// Returns the paths to which the lines lead from `lib.rs` on.
    fn reached(&self) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut open = vec!["lib.rs".to_string()];
        while let Some(path) = open.pop() {
            if self.files.contains_key(&path) && reached.insert(path.clone()) {
                open.extend(self.next(&path));
            }
        }
        reached
    }
}

/// Returns all crates: the floors from the bottom, the facade, its macros, the crates beside.
fn courses() -> Vec<Course> {
    let all = rust_files();
    let crates = FLOORS.iter().chain([&FACADE, &MACROS]);
    let crates = crates.map(|(folder, _)| *folder);
    let crates = crates.chain(BESIDE.map(|(folder, ..)| folder));
    crates.map(|folder| Course::of(folder, &all)).collect()
}

#[test]
fn a_path_of_read_next_begins_in_src() {
    let mut complaints = Vec::new();
    for course in courses() {
        for path in course.files.keys() {
            let next = course.next(path).into_iter();
            let lost = next.filter(|next| !course.files.contains_key(next));
            let folder = course.folder;
            complaints.extend(lost.map(|next| format!("{folder}, {path}: there is no {next}")));
        }
    }
    assert_none(
        "A path after \"Read next\" begins in the crate's folder `src`, or with `examples/`:",
        &complaints,
    );
}

#[test]
fn the_lines_read_next_reach_every_file() {
    let mut complaints = Vec::new();
    for course in courses() {
        let reached = course.reached();
        assert!(reached.len() > 1, "{}: lib.rs leads on", course.folder);
        let missed = course.files.keys().filter(|path| !reached.contains(*path));
        complaints.extend(missed.map(|path| format!("{}: {path}", course.folder)));
    }
    assert_none(
        "From `lib.rs`, the first path and the lines \"Read next\" lead to every file; let the \
         page of the folder, or the file that uses it, name this one:",
        &complaints,
    );
}
