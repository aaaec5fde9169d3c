//! Programs of combinators in combinators.
//!
//! The problem: each level passes a cancel on to the next, and any level can keep the cancel,
//! or pass it on twice.
//!
//! Invariant: the fates that a program gives for the innermost children hold through all levels.
//!
//! Read next: `failures.rs`.

use futures::future::FutureExt;
use futures::stream::{self, FuturesUnordered, StreamExt};
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::Task;
use groundup_combinators::*;

use crate::props::groups::spawn_all;
use crate::props::members::{Fails, Members, Outcome, ms};
use crate::props::programs::*;
use crate::props::waiter::Waiting;

/// Builds programs of combinators in combinators.
pub fn nests() -> Vec<Program> {
    let mut programs = with_fates();
    programs.extend(in_each_other());
    programs.extend(in_place());
    programs.extend(of_clones());
    programs.extend(beside_groups());
    programs
}

/// Builds those whose innermost children have a fate that can be told before.
fn with_fates() -> Vec<Program> {
    use Fate::*;
    let mut programs = Vec::new();
    let mut add = |name: &str, fates: [Fate; 3], make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).fates(fates));
    };
    let gathered = [CancelledFirstAwaited, Cancelled, CancelledFirstAwaited];
    let grouped = [CancelledAwaited, Cancelled, CancelledAwaited];
    add("wait_for of gather", gathered, |members| {
        future(wait_for(gather(members.futures(&FOUR)), ms(1000)))
    });
    add("timeout around a group", grouped, |members| {
        let members = members.clone();
        let group = task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&members, &group, &FOUR);
            Ok(())
        });
        future(timeout(ms(1000), group))
    });
    add("gather of shields", [RunOn; 3], |members| {
        future(gather(members.futures(&FOUR).into_iter().map(shield)))
    });
    add("shield of gather", [RunOn; 3], |members| {
        future(shield(gather(members.futures(&FOUR))))
    });
    add("wait_for of shield", [RunOn; 3], |members| {
        future(wait_for(shield(members.future(ONE)), ms(1000)))
    });
    add("gather of gathers", [Cancelled; 3], |members| {
        let halves = [&FOUR[..2], &FOUR[2..]];
        future(gather(halves.map(|half| gather(members.futures(half)))))
    });
    programs
}

/// Builds those in which a group or a deadline is inside another.
fn in_each_other() -> Vec<Program> {
    use Fate::*;
    let mut programs = Vec::new();
    let mut add = |name: &str, fates: [Fate; 3], make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).fates(fates));
    };
    let grouped = [CancelledAwaited, Cancelled, CancelledAwaited];
    add("a group in a group", grouped, |members| {
        let members = members.clone();
        future(task_group(async move |outer: TaskGroup<usize>| {
            spawn_all(&members, &outer, &FOUR[..2]);
            let inner = task_group(async move |inner: TaskGroup<usize>| {
                spawn_all(&members, &inner, &FOUR[2..]);
                Ok(())
            });
            drop(inner.await);
            Ok(())
        }))
    });
    add("a group of a child with a group", grouped, |members| {
        let members = members.clone();
        future(task_group(async move |outer: TaskGroup<usize>| {
            spawn_all(&members, &outer, &FOUR[..2]);
            let child = async move {
                let inner = task_group(async move |inner: TaskGroup<usize>| {
                    spawn_all(&members, &inner, &FOUR[2..]);
                    Ok(())
                });
                inner.await.map_err(|_| 0)
            };
            drop(outer.spawn(child));
            Ok(())
        }))
    });
    add(
        "timeout in timeout",
        [CancelledAwaited, LetGo, CancelledAwaited],
        |members| future(timeout(ms(1000), timeout(ms(999), members.future(ONE)))),
    );
    add("group around timeouts", grouped, |members| {
        let members = members.clone();
        future(task_group(async move |group: TaskGroup<usize>| {
            for behaviour in FOUR {
                let timed = timeout(ms(1000), members.future(behaviour));
                drop(group.spawn(timed.map(|_| Ok(()))));
            }
            Ok(())
        }))
    });
    add("wait around gathers", [RunOn; 3], |members| {
        let all = [
            gather(members.futures(&FOUR)),
            gather(members.futures(&LATE)),
        ];
        let waiting = wait(all, ReturnWhen::AllCompleted);
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("as_completed of timeouts", [RunOn; 3], |members| {
        let timed = |child| timeout(ms(1000), child);
        stream(as_completed(members.futures(&FOUR).into_iter().map(timed)))
    });
    add(
        "buffered of gathers",
        [RunOn, Cancelled, RunOn],
        |members| {
            let all = vec![
                gather(members.futures(&FOUR)),
                gather(members.futures(&LATE)),
            ];
            stream(buffered(stream::iter(all), 2))
        },
    );
    let bodies = ["a group in a group, Futures"];
    for program in &mut programs {
        program.slow = bodies.contains(&program.name.as_str());
    }
    programs
}

/// Builds nests in which a combinator in place holds others.
fn in_place() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut add = |name: &str, make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).takes());
    };
    add("race of timeouts", |members| {
        let timed = |child| timeout(ms(1000), child);
        future(race(members.futures(&LATE).into_iter().map(timed)))
    });
    add("join of gather and wait", |members| {
        let gathered = gather(members.futures(&FOUR));
        let waiting = wait(members.tasks(&LATE), ReturnWhen::AllCompleted);
        future(join((gathered, waiting.map(|(done, _)| done.len()))))
    });
    add("join of groups", |members| {
        let group = |members: Members| {
            task_group(async move |group: TaskGroup<usize>| {
                spawn_all(&members, &group, &FOUR);
                sleep(ms(3)).await;
                Ok(())
            })
        };
        future(join((group(members.clone()), group(members.clone()))))
    });
    programs
}

