//! Asks the compiler about the programs of quizzes.
//!
//! The problem: "does it compile?" is a question for the compiler, and a program that does not compile
//! cannot be a part of this package. So each such file is the only program of a package of its own, in
//! the folder of builds.
//!
//! Invariant: an answer is the compiler's, and a `no` has the number of its error, which the quiz names: a
//! program that fails for another reason answers nothing.
//!
//! Read next: `expand.rs`.

use std::fs;
use std::process::Command;

use crate::programs::source;
use crate::tree::Tree;

/// Asks whether `book/quiz/NAME.rs` compiles. Returns the first error, such as `E0277`, if it does not.
///
/// # Errors
/// If the compiler was not asked.
pub fn first_error(tree: &Tree, name: &str) -> Result<Option<String>, String> {
    // As the page shows it: `main` has the attribute that runs it.
    let shown = source::listing(&tree.read(&format!("book/quiz/{name}.rs"))?);
    let folder = tree.target().join("book/compiles");
    let told = |why: std::io::Error| format!("{}: {why}", folder.display());
    fs::create_dir_all(&folder).map_err(told)?;
    let lock = fs::File::create(folder.join("lock")).map_err(told)?;
    lock.lock().map_err(told)?; // another check may ask at the same time
    let manifest = format!(
        "[package]\nname = \"asked\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
         [[bin]]\nname = {name:?}\npath = \"{name}.rs\"\n\n[dependencies]\ngroundup.path = {:?}\n",
        tree.path("crates/groundup")
    );
    fs::write(folder.join("Cargo.toml"), manifest).map_err(told)?;
    let source = folder.join(format!("{name}.rs"));
    if !fs::read_to_string(&source).is_ok_and(|old| old == shown) {
        fs::write(&source, shown).map_err(told)?;
    }
    fs::copy(tree.path("Cargo.lock"), folder.join("Cargo.lock")).map_err(told)?;
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "check",
            "--quiet",
            "--color",
            "never",
            "--offline",
            "--manifest-path",
        ])
        .arg(folder.join("Cargo.toml"))
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .output()
        .map_err(|why| format!("cargo cannot be started: {why}"))?;
    let told = String::from_utf8_lossy(&output.stderr);
    let error = told.lines().find_map(|line| line.strip_prefix("error"));
    let code = error.and_then(|rest| rest.strip_prefix('[')?.split(']').next());
    match (output.status.success(), code) {
        (true, _) => Ok(None),
        (false, Some(code)) if told.contains("could not compile `asked`") => {
            Ok(Some(code.to_owned()))
        }
        (false, _) => Err(format!("the compiler gave no error with a number: {told}")),
    }
}
