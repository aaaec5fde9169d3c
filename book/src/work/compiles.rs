//! Asks the compiler about the programs of quizzes.
//!
//! The problem: "does it compile?" is a question for the compiler, and a program that does not compile
//! cannot be a part of this package. So the compiler gets each such file alone, beside the library that
//! this package was built with.
//!
//! Invariant: an answer is the compiler's, and a `no` has the number of its error, which the quiz names: a
//! program that fails for another reason answers nothing.
//!
//! Read next: `expand.rs`.

use std::fs;

use refusals::compiler::compile;

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
    // Another check may ask at the same time.
    let file = folder.join(format!("{name}-{}.rs", std::process::id()));
    fs::write(&file, shown).map_err(told)?;
    let compiled = compile(&file, "groundup");
    fs::remove_file(&file).map_err(told)?;
    let Err(told) = compiled else {
        return Ok(None);
    };
    let error = told.lines().find_map(|line| line.strip_prefix("error"));
    match error.and_then(|rest| rest.strip_prefix('[')?.split(']').next()) {
        Some(code) => Ok(Some(code.to_owned())),
        None => Err(format!("the compiler gave no error with a number: {told}")),
    }
}