/// Builds combinators over two handles of each task.
fn of_clones() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut add = |name: &str, make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).takes());
    };
    add("gather of clones", |members| future(gather(twice(members))));
    add("outcomes of clones", |members| {
        future(gather(twice(members)).return_exceptions())
    });
    add("wait for clones", |members| {
        let waiting = wait(twice(members), ReturnWhen::AllCompleted);
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("as_completed of clones", |members| {
        stream(as_completed(twice(members)))
    });
    add("join of clones", |members| future(join(twice(members))));
    add("race of clones", |members| future(race(twice(members))));
    add("gather of a clone and a shield of the other", |members| {
        let task = spawn(members.future(LATE[2]));
        future(gather((task.clone(), shield(task))))
    });
    programs
}

/// Builds groups beside other combinators.
fn beside_groups() -> Vec<Program> {
    let mut programs = Vec::new();
    let mut add = |name: &str, make: fn(&Members) -> Waiting| {
        programs.push(program(name, Kind::Futures, make).takes());
    };
    add(
        "a stranger's set of timeouts, a group and a gather",
        |members| {
            let timed = |child| timeout(ms(1000), child).map(|_| ()).boxed_local();
            let all: FuturesUnordered<_> = members.futures(&LATE).into_iter().map(timed).collect();
            let inside = members.clone();
            let group = task_group(async move |group: TaskGroup<usize>| {
                spawn_all(&inside, &group, &FOUR);
                Ok(())
            });
            all.push(group.map(|_| ()).boxed_local());
            all.push(
                gather(members.futures(&FOUR))
                    .into_future()
                    .map(|_| ())
                    .boxed_local(),
            );
            future(all.collect::<Vec<()>>())
        },
    );
    add("select of a timeout and a group", |members| {
        let (inside, timed) = (members.clone(), timeout(ms(1000), members.future(LATE[2])));
        let group = task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&inside, &group, &FOUR);
            Ok(())
        });
        future(select((timed, group)).map(|first| first.index()))
    });
    add("a group that fails beside a timeout", |members| {
        let (inside, timed) = (members.clone(), timeout(ms(3), members.future(LATE[2])));
        let group = task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&inside, &group, &failing(&FOUR, 1, Fails::WithAnError));
            sleep(ms(9)).await;
            Ok(())
        });
        future(join((timed, group.map(|ended| ended.is_ok()))))
    });
    let last = programs.last_mut().expect("it was just added");
    last.fails = true;
    programs
}

/// Returns two handles of each of four tasks.
fn twice(members: &Members) -> Vec<Task<Outcome>> {
    let tasks = members.tasks(&FOUR);
    tasks.clone().into_iter().chain(tasks).collect()
}
