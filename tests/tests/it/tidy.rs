//! House rules that a program can check, for every source file.
//!
//! The problem: a hundred files by many authors stay readable only if all of them keep
//! small rules. Each rule here has its reason in CONTRIBUTING.md.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `reading.rs`.

use std::collections::BTreeMap;

use checks::prose::{doc_lines, has_word, own_words, table_rows};
use checks::repository::{
    BESIDE, FACADE, FLOORS, File, assert_none, files, metadata, read, rust_files,
};
use checks::tokens::{find, tokens};

/// The one file that may contain `unsafe`, once.
const UNSAFE: &str = "crates/3-task/src/run/waker.rs";

/// The most lines of a source file of a crate.
const LINES: usize = 300;

/// The most characters of the first line of a file, without `//! `.
const FIRST_LINE: usize = 70;

/// The only sources that know the clock of the machine: the driver reads it, and threads of a pool wait
/// by it.
const CLOCKS: [&str; 2] = [
    "crates/4-executor/src/driver/real_time.rs",
    "crates/6-sync/src/threads/sync.rs",
];

/// Tests of the clock itself, which may wait for it.
const CLOCK_TESTS: [&str; 3] = [
    "crates/4-executor/tests/clock.rs",
    // A limit for waits that would else hang. No test that passes waits for it.
    "crates/7-io/tests/shared/patience.rs",
    // A check of an exercise must return before the program that its test has started.
    "exercises/tool/tests/it/bad_work.rs",
];

/// Returns the lines of a file on which `pattern` stands. A file whose text has not each part of it
/// is not read as Rust.
fn lines_with(file: &File, pattern: &[&str]) -> Vec<usize> {
    match pattern.iter().all(|part| file.text.contains(part)) {
        true => find(&tokens(&file.path, &file.text), pattern),
        false => Vec::new(),
    }
}

#[test]
fn one_unsafe_expression_and_it_has_its_argument() {
    let mut found = Vec::new();
    // A program that must not compile never runs.
    let runs = |file: &File| !file.path.contains("/tests/ui/");
    for file in rust_files().into_iter().filter(runs) {
        for line in lines_with(&file, &["unsafe"]) {
            found.push((file.path.clone(), line));
        }
    }
    assert_eq!(
        found.len(),
        1,
        "one unsafe expression, in {UNSAFE}; there are: {found:?}"
    );
    let (path, line) = &found[0];
    assert_eq!(path, UNSAFE);

    let text = read(path);
    let above: Vec<&str> = text.lines().take(line - 1).collect();
    let comment: Vec<&str> = above
        .iter()
        .rev()
        .map(|line| line.trim_start())
        .take_while(|line| line.starts_with("//"))
        .collect();
    let first = comment.last().copied().unwrap_or_default();
    assert!(
        first.starts_with("// SAFETY: "),
        "{path}:{line}: right above it stands a comment that begins with SAFETY:"
    );
}

#[test]
fn every_crate_forbids_unsafe_code() {
    let metadata = metadata();
    let mut complaints = Vec::new();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("a package has a name");
        for target in package["targets"].as_array().expect("a list of targets") {
            let kinds = target["kind"].as_array().expect("a list of kinds");
            if !kinds.iter().any(|kind| kind == "lib" || kind == "bin") {
                continue;
            }
            let path = target["src_path"].as_str().expect("a target has a file");
            let text = std::fs::read_to_string(path).expect("a target's file can be read");
            let wanted = if name == "groundup-task" {
                "#![deny(unsafe_code)]"
            } else {
                "#![forbid(unsafe_code)]"
            };
            if !text.lines().any(|line| line == wanted) {
                complaints.push(format!("{name}: {path} lacks {wanted}"));
            }
        }
    }
    assert_none(
        "Unsafe code is forbidden, in floor 3 denied but for one expression:",
        &complaints,
    );
}

#[test]
fn modules_are_nouns_and_none_is_a_drawer() {
    let drawers = [
        "mod", "util", "utils", "helper", "helpers", "common", "misc",
    ];
    let complaints: Vec<String> = rust_files()
        .iter()
        .map(|file| file.path.clone())
        .filter(|path| {
            let parts = path.trim_end_matches(".rs").split('/');
            parts.into_iter().any(|part| drawers.contains(&part))
        })
        .collect();
    assert_none(
        "A file is named after what is in it; `x.rs` instead of `x/mod.rs`:",
        &complaints,
    );
}

