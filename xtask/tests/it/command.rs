//! The command line: its answers, and their exit codes.
//!
//! Every case runs the program itself, as a shell would.

use std::path::Path;
use std::process::{Command, Output};

use xtask::command::HELP;

fn xtask(words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = command.args(words).env_remove("PROPTEST_CASES").output();
    output.expect("the program was built and can be started")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the program writes text")
}

/// Asserts that there is nothing on standard output, one line on standard error, and exit
/// code 2.
#[track_caller]
fn refused(words: &[&str], because: &str) {
    let output = xtask(words);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{words:?} said {err}");
    assert_eq!(out, "", "{words:?}");
    assert_eq!(err.lines().count(), 1, "{words:?} said {err}");
    assert!(err.contains(because), "{words:?} said {err}");
}

const VERBS: [&str; 8] = [
    "tour", "props", "memcheck", "mutants", "bench", "parity", "book", "exercise",
];

#[test]
fn alone_it_prints_a_line_for_each_verb() {
    let output = xtask(&[]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), HELP);
    for verb in VERBS {
        let lines = HELP.lines();
        let lines = lines.filter(|line| line.trim_start().starts_with(verb));
        assert_eq!(lines.count(), 1, "{verb}");
    }
}

/// A cargo that does not exist shows that no help starts one.
fn help(words: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = command.args(words).env("CARGO", "/no/such/cargo").output();
    let output = output.expect("the program was built and can be started");
    assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
    text(&output.stdout).to_owned()
}

#[test]
fn help_has_every_verb_with_its_options_and_builds_nothing() {
    let whole = help(&["--help"]);
    assert_eq!(help(&["help"]), whole);
    assert_eq!(help(&["-h"]), whole);
    assert!(whole.starts_with(HELP), "{whole}");
    for verb in VERBS {
        let own = help(&[verb, "--help"]);
        assert!(own.starts_with(&format!("cargo xtask {verb} [")), "{own}");
        assert!(whole.contains(&own), "{verb}");
        assert_eq!(help(&[verb, "-h"]), own);
    }
}

#[test]
fn a_verb_has_the_options_of_its_help() {
    for verb in ["tour", "props"] {
        let own = help(&[verb, "--help"]);
        let options = own.lines().filter_map(|line| line.strip_prefix("  --"));
        let names: Vec<&str> = options.filter_map(|rest| rest.split(' ').next()).collect();
        assert!(!names.is_empty());
        for name in names {
            // The second option does not exist: an option that does is read, and passed.
            let output = xtask(&[verb, &format!("--{name}"), "1", "--no-such"]);
            let told = text(&output.stderr);
            assert!(!told.contains(&format!("no option --{name}")), "{told}");
        }
    }
}

#[test]
fn unknown_words_are_refused() {
    refused(&["tuor"], "there is no verb tuor");
    refused(&["--tour"], "invalid option '--tour'");
    refused(
        &["tour", "--fast"],
        "tour has no option --fast; `cargo xtask tour --help` lists the options",
    );
    refused(
        &["props", "9"],
        "there is no floor 9; there are 0 (trace), 1 (generator)",
    );
    refused(&["props", "--only"], "props has no option --only");
    refused(
        &["memcheck", "9"],
        "there is no floor 9; there are 0 (trace), 1 (generator)",
    );
    refused(&["memcheck", "--only"], "memcheck has no option --only");
}

#[test]
fn an_id_alone_chooses_a_program() {
    let plain = |words: &[&str]| {
        let output = xtask(&[&["tour", "--plain"], words].concat());
        assert_eq!(output.status.code(), Some(0), "{words:?}");
        text(&output.stdout).to_owned()
    };
    assert_eq!(plain(&["S0.P7"]), plain(&["--only", "S0.P7"]));
    assert_eq!(
        plain(&["S0.P7", "S1.P1"]),
        plain(&["--only", "S0.P7,S1.P1"])
    );
}

#[test]
fn values_of_the_environment_are_read_as_strictly_as_options() {
    for cases in ["0", "many", ""] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command.arg("props").env("PROPTEST_CASES", cases).output();
        let output = output.expect("the program was built and can be started");
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(
            told.contains("PROPTEST_CASES needs a number of cases"),
            "{told}"
        );
    }
}

#[test]
fn unknown_ids_are_refused() {
    for id in ["S0.P8", "S5", "P7", "S0.", "", "S3.P4.1", "S4.verbatim"] {
        refused(&["tour", "--only", id], "no program is called");
        refused(&["tour", id], "no program is called");
    }
    refused(
        &["tour", "--only", "S0.P1,S9"],
        "no program is called S9; there are S0.P1 to S0.P7, S1.P1",
    );
    refused(&["tour", "--only"], "--only needs the id of a program");
    refused(
        &["tour", "--only", "--plain"],
        "no program is called --plain",
    );
}

