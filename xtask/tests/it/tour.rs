//! The tour: the lines of the programs, their times, the golden files.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use xtask::golden;
use xtask::programs::{self, DOCUMENTS, Program, find};
use xtask::stage::{Nobody, Settings, play};
use xtask::tour::options::{Options, Request, parse};
use xtask::tour::output::Out;
use xtask::tour::{full_tour, plain_tour, visit};
use xtask::verdict::{Verdict, judge};

fn one(id: &str) -> &'static Program {
    find(id).expect("the catalogue has it")[0]
}

/// Returns the options that these words ask for.
fn options(words: &[&str]) -> Options {
    match parse(&mut lexopt::Parser::from_args(words)) {
        Ok(Request::Show(options)) => options,
        other => panic!("{words:?} ask for a tour: {other:?}"),
    }
}

/// Returns the output of `cargo xtask tour --only ID --clock virtual --plain`.
fn plain(id: &str) -> String {
    let options = options(&["--only", id, "--clock", "virtual", "--plain"]);
    let page: Rc<RefCell<Vec<u8>>> = Rc::default();
    let out: Out = page.clone();
    assert!(plain_tour(&options, out), "{id} is wrong");
    String::from_utf8(page.take()).expect("programs print text")
}

#[test]
fn the_readme_shows_a_program_as_the_tour_does() {
    let page = concat!(env!("CARGO_TARGET_TMPDIR"), "/readme.html");
    let options = options(&["--only", "S0.P7", "--clock", "virtual", "--page", page]);
    let seen: Rc<RefCell<Vec<u8>>> = Rc::default();
    assert!(full_tour(&options, seen.clone(), false).expect("the page can be written"));
    let seen = String::from_utf8(seen.take()).expect("the tour prints text");
    let begin = seen.find("S0.P7  ").expect("a title");
    let end = seen.find("\nAll programs").expect("a table");
    let lines: Vec<&str> = seen[begin..end]
        .trim_end()
        .lines()
        .map(str::trim_end)
        .collect();
    let readme = include_str!("../../../README.md");
    let listing = format!("```text\n{}\n```\n", lines.join("\n"));
    assert!(
        readme.contains(&listing),
        "README.md should show:\n{listing}"
    );
}

#[test]
fn both_copies_of_the_article_are_the_same_programs() {
    let ids = |document| -> Vec<&str> {
        let found = find(document).expect("the catalogue has it");
        found.iter().map(|program| program.id).collect()
    };
    assert_eq!(ids("S0"), ids("S1"));
    assert_eq!(ids("S0").len(), 7);
    for number in 1..=7 {
        let (s0, s1) = (format!("S0.P{number}"), format!("S1.P{number}"));
        assert_eq!((one(&s0).id, one(&s1).id), (s0.as_str(), s0.as_str()));
    }
}

#[test]
fn ids_are_in_order_and_unique() {
    let ids: Vec<&str> = programs::all().iter().map(|program| program.id).collect();
    let mut expected: Vec<String> = Vec::new();
    expected.extend((1..=7).map(|n| format!("S0.P{n}")));
    expected.extend((1..=9).map(|n| format!("S2.P{n}")));
    expected.extend((1..=9).map(|n| format!("S3.P{n}")));
    expected.extend(["S4.P1", "S4.P2", "S4.P2-verbatim", "S4.P3", "S4.P4"].map(String::from));
    assert_eq!(ids, expected);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert_eq!(
        DOCUMENTS.each_ref().map(|document| document.id),
        ["S0", "S1", "S2", "S3", "S4"]
    );
}

#[test]
fn every_listing_is_a_whole_program_in_both_languages() {
    for program in programs::all() {
        let listing = program.listing();
        assert!(!listing.python.is_empty(), "{} has no Python", program.id);
        let rust = &listing.rust;
        assert!(rust.contains("\nfn main() -> Outcome {\n"), "{rust}");
        assert!(rust.contains("\ntype Outcome = "), "{rust}");
        assert!(rust.lines().all(|line| line.len() <= 100), "{rust}");
    }
}

/// The page shows what the source has, and no helper that no program needs.
#[test]
fn every_helper_is_used_by_a_program() {
    let helpers = include_str!("../../shown/stage.rs");
    let all: String = programs::all().iter().map(|p| p.listing().rust).collect();
    let mut count = 0;
    for line in helpers.lines().filter(|line| line.starts_with("fn ")) {
        assert!(all.contains(line), "{line}");
        count += 1;
    }
    assert!(count > 8, "{count}");
}

