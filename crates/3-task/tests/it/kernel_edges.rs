//! Tests the kernel where it meets code that is not its own.
//!
//! Drops that act, loops inside loops, other executors, borrowed roots, the close.
//!
//! Read next: `memory.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use crate::drive::*;
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_task::{
    Exit, Group, Listener, Promise, Task, TaskError, TaskRef, catch_cancel, yield_now,
};

#[test]
fn a_drop_may_wake_spawn_cancel_and_let_go() {
    let drive = Drive::new();
    let log = drive.log.clone();
    let mine: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let sibling = drive.spawn(forever());
    let joiner: Rc<RefCell<Option<Waker>>> = Rc::default();
    let acting = {
        let (log, mine, joiner) = (log.clone(), mine.clone(), joiner.clone());
        let sibling = sibling.task_ref();
        move || {
            let me = scheduler().current_task();
            log.say(format!("dropped in a task: {}", me.is_some()));
            if let Some(waker) = joiner.borrow_mut().take() {
                waker.wake();
            }
            sibling.cancel();
            let (first, second) = (log.clone(), log.clone());
            spawn(async move { first.say("spawned") }).detach();
            call_soon(move || second.say("called"));
            let myself = mine.take();
            if let Some(myself) = &myself {
                myself.cancel();
                let _ = (myself.name(), myself.place(), format!("{myself:?}"));
            }
            drop(myself);
        }
    };
    let task = drive.spawn(async move {
        let _acting = OnDrop::new(acting);
        poll_fn(|cx| {
            joiner.replace(Some(cx.waker().clone()));
            Poll::<()>::Pending
        })
        .await;
    });
    let reference = task.task_ref();
    mine.replace(Some(task));
    drive.turns(2);
    reference.cancel();
    drive.settle();
    assert!(reference.done() && sibling.cancelled() == Some(true));
    assert_eq!(
        drive.log.texts(),
        ["dropped in a task: true", "spawned", "called"]
    );
    assert_eq!(drive.kinds(), []);
}

#[test]
fn the_drop_of_an_output_may_do_so_too() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let (first, second) = (log.clone(), log.clone());
        let task = spawn(async move {
            OnDrop::new(move || {
                let inner = second.clone();
                spawn(async move { inner.say("spawned") }).detach();
                second.say("dropped");
            })
        });
        yield_now().await;
        drop(task);
        first.say("after");
        pause(2).await;
    });
    assert_eq!(drive.log.texts(), ["dropped", "after", "spawned"]);
}

#[test]
fn what_is_dropped_at_close_may_spawn_and_is_dropped_again() {
    let drive = Drive::new();
    let drops = Drops::default();
    let (local, later) = (drops.one(), drops.one());
    drive
        .spawn(async move {
            let _acting = OnDrop::new(move || {
                let _local = local;
                spawn(async move {
                    let _later = later;
                    forever().await;
                })
                .detach();
            });
            forever().await;
        })
        .detach();
    drive.settle();
    drive.close();
    assert_eq!(drops.count(), 2);
    assert_eq!(drive.kinds(), []);
}

#[test]
fn what_is_spawned_after_close_is_dropped_and_says_so() {
    let drive = Drive::new();
    let (drops, scheduler) = (Drops::default(), drive.scheduler.clone());
    drive.spawn(async {}).detach();
    drive.settle();
    drive.close();
    let held = Rc::strong_count(&scheduler);
    for debug in [false, true] {
        let clock: Rc<dyn Fn() -> u64> = Rc::new(|| 0);
        scheduler.set_debug(debug.then_some((clock, u64::MAX)));
        let before = drops.count();
        let (body, in_drop, nested, own) =
            (drops.one(), drops.one(), drops.one(), scheduler.clone());
        // The callback and the task that this drop makes are dropped as well.
        let acting = OnDrop::new(move || {
            own.call_soon(move || drop(in_drop));
            own.spawn(async move { drop(nested) }).detach();
        });
        let mut task = drive.spawn(async move {
            let _held = (body, acting);
            unreachable!("a closed scheduler runs nothing")
        });
        let called = drops.one();
        let handle = scheduler.call_soon(move || drop(called));
        assert_eq!(drops.count() - before, 4);
        assert!(scheduler.ready_len() <= 2, "what is stale does not pile up");
        assert!(task.done() && !task.cancel());
        assert!(scheduler.all_tasks().is_empty());
        assert_eq!(format!("{handle:?}"), "<Handle done>");
        assert!(matches!(task.take_result(), Some(Err(TaskError::Closed))));
        let awaited = futures::executor::block_on(drive.spawn(async { 5 }).into_future());
        assert!(matches!(awaited, Err(TaskError::Closed)));
    }
    // Only debug mode reports them: the three that were tasks.
    let pending = groundup_task::ReportKind::PendingAtClose;
    assert_eq!(drive.kinds(), [pending; 3]);
    assert_eq!(Rc::strong_count(&scheduler), held, "nothing holds it");
}

