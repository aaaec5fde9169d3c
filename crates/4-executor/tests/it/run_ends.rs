//! However a run ends, the next one is not ended by it.
//!
//! The problem: a run ends in many ways, and a stop can be requested at many moments of it.
//! Some of these moments are so late that the run ends without the stop. The request must
//! end with its run then, and must not wait for the next.
//!
//! Invariant: every row ends with a run that needs several iterations, and returns its value.
//!
//! Read next: `misuse.rs`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use crate::support::alive::still_works;
use crate::support::log::{secs, virtual_loop};
use groundup_executor::task::{Report, ReportKind, catch_cancel, yield_now};
use groundup_executor::{
    EventLoop, RunError, Runner, call_soon, current_loop, current_task, run, sleep, spawn, stop,
};

/// The end of the main future.
#[derive(Clone, Copy, Debug)]
enum End {
    Value,
    Cancelled,
    Panicked,
    /// Waits for ever, until the loop reports a deadlock or is stopped.
    Waiting,
}

/// The moment at which a stop is requested.
#[derive(Clone, Copy, Debug)]
enum Moment {
    Never,
    /// In the step in which main ends.
    LastStep,
    /// While the values that main holds are dropped.
    Drop,
    /// In the iteration after that step, before the end is noticed.
    Noticed,
    /// In the handler of a panic in that iteration.
    Reported,
}

const ENDS: [End; 4] = [End::Value, End::Cancelled, End::Panicked, End::Waiting];
const MOMENTS: [Moment; 5] = [
    Moment::Never,
    Moment::LastStep,
    Moment::Drop,
    Moment::Noticed,
    Moment::Reported,
];

/// Stops the running loop when it is dropped.
struct Stops(bool);

impl Drop for Stops {
    fn drop(&mut self) {
        if self.0 {
            stop();
        }
    }
}

async fn body(end: End, moment: Moment) -> u32 {
    let _stops = Stops(matches!(moment, Moment::Drop));
    yield_now().await;
    match moment {
        Moment::Never | Moment::Drop => {}
        Moment::LastStep => stop(),
        Moment::Noticed => drop(call_soon(stop)),
        Moment::Reported => drop(call_soon(|| panic!("for the handler"))),
    }
    match end {
        End::Value => 1,
        End::Cancelled => {
            current_task().unwrap().cancel();
            pending().await
        }
        End::Panicked => panic!("main"),
        End::Waiting => pending().await,
    }
}

fn loop_that_stops_on_reports() -> EventLoop {
    EventLoop::builder()
        .virtual_time()
        .exception_handler(|report| {
            if report.message.contains("for the handler") {
                stop();
            }
        })
        .build()
}

/// One way to run a loop.
type Run = fn(&EventLoop, End, Moment);

