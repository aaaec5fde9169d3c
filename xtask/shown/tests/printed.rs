//! Each program of the tour's page prints the lines of its source.
//!
//! The programs are modules of one binary, which needs `groundup` and nothing else.

use std::process::Command;

use xtask::programs::{self, ELAPSED};

#[test]
fn each_program_that_the_page_shows_runs_alone_and_prints_its_lines() {
    for program in programs::all() {
        let output = Command::new(env!("CARGO_BIN_EXE_shown"))
            .arg(program.id)
            .output()
            .expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}", program.id);
        let line = |line: &&str| match *line {
            ELAPSED => format!("{:?}\n", program.exact),
            line => format!("{line}\n"),
        };
        let expected: String = program.lines.iter().map(line).collect();
        let printed = String::from_utf8(output.stdout).expect("it prints text");
        assert_eq!(printed, expected, "{}", program.id);
        assert!(errors.is_empty(), "{}: {errors}", program.id);
    }
}

/// The reader's crate has one dependency.
#[test]
fn the_programs_depend_on_the_facade_alone() {
    let manifest = include_str!("../Cargo.toml");
    let (_, from) = manifest.split_once("[dependencies]\n").expect("a list");
    let (list, _) = from.split_once("\n\n").expect("its end");
    assert_eq!(list, "groundup.workspace = true");
}
