//! The README of the kit shows this program, and what it prints.
//!
//! `BLESS=1 cargo test -p bugs` writes that part of the README again.

use std::fs;
use std::path::Path;
use std::process::Command;

#[path = "../../../tests/src/blessing.rs"]
mod blessing;

const BEGIN: &str = "<!-- The program and output of examples/bugs; its test writes them. -->\n";
const END: &str = "<!-- The end of the output. -->\n";

/// Returns the program from its first comment on, as it stands in `main`.
fn program() -> String {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs");
    let text = fs::read_to_string(source).expect("the source can be read");
    let (_, body) = text.split_once("fn main() {\n").expect("it has a main");
    let lines = body.trim_end().trim_end_matches('}').lines();
    let lines = lines.map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// Returns what the program prints, with short places.
fn printed() -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bugs")).output();
    let output = output.expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).expect("it prints text");
    let (text, folder) = (text.replace('\\', "/"), env!("CARGO_MANIFEST_DIR"));
    text.replace(&format!("{}/", folder.replace('\\', "/")), "")
}

#[test]
fn the_readme_shows_the_program_and_what_it_prints() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../crates/testkit/README.md");
    let text = fs::read_to_string(&readme).expect("the README can be read");
    let (before, rest) = text.split_once(BEGIN).expect("the mark of the beginning");
    let (_, after) = rest.split_once(END).expect("the mark of the end");
    let (program, printed) = (program(), printed());
    let part = format!(
        "\n```rust\n{}\n```\n\n```text\n{}\n```\n\n",
        program.trim_end(),
        printed.trim_end()
    );
    let should = format!("{before}{BEGIN}{part}{END}{after}");
    if blessing::blessing() {
        fs::write(&readme, should).expect("the README can be written");
    } else {
        assert_eq!(text, should);
    }
}
