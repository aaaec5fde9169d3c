//! Scenes of the combinators whose children are tasks.
//!
//! The problem: a combinator makes a task of a future, and only watches a task. It must let go
//! of both.
//!
//! Invariant: each row of the table that makes tasks is here.
//!
//! Read next: `groups.rs`.

use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{self, LocalBoxStream, StreamExt};
use groundup_combinators::*;

use crate::props::cast::{Cast, Outcome, Role, ms};
use crate::props::scenes::*;
use crate::props::waiter::Waiting;

/// Builds scenes of the combinators whose children are tasks.
pub fn over_tasks() -> Vec<Scene> {
    use ReturnWhen::*;
    let mut scenes = Vec::new();
    both!(scenes, "gather", "gather", FOUR, |items| future(gather(
        items
    )));
    both!(
        scenes,
        "gather, return_exceptions",
        "return_exceptions",
        FOUR,
        |items| future(gather(items).return_exceptions())
    );
    both!(scenes, "try_gather", "try_gather", FOUR, |items| {
        future(try_gather(items))
    });
    both!(scenes, "gather", "gather!", LATE, |items| {
        let Ok([a, b, c]) = <[_; 3]>::try_from(items) else {
            unreachable!("there are three")
        };
        future(gather!(a, b, c))
    });
    both!(scenes, "wait", "wait for all", FOUR, |items| future(
        wait(items, AllCompleted).map(|(done, rest)| (done.len(), rest.len()))
    ));
    both!(scenes, "wait", "wait for the first", LATE, |items| future(
        wait(items, FirstCompleted).map(|(done, rest)| (done.len(), rest.len()))
    ));
    both!(scenes, "wait", "wait for an exception", LATE, |items| {
        let timed = wait(items, FirstException).errors_count().timeout(ms(1000));
        future(timed.map(|(done, rest)| (done.len(), rest.len())))
    });
    both!(scenes, "WaitSet::wait", "WaitSet", FOUR, |items| {
        Waiting::Set(items.into_iter().collect())
    });
    both!(scenes, "as_completed", "as_completed", FOUR, |items| {
        stream(as_completed(items))
    });
    both!(
        scenes,
        "as_completed",
        "as_completed in time",
        FOUR,
        |items| stream(as_completed(items).timeout(ms(1000)))
    );
    both!(scenes, "shield", "shield", [ONE], |items| {
        future(shield(items.into_iter().next().expect("one")))
    });
    // Tasks that are still in a source belong to the source: dropping it lets them run on.
    scenes.push(scene("buffered", Kind::Tasks, |cast| {
        stream(buffered(stream::iter(cast.tasks(&FOUR)), 2))
    }));
    scenes.push(
        scene("buffer_unordered", Kind::Futures, |cast| {
            stream(buffer_unordered(stream::iter(cast.futures(&FOUR)), 4))
        })
        .row("buffer_unordered"),
    );
    let call = |future: LocalBoxFuture<'static, Outcome>| future;
    scenes.push(
        scene("async_map", Kind::Futures, move |cast| {
            stream(async_map(call, cast.futures(&FOUR)))
        })
        .row("async_map"),
    );
    for limit in [1, 2, 4] {
        let name = format!("async_map, {limit} at once");
        let limited = move |cast: &Cast| {
            let calls = cast.futures(&FOUR);
            stream(async_map(call, calls).limit(limit))
        };
        scenes.push(scene(&name, Kind::Futures, limited).row("async_map"));
        let name = format!("buffered, {limit} at once");
        let limited = move |cast: &Cast| stream(buffered(stream::iter(cast.futures(&FOUR)), limit));
        scenes.push(scene(&name, Kind::Futures, limited).row("buffered"));
    }
    scenes.push(
        scene("merge", Kind::Futures, |cast| {
            stream(merge([source(cast, &LATE), source(cast, &FOUR)]))
        })
        .row("merge"),
    );
    scenes.push(
        scene("zip", Kind::Futures, |cast| {
            stream(zip((source(cast, &LATE), source(cast, &LATE))))
        })
        .row("zip"),
    );
    scenes
}

/// Makes a stream of the outcomes of its children, one after the other.
fn source(cast: &Cast, roles: &[Role]) -> LocalBoxStream<'static, Outcome> {
    let children = stream::iter(cast.futures(roles));
    children.then(|child| child).boxed_local()
}
