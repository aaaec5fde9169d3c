//! The rules of the loop, one test each: L01 to L30, R01 to R03.
//!
//! The problem: "like asyncio" is thirty small promises. Each can be broken, and no user
//! may notice for a year. So each has a test that is named after it.
//!
//! Rules without a test here, and what stands for them:
//!
//! | rule | in Python | here |
//! |---|---|---|
//! | L14 | an exception handler that cannot be called is a `TypeError` | `tests/ui/handler_that_cannot_be_called.rs` does not compile |
//! | L18 | running a value that cannot be awaited is a `TypeError` | `tests/ui/run_a_number.rs` does not compile |
//! | L24 | debug mode notices a call from the wrong thread | a loop and its handles stay on their thread: `tests/ui/*_across_threads.rs` do not compile; a `Remote` is the way in |
//! | L25 | debug mode notices a coroutine given to `call_soon` | `tests/ui/call_*.rs` do not compile |
//! | L29 | a task factory that cannot be called is a `TypeError` | there is no task factory: each of its uses (names, traces, locals) has a place of its own |
//! | R02 | `run` of a value that is no coroutine is a `ValueError` | `tests/ui/run_a_number.rs` does not compile |
//!
//! L12 is about interrupts that pass through the loop. Its test is about the one thing that
//! passes through ours, a panic of the main future.
//!
//! Invariant: virtual time, except where a thread must find the loop parked.
//!
//! Read next: `rules_timers.rs`.

use std::cell::RefCell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::log::{Log, ms, secs, virtual_loop};
use crate::support::watched_park::WatchedPark;
use groundup_executor::task::{
    Cancelled, Local, Locals, Report, ReportKind, TaskError, catch_cancel, yield_now,
};
use groundup_executor::{
    CloseError, EventLoop, Instant, RunError, Runner, all_tasks, block, call_later, call_soon,
    current_loop, current_task, iteration, run, run_virtual, sleep, spawn, spawn_later,
    spawn_named, stop, time,
};

/// Records the reports of the loop from now on, as `kind: message`.
fn reports_of(event_loop: &EventLoop) -> Log {
    let log = Log::new();
    let copy = log.clone();
    let tell =
        move |report: &Report| copy.say(format_args!("{:?}: {}", report.kind, report.message));
    event_loop.set_exception_handler(Some(Rc::new(tell)));
    log
}

/// Returns the message of the panic in which `f` ends.
fn panic_of<R>(f: impl FnOnce() -> R) -> String {
    let payload = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("a panic was expected"),
        Err(payload) => payload,
    };
    match payload.downcast::<String>() {
        Ok(text) => *text,
        Err(payload) => payload.downcast_ref::<&str>().unwrap().to_string(),
    }
}

#[test]
fn l01_callbacks_run_first_in_first_out() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.call_soon(log.sayer("a"));
    event_loop.call_soon(log.sayer("b"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "a b");
}

#[test]
fn l02_an_iteration_runs_only_what_was_ready_when_it_began() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.call_soon(log.sayer_soon("a2"));
    event_loop.call_soon(log.sayer("b"));
    event_loop.call_soon(stop);
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "b");
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "a2");
}

