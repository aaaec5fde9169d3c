//! Shutdowns, and loops that end unasked.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `queues.rs`.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use groundup_sync::combinators::join;
use groundup_sync::executor::{
    Driver, EventLoop, Outside, Parked, Virtual, run_virtual, sleep, spawn, stop,
};
use groundup_sync::task::{ReportKind, Unpark, catch_cancel, yield_now};
use groundup_sync::{Fleet, FleetError, LoopEnd, SharedQueue, to_thread};

use super::{LONG, virtual_fleet};
use crate::setup::{SOON, expect_panics, give_up_joins, until, virtual_loop};

#[test]
fn a_fleet_that_is_shut_down_runs_its_tasks_to_their_ends_and_refuses_others() {
    run_virtual(async {
        let fleet = virtual_fleet(2).build();
        let gate = SharedQueue::new(1);
        let waits = gate.clone();
        let before = fleet.spawn_on(1, async move || waits.get().await.unwrap());
        fleet.shutdown();
        fleet.shutdown();
        let after = fleet.spawn_on(1, async || ());
        assert!(after.done() && !after.cancel());
        let text = after.await.unwrap_err().to_string();
        assert!(
            text.contains("its fleet was shut down before; spawn tasks before"),
            "{text}"
        );
        assert_eq!(
            fleet.spawn_balanced(async || ()).await,
            Err(FleetError::ShutDown)
        );
        gate.put(6).await.unwrap();
        assert_eq!(before.await, Ok(6));
        fleet.join(LONG).await.unwrap();
        assert_eq!(
            fleet.ends(),
            [Some(LoopEnd::ShutDown), Some(LoopEnd::ShutDown)]
        );
        assert_eq!(fleet.tasks(), [0, 0]);
    });
}

#[test]
fn a_dropped_fleet_runs_its_tasks_to_their_ends() {
    let fleet = virtual_fleet(1).build();
    let (go, gone) = channel();
    let task = fleet.spawn_on(0, async move || {
        gone.recv().unwrap();
        sleep(Duration::from_secs(3600)).await;
        5
    });
    drop(fleet);
    go.send(()).unwrap();
    assert_eq!(task.wait(), Ok(5));
}

#[test]
fn a_shutdown_whose_limit_is_over_names_the_loops_and_can_be_joined_again() {
    run_virtual(async {
        let fleet = virtual_fleet(3).build();
        let stuck = fleet.spawn_on(1, pending::<()>);
        let error = loop {
            let error = fleet.join(Duration::from_millis(1)).await.unwrap_err();
            if error.loops.len() == 1 {
                break error; // the loops without tasks have ended
            }
        };
        assert_eq!(error.loops, [(1, 1)]);
        let text = error.to_string();
        assert!(
            text.contains("within 1ms: loop 1 has 1 task. Call cancel_tasks"),
            "{text}"
        );
        fleet.cancel_tasks();
        fleet.join(LONG).await.unwrap();
        assert_eq!(stuck.await, Err(FleetError::Cancelled));
    });
}

#[test]
fn tasks_of_tasks_clean_up_at_the_end_of_their_loop() {
    let fleet = virtual_fleet(1).build();
    let (clean, cleaned) = channel();
    let task = fleet.spawn_on(0, async move || {
        spawn(async move {
            catch_cancel(pending::<()>()).await.unwrap_err();
            sleep(Duration::from_secs(1)).await;
            clean.send(()).unwrap();
        })
        .detach();
        yield_now().await;
    });
    fleet.join_real_time(LONG).unwrap();
    assert_eq!(task.wait(), Ok(()));
    cleaned.try_recv().unwrap();
}

/// Spawns a task in loop 0 whose child catches its cancel, and then takes some steps when the gate
/// gets an item. Returns the message that the child cleans up, and the one that it has.
fn cleans_up(fleet: &Fleet, gate: &SharedQueue<()>) -> (Receiver<()>, Receiver<()>) {
    let ((begin, begun), (end, ended)) = (channel(), channel());
    let gate = gate.clone();
    let task = fleet.spawn_on(0, async move || {
        spawn(async move {
            catch_cancel(pending::<()>()).await.unwrap_err();
            begin.send(()).unwrap();
            gate.get().await.unwrap();
            for _ in 0..5 {
                yield_now().await;
            }
            end.send(()).unwrap();
        })
        .detach();
        yield_now().await;
    });
    assert_eq!(task.wait(), Ok(()));
    (begun, ended)
}

