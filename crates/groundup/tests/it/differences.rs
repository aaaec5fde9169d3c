//! Tests each deliberate difference between groundup and asyncio.
//!
//! The problem: a difference without a test is either forgotten or spreads. NOT-HERE.md
//! lists the differences with their reasons, and names the tests of this file.
//!
//! Invariant: each test shows the difference itself, not only that nothing fails.
//!
//! Read next: NOT-HERE.md, which has the same order.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use groundup::generator::{
    Co, Coroutine, Exception, Misuse, Signal, Step, YieldFrom, generator_with_input,
    machine::Countdown,
};
use groundup::interweave::lockstep;
use groundup::{
    ChildError, Driver, EventLoop, GatherError, Instant, Outside, Parked, Promise, PromiseError,
    ReportKind, ReturnWhen, RunError, Task, TaskError, TaskGroup, Unpark, block, call_at,
    call_soon, catch_cancel, current_task, gather, iteration, run, sleep, sleep_until, spawn,
    spawn_named, task_group, time, try_gather, wait, yield_now,
};

const SECOND: Duration = Duration::from_secs(1);

fn virtual_loop() -> EventLoop {
    EventLoop::builder().virtual_time().build()
}

/// Runs `main` on a loop of virtual time.
fn on_a_loop<F: Future>(main: F) -> F::Output {
    virtual_loop().run_until_complete(main).unwrap()
}

/// Makes a log to which several closures write.
fn log<T>() -> (Rc<RefCell<Vec<T>>>, impl Fn(T) + Clone) {
    let log = Rc::new(RefCell::new(Vec::new()));
    let write = log.clone();
    (log, move |entry| write.borrow_mut().push(entry))
}

#[test]
fn timers_with_one_deadline_keep_their_order() {
    let (log, say) = log();
    on_a_loop(async move {
        for number in 0..10 {
            let say = say.clone();
            call_at(Instant::START + SECOND, move || say(number));
        }
        sleep(2 * SECOND).await;
    });
    assert_eq!(*log.borrow(), Vec::from_iter(0..10));
}

#[test]
fn a_timer_is_never_early_not_even_by_a_nanosecond() {
    let (log, say) = log();
    on_a_loop(async move {
        for late in 0..3 {
            let say = say.clone();
            call_at(
                Instant::START + SECOND + Duration::from_nanos(late),
                move || say(time().since_start()),
            );
        }
        sleep(2 * SECOND).await;
    });
    let deadlines = [0, 1, 2].map(|late| SECOND + Duration::from_nanos(late));
    assert_eq!(*log.borrow(), deadlines);
}

/// On a clock that sleeps exactly to the time asked for, one wake serves the sleeps of a
/// millisecond, and a sleep without neighbours ends at its nanosecond.
#[test]
fn one_wake_serves_the_timers_of_a_millisecond() {
    let ends = |resolution: Option<Duration>| {
        let builder = EventLoop::builder().driver(Sleeper::default());
        let builder = match resolution {
            Some(resolution) => builder.timer_resolution(resolution),
            None => builder,
        };
        let delays = [100_000u64, 200_000, 300_000, 50_000_007].map(Duration::from_nanos);
        let event_loop = builder.build();
        event_loop.run_until_complete(async {
            let ended = async |delay| {
                sleep(delay).await;
                time().since_start()
            };
            gather(delays.map(ended)).await.unwrap()
        })
    };
    let (ms, alone) = (Duration::from_millis(1), Duration::from_nanos(50_000_007));
    assert_eq!(ends(None).unwrap(), [ms, ms, ms, alone]);
    let exact = [100, 200, 300].map(Duration::from_micros);
    let zero = ends(Some(Duration::ZERO)).unwrap();
    assert_eq!((&zero[..3], zero[3]), (&exact[..], alone));
}

/// A clock that does not jump by itself, whose parks last as long as the loop asks.
#[derive(Default)]
struct Sleeper(Cell<u64>);

impl Driver for Sleeper {
    fn now(&self) -> u64 {
        self.0.get()
    }

    fn park(&self, until: Option<u64>, _: Outside, may_block: &mut dyn FnMut() -> bool) -> Parked {
        assert!(may_block());
        self.0.set(until.expect("a timer is set"));
        Parked::Awake
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.0.set(self.0.get() + duration.as_nanos() as u64);
    }
}

