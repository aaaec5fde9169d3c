//! The verbs: what they keep, what they refuse, what they show.

use std::fs;

use crate::project::Project;

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

    // The lines above 9.2 are more than in the library.
    project.check("a + b // mine\n    // and mine");
    assert_eq!(project.run(&["start", "9.2"]).code, Some(0));
    let said = project.run(&["check"]);
    let line = "9.2 two_doubled_is_four: is unfinished: write the body at exercises/work/floor-9/src/lib.rs:11";
    assert_eq!(said.first(), line);
    let text = fs::read_to_string(project.work()).expect("the copy is there");
    assert!(
        text.contains("a + b // mine"),
        "the other exercise keeps its text"
    );

    // The text counts, and not the file of the progress.
    fs::remove_file(project.0.join("exercises/work/progress.txt")).expect("it is there");
    assert_eq!(project.run(&["start", "9.1"]).code, Some(1));
    let after = fs::read_to_string(project.work()).expect("the copy is there");
    assert_eq!(after, text, "nothing changed");

    assert_eq!(project.run(&["start", "9.1", "--again"]).code, Some(0));
    assert_eq!(project.run(&["start", "9.2"]).code, Some(1));
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
        "9.2 is done: tests that pass: 1. Floor 9: 1 of 3 done"
    );
    let text = fs::read_to_string(project.work()).expect("the copy is there");
    assert_eq!(
        text,
        include_str!("../project/lib.rs"),
        "the library's text is back"
    );
}

