//! Programs of the combinators that hold their children in place.
//!
//! The problem: futures in place are polled and dropped with their holder. The tasks and timers
//! that they leave behind must go by that drop, or they never go.
//!
//! Invariant: each row of the table that holds in place is here, over few and over many.
//!
//! Read next: `nests.rs`.

use groundup_combinators::executor::Instant;
use groundup_combinators::*;

use crate::props::members::ms;
use crate::props::programs::*;

/// Builds programs of the combinators that hold their children in place.
pub fn in_place() -> Vec<Program> {
    let mut programs = Vec::new();
    macro_rules! holding {
        ($row:literal, |$items:ident| $make:expr) => {
            programs.push(
                program($row, Kind::Plain, |members| {
                    let $items = members.futures(&PLAIN);
                    $make
                })
                .row($row),
            );
            programs.push(
                program($row, Kind::Futures, |members| {
                    let $items = members.futures(&LATE);
                    $make
                })
                .row($row)
                .takes(),
            );
            programs.push(
                program($row, Kind::Tasks, |members| {
                    let $items = members.tasks(&LATE);
                    $make
                })
                .row($row),
            );
        };
    }
    holding!("join", |items| future(join(items)));
    holding!("try_join", |items| future(try_join(items)));
    holding!("race", |items| future(race(items)));
    holding!("race_ok", |items| future(race_ok(items)));
    holding!("select", |items| {
        let Ok([a, b, c]) = <[_; 3]>::try_from(items) else {
            unreachable!("there are three")
        };
        future(select((a, b, c)))
    });
    programs.push(
        program("a join of many", Kind::Plain, |members| {
            future(join(members.futures(&PLAIN.repeat(13))))
        })
        .row("join"),
    );
    programs.push(
        program("a race of many", Kind::Tasks, |members| {
            future(race(members.tasks(&LATE.repeat(13))))
        })
        .row("race"),
    );
    programs.push(
        program("a join of many", Kind::Futures, |members| {
            future(join(members.futures(&LATE.repeat(13))))
        })
        .row("join")
        .takes(),
    );
    both!(programs, "wait_for", "wait_for", [ONE], |items| {
        future(wait_for(items.into_iter().next().expect("one"), ms(1000)))
    });
    both!(programs, "wait_for", "wait_for ever", [ONE], |items| {
        future(wait_for(items.into_iter().next().expect("one"), None))
    });
    both!(programs, "timeout", "timeout", [ONE], |items| {
        future(timeout(ms(1000), items.into_iter().next().expect("one")))
    });
    programs.push(
        program("timeout", Kind::Plain, |members| {
            let at = members.began + ms(1000);
            future(timeout_at(Instant::START + at, members.future(PLAIN[1])))
        })
        .row("timeout"),
    );
    programs
}
