//! Misuse of a loop: it gets an answer, and the loop still works.
//!
//! The problem: a loop is misused in a handful of ways, by mistake or after another error.
//! No misuse may hang, corrupt anything, or leave a loop behind that does not work any more.
//!
//! Invariant: every test ends by running the loop, or another one, once more.
//!
//! Read next: `panics.rs`, for errors that are panics.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use crate::support::alive::still_works;
use crate::support::log::{Log, ms, secs, virtual_loop};
use futures::executor::block_on;
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_executor::task::{
    CancelScope, DoneCallback, Promise, PromiseError, Task, TaskError, catch_cancel, yield_now,
};
use groundup_executor::{
    Alarm, BuildError, CloseError, EventLoop, Instant, RunError, Runner, call_at, call_later,
    call_soon, current_loop, run, sleep, sleep_until, spawn, time,
};

/// Logs its name when it is dropped.
struct Falls(Log, String);

impl Drop for Falls {
    fn drop(&mut self) {
        self.0.say(&self.1);
    }
}

// ----- nested runs -------------------------------------------------------

#[test]
fn a_run_inside_a_run_is_refused_wherever_it_is_tried() {
    let event_loop = Rc::new(virtual_loop());
    let log = Log::new();
    let tries = |place: &'static str| {
        let (event_loop, log) = (event_loop.clone(), log.clone());
        move || match event_loop.run_until_complete(async {}) {
            Err(RunError::AlreadyRunning) => log.say(place),
            other => panic!("{place}: {other:?}"),
        }
    };
    let (in_handler, in_task) = (tries("handler"), tries("task"));
    event_loop.set_exception_handler(Some(Rc::new(move |_| in_handler())));
    event_loop.call_soon(tries("callback"));
    event_loop.call_later(ms(1), tries("timer"));
    let promise = event_loop.create_promise::<()>();
    promise.add_done_callback(tries("done-callback"));
    promise.set_result(()).unwrap();
    event_loop.spawn(async move { in_task() });
    event_loop.call_soon(|| panic!("for the handler"));
    event_loop.run_until_complete(sleep(ms(2))).unwrap();
    assert_eq!(log.line(), "callback done-callback task handler timer");
    still_works(&event_loop);
    event_loop.set_exception_handler(None);
}

#[test]
fn another_loop_does_not_run_inside_and_neither_is_harmed() {
    let (outer, inner) = (virtual_loop(), virtual_loop());
    let task = inner.spawn(async { 5 });
    let main = async {
        let error = inner.run_until_done(task).unwrap_err();
        assert!(matches!(error, RunError::AnotherLoopRuns));
        let runner = Runner::with_loop(virtual_loop());
        let error = runner.run(async {}).unwrap_err();
        assert!(matches!(error, RunError::AnotherLoopRuns));
        runner.close().unwrap();
        sleep(secs(1)).await;
    };
    outer.run_until_complete(main).unwrap();
    still_works(&inner);
    still_works(&outer);
}

#[test]
fn a_runner_with_tasks_left_cannot_wait_for_them_inside_another_loop() {
    let runner = Runner::with_loop(virtual_loop());
    let log = Log::new();
    let cleaner = log.clone();
    runner
        .run(async move {
            spawn(async move {
                let _ = catch_cancel(sleep(secs(9))).await;
                cleaner.say("cleaned up");
            });
            yield_now().await;
        })
        .unwrap();
    let outer = virtual_loop();
    let error = outer.run_until_complete(async { runner.close() }).unwrap();
    assert!(matches!(error, Err(CloseError::AnotherLoopRuns)));
    runner.close().unwrap();
    assert_eq!(log.line(), "cleaned up");
    still_works(&outer);
}

#[test]
fn a_task_of_another_loop_is_not_run() {
    let (one, other) = (virtual_loop(), virtual_loop());
    let log = Log::new();
    let say = log.sayer("ran");
    let task = other.spawn(async move { say() });
    let error = one.run_until_done(task).unwrap_err();
    assert!(matches!(error, RunError::ForeignTask), "{error}");
    // The handle is gone, and the task runs on in its own loop.
    still_works(&other);
    assert_eq!(log.line(), "ran");
    still_works(&one);
}