#[test]
fn l03_first_what_was_ready_then_the_outside_then_timers() {
    let event_loop = virtual_loop();
    let order = Arc::new(Mutex::new(Vec::new()));
    let push = |what: &'static str| {
        let order = order.clone();
        move || order.lock().unwrap().push(what)
    };
    event_loop.call_later(ms(0), push("timer"));
    let (remote, message) = (event_loop.remote(), push("message"));
    let posted = thread::spawn(move || remote.call_soon(message).is_ok());
    assert!(posted.join().unwrap());
    event_loop.call_soon(push("ready"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(*order.lock().unwrap(), ["ready", "message", "timer"]);
}

#[test]
fn l04_the_loop_waits_for_the_first_timer_or_not_at_all_if_something_is_ready() {
    let (park, parks) = WatchedPark::new();
    let event_loop = EventLoop::builder().driver(park).build();
    let far = event_loop.call_at(Instant::START + secs(500), || ());
    event_loop.call_at(Instant::START + secs(1000), || ());
    let remote = event_loop.remote();
    // The other thread calls as soon as the loop sleeps.
    let caller = thread::spawn(move || {
        let until = parks.recv().unwrap();
        remote.call_soon(stop).unwrap();
        until
    });
    event_loop.call_soon(|| ());
    event_loop.run_forever().unwrap();
    // The loop did not sleep before the callback, and then not beyond the first timer. It
    // may wake early, since the ladder knows far deadlines only by their bucket.
    let until = caller.join().unwrap().expect("there is a first deadline");
    assert!(until <= secs(500) && until > secs(250), "{until:?}");
    // After a stop the loop runs one iteration, and does not sleep.
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!((event_loop.iteration(), far.cancelled()), (3, false));
}

#[test]
fn l05_call_soon_comes_before_timers_that_are_due() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop
        .run_until_complete(async { sleep(secs(9)).await })
        .unwrap();
    event_loop.call_later(ms(0), log.sayer("later0"));
    event_loop.call_at(Instant::START + secs(4), log.sayer("later-5"));
    event_loop.call_soon(log.sayer("soon"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "soon later-5 later0");
}

#[test]
fn l06_stop_lets_the_iteration_finish() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.call_soon(log.sayer("a"));
    event_loop.call_soon(stop);
    event_loop.call_soon(log.sayer("b"));
    event_loop.call_soon(log.sayer_soon("next iteration"));
    event_loop.call_soon(log.sayer("c"));
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "a b c");
}

#[test]
fn l07_stop_before_run_forever_runs_exactly_one_iteration() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.call_soon(log.sayer("ready"));
    event_loop.call_soon(log.sayer_soon("second generation"));
    event_loop.call_later(ms(0), log.sayer("due"));
    event_loop.call_later(ms(1), log.sayer("not due"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(
        (log.line().as_str(), event_loop.iteration()),
        ("ready due", 1)
    );
    // The request is gone: this run goes on until stop is called again.
    event_loop.call_later(ms(2), stop);
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "second generation not due");
}

#[test]
fn l07_stop_on_an_empty_loop_is_one_iteration_too() {
    let event_loop = virtual_loop();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(
        (event_loop.iteration(), event_loop.time().since_start()),
        (1, ms(0))
    );
}

#[test]
fn l07_a_step_is_the_iteration_that_a_stop_allows() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.stop();
    event_loop.call_soon(log.sayer_soon("second generation"));
    event_loop.step().unwrap();
    event_loop.call_later(ms(1), stop);
    event_loop.run_forever().unwrap();
    assert_eq!(
        (log.line().as_str(), event_loop.time().since_start()),
        ("second generation", ms(1))
    );
}

#[test]
fn l08_stop_twice_is_stop_once() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    event_loop.stop();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    event_loop.call_soon(log.sayer("a"));
    event_loop.call_soon(|| drop(call_soon(stop)));
    event_loop.run_forever().unwrap();
    assert_eq!((log.line().as_str(), event_loop.iteration()), ("a", 3));
}

#[test]
fn l09_a_handle_runs_once_and_not_if_an_earlier_one_cancelled_it() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let victim = Rc::new(RefCell::new(None));
    let copy = victim.clone();
    let killer_log = log.clone();
    event_loop.call_soon(move || {
        killer_log.say("killer");
        let victim: Option<groundup_executor::task::Handle> = copy.borrow_mut().take();
        victim.unwrap().cancel();
    });
    *victim.borrow_mut() = Some(event_loop.call_soon(log.sayer("victim")));
    event_loop.call_soon(log.sayer("bystander"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "killer bystander");
}

#[test]
fn l10_cancelling_a_handle_drops_what_it_holds_and_may_be_repeated() {
    let event_loop = virtual_loop();
    let held = Rc::new(());
    let (soon, later) = (held.clone(), held.clone());
    let soon = event_loop.call_soon(move || drop(soon));
    let later = event_loop.call_later(secs(1000), move || drop(later));
    assert!(format!("{soon:?}").starts_with("<Handle scheduled at "));
    assert_eq!(format!("{later:?}"), "<TimerHandle when=1000.000 s>");
    for _ in 0..2 {
        soon.cancel();
        later.cancel();
        assert!(soon.cancelled() && later.cancelled());
        assert_eq!(Rc::strong_count(&held), 1);
    }
    assert_eq!(
        format!("{soon:?} {later:?}"),
        "<Handle cancelled> <TimerHandle cancelled>"
    );
    assert_eq!(event_loop.timers(), 0);
}

