//! The report of a deadlock has lines that can be read.
//!
//! Read next: `outlives.rs`.

use std::future::pending;
use std::prelude::v1::test; // and not `groundup::test`
use std::rc::Rc;

use futures::future::join_all;
use groundup::*;

/// A program that stands still; its names have a length.
type Program = fn(&str) -> RunError;

/// Runs a main future that never ends.
fn ends<F: Future>(main: F) -> RunError {
    let event_loop = EventLoop::builder().virtual_time().build();
    let Err(error) = event_loop.run_until_complete(main) else {
        panic!("it ended");
    };
    error
}

/// Makes tasks that wait for promises which no code sets.
fn stuck(name: &str, number: usize) -> Vec<Task<()>> {
    let task = |at| {
        let promise = Promise::<()>::new();
        let kept = promise.clone();
        spawn_named(format!("{name}{at}"), async move {
            promise.await.unwrap();
            drop(kept);
        })
    };
    (0..number).map(task).collect()
}

/// Makes a circle of tasks, each of which holds a lock and waits for that of the next.
fn circle(name: &str, number: usize) -> Vec<Task<()>> {
    let lock = |at| Rc::new(Lock::new().named(format!("the lock of {name}{at}")));
    let locks: Vec<_> = (0..number).map(lock).collect();
    let task = |at: usize| {
        let (own, next) = (locks[at].clone(), locks[(at + 1) % number].clone());
        spawn_named(format!("{name}{at}"), async move {
            let _own = own.acquire().await;
            yield_now().await;
            drop(next.acquire().await);
        })
    };
    (0..number).map(task).collect()
}

const PROGRAMS: [(&str, Program); 7] = [
    ("a gather of many", |name| {
        let name = name.to_string();
        ends(async move { drop(gather(stuck(&name, 1000)).await) })
    }),
    ("a wait for many", |name| {
        let name = name.to_string();
        ends(async move { drop(wait(stuck(&name, 30), ReturnWhen::FirstCompleted).await) })
    }),
    ("a join of many tasks", |name| {
        let name = name.to_string();
        ends(async move { join_all(stuck(&name, 30).into_iter().map(Task::join)).await })
    }),
    ("a join of many locks", |name| {
        let name = name.to_string();
        ends(async move {
            let lock = |at| Lock::new().named(format!("{name}{at}"));
            let locks: Vec<_> = (0..30).map(lock).collect();
            locks
                .iter()
                .for_each(|lock| LockGuard::keep(lock.try_acquire().unwrap()));
            join(
                locks
                    .iter()
                    .map(|lock| async { drop(lock.acquire().await) }),
            )
            .await
        })
    }),
    ("a circle", |name| {
        let name = name.to_string();
        ends(async move { drop(gather(circle(&name, 30)).await) })
    }),
    ("a group", |name| {
        let name = name.to_string();
        ends(task_group(async move |group: TaskGroup<String>| {
            for at in 0..30 {
                group.spawn_named(format!("{name}{at}"), pending::<Result<(), String>>());
            }
            Ok(())
        }))
    }),
    ("a queue", |name| {
        let name = name.to_string();
        ends(async move {
            let queue = Queue::<u8>::new(1).named(format!("the queue of {name}"));
            queue.get().await
        })
    }),
];

#[test]
fn no_line_of_a_report_has_500_characters() {
    let names = [
        "",
        "reader-",
        &"long ".repeat(60),
        &"x".repeat(3000),
        &"ä\u{1f980}".repeat(300),
    ];
    for (program, run) in PROGRAMS {
        for name in names {
            let error = run(name);
            let RunError::Deadlock(deadlock) = &error else {
                panic!("{program}: {error}");
            };
            let text = format!("{error:?}");
            assert_eq!(
                [
                    format!("{error}"),
                    format!("{deadlock}"),
                    format!("{deadlock:?}")
                ],
                [&*text; 3]
            );
            let longest = text.lines().map(|line| line.chars().count()).max();
            assert!(
                longest < Some(500),
                "{program}: {longest:?} characters in\n{text}"
            );
            // Nothing is lost by that.
            let words = |text: &str| text.split_whitespace().collect::<String>();
            let said = words(&text);
            // The last of 20 lines is that of the main future, if it had none.
            let is_told = |stuck: &Stuck| said.contains(&words(&stuck.to_string()));
            for stuck in deadlock.stuck.iter().take(19) {
                let mut others = deadlock.stuck.iter();
                let is_alike = |other: &Stuck| other.place == stuck.place && is_told(other);
                assert!(
                    is_told(stuck) || text.contains("; so do ") && others.any(is_alike),
                    "{program}: {stuck}\nin\n{text}"
                );
            }
        }
    }
}
