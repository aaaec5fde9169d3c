//! Programs that must not compile, under any compiler.
//!
//! The problem: the output of one compiler for such a program is recorded beside it, word
//! for word. The next compiler uses other words, and so does the same one after the
//! sources of the standard library are installed. Such a difference must not look like a
//! broken promise.
//!
//! ```text
//!   the recorded compiler   every word counts
//!   another                 it refuses the same lines, with the same codes and by the same lints
//! ```
//!
//! Invariants:
//! 1. A program that compiles and must not is a failure under every compiler.
//! 2. The recorded words change only on request (`BLESS`), and only under the recorded compiler.
//!
//! Read next: `compiler.rs`.

#![forbid(unsafe_code)]

#[path = "../../src/blessing.rs"]
mod blessing;
pub mod compiler;
pub mod libraries;
pub mod words;

use std::fs;
use std::path::{Path, PathBuf};

use words::{lasting, refusals};

/// The compiler whose output is recorded.
const RECORDED: &str = "rustc 1.95.";

/// Compiles each program in `crates/FOLDER/tests/ui` beside the crate `with`, and compares what the
/// compiler prints with the file beside the program.
///
/// # Panics
///
/// If a program compiles without a word, or if the compiler prints something else. If words are to be
/// written, and the compiler is not the recorded one.
pub fn each_is_refused(folder: &str, with: &str) {
    let root = compiler::root();
    let programs = programs(&root.join("crates").join(folder).join("tests/ui"));
    assert!(!programs.is_empty(), "the programs are found");
    let word_for_word = is_recorded();
    let blesses = may_bless(blessing::blessing(), word_for_word).expect("BLESS");
    let mut complaints = Vec::new();
    for program in programs {
        let Err(said) = compiler::compile(&program, with) else {
            complaints.push(format!("{}: it compiles", program.display()));
            continue;
        };
        let (said, file) = (lasting(&said, root), program.with_extension("stderr"));
        let recorded = fs::read_to_string(&file)
            .unwrap_or_default()
            .replace("\r\n", "\n");
        let is_same = match word_for_word {
            true => said == recorded,
            false => refusals(&said) == refusals(&recorded),
        };
        if !is_same && blesses {
            fs::write(&file, said).expect("the words can be written");
        } else if !is_same {
            complaints.push(format!(
                "{}\n{said}\nrecorded:\n{recorded}",
                program.display()
            ));
        }
    }
    assert!(
        complaints.is_empty(),
        "if the words should change, BLESS=1 writes them:\n{}",
        complaints.join("\n")
    );
}

/// Returns true if the words are to be written: someone asks, and the compiler is the recorded one.
///
/// # Errors
///
/// If it is another, whose words are not to be recorded.
pub fn may_bless(asked: bool, is_recorded: bool) -> Result<bool, String> {
    if asked && !is_recorded {
        return Err(format!(
            "only the words of {RECORDED}*, without the sources of the standard library, are recorded"
        ));
    }
    Ok(asked)
}

fn is_recorded() -> bool {
    let (version, sysroot) = compiler::version();
    let with_sources = sysroot.join("lib/rustlib/src/rust/library").exists();
    version.starts_with(RECORDED) && !with_sources
}

/// Returns the programs in `folder`, in order.
fn programs(folder: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).expect("the programs").flatten();
    let files = files.map(|file| file.path());
    let is_program = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
    let mut programs: Vec<PathBuf> = files.filter(is_program).collect();
    programs.sort();
    programs
}
