//! Panics: what each one ends, and what it leaves alone.
//!
//! The problem: a panic unwinds the stack, and the stack of a loop leads through the code
//! of many parts. Only the part that panics should notice:
//!
//! | a panic of | effect |
//! |---|---|
//! | a task | the task ends; its awaiter gets the panic |
//! | a task whose handle is dropped | the task ends; the panic is reported |
//! | a callback, a done-callback | the panic is reported; the next one runs |
//! | the exception handler | the default handler reports the panic |
//! | a drop: of a future, an output, a callback, a payload | the panic is reported, or ends the task that is dropped |
//! | a foreign waker | the panic is reported, and nothing else is affected |
//! | the main future | the panic continues in the caller of the run, after the iteration |
//! | a sink of the trace, a chooser | the panic is reported |
//! | a driver | the panic continues in the caller of the run; that of its drop is reported |
//!
//! Invariant: every test ends by running the loop once more.
//!
//! Read next: `remote.rs`.

use std::cell::{Cell, RefCell};
use std::future::{IntoFuture, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use crate::support::alive::still_works;
use crate::support::log::{Log, ms, secs, virtual_loop};
use groundup_executor::task::{Task, TaskError, Unpark, yield_now};
use groundup_executor::trace::{Choice, Chooser, Event};
use groundup_executor::{
    Driver, EventLoop, Instant, Outside, Parked, RemoteError, Virtual, call_soon, current_loop,
    remote, sleep, spawn,
};

fn reports_of(event_loop: &EventLoop) -> Log {
    let log = Log::new();
    let copy = log.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        copy.say(format_args!("{:?}: {}", report.kind, report.message));
    })));
    log
}

/// Panics when it is dropped, unless the thread is panicking.
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("{}", self.0);
        }
    }
}

fn message(error: &TaskError) -> &str {
    match error {
        TaskError::Panicked(panic) => panic.message(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn tasks_that_panic_end_alone_also_two_in_one_iteration() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let main = async {
        let first = spawn(async { panic!("first") });
        let behind = log.sayer("behind");
        let bystander = spawn(async move { behind() });
        let second = spawn(async { panic!("second") });
        let last = log.sayer("last");
        spawn(async move { last() }).await.unwrap();
        bystander.await.unwrap();
        let (first, second): (Result<(), _>, Result<(), _>) = (first.await, second.await);
        log.say(message(&first.unwrap_err()));
        log.say(message(&second.unwrap_err()));
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(log.line(), "behind last first second");
    still_works(&event_loop);
}

#[test]
fn the_payload_of_a_panic_arrives_as_it_was() {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(async { panic_any(42u64) });
    let awaiting = async { task.await.unwrap_err() };
    let TaskError::Panicked(panic) = event_loop.run_until_complete(awaiting).unwrap() else {
        panic!("it panicked");
    };
    assert_eq!(*panic.into_payload().downcast::<u64>().unwrap(), 42);
    still_works(&event_loop);
}

#[test]
fn a_panic_that_nobody_awaits_is_reported_once_at_the_end_of_the_iteration() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let copy = log.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report| {
        copy.say(format_args!("{} of {:?}", report.message, report.task));
    })));
    let task = event_loop.spawn(async { panic!("unseen") });
    task.set_name("lost");
    task.detach();
    event_loop.call_soon(log.sayer("same iteration"));
    event_loop.call_soon(log.sayer_soon("next iteration"));
    event_loop.run_until_complete(sleep(ms(1))).unwrap();
    let expected = [
        "same iteration",
        "Task exception was never retrieved: it panicked: unseen of Some(\"lost\")",
        "next iteration",
    ];
    assert_eq!(log.take(), expected);
    still_works(&event_loop);
}

#[test]
fn a_task_that_panics_while_another_run_takes_it_panics_there() {
    let event_loop = virtual_loop();
    let task = event_loop.spawn(async { panic!("taken") });
    let run = AssertUnwindSafe(|| event_loop.run_until_done(task));
    let payload = catch_unwind(run).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"taken"));
    still_works(&event_loop);
}

