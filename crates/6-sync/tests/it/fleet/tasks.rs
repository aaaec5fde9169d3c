//! Where a task runs, and what its handle gives.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `ends.rs`.

use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use futures::FutureExt;
use groundup_sync::executor::{run_virtual, sleep, spawn, time};
use groundup_sync::task::yield_now;
use groundup_sync::{Fleet, FleetError, SharedQueue};

use super::{LONG, virtual_fleet};
use crate::setup::{expect_panics, virtual_loop};

fn thread() -> String {
    std::thread::current().name().unwrap_or("?").into()
}

#[test]
fn a_task_runs_in_the_loop_in_which_it_was_spawned() {
    run_virtual(async {
        let fleet = virtual_fleet(3).name("ship").build();
        for number in [2, 0, 1, 0] {
            let task = fleet.spawn_on(number, async || {
                let before = thread();
                let kept = Rc::new(Cell::new(0));
                let inner = kept.clone();
                let child = spawn(async move { inner.set(5) });
                sleep(Duration::from_secs(60)).await;
                child.await.unwrap();
                (
                    before,
                    thread(),
                    kept.get(),
                    time().since_start() >= Duration::from_secs(60),
                )
            });
            assert_eq!(task.loop_number(), number);
            let name = format!("ship-{number}");
            assert_eq!(task.await, Ok((name.clone(), name, 5, true)));
        }
        fleet.join(LONG).await.unwrap();
    });
}

#[test]
fn a_balanced_task_goes_to_the_loop_with_the_fewest() {
    run_virtual(async {
        let fleet = virtual_fleet(3).build();
        let held: Vec<_> = [0, 0, 2]
            .map(|number| fleet.spawn_on(number, pending::<()>))
            .into();
        let first = fleet.spawn_balanced(pending::<()>);
        assert_eq!(first.loop_number(), 1);
        assert_eq!(fleet.tasks(), [2, 1, 1]);
        let more: Vec<_> = (0..5)
            .map(|_| fleet.spawn_balanced(pending::<()>))
            .collect();
        assert_eq!(fleet.tasks(), [3, 3, 3]);
        held[0].cancel();
        for task in held.into_iter().take(1) {
            assert_eq!(task.await, Err(FleetError::Cancelled));
        }
        assert_eq!(fleet.tasks(), [2, 3, 3]);
        assert_eq!(fleet.spawn_balanced(async || 7).loop_number(), 0);
        fleet.cancel_tasks();
        for task in more {
            assert_eq!(task.await, Err(FleetError::Cancelled));
        }
        fleet.join(LONG).await.unwrap();
    });
}

#[test]
fn a_panic_of_a_task_is_an_error_of_its_handle_and_the_loop_goes_on() {
    expect_panics();
    run_virtual(async {
        let fleet = virtual_fleet(1).build();
        let broken = fleet.spawn_on(0, async || panic!("leak"));
        assert_eq!(
            broken.await,
            Err::<(), _>(FleetError::Panicked("leak".into()))
        );
        let made = fleet.spawn_on(0, || -> std::future::Ready<()> { panic!("no wood") });
        assert_eq!(made.await, Err(FleetError::Panicked("no wood".into())));
        assert_eq!(fleet.spawn_on(0, async || 5).await, Ok(5));
        assert_eq!((fleet.tasks(), fleet.ends()), (vec![0], vec![None]));
    });
}

#[test]
fn loops_of_a_fleet_await_tasks_of_each_other() {
    let fleet = Arc::new(virtual_fleet(2).build());
    let shared = fleet.clone();
    let sum = fleet.spawn_on(0, async move || {
        let far = shared.spawn_on(1, async || (thread(), 40));
        let (name, n) = far.await.unwrap();
        (name, n + 2)
    });
    assert_eq!(sum.wait(), Ok(("loop-1".into(), 42)));
}

#[test]
fn a_task_whose_handle_is_dropped_runs_on() {
    let fleet = virtual_fleet(1).build();
    let (end, ended) = channel();
    drop(fleet.spawn_on(0, async move || {
        yield_now().await;
        end.send(thread()).unwrap();
    }));
    assert_eq!(ended.recv().unwrap(), "loop-0");
}

#[test]
fn a_value_is_given_once() {
    run_virtual(async {
        let fleet = virtual_fleet(1).build();
        let mut task = fleet.spawn_on(0, async || 5);
        assert_eq!((&mut task).await, Ok(5));
        assert!(task.done() && !task.cancel());
        let text = task.await.unwrap_err().to_string();
        assert!(
            text.starts_with("the value was taken before: a FleetTask"),
            "{text}"
        );
    });
}

#[test]
fn waits_that_outlive_their_loop_go_on_in_another() {
    let fleet = virtual_fleet(1).build();
    let (gate, answers) = (SharedQueue::new(1), SharedQueue::new(1));
    let waits = gate.clone();
    let mut task = fleet.spawn_on(0, async move || waits.get().await.unwrap());
    let mut get = answers.get();
    let (first, _) = virtual_loop();
    first
        .run_until_complete(async {
            assert!((&mut task).now_or_never().is_none());
            assert!((&mut get).now_or_never().is_none());
        })
        .unwrap();
    first.close().unwrap();
    let (second, _) = virtual_loop();
    second
        .run_until_complete(async {
            gate.put(5).await.unwrap();
            assert_eq!(task.await, Ok(5));
            answers.put_nowait(6).unwrap();
            assert_eq!(get.await, Ok(6));
        })
        .unwrap();
}

#[test]
#[should_panic(expected = "there is no loop 2: the fleet has 2, counted from 0")]
fn a_loop_that_there_is_not_is_refused() {
    drop(Fleet::new(2).spawn_on(2, async || ()));
}

#[test]
#[should_panic(expected = "a fleet of no loops would run no task")]
fn a_fleet_of_no_loops_is_refused() {
    drop(Fleet::new(0));
}
