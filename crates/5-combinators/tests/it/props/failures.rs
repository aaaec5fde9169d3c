//! Programs in which a child fails, or a timeout expires by itself.
//!
//! The problem: a cancel may come while a combinator cancels or drops its other children, and
//! find half of them gone.
//!
//! Invariant: nothing is left, in whichever way the other children end.
//!
//! Read next: `disturbance.rs`.

use futures::future::FutureExt;
use futures::stream::{self, StreamExt};
use groundup_combinators::executor::spawn;
use groundup_combinators::task::yield_now;
use groundup_combinators::*;

use crate::props::members::{Fails, Members, ms};
use crate::props::programs::*;
use crate::props::waiter::Waiting;

/// Builds programs in which children fail, or timeouts expire by themselves: nothing is left of
/// the other children.
pub fn failures() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut add = |name: &str, make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).fails());
    };
    add("gather of a panic", |members| {
        future(gather(members.tasks(&failing(&FOUR, 1, Fails::WithAPanic))))
    });
    add("return_exceptions of a panic", |members| {
        let items = members.futures(&failing(&FOUR, 1, Fails::WithAPanic));
        let all = gather(items).return_exceptions().into_future();
        future(all.map(|all| all.len()))
    });
    add("try_gather of an error", |members| {
        future(try_gather(members.futures(&failing(
            &FOUR,
            1,
            Fails::WithAnError,
        ))))
    });
    add("try_join of an error", |members| {
        future(try_join(members.futures(&failing(
            &LATE,
            0,
            Fails::WithAnError,
        ))))
    });
    add("race_ok of an error", |members| {
        future(race_ok(members.futures(&failing(
            &LATE,
            0,
            Fails::WithAnError,
        ))))
    });
    add("wait for an exception", |members| {
        let items = members.tasks(&failing(&FOUR, 1, Fails::WithAPanic));
        let waiting = wait(items, ReturnWhen::FirstException);
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("wait that times out", |members| {
        let waiting = wait(members.tasks(&FOUR), ReturnWhen::AllCompleted).timeout(ms(3));
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("as_completed that times out", |members| {
        stream(as_completed(members.futures(&FOUR)).timeout(ms(3)))
    });
    add("buffered of a panic", |members| {
        let items = members.futures(&failing(&FOUR, 1, Fails::WithAPanic));
        stream(buffered(stream::iter(items), 2).map(|item| item.is_ok()))
    });
    add("async_map of a panic", |members| {
        let items = members.futures(&failing(&FOUR, 1, Fails::WithAPanic));
        stream(
            async_map(|item| item, items)
                .limit(2)
                .map(|item| item.is_ok()),
        )
    });
    let mut add = |name: &str, make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).fails().waits());
    };
    add("wait_for that times out", |members| {
        future(wait_for(members.future(ONE), ms(2)))
    });
    add("wait_for a task that times out", |members| {
        future(wait_for(spawn(members.future(ONE)), ms(2)))
    });
    add("wait_for without time", |members| {
        let task = spawn(members.future(ONE));
        future(async move {
            yield_now().await;
            yield_now().await;
            wait_for(task, ms(0)).await
        })
    });
    add("timeout that is over", |members| {
        future(timeout(ms(2), members.future(ONE)))
    });
    programs
}
