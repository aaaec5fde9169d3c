//! Builds the HTML, by mdBook.
//!
//! The problem: a renderer of books is a project of its own, and mdBook is a good one. But a reader of
//! the code should not need it. So the check works without it, and only this module asks for it.
//!
//! ```text
//!   target/book/text    the filled chapters, and player/ with the pages of the runs
//!   target/book/html    the pages that mdBook makes of them
//! ```
//!
//! Invariants
//! 1. A page asks no other address for anything.
//! 2. Each link inside of the book leads to an element that exists, in the HTML itself.
//!
//! Read next: `red.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use groundup_view::Timeline;

use crate::check::{Checked, TEXT};
use crate::tree::Tree;

/// The version for which `book/theme` was made.
const VERSION: &str = "0.5.4";

/// Returns the program `mdbook`: the one that `MDBOOK` names, or the one on the path.
///
/// # Errors
/// If there is none; the error says how to install it.
pub fn mdbook() -> Result<PathBuf, String> {
    let program = std::env::var_os("MDBOOK").map_or_else(|| PathBuf::from("mdbook"), PathBuf::from);
    let told = Command::new(&program).arg("--version").output();
    match told {
        Ok(told) if told.status.success() => {
            let version = String::from_utf8_lossy(&told.stdout).trim().to_owned();
            if !version.ends_with(VERSION) {
                eprintln!("book: this is {version}; the pages are made for mdbook v{VERSION}");
            }
            Ok(program)
        }
        _ => Err(format!(
            "mdBook is not here: `cargo install mdbook --version {VERSION} --locked` installs it, or \
             MDBOOK names it; `cargo xtask book --check` needs none"
        )),
    }
}

/// Builds the HTML and returns its first page.
///
/// # Errors
/// If a file cannot be written, or mdBook fails, or a page is not as it should be.
pub fn build(tree: &Tree, checked: &Checked) -> Result<PathBuf, String> {
    let folder = tree.target().join("book");
    let text = folder.join("text");
    let told = |why: std::io::Error| format!("the HTML in {}: {why}", folder.display());
    fs::create_dir_all(&folder).map_err(told)?;
    let lock = fs::File::create(folder.join("lock")).map_err(told)?;
    lock.lock().map_err(told)?; // another build removes the same folders
    for old in [&text, &folder.join("theme"), &folder.join("html")] {
        if old.exists() {
            fs::remove_dir_all(old).map_err(told)?;
        }
    }
    fs::create_dir_all(text.join("player")).map_err(told)?;
    fs::create_dir_all(folder.join("theme")).map_err(told)?;
    fs::copy(
        tree.path(&format!("{TEXT}/SUMMARY.md")),
        text.join("SUMMARY.md"),
    )
    .map_err(told)?;
    fs::copy(tree.path("book/book.toml"), folder.join("book.toml")).map_err(told)?;
    for name in tree.names("book/theme") {
        let from = tree.path(&format!("book/theme/{name}"));
        fs::copy(from, folder.join("theme").join(name)).map_err(told)?;
    }
    fs::write(folder.join("theme/pictures.css"), pictures()?).map_err(told)?;
    for (name, chapter) in &checked.chapters {
        fs::write(text.join(name), &chapter.text).map_err(told)?;
        for (player, page) in &chapter.players {
            fs::write(text.join(format!("player/{player}.html")), page).map_err(told)?;
        }
    }
    let made = Command::new(mdbook()?)
        .arg("build")
        .arg(&folder)
        .output()
        .map_err(told)?;
    if !made.status.success() {
        return Err(format!(
            "mdBook failed: {}",
            String::from_utf8_lossy(&made.stderr)
        ));
    }
    let html = folder.join("html");
    let wrong = page_faults(&html).map_err(told)?;
    match wrong.is_empty() {
        true => Ok(html.join("index.html")),
        false => Err(format!(
            "the pages are not as they should be:\n  {}",
            wrong.join("\n  ")
        )),
    }
}

