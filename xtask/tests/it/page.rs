//! The page: well-formed, complete, and in one file.

use std::path::Path;

use xtask::page::Page;
use xtask::programs;
use xtask::stage::Settings;
use xtask::tour::{Visit, visit};

fn visits() -> Vec<Visit> {
    let all = programs::all().into_iter();
    all.map(|program| visit(program, Settings::EXACT)).collect()
}

fn html() -> String {
    let (settings, visits) = (Settings::EXACT, visits());
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
        let places = ["section", "h2"].map(|name| format!("<{name} id=\"{id}\">"));
        assert!(places.iter().any(|place| html.contains(place)), "{target}");
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
        let listing = program.listing();
        let both = [&listing.python, &listing.rust].map(|text| xtask::page::escape(text));
        let pair = format!(
            "<div class=\"pair\"><pre>{}</pre><pre>{}</pre></div>",
            both[0], both[1]
        );
        assert!(section.contains(&pair), "{}", program.id);
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
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tour");
    xtask::page::prepare(&folder.join("index.html")).expect("the folder can be made");
    let written = xtask::page::write_neighbours(&folder.join("index.html"), &visits);
    written.expect("the page can be written");
    let page = std::fs::read_to_string(folder.join("S0.P1.html")).expect("it is there");
    assert!(page.contains("Normal synchronous code") && page.contains("id=\"slider\""));
}

/// A reader opens the page of program 9 on a phone, too: it is under 60 KB.
#[test]
fn the_page_of_the_queue_is_small() {
    let visits = [visit(programs::find("S2.P9").unwrap()[0], Settings::EXACT)];
    let index = Path::new(env!("CARGO_TARGET_TMPDIR")).join("small/index.html");
    xtask::page::prepare(&index).expect("the folder can be made");
    xtask::page::write_neighbours(&index, &visits).expect("the page can be written");
    let written = std::fs::metadata(index.with_file_name("S2.P9.html")).expect("it is there");
    println!("{} bytes", written.len());
    assert!(written.len() < 60_000, "{} bytes", written.len());
}

/// The page in its usual folder has links to chapters, floors, examples and to its neighbours. Its usual
/// folder is `target/tour`, and a folder of the same depth stands for it here.
#[test]
fn each_link_leads_to_a_file_or_to_a_part_of_the_page() {
    let (settings, visits) = (Settings::EXACT, visits());
    let page = Page {
        settings,
        visits: &visits,
        in_place: true,
    };
    let index = Path::new(env!("CARGO_TARGET_TMPDIR")).join("linked/index.html");
    xtask::page::prepare(&index).expect("the folder can be made");
    xtask::page::write_neighbours(&index, &visits).expect("the pages can be written");
    let html = page.html();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let mut count = [0; 3];
    for link in html.split("href=\"").skip(1) {
        let link = link.split('"').next().unwrap_or_default();
        if let Some(id) = link.strip_prefix('#') {
            assert!(html.contains(&format!(" id=\"{id}\">")), "{link}");
            count[0] += 1;
        } else if let Some(path) = link.strip_prefix("../../") {
            assert!(root.join(path).is_file(), "{link}");
            count[1] += 1;
        } else if let Some(path) = link.strip_prefix("../") {
            assert!(root.join(&target).join(path).is_file(), "{link}");
            count[1] += 1;
        } else {
            assert!(index.with_file_name(link).is_file(), "{link}");
            count[2] += 1;
        }
    }
    let documents = programs::DOCUMENTS.iter();
    let documents = documents
        .filter(|document| document.same_as.is_none())
        .count();
    assert_eq!(count[1..], [3 * documents, visits.len()]);
    assert!(count[0] > 2 * visits.len(), "{count:?}");
}

#[test]
fn each_text_is_named_once_with_its_author() {
    let html = html();
    let heads = html.split("<h2 ").skip(1);
    let heads: Vec<&str> = heads
        .filter_map(|rest| rest.split("</h2>").next())
        .collect();
    for document in &programs::DOCUMENTS {
        let title = xtask::page::escape(document.title);
        let named: Vec<&&str> = heads.iter().filter(|head| head.contains(&title)).collect();
        assert_eq!(named.len(), 1, "{}: {heads:?}", document.id);
        assert!(named[0].contains(document.id) && named[0].contains(document.author));
    }
}

/// A page of a run on the real clock has the exact time of each line beside the measured one.
#[test]
fn exact_times_stand_beside_real_ones() {
    let exact = Settings::EXACT;
    let mut late = visit(programs::find("S2.P8").expect("it is there")[0], exact);
    late.seen
        .said
        .iter_mut()
        .for_each(|said| said.time += 7_000_000);
    let real = Settings {
        clock: xtask::stage::Clock::Real,
        ..exact
    };
    let page = |settings| Page {
        settings,
        visits: std::slice::from_ref(&late),
        in_place: false,
    };
    let html = page(real).html();
    assert!(
        html.contains("<i>  real  exact</i>\n<i> 1.007  1.000</i>  b1\n"),
        "{html}"
    );
    assert!(html.contains("up to 100 ms late"), "the tolerance");
    assert!(
        !page(exact).html().contains("exact</i>"),
        "no second column"
    );
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