#[test]
fn l11_a_panic_in_a_callback_is_reported_and_the_next_handle_runs() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let reports = reports_of(&event_loop);
    event_loop.call_soon(|| panic!("oh no"));
    event_loop.call_soon(log.sayer("next"));
    event_loop.call_later(ms(0), || panic!("timer"));
    event_loop.call_later(ms(0), log.sayer("next timer"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(log.line(), "next next timer");
    let expected = [
        "CallbackPanicked: Exception in callback: it panicked: oh no",
        "CallbackPanicked: Exception in callback: it panicked: timer",
    ];
    assert_eq!(reports.take(), expected);
}

#[test]
fn l11_the_report_names_the_place_of_the_call() {
    let event_loop = virtual_loop();
    let places = Log::new();
    let copy = places.clone();
    let tell = move |report: &Report| copy.say(report.place.unwrap());
    event_loop.set_exception_handler(Some(Rc::new(tell)));
    event_loop.call_soon(|| panic!("oh no")); // this line
    let here = line!() - 1;
    event_loop.stop();
    event_loop.run_forever().unwrap();
    let file = file!();
    assert_eq!(places.line(), format!("{file}:{here}:16"));
}

#[test]
fn l11_what_is_called_or_spawned_later_is_reported_from_where_it_was_asked_for() {
    let event_loop = virtual_loop();
    let places = Log::new();
    let copy = places.clone();
    let tell = move |report: &Report| copy.say(report.place.unwrap().line());
    event_loop.set_exception_handler(Some(Rc::new(tell)));
    let (task, promise) = (event_loop.spawn(async {}), event_loop.create_promise());
    let here = line!();
    task.add_done_callback(|| panic!("of a task"));
    promise.add_done_callback(|| panic!("of a promise"));
    event_loop.spawn_later(ms(1), async { panic!("by the loop") });
    let main = async {
        spawn_later(ms(2), async { panic!("from inside") });
        promise.set_result(()).unwrap();
        sleep(ms(3)).await;
    };
    event_loop.run_until_complete(main).unwrap();
    let lines = [1, 2, 3, 5].map(|below| (here + below).to_string());
    assert_eq!(places.line(), lines.join(" "));
}

#[test]
fn l12_a_panic_of_main_flies_out_and_the_loop_stays_usable() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let reports = reports_of(&event_loop);
    event_loop.spawn({
        let log = log.clone();
        async move {
            log.say("task");
            yield_now().await;
            log.say("goes on");
        }
    });
    let text = panic_of(|| event_loop.run_until_complete(async { panic!("main fell") }));
    assert_eq!(text, "main fell");
    assert!(!event_loop.is_running());
    assert_eq!(event_loop.run_until_complete(async { 5 }).unwrap(), 5);
    assert_eq!(
        (log.line().as_str(), reports.take().len()),
        ("task goes on", 0)
    );
}

#[test]
fn l13_a_handler_that_panics_does_not_end_the_loop() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let calls = log.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |_| {
        calls.say("handler");
        panic!("the handler fell too");
    })));
    event_loop.call_soon(|| panic!("oh no"));
    event_loop.call_soon(log.sayer("next"));
    event_loop.stop();
    event_loop.run_forever().unwrap();
    // `standard_error.rs` tests the text that the default handler writes.
    assert_eq!(log.line(), "handler next");
}

#[test]
fn l15_a_closed_loop_says_so_and_stop_does_not_mind() {
    const CLOSED: &str = "Event loop is closed: make a new one";
    let event_loop = virtual_loop();
    let task = event_loop.spawn(async {});
    event_loop.close().unwrap();
    assert!(event_loop.is_closed());
    assert_eq!(panic_of(|| event_loop.call_soon(|| ())), CLOSED);
    assert_eq!(panic_of(|| event_loop.call_later(ms(1), || ())), CLOSED);
    assert_eq!(
        panic_of(|| event_loop.call_at(Instant::START + ms(1), || ())),
        CLOSED
    );
    assert_eq!(panic_of(|| event_loop.spawn(async {})), CLOSED);
    assert_eq!(panic_of(|| event_loop.create_promise::<u8>()), CLOSED);
    let errors = [
        event_loop.run_forever().unwrap_err(),
        event_loop.step().unwrap_err(),
        event_loop.run_until_complete(async {}).unwrap_err(),
        event_loop.run_until_done(task).unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, RunError::Closed));
        assert_eq!(error.to_string(), CLOSED);
    }
    event_loop.stop();
}

