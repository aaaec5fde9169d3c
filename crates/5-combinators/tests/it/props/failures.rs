//! Scenes in which a child fails, or a timeout expires by itself.
//!
//! The problem: a cancel may come while a combinator cancels or drops its other children, and
//! find half of them gone.
//!
//! Invariant: nothing is left, in whichever way the other children end.
//!
//! Read next: `theatre.rs`.

use futures::future::FutureExt;
use futures::stream::{self, StreamExt};
use groundup_combinators::executor::spawn;
use groundup_combinators::task::yield_now;
use groundup_combinators::*;

use crate::props::cast::{Cast, Fails, ms};
use crate::props::scenes::*;
use crate::props::waiter::Waiting;

/// Builds scenes in which children fail, or timeouts expire by themselves: nothing is left of
/// the other children.
pub fn failures() -> Vec<Scene> {
    let mut scenes = Vec::new();
    let mut add = |name: &str, play: fn(&Cast) -> Waiting| {
        scenes.push(scene(name, Kind::Futures, play).fails());
    };
    add("gather of a panic", |cast| {
        future(gather(cast.tasks(&failing(&FOUR, 1, Fails::WithAPanic))))
    });
    add("return_exceptions of a panic", |cast| {
        let items = cast.futures(&failing(&FOUR, 1, Fails::WithAPanic));
        let all = gather(items).return_exceptions().into_future();
        future(all.map(|all| all.len()))
    });
    add("try_gather of an error", |cast| {
        future(try_gather(cast.futures(&failing(
            &FOUR,
            1,
            Fails::WithAnError,
        ))))
    });
    add("try_join of an error", |cast| {
        future(try_join(cast.futures(&failing(
            &LATE,
            0,
            Fails::WithAnError,
        ))))
    });
    add("race_ok of an error", |cast| {
        future(race_ok(cast.futures(&failing(
            &LATE,
            0,
            Fails::WithAnError,
        ))))
    });
    add("wait for an exception", |cast| {
        let items = cast.tasks(&failing(&FOUR, 1, Fails::WithAPanic));
        let waiting = wait(items, ReturnWhen::FirstException);
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("wait that times out", |cast| {
        let waiting = wait(cast.tasks(&FOUR), ReturnWhen::AllCompleted).timeout(ms(3));
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("as_completed that times out", |cast| {
        stream(as_completed(cast.futures(&FOUR)).timeout(ms(3)))
    });
    add("buffered of a panic", |cast| {
        let items = cast.futures(&failing(&FOUR, 1, Fails::WithAPanic));
        stream(buffered(stream::iter(items), 2).map(|item| item.is_ok()))
    });
    add("async_map of a panic", |cast| {
        let items = cast.futures(&failing(&FOUR, 1, Fails::WithAPanic));
        stream(
            async_map(|item| item, items)
                .limit(2)
                .map(|item| item.is_ok()),
        )
    });
    let mut add = |name: &str, play: fn(&Cast) -> Waiting| {
        scenes.push(scene(name, Kind::Futures, play).fails().waits());
    };
    add("wait_for that times out", |cast| {
        future(wait_for(cast.future(ONE), ms(2)))
    });
    add("wait_for a task that times out", |cast| {
        future(wait_for(spawn(cast.future(ONE)), ms(2)))
    });
    add("wait_for without time", |cast| {
        let task = spawn(cast.future(ONE));
        future(async move {
            yield_now().await;
            yield_now().await;
            wait_for(task, ms(0)).await
        })
    });
    add("timeout that is over", |cast| {
        future(timeout(ms(2), cast.future(ONE)))
    });
    scenes
}
