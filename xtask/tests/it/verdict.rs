//! Verdicts: late runs, wrong runs, and other orders under a seed.

use std::time::Duration;

use groundup::trace::Verb;
use xtask::programs::{Program, find};
use xtask::stage::{Clock, Performance, Settings};
use xtask::tour::visit;
use xtask::verdict::{Verdict, judge};

fn one(id: &str) -> &'static Program {
    find(id).expect("the catalogue has it")[0]
}

/// Judges a run again after `change` has changed it.
fn changed(id: &str, settings: Settings, change: impl FnOnce(&mut Performance)) -> Verdict {
    let program = one(id);
    let mut seen = visit(program, Settings::EXACT).seen;
    change(&mut seen);
    judge(program, &settings, &seen)
}

#[test]
fn verdicts_tell_late_from_wrong() {
    let real = Settings {
        clock: Clock::Real,
        ..Settings::EXACT
    };
    let later = |by: u64| move |seen: &mut Performance| seen.elapsed += by;
    let earlier = |by: u64| move |seen: &mut Performance| seen.elapsed -= by;
    assert_eq!(
        changed("S4.P3", real, later(90_000_000)),
        Verdict::AsExpected
    );
    assert_eq!(
        changed("S4.P3", real, later(300_000_000)),
        Verdict::Late(Duration::from_millis(300))
    );
    assert!(changed("S4.P3", real, earlier(1)).is_wrong());
    assert!(changed("S4.P3", Settings::EXACT, later(1)).is_wrong());
    assert!(changed("S4.P3", Settings::EXACT, earlier(1)).is_wrong());
}

#[test]
fn verdicts_name_the_first_difference() {
    let wrong = |change: fn(&mut Performance)| match changed("S0.P7", Settings::EXACT, change) {
        Verdict::Wrong(difference) => difference,
        other => panic!("{other} is not wrong"),
    };
    assert_eq!(
        wrong(|seen| seen.said[1].line = "b b b a a".into()),
        "line 2 should be \"b a b a b\", not \"b b b a a\""
    );
    assert_eq!(
        wrong(|seen| seen.said[2].line = "soon".into()),
        "line 3 should be a number, not \"soon\""
    );
    assert_eq!(
        wrong(|seen| seen.said[2].line = "3.5".into()),
        "it took 3.5 s, which is more than 3.0 s"
    );
    assert_eq!(
        wrong(|seen| seen.said.truncate(2)),
        "line 3 is missing: \"<elapsed>\""
    );
    assert_eq!(
        wrong(|seen| seen.said.push(seen.said[1].clone())),
        "one line too many: \"b a b a b\""
    );
}

#[test]
fn under_a_seed_another_order_is_no_mistake() {
    let seeded = Settings {
        seed: Some(1),
        ..Settings::EXACT
    };
    let swap = |seen: &mut Performance| seen.said.swap(0, 1);
    assert_eq!(changed("S2.P3", seeded, swap), Verdict::AnotherOrder);
    assert!(changed("S2.P3", Settings::EXACT, swap).is_wrong());
    let other = |seen: &mut Performance| seen.said[0].line = "b3".into();
    assert!(changed("S2.P3", seeded, other).is_wrong());
}

#[test]
fn the_real_clock_may_break_a_tie_either_way() {
    let real = Settings {
        clock: Clock::Real,
        ..Settings::EXACT
    };
    let b5_first = |seen: &mut Performance| {
        seen.said[5].line = "b5".into();
        seen.said[6].line = "a".into();
    };
    assert_eq!(changed("S2.P8", real, b5_first), Verdict::AsExpected);
    assert!(changed("S2.P8", Settings::EXACT, b5_first).is_wrong());
}

#[test]
fn a_machine_that_is_too_late_is_not_judged() {
    let real = Settings {
        clock: Clock::Real,
        ..Settings::EXACT
    };
    let swap = |seen: &mut Performance| seen.said.swap(0, 1);
    let late = |seen: &mut Performance| {
        swap(seen);
        for event in &mut seen.events {
            if matches!(event.verb, Verb::Fire { .. }) {
                event.time += 101_000_000;
            }
        }
    };
    assert!(changed("S4.P2", real, swap).is_wrong());
    assert!(matches!(
        changed("S4.P2", real, late),
        Verdict::NotJudged(..)
    ));
    assert!(changed("S4.P2", Settings::EXACT, late).is_wrong());
    // This program blocks, so its first timer fires a second late by itself.
    assert!(changed("S0.P7", real, swap).is_wrong());
}
