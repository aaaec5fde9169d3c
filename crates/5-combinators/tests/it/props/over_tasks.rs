//! Programs of the combinators whose children are tasks.
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

use crate::props::members::{Behaviour, Members, Outcome, ms};
use crate::props::programs::*;
use crate::props::waiter::Waiting;

/// Builds programs of the combinators whose children are tasks.
pub fn over_tasks() -> Vec<Program> {
    let mut programs = gathers();
    programs.extend(waits());
    programs.extend(limited());
    programs.extend(sources());
    programs
}

fn gathers() -> Vec<Program> {
    let mut programs = Vec::new();
    both!(programs, "gather", "gather", FOUR, |items| future(gather(
        items
    )));
    both!(
        programs,
        "gather, return_exceptions",
        "return_exceptions",
        FOUR,
        |items| future(gather(items).return_exceptions())
    );
    both!(programs, "try_gather", "try_gather", FOUR, |items| {
        future(try_gather(items))
    });
    both!(programs, "gather", "gather of a tuple", LATE, |items| {
        let Ok([a, b, c]) = <[_; 3]>::try_from(items) else {
            unreachable!("there are three")
        };
        future(gather((a, b, c)))
    });
    programs
}

fn waits() -> Vec<Program> {
    use ReturnWhen::*;
    let mut programs = Vec::new();
    both!(programs, "wait", "wait for all", FOUR, |items| future(
        wait(items, AllCompleted).map(|(done, rest)| (done.len(), rest.len()))
    ));
    both!(
        programs,
        "wait",
        "wait for the first",
        LATE,
        |items| future(wait(items, FirstCompleted).map(|(done, rest)| (done.len(), rest.len())))
    );
    both!(programs, "wait", "wait for an exception", LATE, |items| {
        let timed = wait(items, FirstException).errors_count().timeout(ms(1000));
        future(timed.map(|(done, rest)| (done.len(), rest.len())))
    });
    both!(programs, "WaitSet::wait", "WaitSet", FOUR, |items| {
        Waiting::Set(items.into_iter().collect())
    });
    both!(programs, "as_completed", "as_completed", FOUR, |items| {
        stream(as_completed(items))
    });
    both!(
        programs,
        "as_completed",
        "as_completed in time",
        FOUR,
        |items| stream(as_completed(items).timeout(ms(1000)))
    );
    both!(programs, "shield", "shield", [ONE], |items| {
        future(shield(items.into_iter().next().expect("one")))
    });
    programs
}

/// Builds programs that run few of their children at a time, or all of them.
fn limited() -> Vec<Program> {
    let mut programs = Vec::new();
    // Tasks that are still in a source belong to the source: dropping it lets them run on.
    programs.push(program("buffered", Kind::Tasks, |members| {
        stream(buffered(stream::iter(members.tasks(&FOUR)), 2))
    }));
    programs.push(
        program("buffer_unordered", Kind::Futures, |members| {
            stream(buffer_unordered(stream::iter(members.futures(&FOUR)), 4))
        })
        .row("buffer_unordered"),
    );
    let call = |future: LocalBoxFuture<'static, Outcome>| future;
    programs.push(
        program("async_map", Kind::Futures, move |members| {
            stream(async_map(call, members.futures(&FOUR)))
        })
        .row("async_map"),
    );
    for limit in [1, 2, 4] {
        let name = format!("async_map, {limit} at once");
        let limited = move |members: &Members| {
            let calls = members.futures(&FOUR);
            stream(async_map(call, calls).limit(limit))
        };
        programs.push(program(&name, Kind::Futures, limited).row("async_map"));
        let name = format!("buffered, {limit} at once");
        let limited =
            move |members: &Members| stream(buffered(stream::iter(members.futures(&FOUR)), limit));
        programs.push(program(&name, Kind::Futures, limited).row("buffered"));
    }
    programs
}

fn sources() -> Vec<Program> {
    let mut programs = Vec::new();
    programs.push(
        program("merge", Kind::Futures, |members| {
            stream(merge([source(members, &LATE), source(members, &FOUR)]))
        })
        .row("merge"),
    );
    programs.push(
        program("zip", Kind::Futures, |members| {
            stream(zip((source(members, &LATE), source(members, &LATE))))
        })
        .row("zip"),
    );
    programs
}

/// Makes a stream of the outcomes of its children, one after the other.
fn source(members: &Members, behaviours: &[Behaviour]) -> LocalBoxStream<'static, Outcome> {
    let children = stream::iter(members.futures(behaviours));
    children.then(|child| child).boxed_local()
}