#[test]
fn the_article_prints_its_letters_and_seconds() {
    let five =
        |header: &str, letter: &str| format!("{header}\n{}5.0\n", format!("{letter}\n").repeat(5));
    assert_eq!(plain("S0.P1"), five("Normal synchronous code", "a"));
    assert_eq!(
        plain("S0.P2"),
        five("Using asynchronous code synchronously", "b")
    );
    assert_eq!(
        plain("S0.P3"),
        five("Separate function call, and code running", "b")
    );
    assert_eq!(
        plain("S0.P4"),
        "Briefer concurrency with map\nb b b b b\n1.0\n"
    );
    assert_eq!(
        plain("S0.P5"),
        "Async map, not using the event loop directly\nb b b b b\n1.0\n"
    );
    assert_eq!(
        plain("S0.P6"),
        "It still works with synchronous functions\na a a a a\n5.0\n"
    );
    assert_eq!(plain("S0.P7"), "Mixin' it up\nb a b a b\n3.0\n");
}

#[test]
fn the_toolbox_prints_its_results_as_python_does() {
    let words = |id: &str| plain(id).lines().collect::<Vec<_>>().join(" ");
    assert_eq!(words("S2.P1"), "a b1 b2 ['a', 'b1', 'b2']");
    assert_eq!(words("S2.P2"), "b1 b2 a ['b1', 'b2', 'a']");
    assert_eq!(words("S2.P3"), "b1 b2 a ['a', 'b1', 'b2']");
    assert_eq!(words("S2.P4"), "b1 b2 a ['b1', 'b2', 'a']");
    assert_eq!(words("S2.P5"), "b1 b2 a ['a', 'b1', 'b2']");
    assert_eq!(words("S2.P6"), "b1 b2 a ['a', 'b1', 'b2']");
    assert_eq!(words("S2.P7"), "b1 b2 a {'a', 'b1', 'b2'}");
    assert_eq!(
        words("S2.P8"),
        "b1 b2 b3 a b4 a b5 ['b1', 'b2', 'b3', 'a', 'b4', 'a', 'b5']"
    );
    assert_eq!(
        words("S2.P9"),
        "b1 b2 b3 b4 a a ['b1', 'b2', 'b3', 'b4', 'a', 'a']"
    );
}

#[test]
fn the_notebook_prints_its_cells() {
    let computing = |numbers: &[i32]| -> String {
        let lines = numbers.iter().map(|n| format!("Computing square of {n}\n"));
        lines.collect()
    };
    assert_eq!(plain("S3.P1"), computing(&[1, 10, 2, 20, 3, 30, 4, 40]));
    assert_eq!(plain("S3.P2"), computing(&[1, 10, 2, 20, 3, 30, 4, 40, 5]));
    assert_eq!(
        plain("S3.P3"),
        computing(&[1, 10, 2, 20, 3, 30, 4, 40, 5, 6])
    );
    assert_eq!(
        plain("S3.P4"),
        "Computing square of  1\nComputing square of  10\nComputing square of  2\n\
         Computing square of  20\nComputing square of  3\nComputing square of  30\n\
         Computing square of  4\nComputing square of  40\nComputing square of  5\n\
         Computing square of  50\nsum_of_squares [1, 2, 3, 4, 5] 55\n\
         sum_of_squares [10, 20, 30, 40, 50] 5500\n"
    );
    assert_eq!(plain("S3.P5"), "square 3\n9\n");
    assert_eq!(plain("S3.P6"), "square 3\nsquare 4\n25\n");
    assert_eq!(
        plain("S3.P7"),
        "square 3\nsquare 30\nsquare 4\n25\nsquare 40\n2500\n"
    );
    assert_eq!(plain("S3.P8"), "A\nB\nC\n1\n2\n3\n");
    assert_eq!(plain("S3.P9"), "A\n1\nB\n2\nC\n3\n");
}

/// The names that the notebook imports from the facade: the modules of floors 1 and 2,
/// floor 1's `Stepped`, and the type that every program of the catalogue returns.
#[test]
fn the_notebook_needs_no_floor_above_the_second() {
    let source = include_str!("../../src/programs/ground_up.rs");
    let code = source.lines().filter(|line| !line.starts_with("//"));
    let taken: Vec<&str> = code.filter(|line| line.contains("groundup::")).collect();
    let lower = |line: &&str| {
        line.starts_with("use groundup::generator::")
            || line.starts_with("use groundup::interweave::")
    };
    let (lower, others): (Vec<&str>, Vec<&str>) = taken.iter().partition(|line| lower(line));
    assert_eq!(lower.len(), 2);
    assert_eq!(others, ["use groundup::Stepped;"]);
}