// ----- closed loops ------------------------------------------------------

#[test]
fn a_closed_loop_answers_every_question() {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(sleep(secs(1)));
    let (soon, later) = (
        event_loop.call_soon(|| ()),
        event_loop.call_later(ms(1), || ()),
    );
    let promise = event_loop.create_promise::<u8>();
    event_loop.close().unwrap();

    assert_eq!(
        (event_loop.time().since_start(), event_loop.iteration()),
        (ms(0), 0)
    );
    assert_eq!((event_loop.timers(), event_loop.all_tasks().len()), (0, 0));
    assert_eq!(event_loop.explain(&task), "a task that has gone");
    assert!(!event_loop.is_running() && event_loop.is_closed());
    let text = format!("{event_loop:?} {task:?} {soon:?} {later:?} {promise:?}");
    assert!(text.contains("closed: true"), "{text}");
    event_loop.set_debug(Some(ms(1)));
    event_loop.set_trace(None);
    event_loop.set_chooser(None);
    event_loop.set_exception_handler(None);
    soon.cancel();
    later.cancel();

    assert!(task.done() && !task.cancel());
    assert_eq!(task.cancelled(), None);
    assert!(matches!(
        block_on(task.into_future()),
        Err(TaskError::Closed)
    ));
    assert!(promise.done() && promise.set_result(1).is_err());
    assert!(matches!(
        promise.result(),
        Err(PromiseError::Closed | PromiseError::Cancelled(_))
    ));
    assert!(block_on(promise.into_future()).is_err());
    let remote = event_loop.remote();
    assert!(!remote.is_open() && remote.stop().is_err());
    still_works(&virtual_loop());
}

#[test]
fn a_callback_for_a_task_of_a_closed_loop_is_dropped_with_the_task() {
    let event_loop = virtual_loop();
    let held = Rc::new(());
    let task = event_loop.spawn(async {});
    event_loop.close().unwrap();
    let callback = held.clone();
    task.add_done_callback(DoneCallback::new(move || {
        panic!("a closed loop runs nothing, and {callback:?} is never seen");
    }));
    drop((task, event_loop));
    assert_eq!(Rc::strong_count(&held), 1);
}

#[test]
fn a_loop_that_is_left_drops_its_tasks_in_the_order_of_their_creation() {
    let log = Log::new();
    let event_loop = virtual_loop();
    let falls = |n: u32| Falls(log.clone(), n.to_string());
    let sleeper = |n| {
        let falls = falls(n);
        async move {
            sleep(secs(u64::from(100 - n))).await;
            drop(falls);
        }
    };
    // The slots of the first ten tasks are used again, in another order.
    let early: Vec<_> = (0..10).map(|_| event_loop.spawn(async {})).collect();
    event_loop.run_until_complete(yield_now()).unwrap();
    early.into_iter().rev().for_each(drop);
    for n in 10..30 {
        event_loop.spawn(sleeper(n)).detach();
    }
    event_loop.run_until_complete(yield_now()).unwrap();
    for n in 30..40 {
        event_loop.spawn(sleeper(n)).detach();
    }
    drop(event_loop);
    let expected: Vec<_> = (10..40).map(|n| n.to_string()).collect();
    assert_eq!(log.take(), expected);
}

#[test]
fn tasks_that_hold_each_other_are_dropped_too() {
    let log = Log::new();
    let event_loop = virtual_loop();
    let slot: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let (held, falls) = (slot.clone(), Falls(log.clone(), "second".into()));
    let first = event_loop.spawn(async move {
        let _holds = (held, falls);
        std::future::pending::<()>().await;
    });
    let falls = Falls(log.clone(), "first".into());
    let second = event_loop.spawn(async move {
        let _holds = falls;
        let _ = first.await;
    });
    *slot.borrow_mut() = Some(second);
    drop(slot);
    event_loop.run_until_complete(yield_now()).unwrap();
    drop(event_loop);
    assert_eq!(log.take(), ["second", "first"]);
}

