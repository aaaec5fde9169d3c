//! The documents agree with the code.
//!
//! The problem: a document is right on the day it is written. These tests compare its
//! listings, links, counts and claims of tests with the code in every run.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `examples.rs`.

use checks::bless;
use checks::listed;
use checks::prose::{links, listings, quoted, section, table_rows};
use checks::repository::{
    BESIDE, FACADE, FLOORS, assert_none, examples, files, metadata, read, root,
};

/// The documents in the root.
const DOCUMENTS: [&str; 6] = [
    "README.md",
    "ARCHITECTURE.md",
    "GLOSSARY.md",
    "NOT-HERE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

/// The example with which the README begins.
const FIRST: &str = "01_hello";

/// Returns the readme with its first listing of this label replaced.
fn with_listing(readme: &str, label: &str, listing: &str) -> String {
    let open = format!("```{label}\n");
    let start = readme.find(&open).map(|at| at + open.len());
    let start = start.unwrap_or_else(|| panic!("the README has a listing of {label}"));
    let end = start + readme[start..].find("```").expect("a listing is closed");
    format!("{}{listing}{}", &readme[..start], &readme[end..])
}

/// Returns an example without its head.
fn program(name: &str) -> String {
    let text = read(&format!("examples/{name}.rs"));
    let lines: Vec<&str> = text
        .lines()
        .skip_while(|line| line.starts_with("//!"))
        .collect();
    format!("{}\n", lines.join("\n").trim())
}

#[test]
fn the_readme_shows_the_first_example_and_what_it_prints() {
    let printed = read(&format!("examples/expected/{FIRST}.txt"));
    let trimmed: Vec<&str> = printed.trim_end().lines().map(str::trim_end).collect();
    let readme = read("README.md");
    let should = with_listing(&readme, "rust", &program(FIRST));
    let should = with_listing(&should, "text", &format!("{}\n", trimmed.join("\n")));
    assert_none(
        "The README shows what the first example is and prints:",
        &Vec::from_iter(bless::check("README.md", &should)),
    );
}

/// Returns a text without links to files, which only a copy of the repository has: of such a link
/// the text stays.
fn without_links_to_files(text: &str) -> String {
    let mut rest = text;
    let mut far = String::new();
    while let Some(middle) = rest.find("](") {
        let (open, end) = (rest[..middle].rfind('['), rest[middle..].find(')'));
        let (Some(open), Some(end)) = (open, end) else {
            break;
        };
        let target = &rest[middle + 2..middle + end];
        if target.starts_with('#') || target.contains("://") {
            far.push_str(&rest[..=middle + end]);
        } else {
            far.push_str(&rest[..open]);
            far.push_str(&rest[open + 1..middle]);
        }
        rest = &rest[middle + end + 1..];
    }
    far + rest
}

#[test]
fn the_front_page_of_the_facade_is_the_readme() {
    let path = format!("{}/README.md", FACADE.0);
    assert_none(
        "The crate is published with a copy of the README, without links to files:",
        &Vec::from_iter(bless::check(
            &path,
            &without_links_to_files(&read("README.md")),
        )),
    );
    let front = read(&format!("{}/src/lib.rs", FACADE.0));
    assert!(front.starts_with("#![doc = include_str!(\"../README.md\")]\n"));
}

#[test]
fn the_readme_lists_every_example_with_what_it_shows() {
    let readme = read("README.md");
    let rows = table_rows(&readme);
    let mut complaints = Vec::new();
    for example in examples() {
        let (name, folder) = (&example.name, &example.folder);
        let head = example
            .text
            .lines()
            .next()
            .unwrap_or_default()
            .trim_start_matches("//! ");
        let (floor, shows) = head.split_once(": ").unwrap_or_default();
        let floor = floor.trim_start_matches("Floor ").to_lowercase();
        let link = format!("[{name}]({folder}/{name}.rs)");
        let row = vec![floor, link, shows.trim_end_matches('.').to_string()];
        if !rows.contains(&row) {
            complaints.push(format!("| {} |", row.join(" | ")));
        }
    }
    let listed = rows
        .iter()
        .filter(|row| row.len() == 3 && row[1].contains("examples/"));
    for row in listed {
        let path = links(&row[1])
            .first()
            .copied()
            .unwrap_or_default()
            .to_string();
        if !root().join(&path).is_file() {
            complaints.push(format!("{path} is listed and not there"));
        }
    }
    assert_none(
        "The README's table of examples should have these rows:",
        &complaints,
    );
}

#[test]
fn a_chapter_names_its_examples_and_each_example_its_chapter() {
    let mut complaints = Vec::new();
    for example in examples().iter().filter(|it| it.package == "examples") {
        let head = example.text.lines().next().unwrap_or_default();
        let floor = head
            .strip_prefix("//! Floor ")
            .and_then(|rest| rest.get(..1));
        let floor = floor.and_then(|number| number.parse::<usize>().ok());
        let (folder, name) = (floor.map_or(FACADE.0, |at| FLOORS[at].0), &example.name);
        let chapter = format!("{folder}/src/lib.rs");
        if !example
            .text
            .contains(&format!("//! Its chapter: `{chapter}`.\n"))
        {
            complaints.push(format!("{name} does not name {chapter}"));
        }
        // The front page of the facade is the README, which lists all of them.
        let page = floor.map_or("README.md".to_string(), |_| chapter);
        if !read(&page).contains(name) {
            complaints.push(format!("{page} does not name {name}"));
        }
    }
    assert_none(
        "A chapter and its examples lead to each other:",
        &complaints,
    );
}

#[test]
fn the_readme_lists_every_crate() {
    let rows = table_rows(&read("README.md"));
    for (folder, package) in FLOORS.iter().chain([&FACADE]) {
        let named = format!("`{package}`");
        let row = rows.iter().find(|row| row[0] == named);
        let row = row.unwrap_or_else(|| panic!("{package} is missing in the README's table"));
        let path = format!("{folder}/src/lib.rs");
        assert!(
            row.iter().any(|cell| links(cell).contains(&path.as_str())),
            "{package}"
        );
    }
}

#[test]
fn the_picture_of_the_tower_has_every_floor() {
    let readme = read("README.md");
    let tower = section(&readme, "## The tower").expect("the README has a tower");
    let pictures = listings(tower);
    let (_, picture) = pictures.first().expect("the section has a picture");
    let drawn = picture.lines().rev().filter_map(|line| {
        let (number, rest) = line.split_once('│')?;
        let name = rest.split_whitespace().next()?;
        let floor = !number.trim().is_empty();
        floor.then(|| format!("crates/{}-{name}", number.trim()))
    });
    let drawn: Vec<String> = drawn.collect();
    assert_eq!(drawn, FLOORS.map(|(folder, _)| folder));
}

#[test]
fn the_place_of_the_numbers_is_marked_once() {
    let readme = read("README.md");
    for mark in ["<!-- bench:begin -->", "<!-- bench:end -->"] {
        assert_eq!(readme.matches(mark).count(), 1, "{mark}");
    }
    let (_, rest) = readme
        .split_once("<!-- bench:begin -->")
        .expect("the mark is there");
    assert!(
        rest.contains("cargo xtask bench"),
        "numbers stand beside the command that gave them"
    );
}

#[test]
fn every_link_leads_somewhere() {
    let mut complaints = Vec::new();
    for file in files(&[".md"]) {
        // A copy of the README; its links are valid in the root of the repository.
        if file.path == format!("{}/README.md", FACADE.0) {
            continue;
        }
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for link in links(&file.text) {
            let path = link.split('#').next().unwrap_or_default();
            let outside = path.is_empty() || path.contains("://") || path.contains('<');
            if !outside && !root().join(folder).join(path).exists() {
                complaints.push(format!("{}: {link}", file.path));
            }
        }
    }
    assert_none("A link leads nowhere:", &complaints);
}

#[test]
fn the_documents_are_there_and_begin_with_their_title() {
    for document in DOCUMENTS {
        assert!(
            read(document).starts_with("# "),
            "{document} begins with a title"
        );
    }
}

#[test]
fn every_difference_has_its_reason_and_its_test() {
    let text = read("NOT-HERE.md");
    let mut complaints = Vec::new();
    let mut entries = 0;
    for entry in text.split("\n### ").skip(1) {
        entries += 1;
        let title = entry.lines().next().unwrap_or_default();
        let entry = entry.split("\n## ").next().unwrap_or_default();
        if !entry.contains("\n*Why:* ") {
            complaints.push(format!("{title}: no *Why:*"));
        }
        match entry.split_once("\n*Test:* ") {
            None => complaints.push(format!("{title}: no *Test:*")),
            Some((_, tests)) if tests.starts_with("none, because ") => {}
            Some((_, tests)) => {
                let references = quoted(tests);
                if references.is_empty() {
                    complaints.push(format!("{title}: names no test"));
                }
                complaints.extend(references.into_iter().filter_map(listed::complaint));
            }
        }
    }
    assert!(
        entries >= 20,
        "an entry of NOT-HERE.md is a heading of the third level"
    );
    assert_none(
        "Every difference says why, and which test holds it:",
        &complaints,
    );
}

#[test]
fn every_invariant_names_the_test_that_holds_it() {
    let text = read("ARCHITECTURE.md");
    let mut complaints = Vec::new();
    let mut invariants = 0;
    for paragraph in text.split("\n\n") {
        for invariant in paragraph.split("**Invariant:**").skip(1) {
            invariants += 1;
            let references: Vec<&str> = quoted(invariant)
                .into_iter()
                .filter(|text| text.contains(".rs"))
                .collect();
            if references.is_empty() {
                complaints.push(invariant.trim().to_string());
            }
            complaints.extend(references.into_iter().filter_map(listed::complaint));
        }
    }
    assert!(invariants >= 20, "ARCHITECTURE.md marks its invariants");
    assert_none("An invariant names the test that holds it:", &complaints);
}

#[test]
fn every_essay_ends_with_a_first_path_of_files() {
    let mut complaints = Vec::new();
    let floors = FLOORS.map(|(folder, _)| folder).into_iter();
    for folder in floors.chain(BESIDE.map(|(folder, ..)| folder)) {
        let essay = read(&format!("{folder}/src/lib.rs"));
        let path = essay.split("//! # First path").nth(1).unwrap_or_default();
        let steps: Vec<&str> = path
            .lines()
            .filter_map(|line| line.strip_prefix("//! ")?.split_once(". `"))
            .filter(|(number, _)| number.parse::<u32>().is_ok())
            .filter_map(|(_, rest)| rest.split('`').next())
            .collect();
        if !(1..=6).contains(&steps.len()) {
            complaints.push(format!("{folder}: {} files, not 1 to 6", steps.len()));
        }
        let lost = steps.into_iter().filter(|step| {
            let places = [format!("{folder}/src/{step}"), format!("{folder}/{step}")];
            !places.iter().any(|place| root().join(place).is_file())
        });
        complaints.extend(lost.map(|step| format!("{folder}: there is no {step}")));
    }
    assert_none(
        "The page `lib.rs` of a floor lists the files of its first path:",
        &complaints,
    );
}

#[test]
fn every_rule_of_contributing_has_its_rationale() {
    let text = read("CONTRIBUTING.md");
    let rules = text.lines().filter(|line| {
        let number = line.split(". ").next().unwrap_or_default();
        line.contains(". **") && number.parse::<u32>().is_ok()
    });
    let rules = rules.count();
    let rationales = text.matches("*Rationale:*").count();
    assert!(rules >= 5, "the rules are a numbered list");
    assert_eq!(rules, rationales);
}

#[test]
fn the_members_of_the_workspace_are_in_the_architecture() {
    let text = read("ARCHITECTURE.md");
    let metadata = metadata();
    for package in metadata["packages"].as_array().expect("a list of packages") {
        let name = package["name"].as_str().expect("a package has a name");
        assert!(
            text.contains(&format!("`{name}`")),
            "{name} is not in ARCHITECTURE.md"
        );
    }
}

#[test]
fn what_the_readme_tells_to_run_is_what_ci_runs() {
    let readme = read("README.md");
    let commands = section(&readme, "## Two commands").expect("the README has two commands");
    let ci = read(".ci/run");
    let first_two: Vec<String> = listings(commands)
        .into_iter()
        .filter(|(label, _)| label == "sh")
        .map(|(_, listing)| listing.trim().to_string())
        .collect();
    assert_eq!(first_two.len(), 2, "two commands: {first_two:?}");
    for command in first_two {
        assert!(ci.contains(&command), ".ci/run does not run {command}");
    }
}