#[test]
fn a_panic_in_the_drop_of_what_is_spawned_after_close_is_reported() {
    let drive = Drive::new();
    drive.close();
    let bomb = OnDrop::new(|| panic!("late"));
    let task = quietly(|| {
        drive.spawn(async move {
            let _bomb = bomb;
        })
    });
    assert!(task.done());
    assert_eq!(
        drive.report().message,
        "a panic while the loop was closed: late"
    );
}

#[test]
fn a_done_callback_that_is_due_after_close_is_dropped() {
    let drive = Drive::new();
    let drops = Drops::default();
    drive.close();
    let promise = drive.scheduler.promise::<u8>();
    let never = drops.one();
    promise.add_done_callback(move || unreachable!("{never:?}"));
    promise.set_result(5).unwrap();
    assert_eq!((promise.result().unwrap(), drops.count()), (5, 1));
}

#[test]
fn a_watcher_is_told_of_a_task_that_has_gone() {
    #[derive(Default)]
    struct Told(RefCell<Vec<(u32, Exit)>>);
    impl Listener for Told {
        fn on_end(&self, member: u32, ending: Exit) {
            self.0.borrow_mut().push((member, ending));
        }
    }
    let drive = Drive::new();
    let told = Rc::new(Told::default());
    drive.run(async {
        let task = spawn(async {});
        let reference = task.task_ref();
        task.await.unwrap();
        let watching = Group::new(&scheduler(), told.clone());
        watching.add(&reference, 7);
        assert_eq!(*told.0.borrow(), [], "never inline");
        yield_now().await;
        assert_eq!(*told.0.borrow(), [(7, Exit::Returned)]);
        assert!(!watching.remove(&reference, 7), "it was told already");
    });
    assert_eq!(drive.scheduler.groups().0, 0);
}

/// Items that run the scheduler, or close it, while they come in as members.
#[test]
fn members_that_end_while_others_come_in() {
    for close in [false, true] {
        for kind in [Group::coalesced, Group::without_listener] {
            let drive = Drive::new();
            let scheduler = &drive.scheduler;
            let entered = scheduler.enter();
            let watching = kind(scheduler);
            let item = |n: usize| {
                match n {
                    2 if close => scheduler.close(),
                    2 => drop(scheduler.run_round(&mut groundup_task::NoRoot)),
                    _ => {}
                }
                async {}
            };
            let mut tasks: Vec<Task<()>> = Vec::new();
            watching.admit((0..3).map(item), |task, _| tasks.push(task));
            assert_eq!(watching.left() == 0, close);
            for _ in 0..3 {
                scheduler.run_round(&mut groundup_task::NoRoot);
            }
            assert_eq!(watching.left(), 0);
            drop((watching, tasks));
            assert_eq!(scheduler.groups().0, 0);
            drop(entered);
        }
    }
}

#[test]
fn a_callback_that_cancels_itself_is_too_late() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let mine: Rc<RefCell<Option<groundup_task::Handle>>> = Rc::default();
        let inner = mine.clone();
        let handle = call_soon(move || {
            inner.borrow().as_ref().unwrap().cancel();
            log.say("ran");
        });
        mine.replace(Some(handle));
        pause(2).await;
        assert!(mine.borrow().as_ref().unwrap().cancelled());
    });
    assert_eq!(drive.log.texts(), ["ran"]);
    assert_eq!(drive.kinds(), []);
}