#[test]
fn every_source_file_opens_with_its_problem() {
    let mut complaints = Vec::new();
    for file in rust_files() {
        let path = &file.path;
        // The front page of the facade is the README.
        if file
            .text
            .starts_with("#![doc = include_str!(\"../README.md\")]\n")
        {
            continue;
        }
        let first = file.text.lines().next().unwrap_or_default();
        match first.strip_prefix("//! ") {
            None => complaints.push(format!("{path}: the first line is a `//!`, not {first:?}")),
            Some(title) if title.chars().count() > FIRST_LINE => complaints.push(format!(
                "{path}: the first line has {} characters, {} too many",
                title.chars().count(),
                title.chars().count() - FIRST_LINE
            )),
            Some(_) => {}
        }
    }
    assert_none(
        "A source file opens with `//!` and one short line that says what it is:",
        &complaints,
    );
}

#[test]
fn every_source_file_of_a_crate_says_what_holds_and_what_to_read_next() {
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        let head = file
            .text
            .lines()
            .take_while(|line| line.starts_with("//!") || line.starts_with("#!["));
        let head: String = head.collect::<Vec<_>>().join("\n").to_lowercase();
        if !head.contains("read next") {
            complaints.push(format!("{}: nothing to read next", file.path));
        }
        if !head.contains("invariant") && !head.contains("holds to") {
            complaints.push(format!("{}: no invariant", file.path));
        }
    }
    assert_none(
        "The head of a file names its invariants, and ends in `Read next: ...`:",
        &complaints,
    );
}

#[test]
fn source_files_are_short() {
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        let lines = file.text.lines().count();
        if lines > LINES {
            complaints.push(format!("{}: {lines} lines", file.path));
        }
    }
    assert_none(
        "A source file of a crate has at most 300 lines; find the second noun in it:",
        &complaints,
    );
}

#[test]
fn only_the_driver_knows_the_real_time() {
    let clocks: [&[&str]; 9] = [
        &["clock_gettime"],
        &["thread", "::", "sleep"],
        &["Instant", "::", "now"],
        &["SystemTime"],
        &["park_timeout"],
        &["recv_timeout"],
        &["wait_timeout"],
        &["wait_while_for"],
        &["timed_out"],
    ];
    let mut complaints = Vec::new();
    for file in rust_files() {
        let excused =
            CLOCKS.contains(&file.path.as_str()) || CLOCK_TESTS.contains(&file.path.as_str());
        if excused || !(file.is_crate_source() || file.is_test()) {
            continue;
        }
        for clock in clocks {
            for line in lines_with(&file, clock) {
                complaints.push(format!("{}:{line}: {}", file.path, clock.concat()));
            }
        }
    }
    assert_none(
        "No test waits for a clock and no floor reads one; use virtual time:",
        &complaints,
    );
}

/// The pages of the floors that ask for the system, each for the calls or the limits of Linux.
const OF_LINUX: [&str; 3] = [
    "crates/4-executor/src/driver/real_time.rs", // the clock
    "crates/7-io/src/sockets/address_error.rs",  // the most bytes of a path, in a text
    "crates/7-io/src/system.rs",                 // which of two pages has the calls
];

/// A port to another system begins in these pages.
#[test]
fn code_for_linux_alone_is_in_few_pages() {
    let sources = rust_files().into_iter().filter(File::is_crate_source);
    let asks = |file: &File| !lines_with(file, &["target_os"]).is_empty();
    let asking: Vec<String> = sources.filter(asks).map(|file| file.path).collect();
    assert_eq!(asking, OF_LINUX);
}

#[test]
fn nothing_is_left_for_later() {
    let words = ["TO-DO", "FIX-ME", "HA-CK"].map(|word| word.replace('-', ""));
    let mut complaints = Vec::new();
    for file in files(&[".rs", ".md", ".toml", ".py", ".scn"]) {
        for (at, line) in file.text.lines().enumerate() {
            for word in &words {
                if line
                    .match_indices(word.as_str())
                    .any(|(at, _)| stands_alone(line, at, word))
                {
                    complaints.push(format!("{}:{}: {word}", file.path, at + 1));
                }
            }
        }
    }
    assert_none(
        "What is not done is not said to be; open an issue instead of a note:",
        &complaints,
    );
}