#[test]
fn wait_gives_its_members_in_the_order_given() {
    let done = on_a_loop(async {
        let tasks: Vec<_> = [3, 1, 2]
            .map(|n| spawn(async move { sleep(n * SECOND).await }))
            .into();
        let numbers: Vec<_> = tasks.iter().map(|task| task.number()).collect();
        let (done, _) = wait(tasks, ReturnWhen::AllCompleted).await;
        (
            done.iter().map(|task| task.number()).collect::<Vec<_>>(),
            numbers,
        )
    });
    assert_eq!(done.0, done.1);
}

#[test]
fn wait_takes_futures_that_nobody_has_spawned() {
    let sum = on_a_loop(async {
        let futures = [1, 2].map(|n| async move {
            sleep(n * SECOND).await;
            n
        });
        let (done, pending) = wait(futures, ReturnWhen::AllCompleted).await;
        assert!(pending.is_empty());
        let mut sum = 0;
        for task in done {
            sum += task.await.unwrap();
        }
        sum
    });
    assert_eq!(sum, 3);
}

#[test]
fn a_wait_that_goes_on_keeps_its_place() {
    let (log, say) = log();
    on_a_loop(async move {
        let long = spawn(sleep(2 * SECOND));
        let (shared, say_too) = (long.clone(), say.clone());
        let first = spawn(async move {
            let both = [shared, spawn(sleep(SECOND))];
            let (_, mut pending) = wait(both, ReturnWhen::FirstCompleted).await;
            pending.wait(ReturnWhen::FirstCompleted).await; // keeps the place of the first wait
            say_too("the first to wait");
        });
        let second = spawn(async move {
            wait([long], ReturnWhen::AllCompleted).await;
            say("the second");
        });
        first.await.unwrap();
        second.await.unwrap();
    });
    assert_eq!(*log.borrow(), ["the first to wait", "the second"]);
}

#[test]
fn two_handles_of_one_task_are_two_members() {
    on_a_loop(async {
        let task = spawn(async { 5 });
        let twice = [task.clone(), task.clone()];
        assert_eq!(gather(twice).await.unwrap(), [5, 5]);
        let (done, pending) = wait([task.clone(), task], ReturnWhen::AllCompleted).await;
        assert_eq!((done.len(), pending.len()), (2, 0), "asyncio says 1 and 0");
    });
}

/// Returns the reason with which a task was cancelled.
fn reason_of<T>(ended: Result<T, TaskError>) -> Option<String> {
    match ended {
        Err(TaskError::Cancelled(cancelled)) => cancelled.reason().map(str::to_owned),
        _ => panic!("it was cancelled"),
    }
}

#[test]
fn of_several_reasons_the_last_to_end_gives_its_own() {
    let reason = on_a_loop(async {
        let quick = spawn(async {});
        let slow = spawn(sleep(60 * SECOND));
        // CPython takes the reason of the last child in argument order, which was not
        // even cancelled.
        let outer = spawn(gather([slow, quick]).return_exceptions());
        sleep(SECOND).await;
        outer.cancel_with("enough");
        reason_of(outer.await)
    });
    assert_eq!(reason.as_deref(), Some("enough"));
}

#[test]
fn the_error_of_a_child_is_its_groups_and_an_awaiter_of_the_child_is_cancelled() {
    let ended = on_a_loop(async {
        task_group(async |group: TaskGroup<&str>| {
            let failing = group.spawn(async { Err::<(), _>("no") });
            assert!(
                catch_cancel(sleep(SECOND)).await.is_err(),
                "the group shuts down"
            );
            // A Python body gets the error of the child here, and the group has it twice.
            failing.await;
            Ok("not reached")
        })
        .await
    });
    let errors = ended.unwrap_err().into_errors();
    assert!(matches!(errors[..], [ChildError::Failed("no")]));
}