#[test]
fn the_guide_prints_its_outputs() {
    assert_eq!(plain("S4.P1"), "hello\n");
    assert_eq!(
        plain("S4.P2"),
        "hello\nstarting event loop\nhello\nhello\nloop stopped\n"
    );
    assert_eq!(
        plain("S4.P2-verbatim"),
        "hello\nstarting event loop\nloop stopped\n"
    );
    assert_eq!(
        plain("S4.P3"),
        "need to compute something\nstarting long non blocking task\nSee, I'm not blocked\n\
         done with non blocking task\nresult is 42\nall done\n"
    );
}

/// Returns the time of each line of a program, in seconds.
fn times(id: &str) -> Vec<f64> {
    let seen = visit(one(id), Settings::EXACT).seen;
    seen.said
        .iter()
        .map(|said| said.time as f64 / 1e9)
        .collect()
}

#[test]
fn lines_appear_at_the_times_of_the_source() {
    assert_eq!(times("S2.P1"), [3.0, 4.0, 5.0, 5.0]);
    assert_eq!(times("S2.P3"), [1.0, 1.0, 3.0, 3.0]);
    assert_eq!(times("S2.P8"), [1.0, 1.0, 2.0, 3.0, 4.0, 5.0, 5.0, 5.0]);
    assert_eq!(times("S2.P9"), [1.0, 1.0, 1.4, 1.6, 3.0, 3.2, 3.2]);
    assert_eq!(times("S4.P2"), [0.0, 0.0, 1.0, 2.0, 2.5]);
    assert_eq!(times("S4.P3"), [0.0, 0.0, 2.0, 3.0, 3.0, 3.0]);
    assert_eq!(times("S4.P4"), [0.0, 0.0, 1.0, 1.0, 3.0, 3.0, 4.0, 4.0]);
}

#[test]
fn every_program_is_as_expected_at_every_scale() {
    for scale in [1.0, 0.1, 0.001, 1.0 / 3.0, 7.0] {
        let settings = Settings {
            scale,
            ..Settings::EXACT
        };
        for program in programs::all() {
            let verdict = visit(program, settings).verdict;
            assert_eq!(verdict, Verdict::AsExpected, "{} at {scale}", program.id);
        }
    }
}

#[test]
fn no_seed_makes_a_program_wrong_and_a_seed_gives_the_same_run_twice() {
    for seed in 0..50 {
        let settings = Settings {
            seed: Some(seed),
            ..Settings::EXACT
        };
        for program in programs::all() {
            let first = visit(program, settings);
            assert!(
                !first.verdict.is_wrong(),
                "{} {seed}: {}",
                program.id,
                first.verdict
            );
            assert_eq!(
                first.seen,
                visit(program, settings).seen,
                "{} {seed}",
                program.id
            );
        }
    }
}

#[test]
fn the_golden_files_agree() {
    let page: Rc<RefCell<Vec<u8>>> = Rc::default();
    let out: Out = page.clone();
    let agree = golden::check(&programs::all(), false, &out);
    let told = String::from_utf8(page.take()).expect("the check prints text");
    assert_eq!(agree, Ok(true), "{told}");
    let files = std::fs::read_dir(golden::path(one("S0.P1")).parent().expect("in a folder"));
    assert_eq!(
        files.expect("the folder is there").count(),
        programs::all().len()
    );
}

#[test]
fn a_difference_from_a_golden_file_names_its_line() {
    let program = one("S0.P7");
    let text = golden::text(&visit(program, Settings::EXACT));
    assert_eq!(golden::compare(program, &text), None);
    let other = text.replacen("3.000  b a b a b", "3.000  b b b a a", 1);
    let told = golden::compare(program, &other).expect("a line differs");
    assert!(told.starts_with("S0.P7: differs from "), "{told}");
    assert!(
        told.ends_with(
            " in line 4\n  expected     3.000  b a b a b\n  found        3.000  b b b a a\n"
        ),
        "{told}"
    );
    let shorter: String = text
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    let told = golden::compare(program, &shorter).expect("lines are missing");
    assert!(told.contains("found     (the end)"), "{told}");
}

#[test]
fn a_program_that_fails_is_wrong_and_leaves_the_stage() {
    let nobody = || Rc::new(RefCell::new(Nobody));
    let seen = play(|| panic!("on purpose"), Settings::EXACT, nobody());
    assert_eq!(seen.failure.as_deref(), Some("it panicked: on purpose"));
    assert!(judge(one("S3.P1"), &Settings::EXACT, &seen).is_wrong());

    let seen = play(
        || xtask::stage::event_loop().run_until_complete(std::future::pending())?,
        Settings::EXACT,
        nobody(),
    );
    assert!(seen.failure.is_some_and(|why| why.contains("Task-1")));
    assert_eq!(
        visit(one("S3.P1"), Settings::EXACT).verdict,
        Verdict::AsExpected
    );
}