#[test]
fn main_panics_after_its_iteration() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let behind = log.sayer("behind main");
    let soon = log.sayer("soon from main");
    let main = async {
        spawn(async move { behind() });
        yield_now().await;
        call_soon(soon);
        panic!("main")
    };
    let run = AssertUnwindSafe(|| event_loop.run_until_complete(main));
    let payload = catch_unwind(run).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"main"));
    assert_eq!(log.line(), "behind main soon from main");
    still_works(&event_loop);
}

#[test]
fn a_drop_that_panics_when_a_task_is_cancelled_ends_that_task() {
    let event_loop = virtual_loop();
    let reports = reports_of(&event_loop);
    let main = async {
        let task = spawn(async {
            let _bomb = Bomb("while it was cancelled");
            pending::<()>().await;
        });
        let bystander = spawn(async {
            yield_now().await;
            5
        });
        yield_now().await;
        task.cancel();
        let error = task.await.unwrap_err();
        assert_eq!(message(&error), "while it was cancelled");
        assert_eq!(bystander.await.unwrap(), 5);
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(reports.take().len(), 0);
    still_works(&event_loop);
}

#[test]
fn a_main_future_that_panics_while_it_is_dropped_panics_where_it_was_run() {
    let event_loop = virtual_loop();
    event_loop.call_later(ms(1), groundup_executor::stop);
    let main = async {
        let _bomb = Bomb("main's drop");
        pending::<()>().await;
    };
    let run = AssertUnwindSafe(|| event_loop.run_until_complete(main));
    let payload = catch_unwind(run).unwrap_err();
    assert_eq!(payload.downcast_ref::<String>().unwrap(), "main's drop");
    assert!(!event_loop.is_running());
    still_works(&event_loop);
}

#[test]
fn drops_that_panic_at_the_close_are_reported_and_the_rest_is_dropped() {
    let event_loop = virtual_loop();
    let reports = reports_of(&event_loop);
    let log = Log::new();
    for n in 0..3 {
        event_loop
            .spawn(async {
                let _bomb = Bomb("a future");
                pending::<()>().await;
            })
            .detach();
        let say = log.sayer(&format!("task {n}"));
        event_loop.spawn(async move {
            struct OnDrop<F: Fn()>(F);
            impl<F: Fn()> Drop for OnDrop<F> {
                fn drop(&mut self) {
                    (self.0)();
                }
            }
            let _says = OnDrop(say);
            pending::<()>().await;
        });
    }
    event_loop.run_until_complete(yield_now()).unwrap();
    let (soon, later) = (Bomb("a callback"), Bomb("a timer"));
    event_loop.call_soon(move || drop(soon));
    event_loop.call_later(secs(1), move || drop(later));
    let (remote, message) = (event_loop.remote(), Bomb("a message"));
    remote.call_soon(move || drop(message)).unwrap();
    event_loop.close().unwrap();
    assert_eq!(log.line(), "task 0 task 1 task 2");
    let mut told: Vec<String> = reports.take();
    told.sort();
    let mut expected = [
        "a callback",
        "a future",
        "a future",
        "a future",
        "a message",
        "a timer",
    ];
    expected.sort_unstable();
    let expected: Vec<String> = expected
        .iter()
        .map(|what| format!("PanicInDrop: a panic while the loop was closed: {what}"))
        .collect();
    assert_eq!(told, expected);
    still_works(&virtual_loop());
}

#[test]
fn a_result_whose_drop_panics_does_not_take_anything_with_it() {
    let event_loop = virtual_loop();
    let reports = reports_of(&event_loop);
    event_loop.spawn(async { Bomb("an output") }).detach();
    event_loop.run_until_complete(sleep(ms(1))).unwrap();
    let told = reports.take();
    assert_eq!(told.len(), 1);
    assert!(told[0].contains("an output"), "{told:?}");
    still_works(&event_loop);
}

#[test]
fn a_payload_whose_drop_panics_is_reported_and_the_loop_goes_on() {
    let event_loop = virtual_loop();
    let reports = reports_of(&event_loop);
    event_loop.call_soon(|| panic_any(Bomb("a payload")));
    event_loop
        .spawn(async { panic_any(Bomb("a payload")) })
        .detach();
    event_loop.run_until_complete(sleep(ms(1))).unwrap();
    let told = reports.take();
    assert!(told[0].starts_with("CallbackPanicked: "), "{told:?}");
    assert!(
        told.iter()
            .any(|text| text.starts_with("PanicNeverRetrieved: ")),
        "{told:?}"
    );
    still_works(&event_loop);
}

#[test]
fn cancelling_a_handle_whose_function_panics_when_dropped_reports_it() {
    let event_loop = virtual_loop();
    let log = reports_of(&event_loop);
    let bomb = Bomb("in the handle");
    let handle = event_loop.call_soon(move || drop(bomb));
    handle.cancel();
    let report = "PanicInDrop: a panic while something was dropped: in the handle";
    assert_eq!(log.take(), [report]);
    still_works(&event_loop);
}

/// A foreign waker that panics in one of its functions.
struct Hostile {
    in_wake: bool,
    in_drop: bool,
    wakes: AtomicUsize,
}

impl Wake for Hostile {
    fn wake(self: Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Relaxed);
        if self.in_wake {
            panic!("a hostile waker");
        }
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        if self.in_drop && !std::thread::panicking() {
            panic!("a hostile waker's drop");
        }
    }
}