#[test]
fn what_is_dropped_by_close_may_spawn_wake_cancel_and_sleep() {
    struct Busy(Log, Waker, Task<()>, u32);
    impl Drop for Busy {
        fn drop(&mut self) {
            let (log, left) = (self.0.clone(), self.3);
            log.say(left);
            self.1.wake_by_ref();
            self.2.cancel();
            call_soon(|| panic!("closed"));
            call_later(ms(1), || panic!("closed"));
            let mut waits = Box::pin(sleep(secs(1)));
            let waker = Waker::noop();
            let mut cx = std::task::Context::from_waker(waker);
            assert!(waits.as_mut().poll(&mut cx).is_pending());
            if left > 0 {
                let other = spawn(std::future::pending());
                let next = Busy(log, self.1.clone(), other, left - 1);
                spawn(async move {
                    let _next = (next, waits);
                    std::future::pending::<()>().await;
                });
            }
        }
    }
    let (event_loop, log) = (virtual_loop(), Log::new());
    let copy = log.clone();
    let main = poll_fn(move |cx| {
        let other = spawn(std::future::pending());
        let busy = Busy(copy.clone(), cx.waker().clone(), other, 5);
        spawn(async move {
            let _busy = busy;
            sleep(secs(1)).await;
        });
        Poll::Ready(())
    });
    event_loop.run_until_complete(main).unwrap();
    event_loop.close().unwrap();
    assert_eq!(log.line(), "5 4 3 2 1 0");
    assert_eq!((event_loop.timers(), event_loop.all_tasks().len()), (0, 0));
    still_works(&virtual_loop());
}

/// While a loop is closed, its methods do what the free functions do: what they add is dropped.
#[test]
fn what_is_dropped_by_close_may_use_the_methods_of_its_loop() {
    struct Adds(Log);
    impl Drop for Adds {
        fn drop(&mut self) {
            let here = current_loop();
            assert!(here.is_closed() && here.is_running());
            here.spawn(async { panic!("closed") });
            here.spawn_named("late", async { panic!("closed") });
            here.call_soon(|| panic!("closed"));
            here.call_later(ms(1), || panic!("closed"));
            assert!(here.create_promise::<()>().set_result(()).is_ok());
            here.keep(|| 5);
            here.close().unwrap(); // a second call, while the first goes on
            self.0.say("added");
        }
    }
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.set_exception_handler(Some(Rc::new(|report| panic!("{report}"))));
    let adds = Adds(log.clone());
    event_loop.spawn(async move {
        let _adds = adds;
        std::future::pending::<()>().await;
    });
    event_loop.stop();
    event_loop.run_forever().unwrap();
    event_loop.close().unwrap();
    assert_eq!(log.take(), ["added"]);
    assert_eq!((event_loop.timers(), event_loop.all_tasks().len()), (0, 0));
    let late = catch_unwind(AssertUnwindSafe(|| event_loop.spawn(async {})));
    assert!(late.is_err(), "the loop is closed");
}

#[test]
fn a_loop_can_be_dropped_inside_another() {
    let (outer, log) = (virtual_loop(), Log::new());
    let main = async {
        let inner = virtual_loop();
        let falls = Falls(log.clone(), "fell".into());
        let task = inner.spawn(async move {
            let _falls = falls;
            std::future::pending::<()>().await;
        });
        drop(inner);
        assert_eq!(log.line(), "fell");
        assert!(matches!(task.await, Err(TaskError::Closed)));
        sleep(secs(1)).await;
        assert_eq!(time().since_start(), secs(1));
    };
    outer.run_until_complete(main).unwrap();
    still_works(&outer);
}

