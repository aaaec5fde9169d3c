//! The search finds a side that is wrong, and shrinks the program.

use groundup_parity::difference::first_difference;
use groundup_parity::generator::{Vocabulary, program};
use groundup_parity::live::search;
use groundup_parity::program::{Block, Mode, Scenario, Statement};
use groundup_parity::reader::read;
use groundup_parity::referee::Referee;
use groundup_parity::shrinker::shrink;
use groundup_parity::side::{Side, Trace};

/// A side that runs nothing: its trace is the program. If `wrong` is set, it misreads a
/// gather in a timeout.
struct Echo {
    wrong: bool,
}

impl Side for Echo {
    fn name(&self) -> &str {
        if self.wrong { "wrong" } else { "right" }
    }

    fn trace(&mut self, scenario: &Scenario) -> Result<Trace, String> {
        let mut within = 0;
        let lines = scenario.to_string();
        let lines = lines.lines().skip(1).map(|line| {
            let indent = line.len() - line.trim_start().len();
            if within > 0 && indent <= within {
                within = 0;
            }
            if line.trim_start().starts_with("timeout") {
                within = indent;
            }
            let gathers = line.split_whitespace().any(|word| word == "gather");
            let misread = self.wrong && within > 0 && gathers;
            if misread {
                "misread".to_owned()
            } else {
                line.to_owned()
            }
        });
        Ok(lines.collect())
    }
}

#[test]
fn the_first_difference_is_where_two_traces_part() {
    let lines = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    assert_eq!(first_difference(&lines("abc"), &lines("abc")), None);
    assert_eq!(first_difference(&lines("abc"), &lines("axc")), Some(1));
    assert_eq!(first_difference(&lines("ab"), &lines("abc")), Some(2));
    assert_eq!(first_difference(&lines(""), &lines("c")), Some(0));
}

#[test]
fn a_wrong_side_is_found_and_shrunk_to_what_it_gets_wrong() {
    let (mut right, mut wrong) = (Echo { wrong: false }, Echo { wrong: true });
    let found = search(
        1,
        2000,
        &Vocabulary::default(),
        &mut right,
        &mut wrong,
        &mut |_| {},
    )
    .expect("both sides answer");
    let found = found.expect("a timeout around a gather is among 2000 programs");
    let bodies: String = found
        .smallest
        .scenario
        .bodies
        .iter()
        .map(|body| body.to_string())
        .collect();
    assert!(bodies.lines().count() <= 7, "not small:\n{bodies}");
    assert!(
        bodies.contains("timeout none\n    gather\n"),
        "not what is wrong:\n{bodies}"
    );
}

#[test]
fn shrinking_stops_when_its_tries_are_spent() {
    let scenario = program(3);
    let mut asked = 0;
    let shrunk = shrink(&scenario, 10, &mut |_| {
        asked += 1;
        false
    });
    assert_eq!((shrunk, asked), (scenario, 10));
}

#[test]
fn two_parts_that_need_each_other_go_together() {
    let text = "scenario pair\ntask main\n  sleep 0.005\n  yield\n  cancel me\nend\n";
    let scenarios = read(text).expect("a scenario");
    let shrunk = shrink(&scenarios[0], 1000, &mut |scenario| {
        let text = scenario.to_string();
        text.contains("sleep") && text.contains("yield") == text.contains("cancel me")
    });
    let text = shrunk.to_string();
    assert!(text.contains("sleep") && !text.contains("yield"), "{text}");
}

/// CPython, which gets each program with `wait all` in place of `wait first`.
struct Misreading(Referee);

fn misread(block: &Block) -> Block {
    let mut block = block.clone();
    for statement in &mut block {
        match statement {
            Statement::Wait { mode, .. } if *mode == Mode::First => *mode = Mode::All,
            Statement::Try {
                block,
                cancelled,
                failed,
            } => {
                for inner in [Some(block), cancelled.as_mut(), failed.as_mut()]
                    .into_iter()
                    .flatten()
                {
                    *inner = misread(inner);
                }
            }
            Statement::Timeout { block, .. }
            | Statement::Group { block, .. }
            | Statement::Each { block, .. }
            | Statement::Repeat { block, .. }
            | Statement::Holding { block, .. }
            | Statement::While { block, .. } => *block = misread(block),
            _ => {}
        }
    }
    block
}

impl Side for Misreading {
    fn name(&self) -> &str {
        "a misreading"
    }

    fn trace(&mut self, scenario: &Scenario) -> Result<Trace, String> {
        let mut changed = scenario.clone();
        for body in &mut changed.bodies {
            body.block = misread(&body.block);
        }
        self.0.trace(&changed)
    }
}

#[test]
#[ignore = "needs CPython 3.12 or newer: cargo test -p groundup-parity --test it -- --ignored shrinking"]
fn a_misread_mode_of_wait_is_found_and_shrunk() {
    let mut right = Referee::start(false).expect("CPython");
    let mut wrong = Misreading(Referee::start(false).expect("CPython"));
    let found = search(
        1,
        2000,
        &Vocabulary::default(),
        &mut right,
        &mut wrong,
        &mut |_| {},
    )
    .expect("both answer");
    let found = found.expect("a wait in mode first is among 2000 programs");
    let text = found.smallest.to_string();
    println!("{text}");
    assert!(
        found.smallest.scenario.to_string().lines().count() <= 12,
        "not small:\n{text}"
    );
    assert!(text.contains("wait first"), "not what is wrong:\n{text}");
}