fn stands_alone(line: &str, at: usize, word: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    !inside(line[..at].chars().next_back()) && !inside(line[at + word.len()..].chars().next())
}

#[test]
fn one_word_for_one_thing() {
    // A time of an interval is a tick.
    let excused = |path: &str, word: &str| path.contains("/interval") && word == "tick";
    let glossary = read("GLOSSARY.md");
    let rows = table_rows(&glossary);
    let forbidden: Vec<String> = rows
        .iter()
        .filter_map(|row| row.get(3))
        .flat_map(|cell| cell.split(','))
        .map(|word| word.trim().to_string())
        .filter(|word| !word.is_empty())
        .collect();
    assert!(
        forbidden.len() > 10,
        "the last column of the glossary lists what we do not say"
    );
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for line in doc_lines(&file.text) {
            let words = own_words(&line.text);
            for word in &forbidden {
                let plural = format!("{word}s");
                if (has_word(&words, word) || has_word(&words, &plural))
                    && !excused(&file.path, word)
                {
                    complaints.push(format!("{}:{}: {word}", file.path, line.line));
                }
            }
        }
    }
    assert_none("GLOSSARY.md has another word for this:", &complaints);
}

/// Returns the name of the type that a line defines, if it defines one.
fn defined_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let public = line.strip_prefix("pub").map(|rest| {
        let inside = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
        inside.map_or(rest, |(_, after)| after)
    });
    let (keyword, rest) = public.unwrap_or(line).trim_start().split_once(' ')?;
    let name = rest.split(|c: char| !c.is_alphanumeric()).next()?;
    let defines = ["struct", "enum", "trait"].contains(&keyword) && !name.is_empty();
    defines.then_some(name)
}

#[test]
fn a_type_name_is_defined_once_a_crate() {
    let mut complaints = Vec::new();
    let floors = FLOORS.map(|(folder, _)| folder).into_iter();
    for folder in floors.chain(BESIDE.map(|(folder, ..)| folder)) {
        let source = format!("{folder}/src/");
        let mut places = BTreeMap::<String, Vec<String>>::new();
        for file in rust_files() {
            if !file.path.starts_with(&source) || file.path.ends_with("_tests.rs") {
                continue;
            }
            // The types of a test module are its own.
            let code = file.text.split("#[cfg(test)]").next().unwrap_or_default();
            for name in code.lines().filter_map(defined_type) {
                places
                    .entry(name.into())
                    .or_default()
                    .push(file.path.clone());
            }
        }
        assert!(!places.is_empty(), "{folder} defines types");
        places.retain(|_, files| files.len() > 1);
        complaints.extend(
            places
                .into_iter()
                .map(|(name, files)| format!("{name}: {files:?}")),
        );
    }
    assert_none("Two types of one crate have one name:", &complaints);
}

#[test]
fn no_path_of_somebodys_machine() {
    let endings = [
        ".rs", ".md", ".toml", ".py", ".scn", ".trace", ".txt", ".stderr", ".sh", ".yml",
    ];
    let roots = ["work", "home", "root", "Users", "mnt"];
    let mut all = files(&endings);
    all.extend([".ci/run", ".ci/full", ".ci/steps"].map(|path| File {
        path: path.into(),
        text: read(path),
    }));
    let mut complaints = Vec::new();
    for file in all {
        for (at, line) in file.text.lines().enumerate() {
            for top in roots {
                let path = format!("/{top}/");
                let own = line.match_indices(&path).any(|(at, _)| {
                    let before = line[..at].chars().next_back();
                    !before.is_some_and(|c| c.is_alphanumeric() || "._-}~".contains(c))
                });
                if own {
                    complaints.push(format!("{}:{}: {}", file.path, at + 1, line.trim()));
                }
            }
        }
    }
    complaints.dedup();
    assert_none(
        "A path of one machine is of no use on another:",
        &complaints,
    );
}

#[test]
fn regressions_of_properties_are_kept() {
    let ignored = read(".gitignore");
    assert!(
        !ignored.contains("proptest-regressions"),
        "a case that once failed is committed, so that it is tried first for ever"
    );
}