#[test]
fn a_loop_that_is_running_is_not_closed_by_what_it_closes() {
    struct Closes(Rc<EventLoop>, Log);
    impl Drop for Closes {
        fn drop(&mut self) {
            self.1
                .say(format_args!("{:?}", self.0.close().unwrap_err()));
        }
    }
    let (outer, log) = (Rc::new(virtual_loop()), Log::new());
    let inner = virtual_loop();
    let closes = Closes(outer.clone(), log.clone());
    inner.call_soon(move || drop(closes));
    outer.call_soon(move || drop(inner));
    still_works(&outer);
    assert_eq!(log.line(), "StillRunning");
}

#[test]
fn a_loop_in_a_thread_local_ends_with_its_thread() {
    thread_local! {
        static LOOP: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
    }
    let (tell, told) = std::sync::mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let event_loop = virtual_loop();
        event_loop.spawn(async move {
            let _tell = tell;
            sleep(secs(1)).await;
        });
        event_loop.run_until_complete(yield_now()).unwrap();
        LOOP.set(Some(event_loop));
    });
    thread.join().unwrap();
    // The task is dropped, and the sender with it.
    assert!(told.recv().is_err());
}

// ----- times -------------------------------------------------------------

#[test]
fn a_time_that_has_passed_is_due_at_once() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.run_until_complete(sleep(secs(1000))).unwrap();
    event_loop.call_at(Instant::START, log.sayer("0"));
    event_loop.call_at(Instant::START + secs(999), log.sayer("999"));
    event_loop
        .run_until_complete(sleep_until(Instant::START + secs(1)))
        .unwrap();
    assert_eq!(
        (log.line().as_str(), event_loop.time().since_start()),
        ("0 999", secs(1000))
    );
}

#[test]
fn a_time_centuries_away_is_kept_and_can_be_taken_back() {
    let event_loop = virtual_loop();
    let century = secs(100 * 365 * 86_400);
    let timer = event_loop.call_later(5 * century, || ());
    let beyond = event_loop.call_later(50 * century, || ());
    assert_eq!(
        (timer.when().since_start(), event_loop.timers()),
        (5 * century, 1)
    );
    timer.cancel();
    beyond.cancel();
    assert_eq!(event_loop.timers(), 0);
    event_loop.run_until_complete(sleep(4 * century)).unwrap();
    assert_eq!(event_loop.time().since_start(), 4 * century);
    // From there, near times are beyond the largest time.
    let error = event_loop
        .run_until_complete(sleep(2 * century))
        .unwrap_err();
    assert!(matches!(error, RunError::Deadlock(_)));
    still_works(&event_loop);
}

#[test]
fn what_is_set_for_ever_never_comes_and_holds_nobody_up() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let main = async {
        call_later(Duration::MAX, log.sayer("never"));
        call_at(Instant::NEVER, log.sayer("never"));
        let sleepers = [
            spawn(sleep(Duration::MAX)),
            spawn(sleep_until(Instant::NEVER)),
        ];
        sleep(secs(1)).await;
        for sleeper in sleepers {
            assert!(!sleeper.done());
            sleeper.cancel();
            assert!(sleeper.await.unwrap_err().is_cancelled());
        }
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(
        (
            event_loop.time().since_start(),
            event_loop.timers(),
            log.line().as_str()
        ),
        (secs(1), 0, "")
    );
    still_works(&event_loop);
}

