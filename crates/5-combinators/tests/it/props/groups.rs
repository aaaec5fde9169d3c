//! Scenes of task groups.
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

use crate::props::cast::{Cast, Fails, Role, ms};
use crate::props::scenes::*;

/// Builds scenes of groups whose bodies end before their children, after them, or wait.
pub fn groups() -> Vec<Scene> {
    let group = |name: &str, body: fn(Cast, TaskGroup<usize>) -> LocalBoxFuture<'static, _>| {
        scene(name, Kind::Futures, move |cast| {
            let cast = cast.clone();
            future(task_group(move |group| body(cast, group)))
        })
    };
    let mut scenes = vec![
        group("a group", |cast, group| {
            spawn_all(&cast, &group, &FOUR);
            async { Ok(()) }.boxed_local()
        })
        .row("task_group"),
        group("a group whose body sleeps", |cast, group| {
            spawn_all(&cast, &group, &FOUR);
            async {
                sleep(ms(3)).await;
                Ok(())
            }
            .boxed_local()
        })
        .row("task_group"),
        group("a group whose body cleans up", |cast, group| {
            spawn_all(&cast, &group, &LATE);
            let body = cast.future(ONE);
            async { body.await.map(drop) }.boxed_local()
        })
        .slow()
        .row("task_group"),
        group("a group whose body awaits a child", |cast, group| {
            spawn_all(&cast, &group, &LATE);
            let child = group.spawn(cast.future(ONE)).expect("it is open");
            async move {
                let _ = child.await;
                Ok(())
            }
            .boxed_local()
        })
        .slow()
        .row("task_group"),
        group("a group whose child spawns", |cast, group| {
            spawn_all(&cast, &group, &LATE[..1]);
            let inside = (cast.clone(), group.clone());
            let child = async move {
                sleep(ms(1)).await;
                spawn_all(&inside.0, &inside.1, &LATE);
                Ok(())
            };
            group.spawn(child).expect("it is open");
            async { Ok(()) }.boxed_local()
        })
        .row("task_group"),
    ];
    for fails in [Fails::WithAnError, Fails::WithAPanic] {
        let name = format!("a group that fails {fails:?}");
        let play = move |cast: &Cast| {
            let cast = cast.clone();
            future(task_group(async move |group: TaskGroup<usize>| {
                spawn_all(&cast, &group, &failing(&FOUR, 1, fails));
                sleep(ms(9)).await;
                Ok(())
            }))
        };
        scenes.push(scene(&name, Kind::Futures, play).fails());
    }
    scenes.push(
        scene("a group that is cancelled", Kind::Futures, |cast| {
            let cast = cast.clone();
            future(cancellable_group(async move |group: TaskGroup<usize>| {
                spawn_all(&cast, &group, &FOUR);
                let inside = group.clone();
                group
                    .spawn(async move {
                        sleep(ms(3)).await;
                        inside.cancel();
                        Ok(())
                    })
                    .expect("it is open");
                sleep(ms(9)).await;
                Ok(())
            }))
        })
        .fails(),
    );
    scenes.into_iter().map(Scene::waits).collect()
}

pub fn spawn_all(cast: &Cast, group: &TaskGroup<usize>, roles: &[Role]) {
    for role in roles {
        drop(group.spawn(cast.future(*role)).expect("it is open"));
    }
}