#[test]
fn a_thread_runs_one_scheduler_at_a_time() {
    let outer = Drive::new();
    let inner = Drive::new();
    outer.run(async {
        assert!(inner.scheduler.enter().is_none());
        assert!(outer.scheduler.enter().is_none());
        assert_eq!(spawn(async { 5 }).await.unwrap(), 5);
    });
    assert_eq!(inner.run(async { 6 }), 6);
}

#[test]
fn outside_a_loop_there_is_a_clear_panic() {
    let mark = |run: fn()| {
        let panic = quietly(|| std::panic::catch_unwind(run)).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    };
    let told = mark(|| drop(Promise::<u32>::new()));
    assert!(
        told.contains("no running event loop: Promise::new"),
        "{told}"
    );
    let told = mark(|| match futures::executor::block_on(groundup_task::raise_cancelled()) {});
    assert!(told.contains("no running event loop"), "{told}");
}

#[test]
fn a_handle_can_be_polled_while_its_loop_does_not_run() {
    let drive = Drive::new();
    let mut task = drive.spawn(async {
        yield_now().await;
        5
    });
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    let mut cx = Context::from_waker(&waker);
    for _ in 0..10 {
        assert!((&mut task).poll_unpin(&mut cx).is_pending());
    }
    drive.settle();
    assert_eq!(counting.0.load(Ordering::Relaxed), 1, "told once");
    let Poll::Ready(value) = (&mut task).poll_unpin(&mut cx) else {
        panic!("the result has arrived");
    };
    assert_eq!(value.unwrap(), 5);
}

#[test]
fn a_wake_reaches_a_loop_that_does_not_run() {
    let drive = Drive::new();
    let other = Drive::new();
    let (flag, polls) = (Rc::new(Cell::new(false)), Rc::new(Cell::new(0)));
    let cell: Rc<RefCell<Option<Waker>>> = Rc::default();
    let (into, inner) = (cell.clone(), (flag.clone(), polls.clone()));
    let task = drive.spawn(async move {
        into.replace(Some(my_waker().await));
        until(inner.0, inner.1).await;
    });
    drive.settle();
    flag.set(true);
    // Another loop runs on this thread; the loop of the waker is not entered.
    let waker = cell.take().unwrap();
    other.run(async move { waker.wake() });
    assert!(drive.scheduler.has_mail());
    drive.settle();
    assert!(task.done());
}

#[test]
fn whoever_awaits_from_elsewhere_is_told_when_the_loop_is_closed() {
    let drive = Drive::new();
    let mut task = drive.spawn(forever());
    let mut promise: Promise<()> = drive.scheduler.promise();
    let reference = task.task_ref();
    let mut ended = reference.ended();
    let counting = Arc::new(Counting::default());
    let waker = Waker::from(counting.clone());
    let mut cx = Context::from_waker(&waker);
    assert!((&mut task).poll_unpin(&mut cx).is_pending());
    assert!((&mut promise).poll_unpin(&mut cx).is_pending());
    assert!(ended.poll_unpin(&mut cx).is_pending());
    drive.close();
    assert_eq!(counting.0.load(Ordering::Relaxed), 3);
    let Poll::Ready(Err(TaskError::Closed)) = (&mut task).poll_unpin(&mut cx) else {
        panic!("the loop was closed before the task was done");
    };
    let Poll::Ready(Err(_)) = (&mut promise).poll_unpin(&mut cx) else {
        panic!("the promise was cancelled by the close");
    };
    assert!(ended.poll_unpin(&mut cx).is_ready());
}

#[test]
fn inside_futures_unordered() {
    let drive = Drive::new();
    let sum: u32 = drive.run(async {
        let mut all: FuturesUnordered<Pin<Box<dyn Future<Output = u32>>>> = FuturesUnordered::new();
        for n in 0..10 {
            all.push(Box::pin(async move { later(n, n as u32).await.unwrap() }));
            all.push(Box::pin(async move {
                spawn(async move {
                    pause(n).await;
                    n as u32
                })
                .await
                .unwrap()
            }));
            all.push(Box::pin(async move {
                pause(n).await;
                n as u32
            }));
            let reference = spawn(pause(n)).task_ref();
            all.push(Box::pin(async move {
                reference.ended().await;
                n as u32
            }));
        }
        let mut sum = 0;
        while let Some(n) = all.next().await {
            sum += n;
        }
        sum
    });
    assert_eq!(sum, 4 * 45);
}