#[test]
fn an_error_is_a_value_and_does_not_win_over_a_cancel() {
    on_a_loop(async {
        let task = spawn(async {
            current_task().unwrap().cancel();
            Err::<(), _>("in Python this is what the awaiter gets")
        });
        assert!(task.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn gather_looks_for_panics_and_try_gather_into_the_values() {
    on_a_loop(async {
        let children = || [|| Ok(1), || Err("no")].map(|child| async move { child() });
        assert_eq!(gather(children()).await.unwrap(), [Ok(1), Err("no")]);
        let failed = try_gather(children()).await;
        assert!(matches!(failed, Err(GatherError::Failed("no"))));
    });
}

#[test]
fn an_error_nobody_looked_at_is_reported_in_the_iteration_that_lost_it() {
    let event_loop = virtual_loop();
    let (log, say) = log();
    event_loop.set_exception_handler(Some(Rc::new(move |report| say((iteration(), report.kind)))));
    let lost = event_loop
        .run_until_complete(async {
            let promise: Promise<()> = Promise::new();
            promise.set_exception("nobody reads me").unwrap();
            drop(promise);
            let lost = iteration();
            yield_now().await;
            lost
        })
        .unwrap();
    assert_eq!(*log.borrow(), [(lost, ReportKind::ErrorNeverRetrieved)]);
}

#[test]
fn a_task_lives_without_a_handle() {
    let done = Rc::new(Cell::new(false));
    let set = done.clone();
    on_a_loop(async move {
        drop(spawn(async move {
            sleep(SECOND).await;
            set.set(true);
        }));
        sleep(2 * SECOND).await;
    });
    assert!(done.get());
}

#[test]
fn a_failed_nested_run_leaves_the_outer_loop_as_it_was() {
    let event_loop = virtual_loop();
    let value = event_loop.run_until_complete(async {
        let same = event_loop.run_forever();
        assert!(matches!(same, Err(RunError::AlreadyRunning)));
        let other = virtual_loop().run_until_complete(async {});
        assert!(matches!(other, Err(RunError::AnotherLoopRuns)));
        assert!(catch_unwind(AssertUnwindSafe(|| run(async {}))).is_err());

        sleep(SECOND).await;
        spawn(async { 7 }).await.unwrap()
    });
    assert_eq!(value.unwrap(), 7);
}

#[test]
fn lockstep_ends_quietly_where_pythons_first_interweaver_raises() {
    let values: Vec<u32> = lockstep([4, 2].map(Countdown::new)).collect();
    assert_eq!(values, [4, 2, 3, 1, 2]);
}

#[test]
fn a_generator_that_is_over_cannot_be_delegated_to() {
    let over = Coroutine::new(generator_with_input(
        |_: Co<u32, Signal<(), &str>>| async move { Ok(2) },
    ));
    assert_eq!(over.next(), Ok(Step::Return(2)));
    let outer = Coroutine::new(generator_with_input(
        |co: Co<u32, Signal<(), &str>>| async move {
            let value = co.yield_from(YieldFrom::new(over)).await;
            assert_eq!(value, Err(Exception::Misuse(Misuse::Finished)));
            value
        },
    ));
    assert_eq!(outer.next(), Err(Exception::Misuse(Misuse::Finished)));
}

#[test]
fn a_future_can_be_dropped_without_a_cancel() {
    let event_loop = virtual_loop();
    event_loop
        .run_until_complete(async {
            {
                let mut nap = pin!(catch_cancel(sleep(60 * SECOND)));
                assert!(poll_fn(|cx| Poll::Ready(nap.as_mut().poll(cx).is_pending())).await);
                assert_eq!(event_loop.timers(), 1);
            }
            assert_eq!(event_loop.timers(), 0);
            assert_eq!(current_task().unwrap().cancelling(), 0);
        })
        .unwrap();
}

#[test]
fn a_task_is_awaited_by_value_and_a_reference_to_it_is_a_future() {
    fn is_future<F: Future>(future: F) -> F {
        future
    }
    on_a_loop(async {
        assert_eq!(spawn(async { 1 }).await.unwrap(), 1);
        let mut task = spawn(async { 2 });
        assert_eq!(is_future(&mut task).await.unwrap(), 2);
        assert!(
            matches!(task.await, Err(TaskError::Taken)),
            "a value is given once"
        );
    });
}

#[test]
fn a_cancel_is_caught_by_a_region_and_what_it_held_is_dropped_first() {
    struct Guard(Rc<Cell<bool>>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let result = on_a_loop(async {
        let task = spawn(async {
            let dropped = Rc::new(Cell::new(false));
            let guard = Guard(dropped.clone());
            let caught = catch_cancel(async move {
                let _guard = guard;
                sleep(60 * SECOND).await;
            })
            .await;
            assert!(caught.is_err() && dropped.get());
            sleep(SECOND).await;
            "cleaned up"
        });
        yield_now().await;
        task.cancel();
        task.await
    });
    assert_eq!(result.unwrap(), "cleaned up");
}

#[test]
fn awaiting_a_cancelled_task_gives_a_value_and_the_awaiter_goes_on() {
    on_a_loop(async {
        let inner = spawn(sleep(60 * SECOND));
        let handle = inner.task_ref();
        let outer = spawn(async move {
            let ended = inner.await;
            (
                ended.unwrap_err().is_cancelled(),
                current_task().unwrap().cancelling(),
            )
        });
        yield_now().await;
        handle.cancel();
        assert_eq!(outer.await.unwrap(), (true, 0));
    });
}

#[test]
fn a_cancel_that_was_handed_on_comes_back_as_a_cancel() {
    on_a_loop(async {
        let inner = spawn(sleep(60 * SECOND));
        let handle = inner.task_ref();
        let outer: Task<()> = spawn(async move {
            let _ = inner.await;
            unreachable!("the cancel is delivered here; nobody catches it");
        });
        yield_now().await;
        outer.cancel();
        assert!(outer.await.unwrap_err().is_cancelled());
        assert!(handle.done());
    });
}

#[test]
fn awaiting_oneself_is_answered_in_the_same_iteration() {
    on_a_loop(async {
        let own: Rc<RefCell<Option<Task<()>>>> = Rc::default();
        let slot = own.clone();
        let task = spawn(async move {
            let own = slot.borrow_mut().take().unwrap();
            let before = iteration();
            let error = own.await.unwrap_err();
            assert!(matches!(error, TaskError::AwaitedItself));
            assert_eq!(iteration(), before);
        });
        let ended = task.ended();
        *own.borrow_mut() = Some(task);
        ended.await;
    });
}

#[test]
fn a_panic_is_not_an_error_of_the_task_but_news_for_whoever_awaits() {
    on_a_loop(async {
        let broken: Task<Result<(), &str>> = spawn(async { panic!("a bug") });
        let failed: Task<Result<(), &str>> = spawn(async { Err("no such file") });
        match broken.await {
            Err(TaskError::Panicked(panic)) => assert_eq!(panic.message(), "a bug"),
            other => panic!("{other:?}"),
        }
        assert_eq!(failed.await.unwrap(), Err("no such file"));
    });
}

#[test]
fn a_result_nobody_took_is_reported_in_debug_mode_only() {
    let kinds = |debug: bool| {
        let event_loop = EventLoop::builder().virtual_time().debug(debug).build();
        let (log, say) = log();
        event_loop.set_exception_handler(Some(Rc::new(move |report| say(report.kind))));
        event_loop
            .run_until_complete(async {
                drop(spawn(async { Err::<(), _>("lost") }));
                yield_now().await;
                yield_now().await;
            })
            .unwrap();
        drop(event_loop);
        log.take()
    };
    assert_eq!(kinds(false), []);
    assert_eq!(kinds(true), [ReportKind::ResultNeverRetrieved]);
}

#[test]
fn debug_mode_tells_the_exception_handler_and_writes_no_log() {
    let told = |debug: bool| {
        let event_loop = EventLoop::builder().virtual_time().debug(debug).build();
        let (log, say) = log();
        event_loop.set_exception_handler(Some(Rc::new(move |report| {
            say((report.kind, report.message.clone()));
        })));
        let main = async {
            let bell = spawn_named("bell", sleep(SECOND / 10));
            yield_now().await;
            block(SECOND / 5);
            bell.await.unwrap();
        };
        event_loop.run_until_complete(main).unwrap();
        let left = event_loop.spawn(sleep(SECOND));
        event_loop.close().unwrap();
        drop(left);
        log.take()
    };
    assert_eq!(told(false), []);
    let told = told(true);
    assert_eq!(told[0].0, ReportKind::SlowStep);
    let expected = "Executing Task-1 took 0.200 seconds and held up bell (due at 0.100 s)";
    assert_eq!(told[0].1, expected);
    assert_eq!(told[1].0, ReportKind::PendingAtClose);
    assert_eq!(told.len(), 2, "{told:?}");
}

#[test]
fn a_task_never_begins_inside_spawn() {
    on_a_loop(async {
        let begun = Rc::new(Cell::new(false));
        let set = begun.clone();
        let task = spawn(async move { set.set(true) });
        assert!(!begun.get());
        task.await.unwrap();
        assert!(begun.get());
    });
}

#[test]
fn a_handle_gives_the_value_once() {
    on_a_loop(async {
        let mut task = spawn(async { String::from("not cloned") });
        assert!(task.take_result().is_none(), "not done, so nothing to take");
        yield_now().await;
        assert_eq!(task.take_result().unwrap().unwrap(), "not cloned");
        assert!(matches!(task.take_result(), Some(Err(TaskError::Taken))));

        let task = spawn(async { String::from("cloned") });
        let other = task.clone();
        assert_eq!(task.await.unwrap(), other.await.unwrap());
    });
}

#[test]
fn a_done_callback_is_told_nothing_and_asks() {
    let (log, say) = log();
    on_a_loop(async move {
        let promise = Promise::new();
        let asked = promise.clone();
        promise.add_done_callback(move || say(asked.result().unwrap()));
        promise.set_result(5).unwrap();
        yield_now().await;
    });
    assert_eq!(*log.borrow(), [5]);
}

#[test]
fn a_promise_fails_with_any_error_value() {
    on_a_loop(async {
        let promise: Promise<u32> = Promise::new();
        promise.set_exception(std::fmt::Error).unwrap();
        let Err(PromiseError::Failed(error)) = promise.await else {
            panic!("it was failed");
        };
        assert!(error.is::<std::fmt::Error>());
    });
}

#[test]
fn a_promise_of_another_loop_can_be_awaited() {
    let (one, other) = (virtual_loop(), virtual_loop());
    let promise: Promise<u32> = other.create_promise();
    let waiting = one.spawn(promise.clone());
    let setting = promise.clone();
    one.call_soon(move || setting.set_result(3).unwrap());
    assert_eq!(one.run_until_done(waiting).unwrap().unwrap(), 3);
}

#[test]
fn a_generator_that_is_dropped_is_not_told() {
    let heard = |close: bool| {
        let (log, say) = log();
        let body = Coroutine::new(generator_with_input(
            move |co: Co<(), Signal<(), &str>>| async move {
                loop {
                    if let Err(error) = co.try_yield(()).await {
                        say(format!("{error:?}"));
                        return Err::<(), _>(error);
                    }
                }
            },
        ));
        assert!(body.next().is_ok());
        if close {
            assert_eq!(body.close(), Ok(None));
        }
        drop(body);
        log.take()
    };
    assert_eq!(heard(true), [format!("{:?}", Exception::<&str>::Exit)]);
    assert_eq!(heard(false), [""; 0]);
}

#[test]
#[should_panic(expected = "no running event loop")]
fn there_is_no_loop_unless_one_runs() {
    call_soon(|| ());
}

#[test]
fn tasks_are_numbered_by_their_loop() {
    let name = || on_a_loop(async { current_task().unwrap().to_string() });
    assert_eq!([name(), name()], ["Task-1", "Task-1"]);
}

#[test]
fn a_delay_beyond_all_time_is_for_ever_and_says_so() {
    let event_loop = virtual_loop();
    let ran = event_loop.run_until_complete(sleep(Duration::MAX));
    assert!(matches!(ran, Err(RunError::Deadlock(_))));
    let ran = event_loop.run_until_complete(sleep_until(Instant::START));
    assert!(ran.is_ok(), "and the loop is as good as before");
}

#[test]
fn a_panic_of_the_main_future_goes_on_where_the_loop_was_run() {
    let event_loop = virtual_loop();
    let run = || event_loop.run_until_complete(async { panic!("stop everything") });
    let panicked: Result<Result<(), RunError>, _> = catch_unwind(AssertUnwindSafe(run));
    assert_eq!(
        panicked.unwrap_err().downcast_ref(),
        Some(&"stop everything")
    );
    assert_eq!(event_loop.run_until_complete(async { 1 }).unwrap(), 1);
}

/// A clock that only `block` moves; counts how often it was read.
#[derive(Clone, Default)]
struct Counted(Rc<Cell<u64>>, Rc<Cell<usize>>);

impl Driver for Counted {
    fn now(&self) -> u64 {
        self.1.set(self.1.get() + 1);
        self.0.get()
    }

    fn park(&self, _: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        panic!("the loop is busy");
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.0.set(self.0.get() + duration.as_nanos() as u64);
    }
}

#[test]
fn a_busy_loop_reads_the_clock_between_every_step_and_every_64th() {
    for (step, expected) in [
        (Duration::from_micros(1), 100),
        (Duration::from_millis(5), 6400),
    ] {
        let clock = Counted::default();
        let event_loop = EventLoop::builder().driver(clock.clone()).build();
        event_loop
            .run_until_complete(async {
                // A timer far away, so that the loop has a reason to read the clock.
                let far = spawn(sleep(86_400 * SECOND));
                let mut before = 0;
                for n in 0..6464 {
                    if n == 64 {
                        before = clock.1.get();
                    }
                    clock.block(step);
                    yield_now().await;
                }
                assert_eq!(clock.1.get() - before, expected, "steps of {step:?}");
                far.cancel();
            })
            .unwrap();
    }
}

// A boxed future is spawned like any other: there is no second kind of coroutine.
#[test]
fn there_is_one_kind_of_awaitable() {
    on_a_loop(async {
        let boxed: Pin<Box<dyn Future<Output = u32>>> = Box::pin(async { 4 });
        assert_eq!(spawn(boxed).await.unwrap(), 4);
        assert_eq!(spawn(Countdown::new(3)).await.unwrap(), "lift-off");
    });
}
