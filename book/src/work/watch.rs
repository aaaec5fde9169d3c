//! Watches the process that runs the programs of the book.
//!
//! The problem: a program of the book is run by the check itself. One that calls `exit(0)` would end the
//! check without a word, and well; one that hangs would hang it; one that overflows its stack would
//! end it by a signal. So the check is a child of itself. It writes down which program is on stage, and
//! the parent reads this when the child has ended, or does not go on.
//!
//! ```text
//!   cargo xtask book --check ── parent ── the same command ──► child ── plays ──► playing: floor_4_late
//!                                 │                              │                       │
//!                                 └── reads, once the child is gone or stuck ◄──────────┘
//! ```
//!
//! Invariants
//! 1. A check that does not come to its own end is no success, and the program on stage is named.
//! 2. A program has a limit of time, of lines and of events.
//!
//! Read next: `../programs/stage.rs`.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::sync::Mutex;
use std::time::Duration;

/// The variable by which the child knows where to write.
const VARIABLE: &str = "GROUNDUP_BOOK_PLAYING";
/// The written word of a child that has come to its end.
const END: &str = "end";
/// A look at the child is a tenth of a second after the one before.
const PAUSE: Duration = Duration::from_millis(100);
/// The most looks at one program: a minute.
const LOOKS: usize = 600;

/// The last written name, with a number, so that two runs of one program differ.
static NUMBER: Mutex<u64> = Mutex::new(0);

/// Writes down which program is on stage, or that none is.
pub fn playing(name: Option<&str>) {
    if let Some(path) = std::env::var_os(VARIABLE) {
        let mut number = NUMBER
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        *number += 1;
        let text = name.map_or_else(String::new, |name| format!("{name} {number}"));
        let _ = fs::write(path, text);
    }
}

/// Ends the process, since the program on stage goes on without end.
pub fn too_much(what: &str) -> ! {
    eprintln!("book: a program {what}");
    std::process::exit(1)
}

/// Runs `main` in a child of this process, and watches it.
pub fn watched(folder: &Path, main: impl FnOnce() -> ExitCode) -> ExitCode {
    if let Some(path) = std::env::var_os(VARIABLE) {
        let code = main();
        let _ = fs::write(path, END);
        return code;
    }
    let path = folder.join(format!("playing-{}", std::process::id()));
    let child = fs::create_dir_all(folder).and_then(|()| {
        fs::write(&path, "")?;
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(std::env::args_os().skip(1))
            .env(VARIABLE, &path)
            .spawn()
    });
    let ended = match child {
        Ok(child) => ended(child, &path, LOOKS),
        Err(why) => Err(format!("the check cannot be started: {why}")),
    };
    let _ = fs::remove_file(&path);
    ended.unwrap_or_else(|why| {
        println!("{why}");
        ExitCode::FAILURE
    })
}

/// Waits for the child, as long as it goes on.
///
/// # Errors
/// If it did not come to its end; the text names the program on stage.
pub fn ended(mut child: Child, path: &Path, most: usize) -> Result<ExitCode, String> {
    let (mut last, mut looks) = (String::new(), 0);
    let read = || fs::read_to_string(path).unwrap_or_default();
    let named = |text: &str| match text.split_once(' ') {
        Some((name, _)) => crate::programs::source::path(name),
        None => "no program".into(),
    };
    let status = loop {
        if let Some(status) = child.try_wait().map_err(|why| why.to_string())? {
            break status;
        }
        let now = read();
        looks = if now == last && !now.is_empty() {
            looks + 1
        } else {
            0
        };
        if looks > most {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("{}: the program does not end", named(&now)));
        }
        last = now;
        std::thread::sleep(PAUSE);
    };
    let now = read();
    if now != END {
        return Err(format!(
            "{}: the check ended here, with {status}",
            named(&now)
        ));
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(ExitCode::from(code.unwrap_or(1)))
}