fn hostile(in_wake: bool, in_drop: bool) -> Waker {
    let wakes = AtomicUsize::new(0);
    Waker::from(Arc::new(Hostile {
        in_wake,
        in_drop,
        wakes,
    }))
}

#[test]
fn a_foreign_waker_that_panics_on_a_timer_is_reported_and_timers_go_on() {
    let (event_loop, log) = (virtual_loop(), Log::new());
    let reports = reports_of(&event_loop);
    let mut polled = Box::pin(sleep(ms(5)));
    let begin = poll_fn(|_| {
        let waker = hostile(true, false);
        assert!(
            polled
                .as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        Poll::Ready(())
    });
    event_loop.run_until_complete(begin).unwrap();
    event_loop.call_at(Instant::START + ms(5), log.sayer("same time"));
    event_loop.call_at(Instant::START + ms(6), log.sayer("later"));
    event_loop.run_until_complete(sleep(ms(9))).unwrap();
    assert_eq!(log.line(), "same time later");
    assert_eq!(
        reports.take(),
        ["PanicInWaker: a foreign waker panicked: a hostile waker"]
    );
    event_loop.run_until_complete(polled).unwrap();
    still_works(&event_loop);
}

#[test]
fn a_foreign_waker_that_panics_is_not_charged_to_the_task_it_waited_for() {
    let event_loop = virtual_loop();
    let reports = reports_of(&event_loop);
    let task = event_loop.spawn(async {
        yield_now().await;
        5
    });
    let mut awaiting = Box::pin(task.into_future());
    let waker = hostile(true, false);
    assert!(
        awaiting
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_pending()
    );
    event_loop.run_until_complete(sleep(ms(1))).unwrap();
    assert_eq!(event_loop.run_until_complete(awaiting).unwrap().unwrap(), 5);
    assert_eq!(
        reports.take(),
        ["PanicInWaker: a foreign waker panicked: a hostile waker"]
    );
    still_works(&event_loop);
}

#[test]
fn a_foreign_waker_whose_drop_panics_does_not_stop_the_close() {
    let event_loop = virtual_loop();
    let reports = reports_of(&event_loop);
    let log = Log::new();
    let mut sleeps = [Box::pin(sleep(secs(5))), Box::pin(sleep(secs(5)))];
    let begin = poll_fn(|_| {
        for sleep in &mut sleeps {
            let waker = hostile(false, true);
            let mut cx = Context::from_waker(&waker);
            assert!(sleep.as_mut().poll(&mut cx).is_pending());
            // The loop's clone is dropped last.
            assert!(catch_unwind(AssertUnwindSafe(|| drop(waker))).is_ok());
        }
        Poll::Ready(())
    });
    event_loop.run_until_complete(begin).unwrap();
    let dropped = log.clone();
    event_loop.spawn(async move {
        struct Says(Log);
        impl Drop for Says {
            fn drop(&mut self) {
                self.0.say("dropped");
            }
        }
        let _says = Says(dropped);
        pending::<()>().await;
    });
    event_loop.run_until_complete(yield_now()).unwrap();
    event_loop.close().unwrap();
    assert_eq!((log.line().as_str(), reports.take().len()), ("dropped", 2));
    still_works(&virtual_loop());
}

#[test]
fn a_sink_that_panics_is_reported_and_harms_nobody() {
    let log = Log::new();
    let copy = log.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| copy.say(format_args!("{:?}", report.kind)))
        .trace(|_: &Event| panic!("a sink"))
        .build();
    still_works(&event_loop);
    assert_eq!(log.line(), "PanicInSink");
    still_works(&event_loop);
}