#[test]
fn no_property_has_a_fixed_number_of_cases() {
    let mut complaints = Vec::new();
    for file in rust_files()
        .iter()
        .filter(|file| file.is_test() && file.text.contains("proptest! {"))
    {
        let fixed = [
            &["with_cases"][..],
            &["cases", ":"],
            &["ProptestConfig", "{"],
        ];
        for pattern in fixed {
            for line in lines_with(file, pattern) {
                complaints.push(format!("{}:{line}", file.path));
            }
        }
    }
    assert_none(
        "The number of cases comes from PROPTEST_CASES:",
        &complaints,
    );
}

/// `cargo xtask props` chooses the properties by this name.
#[test]
fn properties_are_in_modules_called_props() {
    let mut complaints = Vec::new();
    let mut properties = 0;
    for file in rust_files() {
        let named = file.path.split(['/', '.']).any(|name| name == "props");
        let mut inside = false;
        for (at, line) in file.text.lines().enumerate() {
            match line {
                "mod props {" => inside = true,
                "}" => inside = false,
                line if line.trim_start() == "proptest! {" => {
                    properties += 1;
                    if !named && !inside {
                        complaints.push(format!("{}:{}", file.path, at + 1));
                    }
                }
                _ => {}
            }
        }
    }
    assert!(properties > 20, "{properties} blocks of properties");
    assert_none("A property is in a module `props`:", &complaints);
}

/// A mark without a row would outlive the reason for which its code is as it is.
#[test]
fn a_mark_of_speed_names_the_rows_that_it_serves() {
    let table = read("bench/driver/src/rows/list.rs");
    let names = table.split("row(\"").skip(1);
    let rows: Vec<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
    assert!(rows.contains(&"spawn_join"), "{rows:?}");
    let mut complaints = Vec::new();
    for file in rust_files().iter().filter(|file| file.is_crate_source()) {
        for (at, line) in file.text.lines().enumerate() {
            let Some((_, mark)) = line.split_once("Speed: ") else {
                continue;
            };
            let named = mark.split('.').next().unwrap_or_default();
            let named = named.trim_end_matches(',').split(", ");
            for name in named.filter(|name| !rows.contains(name)) {
                complaints.push(format!("{}:{}: {name}", file.path, at + 1));
            }
        }
    }
    assert_none("A mark of speed names rows of the benchmark:", &complaints);
}

/// A reader who follows the first path is led along it, and then to the next floor.
#[test]
fn each_page_of_a_first_path_leads_to_the_next() {
    let (sources, mut complaints, mut links) = (rust_files(), Vec::new(), 0);
    let above: Vec<&str> = FLOORS
        .iter()
        .chain([&FACADE])
        .map(|(_, name)| *name)
        .collect();
    for page in sources
        .iter()
        .filter(|file| file.path.ends_with("/src/lib.rs"))
    {
        let folder = page.path.trim_end_matches("lib.rs");
        let Some((_, list)) = page.text.split_once("//! # First path\n") else {
            continue;
        };
        let steps = list
            .lines()
            .skip(1)
            .take_while(|line| line.starts_with("//! "));
        let names = steps.filter_map(|line| line.split_once(". `")?.1.split('`').next());
        let names: Vec<&str> = names.collect();
        let floor = FLOORS.iter().position(|(at, _)| folder.starts_with(at));
        // A crate beside the tower has no floor above it.
        let next_floor = floor.map(|floor| above[floor + 1]);
        for (at, name) in names.iter().enumerate() {
            let from = format!("{folder}{name}");
            let Some(file) = sources.iter().find(|file| file.path == from) else {
                continue; // an example, which has no such line
            };
            links += 1;
            let (wanted, leads) = match names.get(at + 1) {
                Some(next) => (
                    *next,
                    file.text.contains(&format!("//! Read next: `{next}`")),
                ),
                None => match next_floor {
                    Some(next) => (next, leads_to_floor(&file.text, next)),
                    None => continue,
                },
            };
            if !leads {
                complaints.push(format!("{from}: {wanted}"));
            }
        }
    }
    assert!(links >= 40, "only {links} links were found");
    assert_none(
        "A page of a first path names the next page of it, and the last page the next floor:",
        &complaints,
    );
}

/// Returns true if the line "Read next" of a file names the crate `name` before any file.
fn leads_to_floor(text: &str, name: &str) -> bool {
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("//! Read next: "));
    line.is_some_and(|line| line.split('`').nth(1) == Some(name))
}