#[test]
fn a_second_end_of_a_fleet_stops_no_clean_up() {
    type Ask = fn(Fleet) -> Option<Fleet>;
    let asks: [(&str, Ask); 4] = [
        ("a shutdown", |fleet| {
            fleet.shutdown();
            Some(fleet)
        }),
        ("a join", |fleet| {
            fleet.join_real_time(Duration::ZERO).unwrap_err();
            Some(fleet)
        }),
        ("a late spawn", |fleet| {
            let late = fleet.spawn_on(0, async || ()).wait();
            assert_eq!(late, Err(FleetError::ShutDown));
            Some(fleet)
        }),
        ("a drop", |fleet| {
            drop(fleet);
            None
        }),
    ];
    for (what, ask) in asks {
        let fleet = virtual_fleet(1).build();
        let gate = SharedQueue::new(1);
        let (begun, ended) = cleans_up(&fleet, &gate);
        fleet.shutdown();
        begun.recv().unwrap();
        let fleet = ask(fleet);
        gate.put_nowait(()).unwrap();
        assert_eq!(ended.recv(), Ok(()), "{what}");
        if let Some(fleet) = fleet {
            fleet.join_real_time(LONG).unwrap();
        }
    }
}

#[test]
fn a_join_names_a_loop_that_cleans_up_or_waits_for_its_pool() {
    let fleet = virtual_fleet(2).build();
    let gate = SharedQueue::new(1);
    let (begun, ended) = cleans_up(&fleet, &gate);
    let ((begin, job_begun), (end, job_ends)) = (channel(), channel::<()>());
    let task = fleet.spawn_on(1, async move || {
        let job = move || {
            begin.send(()).unwrap();
            let _ = job_ends.recv();
        };
        spawn(to_thread(job)).detach();
        yield_now().await;
    });
    assert_eq!(task.wait(), Ok(()));
    job_begun.recv().unwrap();
    fleet.shutdown();
    begun.recv().unwrap();
    let ends = || fleet.ends();
    until(|| !ends().contains(&None), || format!("{:?}", ends()));
    let error = fleet.join_real_time(Duration::ZERO).unwrap_err();
    assert_eq!(error.loops, [(0, 0), (1, 0)]);
    let text = error.to_string();
    assert!(
        text.contains("loop 1 has no task of the fleet, and ends its other tasks and its jobs"),
        "{text}"
    );
    gate.put_nowait(()).unwrap();
    drop(end);
    fleet.join_real_time(LONG).unwrap();
    ended.recv().unwrap();
}

/// The loop of the join is busy for more than 64 steps, and the fleet ends only if it goes on.
#[test]
fn a_busy_loop_does_not_wait_for_the_end_of_its_fleet() {
    for seed in [None, Some(1), Some(2)] {
        let builder = EventLoop::builder().virtual_time();
        let builder = match seed {
            Some(seed) => builder.seed(seed),
            None => builder,
        };
        let main = async {
            let fleet = virtual_fleet(1).build();
            let gate = SharedQueue::new(1);
            let waits = gate.clone();
            let task = fleet.spawn_on(0, async move || waits.get().await);
            let feed = async {
                for _ in 0..1000 {
                    yield_now().await;
                }
                gate.put(5).await.unwrap();
            };
            join((fleet.join(SOON), feed, task)).await
        };
        let (ended, (), value) = builder.build().run_until_complete(main).unwrap();
        assert_eq!((ended, value), (Ok(()), Ok(Ok(5))), "{seed:?}");
    }
}

