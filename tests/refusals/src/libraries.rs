//! The library with which a program was built, among several builds.
//!
//! The problem: a folder of builds may have one crate several times: with other features, or of another
//! compiler. Cargo does not touch one that is up to date, so the newest need not be the one of this
//! program. But cargo notes beside each build with what it was built.
//!
//! ```text
//!   .fingerprint/refused-0123/..json       "deps": [.., [.., "groundup", false, 0x4567], ..]
//!   .fingerprint/groundup-89ab/lib-groundup       6745     these bytes: it is this build
//!   deps/libgroundup-89ab.rlib                             so the program was built with this
//! ```
//!
//! The notes are cargo's own, and it may change them. Without them, a library that is newer than the
//! program is certainly another one, and of the others the newest counts.
//!
//! Invariant: if the notes name a library, it is this one.
//!
//! Read next: `words.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// Returns the library of the crate called `name` in the folder `built` with which `program` was built.
///
/// # Panics
///
/// If there is none.
pub fn library_of(program: &Path, built: &Path, name: &str) -> PathBuf {
    let found: Vec<PathBuf> = entries(built)
        .filter(|path| hash_of(path, &format!("lib{name}")).is_some())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rlib"))
        .collect();
    let noted = || noted(program, built, name).filter(|path| found.contains(path));
    let modified = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
    let newest = || {
        let older = |path: &&PathBuf| modified(path) <= modified(program);
        found.iter().filter(older).max_by_key(|path| modified(path))
    };
    match &found[..] {
        [] => panic!("{} has no library of {name}", built.display()),
        [only] => only.clone(),
        several => noted().or_else(|| newest().cloned()).unwrap_or_else(|| {
            panic!(
                "which of these libraries is of this build? `cargo clean -p {name}` removes them: {several:?}"
            )
        }),
    }
}

/// Returns the library that the notes of cargo name.
fn noted(program: &Path, built: &Path, name: &str) -> Option<PathBuf> {
    let notes = built.parent()?.join(".fingerprint");
    let (_, own) = program.file_stem()?.to_str()?.rsplit_once('-')?;
    let with = with_hash(&notes, own).find_map(|folder| dependency(&folder, name))?;
    let is_it = |folder: &PathBuf| {
        let noted = fs::read_to_string(folder.join(format!("lib-{name}")));
        noted.is_ok_and(|noted| noted == with)
    };
    let folder = entries(&notes).find(is_it)?;
    let (_, hash) = folder.file_name()?.to_str()?.rsplit_once('-')?;
    Some(built.join(format!("lib{name}-{hash}.rlib")))
}

/// Returns the fingerprint of the library in the note of a program, as the library's own note has it.
fn dependency(folder: &Path, name: &str) -> Option<String> {
    let is_json = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "json");
    let note = fs::read_to_string(entries(folder).find(is_json)?).ok()?;
    let (_, rest) = note.split_once(&format!("\"{name}\",false,"))?;
    let number: u64 = rest.split(']').next()?.parse().ok()?;
    let bytes = number.to_le_bytes().map(|byte| format!("{byte:02x}"));
    Some(bytes.concat())
}

fn with_hash(notes: &Path, hash: &str) -> impl Iterator<Item = PathBuf> {
    let end = format!("-{hash}");
    entries(notes).filter(move |path| path.to_string_lossy().ends_with(&end))
}

/// Returns the end of a file's name that begins with `name` and a hyphen.
fn hash_of<'a>(path: &'a Path, name: &str) -> Option<&'a str> {
    let file = path.file_name()?.to_str()?;
    file.strip_prefix(name)?.strip_prefix('-')
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.flatten().map(|entry| entry.path())
}
