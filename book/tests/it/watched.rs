//! A check that is ended by one of its programs is no success.
//!
//! Shells stand for the check: each writes a name, and ends, or does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use book::work::watch::ended;

/// Starts a shell that may write to a file, whose path is `$1`.
fn shell(name: &str, script: &str) -> (Child, PathBuf) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("playing-{name}"));
    fs::write(&path, "").expect("it is writable");
    let mut command = Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .arg(&path)
        .stdin(Stdio::piped());
    (command.spawn().expect("a shell can be started"), path)
}

fn told(name: &str, script: &str, most: usize) -> Result<ExitCode, String> {
    let (child, path) = shell(name, script);
    ended(child, &path, most)
}

#[test]
fn the_program_that_ended_the_check_is_named() {
    let exits = told("exits", "printf 'leaver 3' > $1; exit 0", 600);
    let why = exits.expect_err("it has not come to its end");
    assert!(
        why.starts_with("book/programs/leaver.rs: the check ended here"),
        "{why}"
    );
    let killed = told("killed", "printf 'deep 1' > $1; kill -ABRT $$", 600);
    let why = killed.expect_err("it has not come to its end");
    assert!(
        why.starts_with("book/programs/deep.rs: the check ended here, with signal"),
        "{why}"
    );
}

#[test]
fn a_program_that_does_not_end_is_named() {
    // The shell waits for a line that never comes.
    let hangs = told("hangs", "printf 'endless 7' > $1; read line", 0);
    assert_eq!(
        hangs.expect_err("it is stopped"),
        "book/programs/endless.rs: the program does not end"
    );
}

#[test]
fn a_check_that_comes_to_its_end_keeps_its_code() {
    let code = |name: &str, code: u8| {
        let told = told(name, &format!("printf end > $1; exit {code}"), 600);
        format!("{:?}", told.expect("it has come to its end"))
    };
    assert_eq!(code("well", 0), format!("{:?}", ExitCode::from(0)));
    assert_eq!(code("faults", 1), format!("{:?}", ExitCode::from(1)));
}