/// A job has its turn before the join, although it was submitted later: the fleet may need its
/// awaiter.
#[test]
fn a_job_ends_before_a_fleet_that_waits_for_its_awaiter() {
    for seed in 0..5 {
        let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
        let main = async {
            let fleet = virtual_fleet(1).build();
            let gate = SharedQueue::new(1);
            let waits = gate.clone();
            let task = fleet.spawn_on(0, async move || waits.get().await);
            let ends = fleet.join(SOON);
            let feed = async { gate.put(to_thread(|| 5).await.unwrap()).await.unwrap() };
            join((ends, feed, task)).await
        };
        let (ended, (), value) = event_loop.run_until_complete(main).unwrap();
        assert_eq!((ended, value), (Ok(()), Ok(Ok(5))), "seed {seed}");
    }
}

#[test]
fn a_join_that_is_given_up_keeps_no_thread() {
    let (event_loop, _) = virtual_loop();
    let fleet = virtual_fleet(1).build();
    let stuck = fleet.spawn_on(0, pending::<()>);
    event_loop
        .run_until_complete(async { give_up_joins("fleet-join", |limit| fleet.join(limit)) })
        .unwrap();
    fleet.cancel_tasks();
    assert_eq!(stuck.wait(), Err(FleetError::Cancelled));
}

#[test]
#[should_panic(expected = "there is no loop 5: the fleet has 2, counted from 0")]
fn a_handle_of_a_loop_that_is_not_there_is_refused() {
    virtual_fleet(2).build().remote(5);
}

#[test]
#[should_panic(expected = "would block the event loop that runs on this thread: await join")]
fn a_blocking_join_inside_a_loop_is_refused() {
    run_virtual(async { virtual_fleet(1).build().join_real_time(LONG).unwrap() });
}

#[test]
fn a_loop_that_stops_is_reported_and_its_handles_answer() {
    let (event_loop, reports) = virtual_loop();
    event_loop
        .run_until_complete(async {
            let fleet = virtual_fleet(2).build();
            let pending_task = fleet.spawn_on(1, pending::<()>);
            let stops = fleet.spawn_on(1, async || {
                stop();
                pending::<()>().await;
            });
            let ended = FleetError::LoopEnded {
                number: 1,
                end: LoopEnd::Stopped,
            };
            assert_eq!(pending_task.await, Err(ended.clone()));
            assert_eq!(stops.await, Err(ended.clone()));
            let text = ended.to_string();
            assert!(
                text.contains("loop 1 of the fleet ended before the task was done"),
                "{text}"
            );
            // A later task is told, too, and a balanced one goes elsewhere.
            assert_eq!(fleet.spawn_on(1, async || ()).await, Err(ended));
            for _ in 0..3 {
                assert_eq!(fleet.spawn_balanced(async || 5).await, Ok(5));
            }
            fleet.join(LONG).await.unwrap();
            assert_eq!(
                fleet.ends(),
                [Some(LoopEnd::ShutDown), Some(LoopEnd::Stopped)]
            );
            yield_now().await;
        })
        .unwrap();
    let reports = reports.borrow();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0].kind, ReportKind::LoopEnded);
    let text = &reports[0].message;
    assert!(text.starts_with("loop 1 of a fleet ended"), "{text}");
    assert!(
        text.contains("a task or a callback has stopped it"),
        "{text}"
    );
}

/// A clock that panics when it is told to.
struct BrokenClock(Virtual, Arc<AtomicBool>);

impl Driver for BrokenClock {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(&self, at: Option<u64>, out: Outside, asleep: &mut dyn FnMut() -> bool) -> Parked {
        assert!(!self.1.load(Ordering::SeqCst), "the spring is broken");
        self.0.park(at, out, asleep)
    }

    fn unpark(&self) -> Unpark {
        self.0.unpark()
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }

    fn jumps(&self) -> bool {
        true
    }
}