/// Returns every way to run a loop, until it has ended or can do no more.
fn runs() -> [(&'static str, Run); 4] {
    [
        ("run_until_complete", |event_loop, end, moment| {
            drop(event_loop.run_until_complete(body(end, moment)));
        }),
        ("run_until_done", |event_loop, end, moment| {
            let task = event_loop.spawn(body(end, moment));
            drop(event_loop.run_until_done(task));
        }),
        ("run_forever", |event_loop, end, moment| {
            event_loop.spawn(body(end, moment)).detach();
            drop(event_loop.run_forever());
        }),
        ("step", |event_loop, end, moment| {
            event_loop.spawn(body(end, moment)).detach();
            (0..4).for_each(|_| drop(event_loop.step()));
        }),
    ]
}

#[test]
fn the_main_future_stays_on_the_stack_of_its_caller_and_may_borrow() {
    let mut text = String::from("borrowed");
    run(async { text.push('!') });
    let runner = Runner::new();
    runner.run(async { text.push('!') }).unwrap();
    let length = EventLoop::new().run_until_complete(async { text.len() });
    assert_eq!(length.unwrap(), 10);
}

#[test]
fn l08_however_a_run_ends_the_next_one_is_not_ended_by_it() {
    for (name, run) in runs() {
        for end in ENDS {
            for moment in MOMENTS {
                let event_loop = loop_that_stops_on_reports();
                let run = || run(&event_loop, end, moment);
                let _ = catch_unwind(AssertUnwindSafe(run));
                let next = event_loop.run_until_complete(async {
                    sleep(secs(1)).await;
                    2
                });
                assert!(
                    matches!(next, Ok(2)),
                    "after {name}, {end:?}, stopped {moment:?}: {next:?}"
                );
                still_works(&event_loop);
            }
        }
    }
}

// The value is there, so the stop has taken nothing.
#[test]
fn a_stop_in_the_step_in_which_main_ends_leaves_its_value() {
    let event_loop = virtual_loop();
    let first = event_loop.run_until_complete(body(End::Value, Moment::Drop));
    assert!(matches!(first, Ok(1)), "{first:?}");
    let task = event_loop.spawn(body(End::Value, Moment::LastStep));
    assert!(matches!(event_loop.run_until_done(task), Ok(1)));
}

#[test]
fn l07_a_run_that_is_refused_leaves_a_stop_for_the_next() {
    let event_loop = Rc::new(virtual_loop());
    event_loop.stop();
    let other = virtual_loop();
    let refused = other
        .run_until_complete(async { event_loop.run_forever() })
        .unwrap();
    assert!(matches!(refused, Err(RunError::AnotherLoopRuns)));
    let stopped = event_loop.run_until_complete(async {
        spawn(async {}).await.unwrap();
    });
    assert!(matches!(stopped, Err(RunError::Stopped)));
    still_works(&event_loop);
}

#[test]
fn a_loop_whose_owner_is_dropped_during_a_run_is_closed_when_it_ends() {
    for end in ENDS {
        let (event_loop, dropped) = (virtual_loop(), Rc::new(Cell::new(false)));
        let handle = event_loop.run_until_complete(async { current_loop() });
        let (handle, held) = (handle.unwrap(), SetsOnDrop(dropped.clone()));
        let main = async {
            spawn(async move {
                let _held = held;
                pending::<()>().await;
            })
            .detach();
            yield_now().await;
            drop(event_loop);
            sleep(secs(1)).await;
            assert!(!current_loop().is_closed() && !dropped.get(), "{end:?}");
            match end {
                End::Value => {}
                End::Cancelled => {
                    current_task().unwrap().cancel();
                    yield_now().await;
                }
                End::Panicked => std::panic::resume_unwind(Box::new("main")),
                End::Waiting => pending().await,
            }
        };
        let ran = catch_unwind(AssertUnwindSafe(|| handle.run_until_complete(main)));
        assert_eq!(matches!(ran, Ok(Ok(()))), matches!(end, End::Value));
        assert!(handle.is_closed() && dropped.get(), "{end:?}");
        assert!(matches!(handle.run_forever(), Err(RunError::Closed)));
    }
}

struct SetsOnDrop(Rc<Cell<bool>>);

impl Drop for SetsOnDrop {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

#[test]
fn an_error_of_main_that_a_cancel_overtakes_is_reported_as_that_of_another_task() {
    let event_loop = virtual_loop();
    let told: Rc<RefCell<Vec<(ReportKind, bool, bool)>>> = Rc::default();
    let note = told.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        let named = report.message.contains("core::result::Result<(), &str>");
        note.borrow_mut()
            .push((report.kind, named, report.task.is_some()));
    })));
    let cancels_itself = || _ = current_task().unwrap().cancel();
    let overtaken = [(ReportKind::ErrorOvertaken, true, true)];
    // In a plain step, and in one into which another cancel was delivered.
    let plain = event_loop.run_until_complete(async {
        cancels_itself();
        Err::<(), _>("no")
    });
    assert!(matches!(plain, Err(RunError::Cancelled(_))));
    assert_eq!(told.take(), overtaken);
    let later = event_loop.run_until_complete(async {
        call_soon({
            let main = current_task().unwrap();
            move || _ = main.cancel()
        });
        let _ = catch_cancel(pending::<()>()).await;
        cancels_itself();
        Err::<(), _>("no")
    });
    assert!(matches!(later, Err(RunError::Cancelled(_))));
    assert_eq!(told.take(), overtaken);
    let infallible = event_loop.run_until_complete(async { cancels_itself() });
    assert!(matches!(infallible, Err(RunError::Cancelled(_))));
    assert_eq!(told.take(), []);
    still_works(&event_loop);
}

#[test]
fn a_value_of_main_that_a_cancel_overtakes_is_dropped_in_the_run() {
    struct Sour;
    impl Drop for Sour {
        fn drop(&mut self) {
            std::panic::resume_unwind(Box::new("sour"));
        }
    }
    let event_loop = virtual_loop();
    let told = Rc::new(Cell::new(0));
    let note = told.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        assert_eq!(report.kind, ReportKind::PanicInDrop);
        note.set(note.get() + 1);
    })));
    let ran = event_loop.run_until_complete(async {
        current_task().unwrap().cancel();
        Sour
    });
    assert!(matches!(ran, Err(RunError::Cancelled(_))));
    assert_eq!(told.get(), 1);
    still_works(&event_loop);
}