#[test]
fn l15_what_is_spawned_behind_the_back_of_a_closed_loop_is_dropped() {
    let event_loop = virtual_loop();
    let held = Rc::new(());
    let scheduler = event_loop.scheduler().clone();
    event_loop.close().unwrap();
    let (in_task, in_callback) = (held.clone(), held.clone());
    let mut task = scheduler.spawn(async move { drop(in_task) });
    scheduler.call_soon(move || drop(in_callback));
    assert_eq!(Rc::strong_count(&held), 1, "dropped by the time it returns");
    assert!(matches!(task.take_result(), Some(Err(TaskError::Closed))));
    assert_eq!(event_loop.all_tasks(), []);
}

#[test]
fn l16_close_drops_what_is_left_without_running_it() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let held = Rc::new(());
    for _ in 0..3 {
        let (held, log) = (held.clone(), log.clone());
        event_loop.call_soon(move || log.say(Rc::strong_count(&held)));
    }
    let timer = held.clone();
    event_loop.call_later(ms(0), move || drop(timer));
    let task = held.clone();
    event_loop.spawn(async move { drop(task) });
    event_loop.close().unwrap();
    event_loop.close().unwrap();
    assert_eq!((Rc::strong_count(&held), log.take().len()), (1, 0));
    assert_eq!(event_loop.timers(), 0);
}

#[test]
fn l17_a_running_loop_cannot_be_closed() {
    let event_loop = virtual_loop();
    let error = event_loop.run_until_complete(async { event_loop.close() });
    let error = error.unwrap().unwrap_err();
    assert!(matches!(error, CloseError::StillRunning));
    assert!(
        error
            .to_string()
            .starts_with("Cannot close a running event loop")
    );
    assert!(!event_loop.is_closed());
}

#[test]
fn l19_the_loop_stops_one_iteration_after_main_is_done() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let (first, second) = (
        log.sayer("soon from main"),
        log.sayer_soon("second generation"),
    );
    let main = async {
        call_soon(first);
        call_soon(second);
        iteration()
    };
    let last = event_loop.run_until_complete(main).unwrap();
    assert_eq!((last, event_loop.iteration()), (1, 2));
    assert_eq!(log.line(), "soon from main");
}

#[test]
fn l20_running_a_task_that_is_done_takes_exactly_one_iteration() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let task = event_loop.spawn(async { 7 });
    event_loop
        .run_until_complete(async { yield_now().await })
        .unwrap();
    assert!(task.done());
    event_loop.call_soon(log.sayer("ready"));
    event_loop.call_soon(log.sayer_soon("next iteration"));
    let before = event_loop.iteration();
    assert_eq!(event_loop.run_until_done(task).unwrap(), 7);
    assert_eq!(event_loop.iteration(), before + 1);
    assert_eq!(log.line(), "ready");
}

#[test]
fn l21_a_loop_that_is_stopped_first_says_so() {
    let event_loop = virtual_loop();
    event_loop.call_later(secs(1), stop);
    let error = event_loop.run_until_complete(sleep(secs(2))).unwrap_err();
    assert!(matches!(error, RunError::Stopped));
    let text = error.to_string();
    assert!(
        text.starts_with("Event loop stopped before the future completed"),
        "{text}"
    );
    assert_eq!(
        (event_loop.time().since_start(), event_loop.timers()),
        (secs(1), 0)
    );
}

#[test]
fn l21_a_run_that_was_stopped_does_not_stop_the_next() {
    let event_loop = virtual_loop();
    event_loop.call_soon(stop);
    let error = event_loop.run_until_complete(sleep(secs(2))).unwrap_err();
    assert!(matches!(error, RunError::Stopped));
    event_loop.run_until_complete(sleep(secs(3))).unwrap();
    assert_eq!(event_loop.time().since_start(), secs(3));
}