#[test]
fn inside_select() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let mut ticks = 0;
        let mut long = spawn(async {
            pause(10).await;
            "long"
        });
        let last = loop {
            futures::select_biased! {
                value = (&mut long).fuse() => break value.unwrap(),
                value = later(1, "tick").into_future().fuse() => {
                    assert_eq!(value.unwrap(), "tick");
                    ticks += 1;
                }
            }
        };
        log.say(format!("{last} after some ticks: {}", ticks > 2));
    });
    assert_eq!(drive.log.texts(), ["long after some ticks: true"]);
}

#[test]
fn under_block_on_of_another_executor() {
    // The loop runs on a thread of its own; this thread blocks in another executor.
    let (send, receive) = futures::channel::oneshot::channel();
    let thread = std::thread::spawn(move || {
        let drive = Drive::new();
        let task = drive.spawn(async {
            pause(5).await;
            42
        });
        let told = drive.spawn(async move { send.send(task.await.unwrap()).unwrap() });
        drive.settle();
        assert!(told.done());
    });
    assert_eq!(futures::executor::block_on(receive), Ok(42));
    thread.join().unwrap();
}

#[test]
fn a_foreign_channel_wakes_a_task_from_another_thread() {
    let drive = Drive::new();
    let (unparked, sleeper) = (Arc::new(AtomicUsize::new(0)), std::thread::current());
    let count = unparked.clone();
    drive.scheduler.set_unpark(Some(Arc::new(move || {
        count.fetch_add(1, Ordering::Relaxed);
        sleeper.unpark();
    })));
    let (send, receive) = futures::channel::oneshot::channel();
    let task = drive.spawn(async move { receive.await.unwrap() });
    drive.settle();
    let parking = drive.scheduler.try_park().expect("nothing is to be done");
    let thread = std::thread::spawn(move || send.send(7).unwrap());
    while !drive.scheduler.has_mail() {
        std::thread::park();
    }
    drop(parking);
    assert_eq!(unparked.load(Ordering::Relaxed), 1);
    thread.join().unwrap();
    drive.settle();
    assert_eq!(drive.run(async { task.await.unwrap() }), 7);
}

#[test]
fn wakers_addresses_and_unparks_may_cross_threads() {
    fn sent<T: Send + Sync + 'static>() {}
    sent::<Waker>();
    sent::<groundup_task::Address>();
    sent::<groundup_task::Unpark>();
    sent::<groundup_task::Local<Rc<u32>>>();
}

#[test]
fn the_root_may_borrow_and_the_round_is_finished() {
    let drive = Drive::new();
    let mut here = Vec::new();
    let text = String::from("borrowed");
    let log = drive.log.clone();
    drive.run(async {
        here.push(text.as_str());
        let behind = log.clone();
        call_soon(move || behind.say("behind the root, same round"));
        yield_now().await;
        let after = log.clone();
        // The new task stands behind the root in the queue, and the root ends in this round.
        spawn(async move { after.say("next round") }).detach();
        here.push("twice");
    });
    assert_eq!(here, ["borrowed", "twice"]);
    assert_eq!(drive.log.texts(), ["behind the root, same round"]);
    drive.settle();
    assert_eq!(drive.log.texts().len(), 2);
}

#[test]
fn a_root_that_is_abandoned_leaves_nothing_behind() {
    let drive = Drive::new();
    let drops = Drops::default();
    let local = drops.one();
    let stuck = quietly(|| {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            drive.run(async move {
                let _local = local;
                forever().await
            })
        }))
    });
    let told = stuck.unwrap_err();
    let told = told.downcast_ref::<String>().unwrap();
    assert!(told.starts_with("deadlock: nothing is ready"), "{told}");
    assert_eq!(drops.count(), 1);
    assert_eq!(drive.scheduler.all_tasks(), []);
    assert_eq!(drive.run(async { 5 }), 5);
}

