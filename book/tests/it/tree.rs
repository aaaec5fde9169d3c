//! A repository of one chapter, which a test may break.
//!
//! Invariant: as it is made, the check finds nothing wrong with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use book::check::{Wish, check};
use book::programs::stage::print;
use book::programs::{Main, Program};
use book::tree::{Fault, Tree};
use groundup::{sleep, spawn_named};

const SUMMARY: &str = "# A book\n\n- [One](one.md)\n- [Two](two.md)\n";

const ONE: &str = r#"# One

## A part

{{listing crates/0-first/src/lib.rs impl Cook / fn boil}}

{{program tea}}

{{output tea}}

[](#fig-tea) shows it, and so does [the drawing](#fig-pot).

{{picture tea "Tea."}}

{{drawing pot "A pot."}}

{{trace tea 1..2}}

{{player tea}}

A test holds it: `crates/0-first/tests/it/cook.rs::the_water_boils`, in `crates/0-first/tests`.

{{quiz time}}

{{sabotage cold}}

{{exercises 0}}

[The part](#a-part), [the other chapter](two.md#another-part), [elsewhere](https://example.org).

[A pan](two.md#fig-pan), and `groundup_first::Cook`.
"#;

const TWO: &str = "# Two\n\n## Another part\n\nIt has `groundup_first::Cook`, and [a figure](one.md#fig-tea).\n\n{{drawing pan \"A pan.\"}}\n\n[](#fig-pan) is a pan.\n";

const LIB: &str = "//! A cook.\n\n/// A cook.\npub struct Cook;\n\nimpl Cook {\n    /// Boils.\n    \
                   pub fn boil(&self) -> u32 {\n        100\n    }\n}\n";

const QUIZ: &str = r#"question = "How long does it take?"
program = "tea"
answer = "elapsed"

[[choice]]
says = "3.000"
why = "One after the other."

[[choice]]
says = "2.000"
why = "Side by side."
under = "program side_by_side"

[[choice]]
says = "1.000"
why = "Nobody waits."
"#;

const PATCH: &str = "--- a/crates/0-first/src/lib.rs\n+++ b/crates/0-first/src/lib.rs\n@@ -8,3 +8,3 @@\n     \
                     pub fn boil(&self) -> u32 {\n-        100\n+        99\n     }\n";

const FILES: [(&str, &str); 15] = [
    ("book/text/SUMMARY.md", SUMMARY),
    ("book/text/one.md", ONE),
    ("book/text/two.md", TWO),
    ("book/text/drawings/pot.txt", "  \\___/\n"),
    ("book/text/drawings/pan.txt", "  ___/\n"),
    (
        "book/programs/tea.rs",
        "//! Tea.\n\nuse groundup::sleep;\n\npub async fn main() {}\n",
    ),
    (
        "book/programs/side_by_side.rs",
        "//! Tea, side by side.\n\npub async fn main() {}\n",
    ),
    ("book/quiz/time.toml", QUIZ),
    ("book/sabotage/cold.patch", PATCH),
    (
        "book/sabotage/cold.toml",
        "test = \"crates/0-first/tests/it/cook.rs::the_water_boils\"\nwhy = \"It stays cold.\"\n",
    ),
    (
        "crates/0-first/Cargo.toml",
        "[package]\nname = \"groundup-first\"\n",
    ),
    ("crates/0-first/src/lib.rs", LIB),
    (
        "crates/0-first/tests/it/cook.rs",
        "//! A test.\n\n#[test]\nfn the_water_boils() {}\n",
    ),
    (
        "exercises/floor-0.toml",
        "floor = 0\n[[exercise]]\nnumber = \"0.1\"\ntitle = \"Boil water\"\nminutes = 10\ntext = \"..\"\n",
    ),
    ("Cargo.lock", ""),
];

const SECOND: Duration = Duration::from_secs(1);

/// The programs of the tree, for which its files stand.
pub(crate) const PROGRAMS: [Program; 2] = [
    Program {
        name: "tea",
        main: Main::Looped(|| {
            Box::pin(async {
                let water = spawn_named("water", sleep(2 * SECOND));
                water.await.map_err(|error| error.to_string())?;
                print(format_args!("tea\n"));
                sleep(SECOND).await;
                Ok(())
            })
        }),
    },
    Program {
        name: "side_by_side",
        main: Main::Looped(|| {
            Box::pin(async {
                sleep(2 * SECOND).await;
                Ok(())
            })
        }),
    },
];

/// Makes the tree in a folder of its own, with its generated files.
pub(crate) fn blessed(name: &str) -> Tree {
    let root: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if root.exists() {
        fs::remove_dir_all(&root).expect("an old tree can be removed");
    }
    let tree = Tree::at(&root);
    for (path, text) in FILES {
        tree.write(path, text).expect("a file can be written");
    }
    for chapter in ["one", "two"] {
        let wish = Wish {
            chapter: Some(chapter.into()),
            bless: true,
            ..Wish::default()
        };
        assert_eq!(
            check(&tree, &PROGRAMS, &wish).faults,
            [],
            "{chapter} is in order"
        );
    }
    tree
}

/// Returns the faults of the first chapter.
pub(crate) fn faults(tree: &Tree) -> Vec<Fault> {
    let wish = Wish {
        chapter: Some("one".into()),
        ..Wish::default()
    };
    check(tree, &PROGRAMS, &wish).faults
}

/// Replaces a part of a file.
pub(crate) fn edit(tree: &Tree, path: &str, old: &str, new: &str) {
    let text = tree.read(path).expect("the file is there");
    assert!(text.contains(old), "{path} has {old:?}");
    tree.write(path, &text.replacen(old, new, 1))
        .expect("it can be written");
}