#[test]
fn a_loop_that_panics_is_reported_and_its_handles_answer() {
    expect_panics();
    let (event_loop, reports) = virtual_loop();
    let broken = Arc::new(AtomicBool::new(false));
    let flag = broken.clone();
    event_loop
        .run_until_complete(async {
            let builder = Fleet::builder().loops(2).configure(move |number, builder| {
                if number == 0 {
                    builder.driver(BrokenClock(Virtual::new(), flag.clone()))
                } else {
                    builder.virtual_time()
                }
            });
            let fleet = builder.build();
            let task = fleet.spawn_on(0, async move || {
                broken.store(true, Ordering::SeqCst);
                pending::<()>().await;
            });
            let end = LoopEnd::Failed("the spring is broken".into());
            let number = 0;
            assert_eq!(task.await, Err(FleetError::LoopEnded { number, end }));
            assert_eq!(fleet.spawn_on(1, async || 5).await, Ok(5));
            fleet.join(LONG).await.unwrap();
            yield_now().await;
        })
        .unwrap();
    let reports = reports.borrow();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert!(
        reports[0]
            .message
            .contains("it failed: the spring is broken")
    );
}

#[test]
fn a_fleet_that_cannot_start_is_an_error_and_leaves_no_loop() {
    expect_panics();
    let alive = Arc::new(());
    let seen = alive.clone();
    let builder = Fleet::builder().loops(3).configure(move |number, builder| {
        let _ = &seen;
        assert!(number != 1, "loop 1 is cursed");
        builder
    });
    let error = builder.try_build().map(drop).unwrap_err();
    assert_eq!(
        error.to_string(),
        "a loop of the fleet could not start: loop 1 is cursed"
    );
    // The threads end, and drop the function.
    let owners = || Arc::strong_count(&alive);
    until(|| owners() == 1, || format!("{} own it", owners()));
}

#[test]
fn a_task_that_is_spawned_beside_a_shutdown_runs_or_is_refused() {
    for round in 0..50 {
        let fleet = Arc::new(virtual_fleet(2).build());
        let ran = Arc::new(AtomicUsize::new(0));
        let (shared, counts) = (fleet.clone(), ran.clone());
        let spawns = std::thread::spawn(move || {
            let spawn = |n: usize| {
                let counts = counts.clone();
                shared.spawn_on(n % 2, async move || {
                    counts.fetch_add(1, Ordering::SeqCst);
                })
            };
            (0..20_usize).map(spawn).collect::<Vec<_>>()
        });
        (0..round).for_each(|_| std::thread::yield_now());
        fleet.shutdown();
        let ended = spawns.join().unwrap().into_iter().map(|task| task.wait());
        let ended: Vec<_> = ended.collect();
        let refused = |end: &&Result<(), FleetError>| **end == Err(FleetError::ShutDown);
        let refused = ended.iter().filter(refused).count();
        let run = ended.iter().filter(|end| end.is_ok()).count();
        assert_eq!((run + refused, run), (20, ran.load(Ordering::SeqCst)));
        fleet.join_real_time(LONG).unwrap();
        let orderly = Some(LoopEnd::ShutDown);
        assert_eq!(fleet.ends(), [orderly.clone(), orderly]);
    }
}

/// The loop reads the message of the shutdown in the iteration in which its last task ends. The value
/// reaches the handle one iteration later, and must reach it.
#[test]
fn a_task_that_ends_in_the_iteration_of_the_shutdown_gives_its_value() {
    let fleet = virtual_fleet(1).build();
    let gate = |fleet: &Fleet| {
        let ((reached, reaches), (open, opened)) = (channel(), channel::<()>());
        let waits = move || {
            reached.send(()).unwrap();
            let _ = opened.recv();
        };
        fleet.remote(0).call_soon(waits).unwrap();
        (reaches, open)
    };
    // The spawn and the second gate are read in one iteration, the shutdown in the next one.
    let (first, open_first) = gate(&fleet);
    first.recv().unwrap();
    let task = fleet.spawn_on(0, async || 5);
    let (second, open_second) = gate(&fleet);
    drop(open_first);
    second.recv().unwrap();
    fleet.shutdown();
    drop(open_second);
    assert_eq!(task.wait(), Ok(5));
    fleet.join_real_time(LONG).unwrap();
    assert_eq!(fleet.ends(), [Some(LoopEnd::ShutDown)]);
}
