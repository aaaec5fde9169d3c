//! The compiler, asked about one program.
//!
//! The problem: a program that must not compile needs the crates that it names, and a package of
//! its own would build each of them once more. The program that asks was built with these crates,
//! and they lie beside it: the compiler takes them from there.
//!
//! ```text
//!   target/debug/deps/refused-0123            asks
//!   target/debug/deps/libgroundup-4567.rlib   is what the program names
//! ```
//!
//! Invariants:
//! 1. The crates are those with which the asking program was built (`libraries.rs`).
//! 2. Nothing is built but the program, and of it nothing stays.
//!
//! Read next: `libraries.rs`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, process};

use crate::libraries::library_of;

/// Returns what the compiler prints about the program at `source`, which names the crate `with`: an
/// error, a warning, or nothing. The `Result` is its verdict.
///
/// `with` is a crate that the asking package depends on.
///
/// # Errors
///
/// If the program does not compile: what the compiler prints.
///
/// # Panics
///
/// If the compiler or the crate is not found.
pub fn compile(source: &Path, with: &str) -> Result<String, String> {
    let built = built();
    let krate = library_of(&asking(), &built, with);
    let name = source.file_stem().expect("a program has a name");
    let name = name.to_string_lossy().replace('-', "_");
    let out = env::temp_dir().join(format!("groundup-{with}-{name}-{}", process::id()));
    let output = Command::new(rustc())
        .args(["--edition=2024", "--crate-type=bin", "--emit=metadata"])
        // A small program uses little of what it declares. A type is printed whole, however long.
        .args([
            "--allow=dead_code",
            "--diagnostic-width=140",
            "--color=never",
            "--verbose",
        ])
        .args(["--crate-name", &name])
        .arg(format!("--extern={with}={}", krate.display()))
        .arg(format!("-Ldependency={}", built.display()))
        .arg("-o")
        .arg(&out)
        .arg(source)
        // Only from there it finds the lines of the library that it quotes.
        .current_dir(root())
        .output()
        .expect("there is a compiler");
    let _ = fs::remove_file(&out); // there is none after an error
    let said = String::from_utf8_lossy(&output.stderr).replace("\r\n", "\n");
    if output.status.success() {
        Ok(said)
    } else {
        Err(said)
    }
}

/// Returns the version of the compiler, `rustc 1.95.0 ...`, and the folder of its library.
pub(crate) fn version() -> (String, PathBuf) {
    let ask = |argument: &[&str]| {
        let output = Command::new(rustc()).args(argument).output();
        String::from_utf8_lossy(&output.expect("there is a compiler").stdout).into_owned()
    };
    let sysroot = ask(&["--print", "sysroot"]);
    (ask(&["--version"]), sysroot.trim().into())
}

/// Returns the folder of the workspace.
pub fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package
        .ancestors()
        .nth(2)
        .expect("the package is in the workspace")
}

fn rustc() -> std::ffi::OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

fn asking() -> PathBuf {
    env::current_exe().expect("this program has a path")
}

/// Returns the folder with the crates of this build: a test is in it, a program above it.
fn built() -> PathBuf {
    let asking = asking();
    let folder = asking.parent().expect("a program is in a folder");
    match folder.ends_with("deps") {
        true => folder.into(),
        false => folder.join("deps"),
    }
}
