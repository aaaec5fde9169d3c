//! Programs of task groups.
//!
//! The problem: a group ends when its body and its children have ended, in any order, and a
//! cancel may reach any of them first.
//!
//! Invariant: bodies end before their children, after them, and with them.
//!
//! Read next: `held.rs`.

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_combinators::executor::sleep;
use groundup_combinators::*;

use crate::props::members::{Behaviour, Fails, Members, ms};
use crate::props::programs::*;

type BorrowingBody =
    fn(Members, BorrowingGroup<'static, usize>) -> LocalBoxFuture<'static, Result<(), usize>>;

/// Builds programs of groups whose bodies end before their children, after them, or wait.
pub fn groups() -> Vec<Program> {
    let mut programs = that_return();
    programs.extend(that_lend());
    for fails in [Fails::WithAnError, Fails::WithAPanic] {
        programs.push(that_fails(fails));
        programs.push(that_lends_and_fails(fails));
    }
    programs.push(that_is_cancelled());
    programs.into_iter().map(Program::waits).collect()
}

/// Builds programs whose groups return, one for each relation of a body to its children.
fn that_return() -> Vec<Program> {
    let group = |name: &str, body: fn(Members, TaskGroup<usize>) -> LocalBoxFuture<'static, _>| {
        program(name, Kind::Futures, move |members| {
            let members = members.clone();
            future(task_group(move |group| body(members, group)))
        })
    };
    vec![
        group("a group", |members, group| {
            spawn_all(&members, &group, &FOUR);
            async { Ok(()) }.boxed_local()
        })
        .row("task_group"),
        group("a group whose body sleeps", |members, group| {
            spawn_all(&members, &group, &FOUR);
            async {
                sleep(ms(3)).await;
                Ok(())
            }
            .boxed_local()
        })
        .row("task_group"),
        group("a group whose body cleans up", |members, group| {
            spawn_all(&members, &group, &LATE);
            let body = members.future(ONE);
            async { body.await.map(drop) }.boxed_local()
        })
        .slow()
        .row("task_group"),
        group("a group whose body awaits a child", |members, group| {
            spawn_all(&members, &group, &LATE);
            let child = group.spawn(members.future(ONE));
            async move {
                let _ = child.result().await;
                Ok(())
            }
            .boxed_local()
        })
        .slow()
        .row("task_group"),
        group(
            "a group whose body needs the value of a child",
            |members, group| {
                spawn_all(&members, &group, &LATE);
                let child = group.spawn(members.future(ONE));
                async move {
                    child.await;
                    Ok(())
                }
                .boxed_local()
            },
        )
        .slow()
        .row("task_group"),
        group("a group whose child spawns", |members, group| {
            spawn_all(&members, &group, &LATE[..1]);
            let inside = (members.clone(), group.clone());
            let child = async move {
                sleep(ms(1)).await;
                spawn_all(&inside.0, &inside.1, &LATE);
                Ok(())
            };
            group.spawn(child);
            async { Ok(()) }.boxed_local()
        })
        .row("task_group"),
    ]
}

/// Builds the programs of borrowing groups that return.
fn that_lend() -> Vec<Program> {
    let borrowing = |name: &str, body: BorrowingBody| {
        program(name, Kind::Futures, move |members| {
            let members = members.clone();
            future(borrowing_group(move |group| body(members, group)))
        })
        .row("borrowing_group")
    };
    vec![
        borrowing("a borrowing group", |members, group| {
            lend_all(&members, &group, &FOUR);
            async { Ok(()) }.boxed_local()
        }),
        borrowing("a borrowing group whose body sleeps", |members, group| {
            lend_all(&members, &group, &FOUR);
            async {
                sleep(ms(3)).await;
                Ok(())
            }
            .boxed_local()
        }),
        borrowing(
            "a borrowing group whose body cleans up",
            |members, group| {
                lend_all(&members, &group, &LATE);
                let body = members.future(ONE);
                async { body.await.map(drop) }.boxed_local()
            },
        )
        .slow(),
        borrowing(
            "a borrowing group whose body awaits a child",
            |members, group| {
                lend_all(&members, &group, &LATE);
                let child = group.spawn(members.future(ONE));
                async move {
                    let _ = child.result().await;
                    Ok(())
                }
                .boxed_local()
            },
        )
        .slow(),
        borrowing("a borrowing group with a limit", |members, group| {
            group.set_limit(2);
            lend_all(&members, &group, &FOUR);
            async { Ok(()) }.boxed_local()
        }),
        borrowing("a borrowing group whose child spawns", |members, group| {
            lend_all(&members, &group, &LATE[..1]);
            let inside = (members.clone(), group.clone());
            group.spawn(async move {
                sleep(ms(1)).await;
                lend_all(&inside.0, &inside.1, &LATE);
                Ok(())
            });
            async { Ok(()) }.boxed_local()
        }),
    ]
}

/// Builds a program of a group with a child that fails.
fn that_fails(fails: Fails) -> Program {
    let name = format!("a group that fails {fails:?}");
    let make = move |members: &Members| {
        let members = members.clone();
        future(task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&members, &group, &failing(&FOUR, 1, fails));
            sleep(ms(9)).await;
            Ok(())
        }))
    };
    program(&name, Kind::Futures, make).fails()
}

/// Builds a program of a borrowing group with a child that fails.
fn that_lends_and_fails(fails: Fails) -> Program {
    let name = format!("a borrowing group that fails {fails:?}");
    let make = move |members: &Members| {
        let members = members.clone();
        let body = async move |group: BorrowingGroup<'static, usize>| {
            lend_all(&members, &group, &failing(&FOUR, 1, fails));
            sleep(ms(9)).await;
            Ok(())
        };
        future(borrowing_group(body))
    };
    program(&name, Kind::Futures, make).fails()
}

/// Builds a program of a group that a child cancels.
fn that_is_cancelled() -> Program {
    let make = |members: &Members| {
        let members = members.clone();
        future(task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&members, &group, &FOUR);
            let inside = group.clone();
            group.spawn(async move {
                sleep(ms(3)).await;
                inside.cancel();
                Ok(())
            });
            sleep(ms(9)).await;
            Ok(())
        }))
    };
    program("a group that is cancelled", Kind::Futures, make).fails()
}

pub fn spawn_all(members: &Members, group: &TaskGroup<usize>, behaviours: &[Behaviour]) {
    for behaviour in behaviours {
        drop(group.spawn(members.future(*behaviour)));
    }
}

fn lend_all(members: &Members, group: &BorrowingGroup<'static, usize>, behaviours: &[Behaviour]) {
    for behaviour in behaviours {
        group.spawn(members.future(*behaviour));
    }
}