#[test]
fn l21_the_end_of_a_task_whose_run_was_stopped_does_not_stop_another_run() {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(sleep(secs(2)));
    let held = task.clone();
    event_loop.call_later(secs(1), stop);
    let error = event_loop.run_until_done(task).unwrap_err();
    assert!(matches!(error, RunError::Stopped));
    event_loop.run_until_complete(sleep(secs(3))).unwrap();
    assert_eq!(
        (event_loop.time().since_start(), held.done()),
        (secs(4), true)
    );
}

#[test]
fn l22_a_loop_does_not_run_inside_itself_or_another() {
    let (event_loop, other) = (virtual_loop(), virtual_loop());
    let main = async {
        let errors = [
            event_loop.run_until_complete(async {}).unwrap_err(),
            event_loop.run_forever().unwrap_err(),
            event_loop.step().unwrap_err(),
            event_loop.run_until_done(spawn(async {})).unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, RunError::AlreadyRunning));
            assert!(
                error
                    .to_string()
                    .starts_with("This event loop is already running")
            );
        }
        let error = other.run_forever().unwrap_err();
        assert!(matches!(error, RunError::AnotherLoopRuns));
        let text = error.to_string();
        assert!(text.starts_with("Cannot run the event loop while another loop is running"));
        let text = panic_of(|| run(async {}));
        assert!(text.starts_with("run() cannot be called from a running event loop"));
        let text = panic_of(|| run_virtual(async {}));
        assert!(text.starts_with("run_virtual() cannot be called from a running event loop"));
        // The running loop is not affected.
        assert!(event_loop.is_running() && !other.is_running());
        sleep(secs(1)).await;
        spawn(async { time().since_start() }).await.unwrap()
    };
    assert_eq!(event_loop.run_until_complete(main).unwrap(), secs(1));
    other.run_until_complete(async {}).unwrap();
}

