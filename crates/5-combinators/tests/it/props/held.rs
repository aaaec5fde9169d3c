//! Scenes of the combinators that hold their children in place.
//!
//! The problem: futures in place are polled and dropped with their holder. The tasks and timers
//! that they leave behind must go by that drop, or they never go.
//!
//! Invariant: each row of the table that holds in place is here, over few and over many.
//!
//! Read next: `nests.rs`.

use groundup_combinators::*;

use crate::props::cast::ms;
use crate::props::scenes::*;

/// Builds scenes of the combinators that hold their children in place.
pub fn in_place() -> Vec<Scene> {
    let mut scenes = Vec::new();
    macro_rules! holding {
        ($row:literal, |$items:ident| $make:expr) => {
            scenes.push(
                scene($row, Kind::Plain, |cast| {
                    let $items = cast.futures(&PLAIN);
                    $make
                })
                .row($row),
            );
            scenes.push(
                scene($row, Kind::Futures, |cast| {
                    let $items = cast.futures(&LATE);
                    $make
                })
                .row($row)
                .takes(),
            );
            scenes.push(
                scene($row, Kind::Tasks, |cast| {
                    let $items = cast.tasks(&LATE);
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
    scenes.push(
        scene("a join of many", Kind::Plain, |cast| {
            future(join(cast.futures(&PLAIN.repeat(13))))
        })
        .row("join"),
    );
    scenes.push(
        scene("a race of many", Kind::Tasks, |cast| {
            future(race(cast.tasks(&LATE.repeat(13))))
        })
        .row("race"),
    );
    scenes.push(
        scene("a join of many", Kind::Futures, |cast| {
            future(join(cast.futures(&LATE.repeat(13))))
        })
        .row("join")
        .takes(),
    );
    both!(scenes, "wait_for", "wait_for", [ONE], |items| {
        future(wait_for(items.into_iter().next().expect("one"), ms(1000)))
    });
    both!(scenes, "wait_for", "wait_for ever", [ONE], |items| {
        future(wait_for(items.into_iter().next().expect("one"), None))
    });
    both!(scenes, "timeout", "timeout", [ONE], |items| {
        future(timeout(ms(1000), items.into_iter().next().expect("one")))
    });
    scenes.push(
        scene("timeout", Kind::Plain, |cast| {
            let at = cast.began + ms(1000);
            future(timeout_at(at, cast.future(PLAIN[1])))
        })
        .row("timeout"),
    );
    scenes
}
