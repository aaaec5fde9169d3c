//! Each thing that no longer agrees is found, at its line.
//!
//! Each row breaks one thing of a book that is in order.

use book::check::{Wish, check};
use book::programs::cast::Cast;
use book::programs::stage::print;
use book::programs::{Main, Program};
use book::tree::Tree;
use book::work::quiz::Quiz;

use crate::tree::{PROGRAMS, blessed, edit, faults};

/// A name, the edit (file, old text, new text), and the fault (file, line, words).
type Row = (
    &'static str,
    [&'static str; 3],
    (&'static str, usize, &'static str),
);

const LIB: &str = "crates/0-first/src/lib.rs";
const ONE: &str = "book/text/one.md";
const QUIZ: &str = "book/quiz/time.toml";

const ROWS: [Row; 36] = [
    (
        "a listing",
        [LIB, "fn boil", "fn cook"],
        (ONE, 5, "no item `fn boil`"),
    ),
    (
        "a file",
        [ONE, "0-first/src/lib.rs impl", "0-first/src/cook.rs impl"],
        (ONE, 5, "cannot be read"),
    ),
    (
        "a program",
        [ONE, "{{program tea}}", "{{program toast}}"],
        (ONE, 7, "cannot be read"),
    ),
    (
        "an output",
        ["book/text/out/tea.txt", "tea", "coffee"],
        ("book/text/out/tea.txt", 1, "it has \"coffee\""),
    ),
    (
        "a trace",
        ["book/text/out/tea.trace.txt", "spawn", "sprawn"],
        ("book/text/out/tea.trace.txt", 1, "sprawn"),
    ),
    (
        "a range",
        [ONE, "1..2", "1..200"],
        (ONE, 17, "and no 1..200"),
    ),
    (
        "a picture",
        ["book/text/pictures/tea.svg", "<svg", "<svG"],
        ("book/text/pictures/tea.svg", 1, "it has"),
    ),
    (
        "a reference to a figure",
        [ONE, "[](#fig-tea) shows it", "This shows it"],
        (ONE, 13, "is referred to nowhere"),
    ),
    (
        "a caption",
        [ONE, "tea \"Tea.\"", "tea"],
        (ONE, 13, "needs a caption"),
    ),
    (
        "a drawing",
        [ONE, "{{drawing pot", "{{drawing kettle"],
        (ONE, 15, "cannot be read"),
    ),
    (
        "a link",
        [ONE, "two.md#another-part", "three.md"],
        (ONE, 29, "leads to no chapter"),
    ),
    (
        "a fragment",
        [ONE, "(#a-part)", "(#the-part)"],
        (ONE, 29, "has no #the-part"),
    ),
    (
        "a fragment elsewhere",
        ["book/text/two.md", "## Another part", "## A part"],
        (ONE, 29, "two.md has no #another-part"),
    ),
    (
        "the name of a test",
        [
            "crates/0-first/tests/it/cook.rs",
            "the_water_boils",
            "water_boils",
        ],
        (ONE, 21, "has no test the_water_boils"),
    ),
    (
        "a path",
        [ONE, "in `crates/0-first/tests`", "in `crates/0-first/test`"],
        (ONE, 21, "there is no crates/0-first/test"),
    ),
    (
        "an answer",
        [QUIZ, "says = \"3.000\"", "says = \"4.000\""],
        (QUIZ, 0, "0 choices are right; the answer is \"3.000\""),
    ),
    (
        "two answers",
        [QUIZ, "says = \"1.000\"", "says = \"3 s\""],
        (QUIZ, 0, "2 choices are right"),
    ),
    (
        "a wrong answer's reason",
        [QUIZ, "program side_by_side", "seed 1"],
        (QUIZ, 10, "under \"seed 1\" the answer is \"3.000\""),
    ),
    (
        "a question",
        ["book/text/quiz/time.md", "How long", "How fast"],
        ("book/text/quiz/time.md", 3, "How fast"),
    ),
    (
        "a patch",
        [LIB, "        100\n", "        101\n"],
        ("book/sabotage/cold.patch", 0, "are not in"),
    ),
    (
        "the test of a patch",
        ["book/sabotage/cold.toml", "the_water_boils", "nothing"],
        ("book/sabotage/cold.toml", 0, "has no test nothing"),
    ),
    (
        "the exercises",
        [ONE, "{{exercises 0}}", "{{exercises 1}}"],
        (ONE, 27, "cannot be read"),
    ),
    (
        "Rust by hand",
        [ONE, "## A part\n", "## A part\n```rust\n```\n"],
        (ONE, 4, "Rust typed by hand"),
    ),
    (
        "a directive",
        [ONE, "{{output tea}}", "{{prints tea}}"],
        (ONE, 9, "there is no directive prints"),
    ),
    (
        "a figure elsewhere",
        [
            "book/text/two.md",
            "{{drawing pan \"A pan.\"}}",
            "A pan, and [](#fig-pan).",
        ],
        (ONE, 31, "two.md has no #fig-pan"),
    ),
    (
        "a directive in a line",
        [ONE, "[The part]", "{{output tea}} [The part]"],
        (ONE, 29, "stands alone on its line"),
    ),
    (
        "half a directive",
        [ONE, "{{output tea}}", "{{output tea}"],
        (ONE, 9, "stands alone on its line"),
    ),
    (
        "a test that does not run",
        ["crates/0-first/tests/it/cook.rs", "#[test]\n", ""],
        (ONE, 21, "has no test the_water_boils"),
    ),
    (
        "a crate",
        [ONE, "`groundup_first::Cook`", "`groundup_frst::Cook`"],
        (ONE, 31, "there is no crate groundup_frst"),
    ),
    (
        "a path in a caption",
        [ONE, "\"A pot.\"", "\"A pot of `crates/9-none`.\""],
        (ONE, 0, "there is no crates/9-none"),
    ),
    (
        "a link in a reason",
        [QUIZ, "Nobody waits.", "See [there](three.md)."],
        (ONE, 0, "three.md leads to no chapter"),
    ),
    (
        "an image",
        [ONE, "[The part](#a-part)", "![The part](none.svg)"],
        (ONE, 29, "none.svg leads to no chapter"),
    ),
    (
        "a link in HTML",
        [
            ONE,
            "[The part](#a-part)",
            "<a href=\"none.md\">The part</a>",
        ],
        (ONE, 29, "none.md leads to no chapter"),
    ),
    (
        "a player",
        [ONE, "[The part](#a-part)", "[A run](player/none.html)"],
        (ONE, 29, "leads to no player"),
    ),
    (
        "code by hand",
        [ONE, "## A part\n", "## A part\n\n    fn code() {}\n\n"],
        (ONE, 5, "indented code"),
    ),
    (
        "a reference in code",
        [ONE, "[](#fig-tea) shows it", "`[](#fig-tea)` shows it"],
        (ONE, 13, "is referred to nowhere"),
    ),
];

#[test]
fn each_thing_that_no_longer_agrees_is_found_at_its_line() {
    for (number, (what, [path, old, new], (file, line, words))) in ROWS.into_iter().enumerate() {
        let tree = blessed(&format!("broken-{number}"));
        assert_eq!(faults(&tree), []);
        edit(&tree, path, old, new);
        let found = faults(&tree);
        let is_it = |fault: &&book::tree::Fault| {
            fault.path == file && fault.line == line && fault.what.contains(words)
        };
        assert!(
            found.iter().any(|fault| is_it(&fault)),
            "{what}: {found:#?}"
        );
    }
}

#[test]
fn a_program_that_prints_something_else_is_found() {
    let tree = blessed("other-program");
    let other = Program {
        name: "tea",
        main: Main::Plain(|| {
            print(format_args!("coffee\n"));
            Ok(())
        }),
    };
    let wish = Wish {
        chapter: Some("one".into()),
        ..Wish::default()
    };
    let found = check(&tree, &[other, PROGRAMS[1]], &wish).faults;
    let is_it = |path: &str, words: &str| {
        found
            .iter()
            .any(|fault| fault.path == path && fault.what.contains(words))
    };
    assert!(
        is_it("book/text/out/tea.txt", "the programs give \"coffee\""),
        "{found:#?}"
    );
    assert!(
        is_it("book/quiz/time.toml", "0 choices are right"),
        "{found:#?}"
    );
    assert!(is_it("book/text/one.md", "tea has no trace"), "{found:#?}");
}

#[test]
fn a_second_blessing_writes_nothing_and_the_first_mends() {
    let tree = blessed("twice");
    let wish = Wish {
        chapter: Some("one".into()),
        bless: true,
        ..Wish::default()
    };
    assert_eq!(check(&tree, &PROGRAMS, &wish).written, [""; 0]);
    edit(&tree, "book/text/out/tea.txt", "tea", "coffee");
    assert_eq!(
        check(&tree, &PROGRAMS, &wish).written,
        ["book/text/out/tea.txt"]
    );
    assert_eq!(faults(&tree), []);
}

#[test]
fn a_blessing_removes_nothing_while_something_is_wrong() {
    let tree = blessed("careful");
    let bless = Wish {
        bless: true,
        ..Wish::default()
    };
    let checked = check(&tree, &PROGRAMS, &bless);
    assert!(
        !checked.faults.is_empty(),
        "this tree has no rows of sources"
    );
    edit(
        &tree,
        "book/text/one.md",
        "{{output tea}}",
        "{{output toast}}",
    );
    edit(&tree, "book/text/one.md", "{{quiz time}}", "{{quiz space}}");
    let checked = check(&tree, &PROGRAMS, &bless);
    assert_eq!(checked.removed, [""; 0]);
    assert!(tree.has("book/text/out/tea.txt") && tree.has("book/text/quiz/time.md"));
}

#[test]
fn a_program_must_fail_for_the_reason_that_the_quiz_names() {
    let tree = Tree::here();
    let cast = Cast::new(&tree, &[]);
    let mut quiz = Quiz::read(&tree, "1_bound").unwrap();
    assert_eq!(quiz.judged(&tree, &cast, "1_bound").1, []);
    for wrong in [Some("E0308".to_owned()), None] {
        quiz.error = wrong;
        let (_, faults) = quiz.judged(&tree, &cast, "1_bound");
        assert!(
            faults[0].what.contains("the compiler's error is E0277"),
            "{faults:?}"
        );
    }
}

#[test]
fn files_that_belong_to_no_chapter_are_found() {
    let tree = blessed("strays");
    let write = |path: &str| tree.write(path, "//! Nobody shows it.\n\npub fn main() {}\n");
    for path in [
        "book/programs/stray.rs",
        "book/text/out/stray.txt",
        "book/text/stray.md",
    ] {
        assert_eq!(write(path), Ok(true));
    }
    let found = check(&tree, &PROGRAMS, &Wish::default()).faults;
    let is_it = |path: &str, words: &str| {
        found
            .iter()
            .any(|fault| fault.path == path && fault.what.contains(words))
    };
    assert!(
        is_it("book/programs/stray.rs", "no chapter uses it"),
        "{found:#?}"
    );
    assert!(
        is_it("book/text/out/stray.txt", "no chapter shows it"),
        "{found:#?}"
    );
    assert!(
        is_it("book/text/stray.md", "SUMMARY.md does not list it"),
        "{found:#?}"
    );
    assert!(is_it("book/sources.toml", "cannot be read"), "{found:#?}");
}

#[test]
fn a_chapter_becomes_what_mdbook_reads() {
    let tree = blessed("text");
    let wish = Wish {
        chapter: Some("one".into()),
        players: true,
        ..Wish::default()
    };
    let checked = check(&tree, &PROGRAMS, &wish);
    let chapter = &checked.chapters["one.md"];
    let text = &chapter.text;
    for part in [
        "<p class=\"from\">crates/0-first/src/lib.rs · impl Cook / fn boil</p>\n\n```rust,ignore\npub fn boil(&self) -> u32 {\n    100\n}\n```\n",
        "```rust,ignore\nuse groundup::sleep;\n\n#[groundup::main(virtual_time)]\nasync fn main() {}\n```\n",
        "```text,output\ntea\n```\n",
        "[Figure\u{a0}1](#fig-tea) shows it, and so does [the drawing](#fig-pot).",
        "**Figure 2.** A pot.",
        "<iframe src=\"player/tea.html\" loading=\"lazy\"",
        "<details class=\"choice yes\">\n<summary><code>3.000 s</code></summary>\n\n**Right.** One after the other.",
        "<details class=\"choice no\">\n<summary><code>2.000 s</code></summary>\n\n**Wrong.** Side by side.",
        "+        99\n",
        "| **0.1** Boil water | 10 |",
    ] {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    assert!(!text.contains("{{"), "{text}");
    assert!(
        !text.contains("<style>"),
        "the style of the book gives the colours"
    );
    assert!(chapter.players["tea"].starts_with("<!DOCTYPE html>"));
}
