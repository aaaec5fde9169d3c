//! Changes the bodies of functions in a copy.
//!
//! The problem: the tool works in files in which a learner writes. So it finds each function by its name
//! at the moment of the change, and changes nothing else.
//!
//! Invariants
//! 1. Text outside the bodies stays as it is, byte for byte.
//! 2. [`keep`] never writes to a file that exists.
//! 3. A file is replaced as a whole or not at all.
//!
//! Read next: `command.rs`.

use std::fs;
use std::path::{Path, PathBuf};

use super::items::{self, Item};
use crate::floor::Exercise;

/// Returns the text of a file.
///
/// # Errors
/// Returns a line with the path.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|why| format!("{}: {why}", path.display()))
}

/// Writes a file, and makes its folder if it is missing. A file that has this text is not touched, so
/// that cargo need not build again.
///
/// # Errors
/// Returns a line with the path.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    // A full disk must not cut off a file of the learner.
    let new = path.with_extension("new");
    let written = folder.and_then(|()| fs::write(&new, text));
    let written = written.and_then(|()| fs::rename(&new, path));
    written.map_err(|why| format!("{}: {why}", path.display()))
}

/// Replaces the bodies of an exercise in the crate at `folder`. `body` gets the old body.
///
/// # Errors
/// Returns a line about a function that is not there; then nothing is changed.
pub fn replace(
    folder: &Path,
    exercise: &Exercise,
    body: impl Fn(&str, &str) -> Result<String, String>,
) -> Result<(), String> {
    let path = folder.join(&exercise.file);
    let mut text = read(&path)?;
    for name in &exercise.cut {
        let range = body_of(&text, name, &exercise.file)?;
        let new = body(name, &text[range.clone()])?;
        text.replace_range(range, &new);
    }
    write(&path, &text)
}

/// Cuts the bodies of an exercise.
///
/// # Errors
/// See [`replace`].
pub fn cut(folder: &Path, exercise: &Exercise) -> Result<(), String> {
    let number = &exercise.number;
    replace(folder, exercise, |_, old| {
        let margin = margin(old);
        Ok(format!(
            "{{\n{margin}    exercise::unfinished(\"{number}\")\n{margin}}}"
        ))
    })
}

/// Puts a switch before each body of an exercise: see `exercise::cut`.
///
/// # Errors
/// See [`replace`].
pub fn switch(folder: &Path, exercise: &Exercise) -> Result<(), String> {
    let number = &exercise.number;
    replace(folder, exercise, |_, old| {
        Ok(format!("{{ exercise::cut(\"{number}\"); {}", &old[1..]))
    })
}

/// Puts the bodies of the library into the copy.
///
/// # Errors
/// See [`replace`].
pub fn solve(folder: &Path, library: &Path, exercise: &Exercise) -> Result<(), String> {
    let solution = read(&library.join(&exercise.file))?;
    replace(folder, exercise, |name, _| {
        Ok(solution[body_of(&solution, name, &exercise.file)?].to_string())
    })
}

/// Returns the functions of an exercise as they are written at `folder`: name, line, text.
///
/// # Errors
/// Returns a line about a function that is not there.
pub fn functions(
    folder: &Path,
    exercise: &Exercise,
) -> Result<Vec<(String, usize, String)>, String> {
    let text = read(&folder.join(&exercise.file))?;
    let function = |name: &String| {
        let item = item_of(&text, name, &exercise.file)?;
        // The first line keeps its margin, so that the lines of the function stay aligned.
        let start = text[..item.whole.start].rfind('\n').map_or(0, |at| at + 1);
        Ok((
            name.clone(),
            item.line,
            text[start..item.whole.end].to_string(),
        ))
    };
    exercise.cut.iter().map(function).collect()
}

/// Writes the functions of an exercise into a new file of the folder `kept`, and returns its path.
///
/// # Errors
/// Returns a line about a function or a file.
pub fn keep(folder: &Path, exercise: &Exercise) -> Result<PathBuf, String> {
    let texts = functions(folder, exercise)?;
    let texts: Vec<String> = texts.into_iter().map(|(.., text)| text).collect();
    keep_text(folder, &exercise.number, &(texts.join("\n\n") + "\n"))
}

/// Writes a text into a new file of the folder `kept`, and returns its path.
///
/// # Errors
/// Returns a line about the file.
pub fn keep_text(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let path = |number: usize| folder.join(format!("kept/{name}-{number}.rs"));
    let path = (1..).map(path).find(|path| !path.exists());
    let path = path.ok_or("the folder `kept` is full")?;
    write(&path, text)?;
    Ok(path)
}

fn item_of(text: &str, name: &str, file: &str) -> Result<Item, String> {
    items::find(text, name).map_err(|why| format!("{file}: {why}"))
}

fn body_of(text: &str, name: &str, file: &str) -> Result<std::ops::Range<usize>, String> {
    let body = item_of(text, name, file)?.body;
    body.ok_or_else(|| format!("{file}: `{name}` has no body"))
}

/// Returns the blanks before the closing brace.
fn margin(body: &str) -> &str {
    let last = body.rsplit('\n').next().unwrap_or_default();
    match body.contains('\n') {
        true => last.trim_end_matches('}'),
        false => "",
    }
}