#[test]
fn a_wrong_command_costs_one_line() {
    let project = Project::new("wrong");
    let cases: [(&[&str], &str); 10] = [
        (
            &["start", "9.7"],
            "there is no exercise \"9.7\"; there are 9.1 9.2 9.3",
        ),
        (
            &["start", "four"],
            "there is no exercise \"four\"; there are 9.1 9.2 9.3",
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
        (
            &["check", "9.1", "--limit", "1e19"],
            "--limit: 10000000000000000000 is not a number of seconds from 0 to 3600",
        ),
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
    let list = "floor 9: a floor for tests   1 of 3 done\n  9.1  done     Add (5 minutes)\n  9.2  started  Double (5 minutes)\n  9.3           Triple (5 minutes)\n";
    assert_eq!(project.run(&["list"]).out, list);
    let said = project.run(&["solve"]);
    assert!(
        said.out.contains("exercise::unfinished(\"9.2\")") && said.out.contains("add(a, a)"),
        "{}",
        said.out
    );
}

#[test]
fn an_update_of_the_library_is_not_a_text_of_the_learner() {
    let project = Project::new("update");
    project.run(&["start", "9.1"]);
    let library = include_str!("../project/lib.rs");
    project.write(
        "crates/9-tiny/src/lib.rs",
        &library.replace("add(a, a)", "2 * a"),
    );
    let said = project.run(&["start", "9.2"]);
    assert_eq!(said.code, Some(0), "9.2 was never started: {}", said.out);
    let text = fs::read_to_string(project.work()).expect("the copy is there");
    assert!(text.contains("exercise::unfinished(\"9.2\")"), "{text}");
}

#[test]
fn tests_that_a_learner_has_changed_are_kept() {
    let project = Project::new("own_tests");
    project.run(&["start", "9.1"]);
    let own = include_str!("../project/checks.rs").replace("the floor", "my floor");
    project.write("exercises/work/floor-9/tests/library.rs", &own);
    let said = project.run(&["check"]);
    let kept = project
        .0
        .join("exercises/work/floor-9/kept/tests-library-1.rs");
    assert_eq!(fs::read_to_string(kept).ok(), Some(own), "{}", said.err);
    assert!(said.first().contains("is unfinished"), "{}", said.out);
}

#[test]
fn two_commands_at_once_keep_both_answers() {
    let project = Project::new("at_once");
    std::thread::scope(|scope| {
        for number in ["9.1", "9.2", "9.3"] {
            let project = &project;
            scope.spawn(move || assert_eq!(project.run(&["start", number]).code, Some(0)));
        }
    });
    let list = project.run(&["list"]).out;
    assert_eq!(list.matches("started").count(), 3, "{list}");
}

#[test]
fn a_start_without_a_number_goes_on_behind_the_last_one() {
    let project = Project::new("in_turn");
    project.run(&["start", "9.2"]);
    let numbers = [(); 3].map(|()| {
        let said = project.run(&["start"]);
        said.out.get(..3).map(str::to_string)
    });
    assert_eq!(numbers, [Some("9.3".into()), Some("9.1".into()), None]);
    let said = project.run(&["hint"]);
    assert_eq!(said.first(), "hint 1 of 2: There is an operator.");
}

#[test]
fn a_learner_reads_the_copy_and_not_the_solution() {
    let project = Project::new("copy_to_read");
    let list = include_str!("../project/floor-9.toml");
    project.write(
        "exercises/floor-9.toml",
        &list.replace("README.md", "README.md\", \"crates/9-tiny/src/lib.rs"),
    );
    let said = project.run(&["start", "9.3"]);
    let read = "Read  README.md, exercises/work/floor-9/src/lib.rs\n";
    assert!(said.out.contains(read), "{}", said.out);
    let read_of_check = project.run(&["check"]).out;
    assert!(read_of_check.contains(read), "{read_of_check}");
    project.run(&["hint"]);
    let hint = "hint 2 of 2: See `exercises/work/floor-9/src/lib.rs: fn double`.";
    assert_eq!(project.run(&["hint"]).first(), hint);
}

#[test]
fn the_proof_names_a_test_that_proves_nothing() {
    let project = Project::new("proof");
    let said = project.run(&["prove"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let line = "floor 9: 3 exercises, 4 tests: red when cut, green when solved\n";
    assert_eq!(said.out, line);

    let checks = include_str!("../project/checks.rs");
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
        "floor 9: zero_adds_nothing, with the solutions, fails: 4 and 0 (yours: 4, expected: 5)\n";
    assert!(said.out.starts_with(fault), "{}", said.out);
}

#[test]
fn an_exercise_may_be_in_an_example() {
    let project = Project::new("example");
    project.run(&["start", "9.3"]);
    let said = project.run(&["check"]);
    let path = "exercises/work/floor-9/examples/first_tiny.rs";
    let line = format!("9.3 two_tripled_is_six: is unfinished: write the body at {path}:4");
    assert_eq!(said.first(), line, "{}", said.err);
    let panics = format!("panics at {path}:4: attempt to subtract with overflow");
    let bodies = [
        ("a - 3", format!("9.3 two_tripled_is_six: {panics}")),
        (
            "a * 2",
            "9.3 two_tripled_is_six: fails: 2 tripled (yours: 4, expected: 6)".into(),
        ),
        (
            "a + 'a'",
            format!("9.3 does not compile: {path}:4: cannot add `char` to `u32`"),
        ),
        (
            "crate::std::cmp::max(a, 6)",
            format!(
                "9.3 does not compile: {path}:4: cannot find `std` in `crate`; this floor is built without \
                 `std`: write `core::` or `alloc::`"
            ),
        ),
        (
            "a * 3",
            "9.3 is done: tests that pass: 1. Floor 9: 1 of 3 done".into(),
        ),
    ];
    let path = project.0.join(path);
    let start = fs::read_to_string(&path).expect("the copy is there");
    for (body, line) in bodies {
        let text = start.replace("exercise::unfinished(\"9.3\")", body);
        fs::write(&path, text).expect("the copy can be written");
        assert_eq!(project.run(&["check"]).first(), line, "{body}");
    }
}

#[test]
fn copies_of_a_floor_do_not_take_each_others_programs() {
    let project = Project::new("copies");
    project.run(&["start", "9.1"]);
    assert_eq!(project.check("a + b").code, Some(0), "good work");
    let work = project.0.join("exercises/work/floor-9");
    let aside = work.with_file_name("aside");
    let _ = fs::remove_dir_all(&aside);
    fs::rename(&work, &aside).expect("the copy is put aside");
    project.run(&["start", "9.1"]);
    let is_unfinished = || project.run(&["check"]).first().contains("is unfinished");
    assert!(is_unfinished(), "the new copy");
    assert_eq!(
        project.run(&["prove"]).code,
        Some(0),
        "two more copies are built"
    );
    assert!(is_unfinished(), "the new copy, after others were built");
    fs::remove_dir_all(&work).expect("the new copy goes");
    fs::rename(&aside, &work).expect("the old copy comes back");
    assert_eq!(
        project.run(&["check"]).code,
        Some(0),
        "good work still passes"
    );
}
