//! Lists the programs of the book, so that a new file is a new program.
//!
//! The problem: a list that is kept by hand is edited by every author of a chapter, and a program that
//! is missing in it never runs. The folder is the list.
//!
//! Invariant: each file of `programs/` is one module and one entry, in the order of the names.
//!
//! Read next: `src/programs.rs`.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=programs");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=BOOK_ONLY");
    let only = env::var("BOOK_ONLY").ok();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs");
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some(name) = name.strip_suffix(".rs")
            && wanted(name, only.as_deref())
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    let (mut modules, mut entries) = (String::new(), String::new());
    for name in &names {
        let path = folder.join(format!("{name}.rs"));
        let text = fs::read_to_string(&path)?;
        let _ = writeln!(
            modules,
            "#[allow(missing_docs, unreachable_pub, clippy::while_let_on_iterator)]\n#[path = {path:?}]\nmod {name};"
        );
        let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
        let main = if begins("pub async fn main(") {
            format!("Main::Looped(|| Box::pin(async {{ Ending::ended({name}::main().await) }}))")
        } else if begins("pub fn main(") {
            format!("Main::Plain(|| Ending::ended({name}::main()))")
        } else {
            continue; // it is used by other programs
        };
        let _ = writeln!(entries, "    Program {{ name: {name:?}, main: {main} }},");
    }
    let text = format!(
        "{modules}\n/// Every program.\n#[allow(clippy::unit_arg)]\npub const ALL: &[Program] = &[\n{entries}];\n"
    );
    let out = env::var_os("OUT_DIR").expect("cargo names the folder of the output");
    fs::write(Path::new(&out).join("programs.rs"), text)
}

/// `BOOK_ONLY=floor_3,quiz_3` builds the programs whose names begin so, while others are being written.
fn wanted(name: &str, only: Option<&str>) -> bool {
    only.is_none_or(|only| only.split(',').any(|start| name.starts_with(start)))
}