#[test]
fn l23_calls_from_another_thread_wake_a_loop_that_sleeps_in_their_order() {
    let (park, parks) = WatchedPark::new();
    let event_loop = EventLoop::builder().driver(park).build();
    let remote = event_loop.remote();
    let order = Arc::new(Mutex::new(Vec::new()));
    let copy = order.clone();
    let caller = thread::spawn(move || {
        // The loop sends that it sleeps, with no deadline.
        assert_eq!(parks.recv().unwrap(), None);
        for n in 0..100 {
            let order = copy.clone();
            remote
                .call_soon(move || order.lock().unwrap().push(n))
                .unwrap();
        }
        remote.call_soon(stop).unwrap();
    });
    event_loop.run_forever().unwrap();
    caller.join().unwrap();
    assert_eq!(*order.lock().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn l26_debug_mode_reports_a_step_that_holds_the_loop_up() {
    let event_loop = EventLoop::builder().virtual_time().debug(true).build();
    let reports = reports_of(&event_loop);
    let main = async {
        call_soon(|| block(ms(151)));
        call_soon(|| block(ms(99)));
        let task = spawn(async { block(ms(100)) });
        task.set_name("slow");
        task.await.unwrap();
        spawn(async { sleep(secs(10)).await }).await.unwrap();
    };
    event_loop.run_until_complete(main).unwrap();
    let expected = [
        "SlowStep: Executing a callback took 0.151 seconds and held up slow (ready) and 1 callback",
        "SlowStep: Executing slow took 0.100 seconds",
    ];
    assert_eq!(reports.take(), expected);
    // Without debug mode no step is measured. The threshold can be chosen.
    event_loop.set_debug(None);
    event_loop
        .run_until_complete(async { block(secs(1)) })
        .unwrap();
    assert_eq!(reports.take().len(), 0);
    event_loop.set_debug(Some(secs(2)));
    event_loop
        .run_until_complete(async { block(secs(1)) })
        .unwrap();
    event_loop
        .run_until_complete(async { block(secs(2)) })
        .unwrap();
    assert_eq!(reports.take().len(), 1);
}

// A threshold turns debug mode on, whichever calls came before.
#[test]
fn l26_who_says_how_slow_is_slow_is_told_what_is() {
    let builder = || EventLoop::builder().virtual_time();
    let rows = [
        ("nothing", builder(), 0),
        ("debug", builder().debug(true), 1),
        ("slow_step", builder().slow_step(ms(50)), 2),
        (
            "slow_step, debug",
            builder().slow_step(ms(50)).debug(true),
            2,
        ),
        (
            "debug, slow_step",
            builder().debug(true).slow_step(ms(50)),
            2,
        ),
        (
            "not debug, slow_step",
            builder().debug(false).slow_step(ms(50)),
            2,
        ),
        (
            "slow_step, not debug",
            builder().slow_step(ms(50)).debug(false),
            0,
        ),
    ];
    for (mark, builder, expected) in rows {
        let event_loop = builder.build();
        let reports = reports_of(&event_loop);
        assert_eq!(event_loop.is_debug(), expected > 0, "{mark}");
        event_loop.call_soon(|| block(ms(60)));
        event_loop.call_soon(|| block(ms(160)));
        event_loop.run_until_complete(async {}).unwrap();
        assert_eq!(reports.take().len(), expected, "{mark}");
    }
}

#[test]
fn l27_outside_a_running_loop_the_free_functions_say_so() {
    let texts = [
        panic_of(|| spawn(async {})),
        panic_of(|| call_soon(|| ())),
        panic_of(|| call_later(ms(1), || ())),
        panic_of(|| groundup_executor::call_at(Instant::START + ms(1), || ())),
        panic_of(|| spawn_later(ms(1), async {})),
        panic_of(groundup_executor::remote),
        panic_of(time),
        panic_of(iteration),
        panic_of(stop),
        panic_of(all_tasks),
        panic_of(|| block(ms(1))),
        panic_of(|| futures::executor::block_on(sleep(ms(1)))),
    ];
    for text in texts {
        assert!(text.starts_with("no running event loop: "), "{text}");
    }
    assert_eq!(current_task(), None);
}

#[test]
fn l28_a_callback_sees_the_locals_of_whoever_scheduled_it() {
    static COLOUR: Local<&str> = Local::new();
    let (event_loop, log) = (virtual_loop(), Log::new());
    let main = {
        let log = log.clone();
        async move {
            COLOUR.set("red");
            let colour = move || log.say(COLOUR.get().unwrap_or("none"));
            let tell = colour.clone();
            call_soon(tell);
            let tell = colour.clone();
            call_later(ms(5), tell);
            let given = Locals::default();
            given.scope(|| COLOUR.set("blue"));
            let tell = colour.clone();
            call_soon(move || given.scope(tell));
            COLOUR.set("green");
            call_soon(colour.clone());
            sleep(ms(10)).await;
        }
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(log.line(), "red blue green red");
}

#[test]
fn l30_a_panic_in_a_done_callback_does_not_stop_the_next() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let reports = reports_of(&event_loop);
    let promise = event_loop.create_promise::<()>();
    promise.add_done_callback(log.sayer("first"));
    promise.add_done_callback(|| panic!("second"));
    promise.add_done_callback(log.sayer("third"));
    promise.set_result(()).unwrap();
    event_loop.stop();
    event_loop.run_forever().unwrap();
    assert_eq!(
        (log.line().as_str(), reports.take().len()),
        ("first third", 1)
    );
}

#[test]
fn r01_run_cancels_what_is_left_waits_for_it_and_closes() {
    let log = Log::new();
    let (cleaner, sleeper, late) = (log.clone(), log.clone(), log.clone());
    let runner = Runner::with_loop(virtual_loop());
    let reports = reports_of(runner.event_loop());
    let main = async move {
        spawn(async move {
            let cancelled = catch_cancel(sleep(secs(1000))).await.unwrap_err();
            sleep(secs(2)).await;
            cleaner.stamp("cleaned up");
            cancelled.raise().await;
        });
        spawn(async move {
            sleep(secs(1000)).await;
            sleeper.say("never");
        });
        spawn(async {
            let Err(Cancelled { .. }) = catch_cancel(sleep(secs(1000))).await else {
                return;
            };
            panic!("while it cleaned up");
        });
        sleep(secs(1)).await;
        late.stamp("main ends");
        5
    };
    assert_eq!(runner.run(main).unwrap(), 5);
    assert_eq!(log.take(), ["1s 4 main ends"]);
    runner.close().unwrap();
    assert_eq!(log.take(), ["3s 9 cleaned up"]);
    assert!(runner.event_loop().is_closed());
    let unseen =
        "PanicNeverRetrieved: Task exception was never retrieved: it panicked: while it cleaned up";
    assert_eq!(reports.take(), [unseen]);
    runner.close().unwrap();
}

#[test]
fn r01_run_itself_runs_clean_up_code() {
    let log = Log::new();
    let cleaner = log.clone();
    let value = run(async move {
        spawn(async move {
            let _ = catch_cancel(pending::<()>()).await;
            yield_now().await;
            cleaner.say("cleaned up");
        });
        yield_now().await;
        "main's value"
    });
    assert_eq!((value, log.line().as_str()), ("main's value", "cleaned up"));
}

#[test]
fn r01_a_stop_that_came_too_late_does_not_keep_clean_up_code_from_running() {
    let log = Log::new();
    let cleaner = log.clone();
    let runner = Runner::with_loop(virtual_loop());
    let main = async move {
        spawn(async move {
            let _ = catch_cancel(sleep(secs(9))).await;
            yield_now().await;
            cleaner.say("cleaned up");
        });
        yield_now().await;
    };
    runner.run(main).unwrap();
    runner.event_loop().stop();
    runner.close().unwrap();
    assert_eq!(log.line(), "cleaned up");
}

#[test]
fn r03_a_runner_runs_many_times_on_one_loop_and_with_one_set_of_locals() {
    static COUNT: Local<u32> = Local::new();
    let runner = Runner::with_loop(virtual_loop());
    let count = || async {
        sleep(secs(1)).await;
        COUNT.set(COUNT.get().unwrap_or(0) + 1);
        COUNT.get().unwrap()
    };
    let counts = [runner.run(count()).unwrap(), runner.run(count()).unwrap()];
    assert_eq!(
        (counts, runner.event_loop().time().since_start()),
        ([1, 2], secs(2))
    );
    // The remaining task goes on in the next run.
    let log = Log::new();
    let left = log.clone();
    runner
        .run(async move { drop(spawn(async move { left.say("left") })) })
        .unwrap();
    runner.run(yield_now()).unwrap();
    assert_eq!(log.line(), "left");
    runner.close().unwrap();
    let error = runner.run(async {}).unwrap_err();
    assert!(matches!(error, RunError::Closed));
}

#[test]
fn r03_the_runs_of_a_plain_loop_do_not_share_locals() {
    static COUNT: Local<u32> = Local::new();
    let event_loop = virtual_loop();
    event_loop
        .run_until_complete(async { COUNT.set(1) })
        .unwrap();
    let count = event_loop
        .run_until_complete(async { COUNT.get() })
        .unwrap();
    assert_eq!(count, None);
}

#[test]
fn reports_have_a_kind_that_can_be_matched() {
    let event_loop = virtual_loop();
    let kinds = Rc::new(RefCell::new(Vec::new()));
    let copy = kinds.clone();
    let tell = move |report: &Report| copy.borrow_mut().push(report.kind);
    event_loop.set_exception_handler(Some(Rc::new(tell)));
    event_loop.call_exception_handler(Report::new("the disk is nearly full"));
    assert_eq!(*kinds.borrow(), [ReportKind::Told]);
}

#[test]
fn r01_a_task_that_cancels_all_tasks_does_not_end_the_clean_up() {
    let log = Log::new();
    let (slow, seen) = (log.clone(), log.clone());
    let runner = Runner::with_loop(virtual_loop());
    let main = async move {
        spawn_named("killer", async move {
            let _ = catch_cancel(pending::<()>()).await;
            sleep(secs(1)).await; // the other has caught its cancel by then
            let mut tasks = current_loop().all_tasks();
            tasks.retain(|task| Some(task.number()) != current_task().map(|me| me.number()));
            for task in tasks {
                seen.say(task.name().unwrap());
                task.cancel();
            }
        });
        spawn_named("slow", async move {
            for _ in 0..2 {
                let _ = catch_cancel(pending::<()>()).await;
            }
            sleep(secs(3)).await;
            slow.stamp("cleaned up");
        });
        sleep(secs(1)).await;
    };
    runner.run(main).unwrap();
    runner.close().unwrap();
    let lines = log.take();
    assert_eq!(lines[0], "slow", "the clean-up itself is no task");
    assert!(
        lines.len() == 2 && lines[1].ends_with("cleaned up"),
        "{lines:?}"
    );
}
