//! Scenes of combinators in combinators.
//!
//! The problem: each level passes a cancel on to the next, and any level can keep the cancel,
//! or pass it on twice.
//!
//! Invariant: the fates that a scene gives for the innermost children hold through all levels.
//!
//! Read next: `failures.rs`.

use futures::future::FutureExt;
use futures::stream::{self, FuturesUnordered, StreamExt};
use groundup_combinators::executor::{sleep, spawn};
use groundup_combinators::task::Task;
use groundup_combinators::*;

use crate::props::cast::{Cast, Fails, Outcome, ms};
use crate::props::groups::spawn_all;
use crate::props::scenes::*;
use crate::props::waiter::Waiting;

/// Builds scenes of combinators in combinators.
pub fn nests() -> Vec<Scene> {
    use Fate::*;
    let mut scenes = Vec::new();
    let mut add = |name: &str, fates: [Fate; 3], play: fn(&Cast) -> Waiting| {
        scenes.push(scene(name, Kind::Futures, play).fates(fates));
    };
    let gathered = [CancelledFirstAwaited, Cancelled, CancelledFirstAwaited];
    let grouped = [CancelledAwaited, Cancelled, CancelledAwaited];
    add("wait_for of gather", gathered, |cast| {
        future(wait_for(gather(cast.futures(&FOUR)), ms(1000)))
    });
    add("timeout around a group", grouped, |cast| {
        let cast = cast.clone();
        let group = task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&cast, &group, &FOUR);
            Ok(())
        });
        future(timeout(ms(1000), group))
    });
    add("gather of shields", [RunOn; 3], |cast| {
        future(gather(cast.futures(&FOUR).into_iter().map(shield)))
    });
    add("shield of gather", [RunOn; 3], |cast| {
        future(shield(gather(cast.futures(&FOUR))))
    });
    add("wait_for of shield", [RunOn; 3], |cast| {
        future(wait_for(shield(cast.future(ONE)), ms(1000)))
    });
    add("gather of gathers", [Cancelled; 3], |cast| {
        let halves = [&FOUR[..2], &FOUR[2..]];
        future(gather(halves.map(|half| gather(cast.futures(half)))))
    });
    add("a group in a group", grouped, |cast| {
        let cast = cast.clone();
        future(task_group(async move |outer: TaskGroup<usize>| {
            spawn_all(&cast, &outer, &FOUR[..2]);
            let inner = task_group(async move |inner: TaskGroup<usize>| {
                spawn_all(&cast, &inner, &FOUR[2..]);
                Ok(())
            });
            drop(inner.await);
            Ok(())
        }))
    });
    add("a group of a child with a group", grouped, |cast| {
        let cast = cast.clone();
        future(task_group(async move |outer: TaskGroup<usize>| {
            spawn_all(&cast, &outer, &FOUR[..2]);
            let child = async move {
                let inner = task_group(async move |inner: TaskGroup<usize>| {
                    spawn_all(&cast, &inner, &FOUR[2..]);
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
        |cast| future(timeout(ms(1000), timeout(ms(999), cast.future(ONE)))),
    );
    add("group around timeouts", grouped, |cast| {
        let cast = cast.clone();
        future(task_group(async move |group: TaskGroup<usize>| {
            for role in FOUR {
                let timed = timeout(ms(1000), cast.future(role));
                drop(group.spawn(timed.map(|_| Ok(()))));
            }
            Ok(())
        }))
    });
    add("wait around gathers", [RunOn; 3], |cast| {
        let all = [gather(cast.futures(&FOUR)), gather(cast.futures(&LATE))];
        let waiting = wait(all, ReturnWhen::AllCompleted);
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("as_completed of timeouts", [RunOn; 3], |cast| {
        let timed = |child| timeout(ms(1000), child);
        stream(as_completed(cast.futures(&FOUR).into_iter().map(timed)))
    });
    add("buffered of gathers", [RunOn, Cancelled, RunOn], |cast| {
        let all = vec![gather(cast.futures(&FOUR)), gather(cast.futures(&LATE))];
        stream(buffered(stream::iter(all), 2))
    });
    let bodies = ["a group in a group, Futures"];
    for scene in &mut scenes {
        scene.slow = bodies.contains(&scene.name.as_str());
    }
    let mut add = |name: &str, play: fn(&Cast) -> Waiting| {
        scenes.push(scene(name, Kind::Futures, play).takes());
    };
    add("race of timeouts", |cast| {
        let timed = |child| timeout(ms(1000), child);
        future(race(cast.futures(&LATE).into_iter().map(timed)))
    });
    add("join of gather and wait", |cast| {
        let gathered = gather(cast.futures(&FOUR));
        let waiting = wait(cast.tasks(&LATE), ReturnWhen::AllCompleted);
        future(join((gathered, waiting.map(|(done, _)| done.len()))))
    });
    add("join of groups", |cast| {
        let group = |cast: Cast| {
            task_group(async move |group: TaskGroup<usize>| {
                spawn_all(&cast, &group, &FOUR);
                sleep(ms(3)).await;
                Ok(())
            })
        };
        future(join((group(cast.clone()), group(cast.clone()))))
    });
    add("gather of clones", |cast| future(gather(twice(cast))));
    add("outcomes of clones", |cast| {
        future(gather(twice(cast)).return_exceptions())
    });
    add("wait for clones", |cast| {
        let waiting = wait(twice(cast), ReturnWhen::AllCompleted);
        future(waiting.map(|(done, rest)| (done.len(), rest.len())))
    });
    add("as_completed of clones", |cast| {
        stream(as_completed(twice(cast)))
    });
    add("join of clones", |cast| future(join(twice(cast))));
    add("race of clones", |cast| future(race(twice(cast))));
    add("gather of a clone and a shield of the other", |cast| {
        let task = spawn(cast.future(LATE[2]));
        future(gather!(task.clone(), shield(task)))
    });
    add(
        "a stranger's set of timeouts, a group and a gather",
        |cast| {
            let timed = |child| timeout(ms(1000), child).map(|_| ()).boxed_local();
            let all: FuturesUnordered<_> = cast.futures(&LATE).into_iter().map(timed).collect();
            let inside = cast.clone();
            let group = task_group(async move |group: TaskGroup<usize>| {
                spawn_all(&inside, &group, &FOUR);
                Ok(())
            });
            all.push(group.map(|_| ()).boxed_local());
            all.push(
                gather(cast.futures(&FOUR))
                    .into_future()
                    .map(|_| ())
                    .boxed_local(),
            );
            future(all.collect::<Vec<()>>())
        },
    );
    add("select of a timeout and a group", |cast| {
        let (inside, timed) = (cast.clone(), timeout(ms(1000), cast.future(LATE[2])));
        let group = task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&inside, &group, &FOUR);
            Ok(())
        });
        future(select((timed, group)).map(|first| first.index()))
    });
    add("a group that fails beside a timeout", |cast| {
        let (inside, timed) = (cast.clone(), timeout(ms(3), cast.future(LATE[2])));
        let group = task_group(async move |group: TaskGroup<usize>| {
            spawn_all(&inside, &group, &failing(&FOUR, 1, Fails::WithAnError));
            sleep(ms(9)).await;
            Ok(())
        });
        future(join((timed, group.map(|ended| ended.is_ok()))))
    });
    let last = scenes.last_mut().expect("it was just added");
    last.fails = true;
    scenes
}

/// Returns two handles of each of four tasks.
fn twice(cast: &Cast) -> Vec<Task<Outcome>> {
    let tasks = cast.tasks(&FOUR);
    tasks.clone().into_iter().chain(tasks).collect()
}
