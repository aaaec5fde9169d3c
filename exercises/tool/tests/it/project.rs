//! A small project of one floor, and the program as a learner runs it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first version of the floor, and its tests.
pub(crate) const EXAMPLE: &str = "crates/9-tiny/examples/first_tiny.rs";
pub(crate) const EXAMPLE_CHECKS: &str = "exercises/checks/floor_9/first_tiny.rs";

/// A project in a folder of its own.
pub(crate) struct Project(pub(crate) PathBuf);

/// What a command printed: standard output, standard error, exit code.
pub(crate) struct Said {
    pub(crate) out: String,
    pub(crate) err: String,
    pub(crate) code: Option<i32>,
}

impl Said {
    pub(crate) fn first(&self) -> &str {
        self.out.lines().next().unwrap_or_default()
    }
}

impl Project {
    pub(crate) fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(root.join("exercises/work"));
        let _ = fs::remove_dir_all(root.join("exercises/target/proof"));
        let project = Project(root);
        let [package, place_holder] = ["tiny", "exercise"].map(|name| {
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
        });
        project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\n");
        project.write("README.md", "");
        project.write(EXAMPLE, include_str!("../project/first_tiny.rs"));
        project.write(EXAMPLE_CHECKS, include_str!("../project/first_checks.rs"));
        project.write("crates/9-tiny/Cargo.toml", &package);
        project.write(
            "crates/9-tiny/src/lib.rs",
            include_str!("../project/lib.rs"),
        );
        project.write(
            "exercises/exercise/Cargo.toml",
            &(place_holder + "[workspace]\n"),
        );
        project.write(
            "exercises/exercise/src/lib.rs",
            include_str!("../../../exercise/src/lib.rs"),
        );
        project.write(
            "exercises/floor-9.toml",
            include_str!("../project/floor-9.toml"),
        );
        project.write(
            "exercises/checks/floor_9/library.rs",
            include_str!("../project/checks.rs"),
        );
        project
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    pub(crate) fn run(&self, words: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_exercise"));
        let output = command.args(words).env("EXERCISE_ROOT", &self.0).output();
        let output = output.expect("the program was built");
        let text = |bytes| String::from_utf8(bytes).expect("the program writes text");
        Said {
            out: text(output.stdout),
            err: text(output.stderr),
            code: output.status.code(),
        }
    }

    pub(crate) fn work(&self) -> PathBuf {
        self.0.join("exercises/work/floor-9/src/lib.rs")
    }

    /// Puts `body` in the place of the unfinished body of 9.1, and checks.
    pub(crate) fn check(&self, body: &str) -> Said {
        let text = fs::read_to_string(self.work()).expect("the copy is there");
        let at = text.find("pub fn add").expect("the function is there");
        let end = at + text[at..].find("\n}").expect("it ends");
        let new = format!(
            "{}pub fn add(a: u32, b: u32) -> u32 {{\n{body}{}",
            &text[..at],
            &text[end..]
        );
        fs::write(self.work(), &new).expect("the copy can be written");
        let said = self.run(&["check", "9.1", "--limit", "2"]);
        assert_eq!(
            fs::read_to_string(self.work()).ok(),
            Some(new),
            "a check changes no text"
        );
        said
    }
}
