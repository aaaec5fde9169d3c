//! Bad work costs one clear line, and loses nothing.
//!
//! The tests run the program, as a learner does, in a small project of one floor.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project in a folder of its own.
struct Project(PathBuf);

/// What a command printed: standard output, standard error, exit code.
struct Said {
    out: String,
    err: String,
    code: Option<i32>,
}

impl Said {
    fn first(&self) -> &str {
        self.out.lines().next().unwrap_or_default()
    }
}

impl Project {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(root.join("exercises/work"));
        let _ = fs::remove_dir_all(root.join("exercises/target/proof"));
        let project = Project(root);
        let [package, place_holder] = ["tiny", "exercise"].map(|name| {
            format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n")
        });
        project.write("Cargo.toml", "[workspace]\nresolver = \"3\"\n");
        project.write("README.md", "");
        project.write("crates/9-tiny/Cargo.toml", &package);
        project.write("crates/9-tiny/src/lib.rs", include_str!("project/lib.rs"));
        project.write(
            "exercises/exercise/Cargo.toml",
            &(place_holder + "[workspace]\n"),
        );
        project.write(
            "exercises/exercise/src/lib.rs",
            include_str!("../../exercise/src/lib.rs"),
        );
        project.write(
            "exercises/floor-9.toml",
            include_str!("project/floor-9.toml"),
        );
        project.write(
            "exercises/checks/floor_9/library.rs",
            include_str!("project/checks.rs"),
        );
        project
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn run(&self, words: &[&str]) -> Said {
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

    fn work(&self) -> PathBuf {
        self.0.join("exercises/work/floor-9/src/lib.rs")
    }

    /// Puts `body` in the place of the unfinished body of 9.1, and checks.
    fn check(&self, body: &str) -> Said {
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

#[test]
fn each_kind_of_bad_work_costs_one_clear_line() {
    let project = Project::new("bad_work");
    assert_eq!(project.run(&["start", "9.1"]).code, Some(0));
    let first = "9.1 one_and_two_are_three:";
    let cases = [
        (
            "exercise::unfinished(\"9.1\")",
            "is unfinished: write the body at exercises/work/floor-9/src/lib.rs:5",
        ),
        (
            "a - b + 7",
            "panics at exercises/work/floor-9/src/lib.rs:5: attempt to subtract with overflow",
        ),
        ("a * b", "fails: 1 and 2 (left: 2, right: 3)"),
        (
            "loop { std::hint::black_box((a, b)); }",
            "does not end: stopped after 2 s",
        ),
        (
            "loop { println!(\"{a} {b}\"); }",
            "does not end: stopped after 2 s",
        ),
        (
            "#[allow(unconditional_recursion)] fn f(x: &[u8; 99]) -> u32 { f(&[x[0]; 99]) + u32::from(x[1]) } f(&[a as u8; 99])",
            "fills its stack: a function calls itself without end",
        ),
        (
            "let mut all = Vec::<u8>::with_capacity((a as usize * 6) << 30); all.push(0); b",
            "asks for more memory than there is: a list or a queue grows without end",
        ),
        (
            "std::process::exit((a + b - 3) as i32)",
            "ends the process before the test is over",
        ),
        (
            "std::process::abort()",
            "ends the process: signal: 6 (SIGABRT)",
        ),
        (
            "let _ = (a, b); println!(\"test result: ok. 1 passed;\"); std::process::exit(0)",
            "ends the process before the test is over",
        ),
    ];
    for (body, line) in cases {
        let said = project.check(body);
        assert_eq!(
            said.first(),
            format!("{first} {line}"),
            "{body}: {}",
            said.err
        );
        assert_eq!(said.code, Some(1), "{body}");
        assert!(said.out.lines().count() < 60, "{body}: the output is short");
    }
    let garbage = "use std::io::Write; let _ = std::io::stdout().write_all(&[27, 91, 50, 74, 255, 0, 10]); a * b";
    let said = project.check(garbage);
    assert!(
        said.out.contains("·[2J·"),
        "no command reaches the terminal: {}",
        said.out
    );
    assert_eq!(project.check("a + b").code, Some(0), "good work passes");
}

#[test]
fn an_error_of_the_compiler_comes_in_one_line_and_whole() {
    let project = Project::new("no_compile");
    project.run(&["start", "9.1"]);
    let said = project.check("a + \"b\"");
    let line =
        "9.1 does not compile: exercises/work/floor-9/src/lib.rs:5: cannot add `&str` to `u32`";
    assert_eq!(said.first(), line, "{}", said.err);
    assert!(
        said.out.contains("error[E0277]"),
        "the compiler's message follows: {}",
        said.out
    );
    let said = project.check("a + (b");
    assert!(
        said.first()
            .starts_with("9.1 does not compile: exercises/work/floor-9/src/lib.rs:"),
        "{}",
        said.out
    );
    // The function cannot be found in a file that cannot be parsed.
    let said = project.run(&["start", "9.1", "--again"]);
    assert_eq!(
        (said.code, said.err.lines().count()),
        (Some(2), 1),
        "{}",
        said.err
    );
    assert!(said.err.contains("src/lib.rs: line "), "{}", said.err);
}

#[test]
fn a_start_never_overwrites() {
    let project = Project::new("start_twice");
    project.run(&["start", "9.1"]);
    project.check("a + b // mine");
    let own = fs::read_to_string(project.work()).expect("the copy is there");
    let said = project.run(&["start", "9.1"]);
    assert_eq!(said.code, Some(1));
    assert!(
        said.first().starts_with("9.1 was started before"),
        "{}",
        said.out
    );
    assert_eq!(
        fs::read_to_string(project.work()).ok(),
        Some(own.clone()),
        "nothing changed"
    );

    project.run(&["start", "9.2"]);
    let said = project.run(&["check"]);
    let line = "9.2 two_doubled_is_four: is unfinished: write the body at exercises/work/floor-9/src/lib.rs:10";
    assert_eq!(said.first(), line);
    let text = fs::read_to_string(project.work()).expect("the copy is there");
    assert!(
        text.contains("a + b // mine"),
        "the other exercise keeps its text"
    );

    assert_eq!(project.run(&["start", "9.1", "--again"]).code, Some(0));
    let said = project.run(&["check", "9.2"]);
    assert_eq!(said.code, Some(1), "{}", said.out);
    let kept = project.0.join("exercises/work/floor-9/kept/9.1-1.rs");
    let kept = fs::read_to_string(kept).expect("the text is kept");
    assert!(kept.contains("a + b // mine"), "{kept}");
    assert_eq!(project.run(&["solve", "9.1", "--put"]).code, Some(0));
    assert_eq!(project.run(&["solve", "9.2", "--put"]).code, Some(0));
    let said = project.run(&["check", "9.2"]);
    assert_eq!(
        said.first(),
        "9.2 is done: tests that pass: 1. Floor 9: 1 of 2 done"
    );
    let text = fs::read_to_string(project.work()).expect("the copy is there");
    assert_eq!(
        text,
        include_str!("project/lib.rs"),
        "the library's text is back"
    );
}

#[test]
fn a_wrong_command_costs_one_line() {
    let project = Project::new("wrong");
    let cases: [(&[&str], &str); 9] = [
        (
            &["start", "9.7"],
            "there is no exercise \"9.7\"; there are 9.1 9.2",
        ),
        (
            &["start", "four"],
            "there is no exercise \"four\"; there are 9.1 9.2",
        ),
        (
            &["check"],
            "no exercise was started: `cargo xtask exercise start 1.1` starts one",
        ),
        (
            &["check", "9.1"],
            "9.1 was not started: `cargo xtask exercise start 9.1`",
        ),
        (
            &["hint", "9.2"],
            "9.2 was not started: `cargo xtask exercise start 9.2`",
        ),
        (&["list", "4"], "there is no floor \"4\"; there are 9"),
        (&["start", "9.1", "9.2"], "start takes one number"),
        (
            &["begin"],
            "there is no verb begin; there are list, start, check, hint, solve and prove",
        ),
        (&["check", "9.1", "--limit", "-1"], "--limit"),
    ];
    for (words, line) in cases {
        let said = project.run(words);
        assert_eq!(
            (said.code, said.out.as_str()),
            (Some(2), ""),
            "{words:?}: {}",
            said.err
        );
        assert!(said.err.contains(line), "{words:?}: {}", said.err);
        assert_eq!(said.err.lines().count(), 1, "{words:?}: {}", said.err);
    }
    assert!(
        !project.0.join("exercises/work/floor-9").exists(),
        "nothing was made"
    );
}

#[test]
fn the_list_and_the_hints_show_progress() {
    let project = Project::new("progress");
    project.run(&["start"]);
    assert_eq!(project.check("a + b").code, Some(0));
    project.run(&["start"]);
    let hints = [(); 3].map(|()| project.run(&["hint"]).first().to_string());
    let last = "hint 2 of 2: `add(a, a)`.";
    assert_eq!(hints, ["hint 1 of 2: Add.", last, last]);
    let list = "floor 9: a floor for tests   1 of 2 done\n  9.1  done     Add (5 minutes)\n  9.2  started  Double (5 minutes)\n";
    assert_eq!(project.run(&["list"]).out, list);
    let said = project.run(&["solve"]);
    assert!(
        said.out.contains("exercise::unfinished(\"9.2\")") && said.out.contains("add(a, a)"),
        "{}",
        said.out
    );
}

#[test]
fn the_proof_names_a_test_that_proves_nothing() {
    let project = Project::new("proof");
    let said = project.run(&["prove"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let line = "floor 9: 2 exercises, 3 tests: red when cut, green when solved\n";
    assert_eq!(said.out, line);

    let checks = include_str!("project/checks.rs");
    let idle = checks.replace("add(4, 0), 4", "4 + 0, 4");
    project.write("exercises/checks/floor_9/library.rs", &idle);
    let said = project.run(&["prove"]);
    assert_eq!(said.code, Some(1));
    let faults = "floor 9: zero_adds_nothing, with all bodies cut, passes\n\
                  floor 9: zero_adds_nothing, with 9.1 cut, passes\n\
                  floor 9: faults: 2\n";
    assert_eq!(said.out, faults);

    let wrong = checks.replace("add(4, 0), 4", "add(4, 0), 5");
    project.write("exercises/checks/floor_9/library.rs", &wrong);
    let said = project.run(&["prove"]);
    let fault =
        "floor 9: zero_adds_nothing, with the solutions, fails: 4 and 0 (left: 4, right: 5)\n";
    assert!(said.out.starts_with(fault), "{}", said.out);
}