#[test]
fn a_chooser_that_panics_is_reported_and_the_order_stays() {
    struct Undecided;
    impl Chooser for Undecided {
        fn choose(&mut self, _: Choice, _: usize) -> usize {
            panic!("a chooser");
        }
    }
    let log = Log::new();
    let copy = log.clone();
    let event_loop = EventLoop::builder()
        .virtual_time()
        .exception_handler(move |report| copy.say(format_args!("{:?}", report.kind)))
        .chooser(Undecided)
        .build();
    let order = Log::new();
    for what in ["a", "b", "c"] {
        event_loop.call_soon(order.sayer(what));
    }
    still_works(&event_loop);
    assert_eq!(order.line(), "a b c");
    assert!(log.take().iter().all(|kind| kind == "PanicInChooser"));
    still_works(&event_loop);
}

#[test]
fn a_driver_that_panics_does_so_where_the_run_was_called() {
    struct Shaky(Virtual, Rc<Cell<bool>>);
    impl Driver for Shaky {
        fn now(&self) -> u64 {
            self.0.now()
        }
        fn park(
            &self,
            until: Option<u64>,
            outside: Outside,
            may_block: &mut dyn FnMut() -> bool,
        ) -> Parked {
            if self.1.replace(false) {
                panic!("a driver");
            }
            self.0.park(until, outside, may_block)
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
    let shaky = Rc::new(Cell::new(true));
    let driver = Shaky(Virtual::new(), shaky.clone());
    let event_loop = EventLoop::builder().driver(driver).build();
    let task = event_loop.spawn(async {
        sleep(secs(1)).await;
        5
    });
    let run = AssertUnwindSafe(|| event_loop.run_until_complete(sleep(secs(2))));
    assert!(catch_unwind(run).is_err());
    assert!(!event_loop.is_running());
    // The main future was dropped by the panic, and its timer with it.
    assert_eq!((event_loop.timers(), event_loop.all_tasks().len()), (1, 1));
    assert_eq!(event_loop.run_until_done(task).unwrap(), 5);
    still_works(&event_loop);
}

#[test]
fn a_panic_inside_a_closure_that_awaits_is_the_tasks_own() {
    let event_loop = virtual_loop();
    let seen = Rc::new(RefCell::new(Vec::new()));
    let copy = seen.clone();
    let main = async move {
        let mut inner = pin!(async {
            sleep(secs(1)).await;
            panic!("deep inside");
        });
        let copy = copy.clone();
        let guarded = poll_fn(|cx| {
            let step = AssertUnwindSafe(|| inner.as_mut().poll(cx));
            match catch_unwind(step) {
                Ok(poll) => poll,
                Err(_) => {
                    copy.borrow_mut().push("caught by the task itself");
                    Poll::Ready(())
                }
            }
        });
        guarded.await;
    };
    event_loop.run_until_complete(main).unwrap();
    assert_eq!(*seen.borrow(), ["caught by the task itself"]);
    still_works(&event_loop);
}

/// Panics when it is dropped, also while the thread is panicking.
struct AlwaysBomb(&'static str);

impl Drop for AlwaysBomb {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new(self.0));
    }
}

#[test]
fn a_main_future_and_its_output_may_both_panic_in_their_drop() {
    let (event_loop, held) = (virtual_loop(), AlwaysBomb("the future"));
    let log = reports_of(&event_loop);
    let main = poll_fn(move |_| {
        let _ = &held;
        Poll::Ready(AlwaysBomb("the output"))
    });
    let ran = catch_unwind(AssertUnwindSafe(|| event_loop.run_until_complete(main)));
    let payload = ran.map(|_| ()).unwrap_err();
    assert_eq!(payload.downcast_ref::<&str>(), Some(&"the future"));
    let output = "PanicInDrop: a panic while something was dropped: the output";
    assert_eq!(log.take(), [output]);
    still_works(&event_loop);
}

#[test]
fn a_remote_task_gets_the_panic_whose_payload_panics_in_its_drop() {
    let event_loop = virtual_loop();
    let log = reports_of(&event_loop);
    let task = event_loop.remote().spawn(async || {
        std::panic::resume_unwind(Box::new(AlwaysBomb("the payload")));
    });
    let ended: Result<(), _> = event_loop.run_until_complete(task).unwrap();
    let text = "a panic whose payload is not text".to_string();
    assert_eq!(ended, Err(RemoteError::Panicked(text)));
    let payload = "PanicInDrop: a panic while something was dropped: the payload";
    assert_eq!(log.take(), [payload]);
    still_works(&event_loop);
}

#[test]
fn an_error_whose_payload_panics_in_its_drop_harms_neither_its_holder_nor_a_dropped_handle() {
    let event_loop = virtual_loop();
    let log = reports_of(&event_loop);
    let fails = || {
        event_loop.spawn(async { std::panic::resume_unwind(Box::new(AlwaysBomb("the payload"))) })
    };
    let (awaited, given_up): (Task<()>, Task<()>) = (fails(), fails());
    let main = async {
        let error = awaited.await.unwrap_err();
        drop(error.clone());
        drop((error, given_up));
        yield_now().await;
    };
    event_loop.run_until_complete(main).unwrap();
    let payload = "PanicInDrop: a panic while something was dropped: the payload";
    let reports = log.take();
    let dropped = reports.iter().filter(|report| *report == payload);
    assert_eq!((dropped.count(), reports.len()), (2, 3), "{reports:?}");
    still_works(&event_loop);
}

/// A driver whose drop panics.
struct SourDriver(Virtual);

impl Drop for SourDriver {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("the driver".to_string()));
    }
}

