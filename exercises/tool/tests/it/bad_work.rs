//! Bad work costs one clear line.

use crate::project::Project;

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
        ("a * b", "fails: 1 and 2 (yours: 2, expected: 3)"),
        (
            "loop { std::hint::black_box((a, b)); }",
            "does not end, in a loop or a wait: stopped after 2 s",
        ),
        (
            "loop { println!(\"{a} {b}\"); }",
            "does not end, in a loop or a wait: stopped after 2 s",
        ),
        (
            "#[allow(unconditional_recursion)] fn f(x: &[u8; 99]) -> u32 { f(&[x[0]; 99]) + u32::from(x[1]) } f(&[a as u8; 99])",
            "fills its stack: a function calls itself too deep, or without end",
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
            "let _ = (a, b); println!(\"\\ntest result: ok. 1 passed;\"); std::process::exit(0)",
            "ends the process before the test is over",
        ),
        (
            "let _ = (a, b); println!(\"test result: ok. 1 passed;\"); std::process::exit(0)",
            "ends the process before the test is over",
        ),
    ];
    for (body, line) in cases {
        // Only there is a limit of memory.
        if line.contains("memory") && !cfg!(target_os = "linux") {
            continue;
        }
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
    let long = project.check("panic!(\"{}\", \"a\".repeat((a + b) as usize * 10_000))");
    let length = long.first().len();
    assert!(length < 600, "a long message is cut: {length}");
    let said = project.check("[a, b].rotate_right(5); a * b");
    let led = format!(
        "{first} panics at exercises/work/floor-9/src/lib.rs:5, in a call of the standard library, library/core/src/slice/"
    );
    assert!(said.first().starts_with(&led), "{}", said.out);
    let said = project.check("std::future::ready(a + b); a * b");
    assert!(
        said.out.contains("warning: unused"),
        "a future that is not awaited: {}",
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
fn a_check_does_not_wait_for_what_a_test_has_started() {
    let project = Project::new("children");
    project.run(&["start", "9.1"]);
    let begin = std::time::Instant::now();
    let said =
        project.check("let _ = std::process::Command::new(\"sleep\").arg(\"60\").spawn(); a * b");
    assert_eq!(
        said.first(),
        "9.1 one_and_two_are_three: fails: 1 and 2 (yours: 2, expected: 3)",
        "{}",
        said.err
    );
    assert!(begin.elapsed().as_secs() < 55, "the child has the pipe");
}
