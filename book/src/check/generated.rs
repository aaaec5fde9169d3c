//! Generated files: compared, or written.
//!
//! The problem: readers trust a file that a program has written, and it is as wrong as any other if the
//! program has not run since. So each is compared to the letter.
//!
//! Invariant: a file that agrees is not touched.
//!
//! Read next: `sources.rs`.

use std::collections::BTreeMap;

use super::Checked;
use crate::tree::{Fault, Tree};

/// Compares generated files, or writes them.
pub(super) fn compare(
    tree: &Tree,
    files: &BTreeMap<String, String>,
    bless: bool,
    checked: &mut Checked,
) {
    for (path, text) in files {
        if bless {
            match tree.write(path, text) {
                Ok(true) => checked.written.push(path.clone()),
                Ok(false) => {}
                Err(what) => checked.faults.push(Fault::new(path.clone(), 0, what)),
            }
        } else if let Some(fault) = difference(tree, path, text) {
            checked.faults.push(fault);
        }
    }
}

/// Returns the first difference of a file from the text that it should have.
fn difference(tree: &Tree, path: &str, text: &str) -> Option<Fault> {
    let cure = "`cargo xtask book --bless` writes it";
    let Ok(old) = tree.read(path) else {
        return Some(Fault::new(path, 0, format!("it is not there; {cure}")));
    };
    if old == text {
        return None;
    }
    let same = old
        .lines()
        .zip(text.lines())
        .take_while(|(old, new)| old == new)
        .count();
    let cut = |text: &str| {
        let line = text.lines().nth(same).unwrap_or("nothing");
        line.chars().take(80).collect::<String>()
    };
    let what = format!(
        "it has {:?}, and the programs give {:?}; {cure}",
        cut(&old),
        cut(text)
    );
    Some(Fault::new(path, same + 1, what))
}