#[test]
fn rings_of_handles_are_broken_by_close() {
    let drive = Drive::new();
    let scheduler = drive.scheduler.clone();
    drive.run(async {
        let cell: Rc<RefCell<Vec<TaskRef>>> = Rc::default();
        for _ in 0..10 {
            let ring = cell.clone();
            let task = spawn(async move {
                let _ring = ring;
                let promise: Promise<u32> = Promise::new();
                let _clone = promise.clone();
                let _ = catch_cancel(promise).await;
            });
            cell.borrow_mut().push(task.task_ref());
            let reference = task.task_ref();
            task.add_done_callback(move || drop(reference.clone()));
            call_soon(move || drop(task)).cancelled();
        }
        let held = cell.clone();
        spawn(async move {
            let inner = spawn(async move {
                let _held = held;
                forever().await
            });
            inner.await.unwrap()
        })
        .detach();
        pause(3).await;
    });
    assert!(Rc::strong_count(&scheduler) > 10);
    drive.close();
    drop(drive);
    assert_eq!(Rc::strong_count(&scheduler), 1);
}

fn traced(seed: Option<u64>, debug: bool) -> String {
    use groundup_task::trace::{Recorder, Seeded};
    let drive = Drive::new();
    let recorder = Recorder::new();
    if debug {
        let clock: Rc<dyn Fn() -> u64> = Rc::new(|| 0);
        drive.scheduler.set_debug(Some((clock, u64::MAX)));
    }
    drive.scheduler.set_sink(Some(Box::new(recorder.clone())));
    if let Some(seed) = seed {
        drive
            .scheduler
            .set_chooser(Some(Box::new(Seeded::new(seed))));
    }
    quietly(|| {
        drive.run(async {
            let promise: Promise<u32> = Promise::new();
            let tasks: Vec<_> = (0..8)
                .map(|n| {
                    let promise = promise.clone();
                    spawn(async move {
                        pause(n % 3).await;
                        match n {
                            3 => panic!("three"),
                            5 => drop(promise.set_result(5)),
                            _ => drop(catch_cancel(promise).await),
                        }
                    })
                })
                .collect();
            tasks[1].cancel();
            for task in tasks {
                let _ = task.await;
            }
        });
    });
    recorder.text()
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let first = traced(Some(7), false);
    assert!(first.lines().count() > 50, "{first}");
    assert_eq!(first, traced(Some(7), false));
    assert_eq!(first, traced(Some(7), true), "debug mode changes nothing");
    assert_eq!(traced(None, false), traced(None, true));
    let others: std::collections::HashSet<String> =
        (0..10).map(|seed| traced(Some(seed), false)).collect();
    assert!(others.len() > 5, "a seed decides something");
}

#[test]
fn being_watched_changes_no_order() {
    let run = |watched: bool| {
        let drive = Drive::new();
        if watched {
            drive
                .scheduler
                .set_sink(Some(Box::new(groundup_task::trace::Recorder::new())));
        }
        for n in 0..6 {
            let log = drive.log.clone();
            drive
                .spawn(async move {
                    for step in 0..4 {
                        log.say(format!("{n}.{step}"));
                        if (n + step) % 2 == 0 {
                            later(1, ()).await.unwrap();
                        } else {
                            yield_now().await;
                        }
                    }
                })
                .detach();
        }
        drive.settle();
        drive.log.rounds()
    };
    assert_eq!(run(false), run(true));
}