/// Returns the style of the pictures, for which the theme of the book decides between light and dark.
///
/// # Errors
/// If the style of a picture is not as this module knows it.
///
/// ```
/// let style = book::html::pictures().unwrap();
/// assert!(style.contains(".coal .gu, .navy .gu, .ayu .gu {") && !style.contains("@media"));
/// ```
pub fn pictures() -> Result<String, String> {
    let svg = Timeline::of(&[]).svg();
    let style = svg
        .split_once("<style>\n")
        .and_then(|(_, rest)| rest.split_once("</style>"));
    let (style, _) = style.ok_or("a picture has no style")?;
    let query = "@media (prefers-color-scheme:dark) { .gu {";
    let (before, after) = style
        .split_once(query)
        .ok_or("a picture has no style for dark")?;
    let (dark, after) = after
        .split_once("} }")
        .ok_or("the style for dark does not end")?;
    Ok(format!(
        "{before}.coal .gu, .navy .gu, .ayu .gu {{{dark}}}{after}"
    ))
}

/// Opens a page in a browser.
///
/// # Errors
/// If no browser can be started.
pub fn open(page: &Path) -> Result<(), String> {
    let mut command = match std::env::consts::OS {
        "macos" => Command::new("open"),
        "windows" => {
            let mut command = Command::new("cmd");
            command.args(["/C", "start", ""]);
            command
        }
        _ => Command::new("xdg-open"),
    };
    let started = command.arg(page).spawn();
    started
        .map(drop)
        .map_err(|why| format!("no browser can be started: {why}; open {}", page.display()))
}

/// Returns the faults of the pages: resources of other addresses, and links to nothing.
fn page_faults(html: &Path) -> std::io::Result<Vec<String>> {
    let mut files = BTreeMap::new();
    walk(html, html, &mut files)?;
    let pages = files
        .iter()
        .filter(|(name, _)| name.ends_with(".html") && *name != "print.html");
    let ids = |text: &str| {
        values(text, " id=\"")
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    let ids: BTreeMap<&str, BTreeSet<String>> = pages
        .clone()
        .map(|(name, text)| (name.as_str(), ids(text)))
        .collect();
    let mut wrong = Vec::new();
    for (name, text) in files
        .iter()
        .filter(|(name, _)| name.ends_with(".html") || name.ends_with(".css"))
    {
        let starts = [" src=\"", "@import \"", "url(\"", "url("];
        let sources = starts.into_iter().flat_map(|start| values(text, start));
        let links = text
            .split("<link ")
            .skip(1)
            .map(|tag| tag.split('>').next().unwrap_or_default());
        let links = links.flat_map(|tag| values(tag, "href=\""));
        let foreign = sources.chain(links).filter(|source| is_foreign(source));
        wrong.extend(foreign.map(|source| format!("{name} asks for {source}")));
        if text.contains("class=\"playground") {
            wrong.push(format!("{name} asks the playground of Rust"));
        }
    }
    for (name, text) in pages.filter(|(name, _)| !name.contains('/')) {
        let links = values(text, " href=\"").chain(values(text, " src=\""));
        for link in links.filter(|link| !is_foreign(link) && !link.contains(':')) {
            let (file, fragment) = link.split_once('#').unwrap_or((link, ""));
            let file = match file {
                "" => name.as_str(),
                file => file.trim_start_matches("./"),
            };
            let there = html.join(file).exists();
            let place =
                fragment.is_empty() || ids.get(file).is_none_or(|ids| ids.contains(fragment));
            if !there || !place {
                wrong.push(format!("{name} leads to {link}, which is not there"));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    Ok(wrong)
}

fn is_foreign(link: &str) -> bool {
    ["http:", "https:", "//"]
        .iter()
        .any(|start| link.starts_with(start))
}

/// Collects the texts of a folder, by their paths in it.
fn walk(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(root, &path, files)?;
        } else if path
            .extension()
            .is_some_and(|ending| ending == "html" || ending == "css")
        {
            let name = path
                .strip_prefix(root)
                .unwrap_or(&path)
                .to_string_lossy()
                .replace('\\', "/");
            files.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Returns each text between `start` and the next quote.
fn values<'a>(text: &'a str, start: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(start)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
}
