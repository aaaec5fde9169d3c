//! The table of asyncio's names: each fault in it is found.
//!
//! Invariants:
//! 1. The table of the book has no fault.
//! 2. A small table with one fault has this fault, and no other.

use std::fs;
use std::path::{Path, PathBuf};

use book::check::porting::check;
use book::tree::Tree;

const LIST: &str = "book/porting/asyncio-3.13.txt";
const TABLE: &str = "book/text/porting.md";
const NAMES: &str = "book/programs/porting_names.rs";
const LOCK: &str = "crates/6-sync/src/lock.rs";

/// The files of a small repository, in which the table is right.
const FILES: [(&str, &str); 4] = [
    (LIST, "Lock\nLock.locked\nwait_for\n"),
    (
        TABLE,
        "| asyncio | groundup | remark |\n|---|---|---|\n\
         | `Lock`, `Lock.locked` | `Lock`, `Lock::locked` | `Other::thing` |\n\
         | `wait_for` | `sync::wait_for` | |\n\n\
         | another | table |\n|---|---|\n| `x` | `y` |\n",
    ),
    (
        NAMES,
        "use groundup::Lock;\nuse groundup::sync::{barrier, wait_for};\n",
    ),
    (
        LOCK,
        "impl<T> Lock<T> {\n    pub const fn locked(&self) -> bool {\n        false\n    }\n}\n",
    ),
];

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("porting")
        .join(name)
}

/// Writes the repository with `from` replaced in one file, and returns the faults of its table.
fn faults(name: &str, file: &str, [from, to]: [&str; 2]) -> Vec<String> {
    let root = path(name);
    for (path, text) in FILES {
        let path_of = root.join(path);
        let text = match path == file {
            true => text.replacen(from, to, 1),
            false => text.to_owned(),
        };
        fs::create_dir_all(path_of.parent().expect("a file has a folder")).expect("it is writable");
        fs::write(path_of, text).expect("it is writable");
    }
    check(&root)
}

#[test]
fn the_table_of_the_book_has_every_name() {
    assert_eq!(check(&Tree::here().path("")), Vec::<String>::new());
}

#[test]
fn each_fault_of_a_table_is_found() {
    let rows: [(&str, &str, [&str; 2], &[&str]); 8] = [
        ("right", LIST, ["", ""], &[]),
        (
            "a new name of asyncio",
            LIST,
            ["Lock\n", "Lock\nsleep\n"],
            &["`sleep` of asyncio has no row"],
        ),
        (
            "a name that asyncio lacks",
            LIST,
            ["wait_for\n", ""],
            &["asyncio has no `wait_for`"],
        ),
        (
            "a name with two rows",
            TABLE,
            ["| `wait_for`", "| `Lock`, `wait_for`"],
            &["`Lock` has 2 rows"],
        ),
        (
            "a function with another name",
            NAMES,
            ["wait_for", "wait_until"],
            &["groundup has no `sync::wait_for`"],
        ),
        (
            "a function of another module",
            TABLE,
            ["sync::wait_for", "net::wait_for"],
            &["groundup has no `net::wait_for`"],
        ),
        (
            "a method with another name",
            LOCK,
            ["fn locked", "fn is_locked"],
            &["groundup has no `Lock::locked`"],
        ),
        (
            "a method that is private",
            LOCK,
            ["pub const fn locked", "fn locked"],
            &["groundup has no `Lock::locked`"],
        ),
    ];
    for (name, file, change, found) in rows {
        assert_eq!(faults(name, file, change), found, "{name}");
    }
}