#[test]
fn cancel_in_every_state() {
    let drive = Drive::new();
    let drops = Drops::default();
    drive.run(async {
        let held = || {
            let local = drops.one();
            async move {
                let _local = local;
                pause(2).await;
                5
            }
        };
        // Before the first poll, twice.
        let task = spawn(held());
        assert!(task.cancel() && task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        // Ready, between two polls.
        let task = spawn(held());
        yield_now().await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        // Waiting.
        let task = spawn(forever());
        pause(2).await;
        assert!(task.cancel());
        assert!(task.await.unwrap_err().is_cancelled());
        // Running: the task cancels itself.
        let task = spawn(async {
            assert!(scheduler().current_task().unwrap().cancel());
            yield_now().await;
            5
        });
        assert!(task.await.unwrap_err().is_cancelled());
        // After the end, before the value is taken and after it.
        let task = spawn(held());
        pause(4).await;
        assert!(!task.cancel());
        let gone = task.task_ref();
        assert_eq!(task.await.unwrap(), 5);
        assert!(!gone.cancel() && gone.cancelled().is_none() && gone.done());
        // Detached.
        let task = spawn(held());
        let reference = task.task_ref();
        task.detach();
        assert!(reference.cancel());
        pause(2).await;
        assert!(reference.done());
        // The canceller's own awaited task, cancelled from beside the await.
        let inner = spawn(forever());
        let reference = inner.task_ref();
        let outer = spawn(async move {
            let cancelling = async {
                yield_now().await;
                reference.cancel()
            };
            futures::join!(inner.into_future(), cancelling)
        });
        let (seen, accepted) = outer.await.unwrap();
        assert!(accepted && seen.unwrap_err().is_cancelled());
    });
    assert_eq!(drops.count(), 4);
}

/// Values that were set outside any task belong to the loop, and its close drops them.
#[test]
fn the_locals_of_a_loop_go_when_it_is_closed() {
    static HELD: groundup_task::Local<Rc<()>> = groundup_task::Local::new();
    let (drive, value) = (Drive::new(), Rc::new(()));
    let entered = drive.scheduler.enter().unwrap();
    HELD.set(value.clone());
    drive.spawn(async { HELD.get() }).detach();
    drop(entered);
    drive.settle();
    assert_eq!(Rc::strong_count(&value), 2);
    drive.close();
    assert_eq!(Rc::strong_count(&value), 1);
}

/// A group with `with_filter` that was dropped leaves the table with its last member.
#[test]
fn a_group_that_was_left_goes_with_its_last_member() {
    struct Never;
    impl Listener for Never {
        fn note_end(&self, _: u32) -> bool {
            false
        }

        fn on_end(&self, _: u32, _: Exit) {
            panic!("it was left");
        }
    }
    let scheduler = groundup_task::Scheduler::new().unwrap();
    let watching = Group::with_filter(&scheduler, Rc::new(Never));
    // The first task is no member: it keeps the loop from being idle at any end.
    let [busy, tasks @ ..] = [9, 0, 0, 3, 4, 5].map(|rounds| {
        scheduler.spawn(async move {
            for _ in 0..rounds {
                yield_now().await;
            }
        })
    });
    for (task, number) in tasks.iter().zip(0..) {
        watching.add(task, number);
    }
    let entered = scheduler.enter();
    scheduler.run_round(&mut groundup_task::NoRoot);
    drop(entered);
    drop((watching, busy)); // two members have ended before
    assert_eq!(scheduler.groups().0, 1, "its members still name it");
    scheduler.run_until_idle();
    assert_eq!(scheduler.groups().0, 0);
}

/// A listener that owns its registration, as a combinator does, and comes when the loop is
/// closed: nobody will tell it of an end, and it holds nothing.
#[test]
fn a_listener_that_comes_after_the_close_does_not_hold_the_loop() {
    #[derive(Default)]
    struct Owner(RefCell<Option<Group>>);
    impl Listener for Owner {
        fn on_end(&self, _: u32, _: Exit) {}
    }
    struct DroppedLate(Rc<groundup_task::Scheduler>);
    impl Drop for DroppedLate {
        fn drop(&mut self) {
            own(&self.0, Group::new);
        }
    }
    type Kind = fn(&Rc<groundup_task::Scheduler>, Rc<dyn Listener>) -> Group;
    fn own(scheduler: &Rc<groundup_task::Scheduler>, kind: Kind) {
        let owner = Rc::new(Owner::default());
        let watching = kind(scheduler, owner.clone());
        owner.0.replace(Some(watching));
    }
    let kinds: [Kind; 3] = [Group::new, Group::with_filter, |scheduler, owner| {
        let watching = Group::without_listener(scheduler);
        watching.listen(owner);
        watching
    }];
    for kind in kinds {
        let scheduler = groundup_task::Scheduler::new().unwrap();
        own(&scheduler, kind);
        scheduler.close();
        own(&scheduler, kind);
        // It is dropped at once, and its drop makes a listener.
        let late = DroppedLate(scheduler.clone());
        drop(scheduler.spawn(async move { drop(late) }));
        assert_eq!(scheduler.groups().0, 0);
        let gone = Rc::downgrade(&scheduler);
        drop(scheduler);
        assert_eq!(gone.strong_count(), 0);
    }
}