#[test]
fn a_sleep_that_outlives_its_loop_says_so_instead_of_hanging_or_ending_early() {
    let mut waits = pin!(sleep(secs(5)));
    let event_loop = virtual_loop();
    let main = poll_fn(|cx| {
        assert!(waits.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    });
    event_loop.run_until_complete(main).unwrap();
    drop(event_loop);
    let other = virtual_loop();
    let again = AssertUnwindSafe(|| other.run_until_complete(waits));
    let payload = catch_unwind(again).unwrap_err();
    let text = payload.downcast_ref::<&str>().unwrap();
    assert!(text.starts_with("the event loop in which this sleep began is closed"));
    still_works(&other);
}

// Such a sleep can only end by being dropped, wherever it is awaited.
#[test]
fn a_sleep_for_ever_that_outlives_its_loop_is_a_deadlock_of_the_next() {
    let mut waits = pin!(sleep(Duration::MAX));
    let event_loop = virtual_loop();
    let main = poll_fn(|cx| {
        assert!(waits.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    });
    event_loop.run_until_complete(main).unwrap();
    drop(event_loop);
    let other = virtual_loop();
    let error = other.run_until_complete(waits).unwrap_err();
    assert!(error.to_string().contains("sleeps for ever"), "{error}");
    still_works(&other);
}

#[test]
fn a_sleep_that_another_loop_awaits_says_so_when_its_own_is_closed() {
    let (one, other) = (Rc::new(virtual_loop()), virtual_loop());
    let mut waits = Box::pin(sleep(secs(5)));
    let begin = poll_fn(|cx| {
        assert!(waits.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    });
    one.run_until_complete(begin).unwrap();
    let closes = one.clone();
    let main = async move {
        call_later(secs(1), move || closes.close().unwrap());
        spawn(waits).await
    };
    let Ok(Err(TaskError::Panicked(panic))) = other.run_until_complete(main) else {
        panic!("it waits for ever, or ended early");
    };
    assert!(panic.message().starts_with("the event loop in which"));
    still_works(&other);
}

#[test]
fn a_sleep_polled_in_another_loop_keeps_the_time_of_its_own() {
    let mut waits = Box::pin(sleep(secs(5)));
    let (one, other) = (virtual_loop(), virtual_loop());
    let begin = poll_fn(|cx| {
        assert!(waits.as_mut().poll(cx).is_pending());
        Poll::Ready(())
    });
    one.run_until_complete(begin).unwrap();
    other.run_until_complete(sleep(secs(100))).unwrap();
    let look = poll_fn(|cx| Poll::Ready(waits.as_mut().poll(cx).is_pending()));
    assert!(other.run_until_complete(look).unwrap());
    one.run_until_complete(waits).unwrap();
    assert_eq!(one.time().since_start(), secs(5));
}

// ----- wakers ------------------------------------------------------------

/// Returns a waker of a task whose loop is dropped.
fn stale_waker() -> Waker {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    event_loop.run_until_done(task).unwrap()
}

#[test]
fn a_waker_that_is_kept_past_the_loops_end_does_nothing() {
    let waker = stale_waker();
    waker.wake_by_ref();
    let event_loop = virtual_loop();
    let main = async {
        waker.wake_by_ref();
        let copy = waker.clone();
        thread::spawn(move || copy.wake()).join().unwrap();
        sleep(secs(1)).await;
    };
    event_loop.run_until_complete(main).unwrap();
    let copy = waker.clone();
    thread::spawn(move || copy.wake_by_ref()).join().unwrap();
    assert!(waker.will_wake(&waker.clone()));
    still_works(&event_loop);
}

#[test]
fn a_waker_of_a_task_that_is_done_wakes_nobody_who_has_its_place_now() {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    let stale = event_loop.run_until_done(task).unwrap();
    let polls = Rc::new(RefCell::new(0));
    let count = polls.clone();
    let next = event_loop.spawn(poll_fn(move |_| {
        *count.borrow_mut() += 1;
        Poll::<()>::Pending
    }));
    event_loop.run_until_complete(yield_now()).unwrap();
    for _ in 0..10 {
        stale.wake_by_ref();
        event_loop.run_until_complete(yield_now()).unwrap();
    }
    assert_eq!((*polls.borrow(), next.done()), (1, false));
    still_works(&event_loop);
}

#[test]
fn wakers_kept_by_a_thread_are_harmless_while_loops_come_and_go() {
    let (give, wakers) = std::sync::mpsc::sync_channel::<Waker>(16);
    let waking = thread::spawn(move || {
        let mut kept = Vec::new();
        for waker in wakers {
            kept.push(waker);
            kept.iter().for_each(Waker::wake_by_ref);
        }
    });
    for _ in 0..100 {
        give.send(stale_waker()).unwrap();
        still_works(&virtual_loop());
    }
    drop(give);
    waking.join().unwrap();
}

// ----- elsewhere ---------------------------------------------------------

#[test]
fn a_task_awaited_under_another_executor_gives_its_value() {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(async { 5 });
    let promise: Promise<u8> = event_loop.create_promise();
    promise.set_result(6).unwrap();
    event_loop.run_until_complete(yield_now()).unwrap();
    assert_eq!(block_on(task.into_future()).unwrap(), 5);
    assert_eq!(block_on(promise.into_future()).unwrap(), 6);
}

#[test]
fn run_can_be_called_again_and_again() {
    for n in 0..1000 {
        assert_eq!(
            run(async move { spawn(async move { n }).await.unwrap() }),
            n
        );
    }
}

#[test]
fn the_rest_of_an_iteration_runs_after_main_is_done() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let behind = log.clone();
    let text = String::from("borrowed");
    let main = async {
        spawn(async move { behind.say("behind main") });
        yield_now().await;
        text.as_str()
    };
    let text = event_loop.run_until_complete(main).unwrap();
    assert_eq!((text, log.line().as_str()), ("borrowed", "behind main"));
}

/// A scope that was made where no loop ran is never cancelled, and its alarm is not the
/// timer of another.
#[test]
fn an_alarm_for_a_scope_of_no_loop_disturbs_no_timer() {
    let scope = CancelScope::new();
    let (event_loop, sleeping) = (virtual_loop(), sleep(Duration::from_secs(9)));
    event_loop
        .run_until_complete(async {
            // A combinator of another crate, so that the sleep gets a foreign waker.
            let mut sleeping = FuturesUnordered::from_iter([sleeping]);
            let early = Alarm::at(Instant::START + Duration::from_secs(1), &scope);
            let late = Alarm::at(Instant::START + Duration::from_secs(5), &scope);
            let waited = async {
                sleep(Duration::from_secs(2)).await;
                drop((early, late));
            };
            futures::join!(sleeping.next(), waited);
        })
        .unwrap();
    assert_eq!(event_loop.time().since_start(), Duration::from_secs(9));
    assert!(!scope.cancel_called());
}

#[test]
fn an_unwrapped_error_of_a_run_says_cause_and_cure() {
    let event_loop = virtual_loop();
    let promise = event_loop.create_promise::<u8>();
    let errors = [
        event_loop.run_until_complete(promise).unwrap_err(),
        RunError::Closed,
        RunError::Stopped,
    ];
    for error in errors {
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(error.to_string().contains(": "), "{error}");
    }
    still_works(&event_loop);
}

#[test]
fn too_many_loops_are_told_of_the_handles_that_keep_their_places() {
    let text = BuildError::TooManyLoops.to_string();
    for handle in ["LoopHandle", "Task", "Promise", "a lock"] {
        assert!(text.contains(handle), "{text}");
    }
}

/// Brings in another one when it is dropped, in one of several ways.
struct Again {
    left: u32,
    way: usize,
    drops: Rc<Cell<u32>>,
}

impl Drop for Again {
    fn drop(&mut self) {
        self.drops.set(self.drops.get() + 1);
        if self.left == 0 {
            return;
        }
        let next = Again {
            left: self.left - 1,
            way: self.way,
            drops: self.drops.clone(),
        };
        match self.way {
            0 => drop(call_soon(move || drop(next))),
            1 => drop(call_later(secs(1), move || drop(next))),
            2 => drop(call_at(Instant::NEVER, move || drop(next))),
            _ => spawn(async move { drop(next) }).detach(),
        }
    }
}

#[test]
fn drops_in_a_closed_loop_that_call_later_leave_nothing_behind() {
    for way in 0..4 {
        for left in [0, 1, 2, 5] {
            let drops = Rc::new(Cell::new(0));
            let first = drops.clone();
            let event_loop = virtual_loop();
            // The loop drops it last, when it is closed.
            event_loop.keep(|| Again {
                left,
                way,
                drops: first,
            });
            event_loop.close().unwrap();
            assert_eq!(drops.get(), left + 1, "way {way}");
        }
    }
}
