//! The page: well-formed, complete, and in one file.

use xtask::page::Page;
use xtask::programs;
use xtask::stage::Settings;
use xtask::tour::{Visit, visit};

fn html() -> String {
    let settings = Settings::EXACT;
    let visits: Vec<Visit> = programs::all()
        .into_iter()
        .map(|program| visit(program, settings))
        .collect();
    let page = Page {
        settings,
        visits: &visits,
        in_place: false,
    };
    page.html()
}

/// Checks every tag: each is closed, in the right order.
fn check_nesting(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    let body = html
        .strip_prefix("<!DOCTYPE html>")
        .expect("a page says what it is");
    let mut rest = body;
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        assert!(!text.contains('>'), "a bare > in {text:?}");
        let end = at + rest[at..].find('>').expect("a tag ends");
        let tag = &rest[at + 1..end];
        assert!(!tag.contains('<'), "a tag in a tag: {tag}");
        let name = tag.trim_start_matches('/');
        let name = name.split([' ', '/']).next().expect("a tag has a name");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{tag}");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "closed in the wrong order: {tag}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert_eq!(open, [""; 0], "not closed");
}

/// Checks every `&`: it begins one of the five names, or a number.
fn check_entities(html: &str) {
    for after in html.split('&').skip(1) {
        let name = after.split(';').next().unwrap_or_default();
        let known = ["amp", "lt", "gt", "quot", "#39"];
        assert!(known.contains(&name), "&{name}");
    }
}

#[test]
fn it_is_well_formed() {
    let html = html();
    check_entities(&html);
    check_nesting(&html);
}

#[test]
fn it_refers_to_nothing_outside_itself() {
    // The name of SVG's namespace is no address.
    let html = html().replace("http://www.w3.org/2000/svg", "");
    assert!(!html.contains("http:"));
    for forbidden in [
        "https:", "src=", "url(", "@import", "<script", "<link", "<iframe",
    ] {
        assert!(!html.contains(forbidden), "{forbidden}");
    }
    for link in html.split("href=\"").skip(1) {
        let target = link.split('"').next().unwrap_or_default();
        let id = target.strip_prefix('#').expect("a link within the page");
        assert!(html.contains(&format!("<section id=\"{id}\">")), "{target}");
    }
}

#[test]
fn it_has_every_program_with_its_picture_and_both_languages() {
    let html = html();
    for program in programs::all() {
        let from = html.find(&format!("<section id=\"{}\">", program.id));
        let section = &html[from.expect("a section")..];
        let section = &section[..section.find("</section>").expect("its end")];
        assert!(section.contains("<svg xmlns"), "{}", program.id);
        assert!(
            section.contains("<div class=\"pair\"><pre>"),
            "{}",
            program.id
        );
        for line in program
            .lines
            .iter()
            .filter(|line| **line != programs::ELAPSED)
        {
            let line = xtask::page::escape(line);
            assert!(section.contains(&line), "{} lacks {line}", program.id);
        }
    }
}

#[test]
fn it_follows_the_reader_into_the_dark() {
    let html = html();
    assert!(
        html.contains("@media (prefers-color-scheme: dark)"),
        "its own style"
    );
    assert!(
        html.contains("@media (prefers-color-scheme:dark)"),
        "the style of the pictures"
    );
    assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\" />"));
}

#[test]
fn the_same_runs_give_the_same_page() {
    assert_eq!(html(), html());
}

#[test]
fn each_program_has_a_page_to_step_through() {
    let visits = [visit(programs::all()[0], Settings::EXACT)];
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour");
    xtask::page::prepare(&folder.join("index.html")).expect("the folder can be made");
    let written = xtask::page::write_neighbours(&folder.join("index.html"), &visits);
    written.expect("the page can be written");
    let page = std::fs::read_to_string(folder.join("S0.P1.html")).expect("it is there");
    assert!(page.contains("Normal synchronous code") && page.contains("id=\"slider\""));
}

#[test]
fn links_to_files_lead_to_files() {
    for document in &programs::DOCUMENTS {
        for path in document.reading {
            let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
            assert!(root.join(path).is_file(), "{path}");
        }
    }
}

#[test]
fn every_program_says_what_to_see_in_one_sentence() {
    for program in programs::all() {
        let see = program.see;
        assert!(
            see.ends_with('.') && see.len() > 20,
            "{}: {see}",
            program.id
        );
        assert_eq!(see.matches(". ").count(), 0, "{}: {see}", program.id);
    }
}