impl Driver for SourDriver {
    fn now(&self) -> u64 {
        self.0.now()
    }

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        self.0.park(until, outside, may_block)
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
fn a_driver_that_panics_in_its_drop_is_told_to_the_handler_and_leaves_no_drop_of_a_loop() {
    let event_loop = EventLoop::builder()
        .driver(SourDriver(Virtual::new()))
        .build();
    let log = reports_of(&event_loop);
    event_loop.run_until_complete(sleep(secs(1))).unwrap();
    let handle = event_loop
        .run_until_complete(async { current_loop() })
        .unwrap();
    drop(event_loop);
    assert_eq!(
        (handle.time().since_start(), log.take().len()),
        (secs(1), 0)
    );
    drop(handle); // the last holder
    assert_eq!(
        log.take(),
        ["PanicInDrop: a panic while something was dropped: the driver"]
    );
}

#[test]
fn results_of_remote_tasks_that_nobody_has_read_are_dropped_one_by_one() {
    struct SendBomb(&'static str);
    impl Drop for SendBomb {
        fn drop(&mut self) {
            panic!("{}", self.0);
        }
    }
    let event_loop = virtual_loop();
    let log = reports_of(&event_loop);
    let main = async {
        let tasks = ["a", "b"].map(|name| remote().spawn(async move || SendBomb(name)));
        sleep(secs(1)).await;
        drop(tasks);
    };
    event_loop.run_until_complete(main).unwrap();
    let [a, b] =
        ["a", "b"].map(|name| format!("PanicInDrop: a panic while something was dropped: {name}"));
    assert_eq!(log.take(), [a, b]);
    still_works(&event_loop);
}