#[test]
fn bad_numbers_are_refused() {
    for scale in ["0", "-1", "nan", "inf", "1e9", "tenth", "0,1", ""] {
        refused(
            &["tour", "--scale", scale],
            "--scale needs a number above 0",
        );
    }
    for seed in ["-1", "1.5", "x", "18446744073709551616"] {
        refused(&["tour", "--seed", seed], "--seed needs a whole number");
    }
    for cases in ["0", "-5", "many", "1.5"] {
        refused(
            &["props", "--cases", cases],
            "--cases needs a number of cases",
        );
    }
    refused(
        &["tour", "--clock", "wall"],
        "--clock needs real or virtual, not \"wall\"",
    );
    refused(&["tour", "--scale"], "--scale needs a number");
    refused(
        &["tour", "--plain=yes"],
        "--plain takes no value, but has yes",
    );
}

#[test]
fn contradictions_are_refused() {
    for option in [
        &["--clock", "real"][..],
        &["--scale=1"],
        &["--seed=1"],
        &["--plain"],
        &["--trace"],
        &["--page=x"],
    ] {
        let words = [&["tour", "--check"], option].concat();
        refused(&words, "has no place beside --check");
    }
    refused(
        &["tour", "--plain", "--page", "x"],
        "--page has no place beside --plain",
    );
}

#[test]
fn a_page_that_cannot_be_written_is_refused_before_anything_runs() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a-file");
    std::fs::write(&file, "not a folder").expect("cargo made this folder for tests");
    let page = file.join("page.html");
    let page = page.to_str().expect("the path is text");
    refused(
        &["tour", "--only", "S3.P1", "--page", page],
        "cannot be written",
    );
    let folder = env!("CARGO_TARGET_TMPDIR");
    refused(
        &["tour", "--only", "S3.P1", "--page", folder],
        "cannot be written",
    );
}

#[test]
fn plain_prints_what_the_program_prints() {
    let output = xtask(&["tour", "--only", "S0.P7", "--clock", "virtual", "--plain"]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), "Mixin' it up\nb a b a b\n3.0\n");
    assert_eq!(text(&output.stderr), "");

    let output = xtask(&[
        "tour",
        "--only=s1.p1",
        "--clock=virtual",
        "--plain",
        "--scale=0.1",
    ]);
    assert_eq!(
        text(&output.stdout),
        "Normal synchronous code\na\na\na\na\na\n0.5\n"
    );
}

#[test]
fn plain_is_the_same_every_time_unless_a_clock_is_named() {
    let output = xtask(&["tour", "--only", "S2.P8", "--plain"]);
    let lines: Vec<&str> = text(&output.stdout).lines().collect();
    let result = "['b1', 'b2', 'b3', 'a', 'b4', 'a', 'b5']";
    assert_eq!(lines, ["b1", "b2", "b3", "a", "b4", "a", "b5", result]);
}

#[test]
fn plain_keeps_events_off_standard_output() {
    let words = [
        "tour", "--only", "S4.P1", "--clock", "virtual", "--plain", "--trace",
    ];
    let output = xtask(&words);
    assert_eq!(text(&output.stdout), "hello\n");
    assert!(text(&output.stderr).contains("run        -"));
}

#[test]
fn the_list_has_every_id() {
    let output = xtask(&["tour", "--list"]);
    assert_eq!(output.status.code(), Some(0));
    let list = text(&output.stdout);
    for program in xtask::programs::all() {
        assert!(
            list.contains(&format!("    {} ", program.id)),
            "{}",
            program.id
        );
    }
    assert!(
        list.contains("    S1.P7           the same as S0.P7\n"),
        "{list}"
    );
}

#[test]
fn the_tour_writes_its_page_where_it_is_told() {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join("some/where/tour.html");
    let page = page.to_str().expect("the path is text");
    let output = xtask(&["tour", "--only", "S3", "--clock", "virtual", "--page", page]);
    let out = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{out}");
    assert!(out.ends_with(&format!("\npage: {page}\n")), "{out}");
    assert!(
        out.contains("\n9 of 9 programs as expected, 0.000 s\n"),
        "{out}"
    );
    let html = std::fs::read_to_string(page).expect("the page was written");
    assert!(html.starts_with("<!DOCTYPE html>"));
}

// Only Linux has a file that behaves like a full disk.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_no_success() {
    for words in [
        &["tour", "--list"][..],
        &["tour", "--only", "S0.P7", "--plain"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(words)
            .stdout(full.expect("Linux has this file"));
        let output = command.output().expect("the program can be started");
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{words:?} said {told}");
        assert!(told.contains("the output cannot be written"), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
    }
}
