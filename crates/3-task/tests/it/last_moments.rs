//! Tests that `cancel()` answers truly while its task ends.
//!
//! The problem: the end of a task is a row of moments at which the user's code runs: drops of
//! the future and of the value, a sink, wakers, callbacks. Each may call `cancel()` on the very
//! task. If the answer is true, the cancel must have an effect; if the end is decided, it is
//! too late for one.
//!
//! Invariant: if `cancel()` returns true, the task ends as cancelled.
//!
//! Read next: `memory.rs`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use groundup_task::trace::{Event, Sink, Verb};
use groundup_task::{
    CancelScope, Exit, ReportKind, Scheduler, TaskError, TaskRef, catch_cancel, raise_cancelled,
    yield_now,
};

/// The answers of `cancel()` at the moments of one end, by the name of the moment.
#[derive(Clone, Default)]
struct Asked {
    task: Rc<RefCell<Option<TaskRef>>>,
    /// The one moment at which the cancel is called.
    at: &'static str,
    answer: Rc<Cell<Option<bool>>>,
}

impl Asked {
    fn ask(&self, moment: &str) {
        let task = self.task.borrow().clone();
        if let Some(task) = task.filter(|_| self.at == moment && self.answer.get().is_none()) {
            self.answer.set(Some(task.cancel()));
        }
    }
}

/// Asks when it is dropped.
struct AtDrop(Asked, &'static str);

impl Drop for AtDrop {
    fn drop(&mut self) {
        self.0.ask(self.1);
        assert_ne!(self.1, "drop that panics");
    }
}

/// Asks when the loop tells of an event of the task.
struct AtEvent(Asked);

impl Sink for AtEvent {
    fn event(&mut self, event: &Event) {
        if event.task.as_ref().is_some_and(|task| task.number == 1) {
            match event.verb {
                Verb::Done { .. } => self.0.ask("sink: done"),
                Verb::Step => self.0.ask("sink: step"),
                Verb::Yield { .. } => self.0.ask("sink: yield"),
                _ => {}
            }
        }
    }
}

thread_local! {
    static AT_WAKE: RefCell<Option<Asked>> = const { RefCell::new(None) };
}

/// Asks when it wakes.
struct AtWake;

impl Wake for AtWake {
    fn wake(self: Arc<Self>) {
        let asked = AT_WAKE.with_borrow(Clone::clone);
        asked.unwrap().ask("foreign waker");
    }
}

/// A future with a value that is dropped with it, outside of its poll.
struct Holds<F, T>(Pin<Box<F>>, T);

impl<F: Future, T: Unpin> Future for Holds<F, T> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().poll(cx)
    }
}

/// The ways in which the task ends.
const WAYS: [Exit; 3] = [Exit::Returned, Exit::Cancelled, Exit::Failed];

/// The moments, and the answer at each of them, for each way. Some do not come in every way.
const MOMENTS: [(&str, [Option<bool>; 3]); 8] = {
    let (yes, no) = (Some(true), Some(false));
    [
        ("sink: step", [yes, yes, yes]),
        ("sink: yield", [yes, yes, yes]),
        ("drop of the future", [yes, yes, no]),
        ("drop of a value that a cancel overtakes", [yes, None, None]),
        (
            "report of a panic in the drop of the future",
            [None, None, no],
        ),
        ("sink: done", [no, no, no]),
        ("foreign waker", [no, no, no]),
        ("done-callback", [no, no, no]),
    ]
};

fn ending(asked: Asked, way: Exit) -> impl Future<Output = AtDrop> {
    let panics = way == Exit::Failed && asked.at.starts_with("report");
    let at = if panics {
        "drop that panics"
    } else {
        "drop of the future"
    };
    let held = AtDrop(asked.clone(), at);
    let body = async move {
        yield_now().await;
        match way {
            Exit::Returned => {}
            Exit::Cancelled => match raise_cancelled().await {},
            Exit::Failed => panic!("it fails"),
        }
        let value = "drop of a value that a cancel overtakes";
        if asked.at == value {
            asked.task.borrow().as_ref().unwrap().cancel();
        }
        AtDrop(asked, value)
    };
    Holds(Box::pin(body), held)
}

/// Lets a task end in a way, and cancels it at a moment. Returns the answer, if that moment has
/// come, and the end.
fn end(way: Exit, at: &'static str, observed: bool) -> (Option<bool>, Exit) {
    let scheduler = Scheduler::new().expect("few loops");
    let asked = Asked {
        at,
        ..Asked::default()
    };
    let handled = asked.clone();
    scheduler.set_exception_handler(Some(Rc::new(move |_| {
        handled.ask("report of a panic in the drop of the future");
    })));
    if observed {
        scheduler.set_sink(Some(Box::new(AtEvent(asked.clone()))));
    }
    let mut task = scheduler.spawn_named("ending", ending(asked.clone(), way));
    asked.task.replace(Some(task.task_ref()));
    AT_WAKE.set(Some(asked.clone()));
    let mut ended = Box::pin(task.ended());
    let waker = Waker::from(Arc::new(AtWake));
    let polled = ended.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    let called = asked.clone();
    task.add_done_callback(move || called.ask("done-callback"));
    scheduler.run_until_idle();
    let how = match task.take_result().expect("it has ended") {
        Ok(_) => Exit::Returned,
        Err(TaskError::Cancelled(_)) => Exit::Cancelled,
        Err(_) => Exit::Failed,
    };
    asked.task.take();
    scheduler.set_sink(None);
    (asked.answer.get(), how)
}

#[test]
fn a_cancel_at_the_end_is_refused_or_ends_the_task() {
    for (moment, answers) in MOMENTS {
        for (way, expected) in WAYS.into_iter().zip(answers) {
            let (answer, how) = end(way, moment, true);
            assert_eq!(answer, expected, "{moment}, {way:?}");
            let ended = match answer {
                Some(true) => Exit::Cancelled,
                _ => way,
            };
            assert_eq!(how, ended, "{moment}, {way:?}: {answer:?}");
            if !moment.starts_with("sink") {
                assert_eq!(end(way, moment, false), (answer, how), "{moment}, {way:?}");
            }
        }
    }
}

#[test]
fn a_refusal_while_the_future_goes_hides_no_panic() {
    for asks in [false, true] {
        let scheduler = Scheduler::new().expect("few loops");
        let kinds: Rc<RefCell<Vec<ReportKind>>> = Rc::default();
        let seen = kinds.clone();
        scheduler.set_exception_handler(Some(Rc::new(move |report| {
            seen.borrow_mut().push(report.kind);
        })));
        let asked = Asked {
            at: if asks { "drop of the future" } else { "" },
            ..Asked::default()
        };
        let task = scheduler.spawn(ending(asked.clone(), Exit::Failed));
        asked.task.replace(Some(task.task_ref()));
        task.detach();
        scheduler.run_until_idle();
        asked.task.take();
        scheduler.flush_reports();
        assert_eq!(*kinds.borrow(), [ReportKind::PanicNeverRetrieved]);
        assert_eq!(asked.answer.get(), asks.then_some(false));
    }
}

/// Cancels a task when it is dropped.
struct Cancels(Rc<RefCell<Option<TaskRef>>>);

impl Drop for Cancels {
    fn drop(&mut self) {
        if let Some(task) = self.0.take() {
            assert!(task.cancel());
        }
    }
}

/// The cancelled task awaits a task whose end is decided, and which cannot answer for it.
#[test]
fn a_cancel_that_is_handed_on_at_the_end_comes_back() {
    for in_drop in [true, false] {
        let scheduler = Scheduler::new().expect("few loops");
        let target = Rc::default();
        let body = async move {
            yield_now().await;
            assert!(!in_drop, "it fails");
        };
        let (ours, others) = match in_drop {
            true => (Rc::clone(&target), Rc::default()),
            false => (Rc::default(), Rc::clone(&target)),
        };
        let awaited = scheduler.spawn(Holds(Box::pin(body), Cancels(ours)));
        let at_end = Cell::new(Some(Cancels(others)));
        scheduler.set_sink(Some(Box::new(move |event: &Event| {
            if matches!(event.verb, Verb::Done { .. }) {
                drop(at_end.take());
            }
        })));
        let mut waiting = scheduler.spawn(async move {
            let _ = awaited.await;
            pending::<()>().await;
        });
        target.replace(Some(waiting.task_ref()));
        scheduler.run_until_idle();
        let ended = waiting.take_result();
        let cancelled = ended.is_some_and(|ended| ended.unwrap_err().is_cancelled());
        assert!(cancelled, "in the drop of its future: {in_drop}");
        scheduler.set_sink(None);
    }
}

#[test]
fn a_cancel_in_the_drop_of_a_cancelled_future_does_not_replace_the_reason() {
    struct Again(Rc<RefCell<Option<TaskRef>>>);
    impl Drop for Again {
        fn drop(&mut self) {
            self.0.take().unwrap().cancel_with("second");
        }
    }
    type Way = fn() -> Pin<Box<dyn Future<Output = ()>>>;
    let ways: [Way; 5] = [
        || Box::pin(pending()),
        || Box::pin(async { drop(Scheduler::current().unwrap().spawn(pending::<()>()).await) }),
        || {
            Box::pin(async {
                let cancelled = catch_cancel(pending::<()>()).await.unwrap_err();
                cancelled.raise().await;
            })
        },
        || {
            let scope = CancelScope::new();
            Box::pin(async move { drop(scope.catch(pending::<()>()).await) })
        },
        || {
            Box::pin(async {
                let region = pin!(catch_cancel(pending::<()>()));
                drop(futures::future::select(region, pin!(yield_now())).await);
                pending::<()>().await;
            })
        },
    ];
    for (way, first) in ways
        .iter()
        .flat_map(|way| [(way, Some("first")), (way, None)])
    {
        let scheduler = Scheduler::new().unwrap();
        let itself: Rc<RefCell<Option<TaskRef>>> = Rc::default();
        let (again, way) = (Again(itself.clone()), *way);
        let mut task = scheduler.spawn(async move {
            let _again = again;
            way().await;
            pending::<()>().await;
        });
        itself.replace(Some(task.task_ref()));
        scheduler.run_until_idle();
        match first {
            Some(reason) => task.cancel_with(reason),
            None => task.cancel(),
        };
        scheduler.run_until_idle();
        if !task.done() {
            task.cancel(); // the scope has caught the first
            scheduler.run_until_idle();
        }
        let Some(Err(TaskError::Cancelled(cancelled))) = task.take_result() else {
            panic!("it was cancelled");
        };
        assert_ne!(cancelled.reason(), Some("second"));
    }
}

#[test]
fn a_cancel_in_the_drop_of_an_overtaken_value_does_not_replace_the_reason() {
    struct Again(Rc<Cell<Option<bool>>>, TaskRef);
    impl Drop for Again {
        fn drop(&mut self) {
            self.0.set(Some(self.1.cancel_with("second")));
        }
    }
    let (scheduler, answer) = (Scheduler::new().unwrap(), Rc::new(Cell::new(None)));
    let told = answer.clone();
    let mut task = scheduler.spawn(async move {
        let itself = Scheduler::current().unwrap().current_task().unwrap();
        itself.cancel_with("first");
        Again(told, itself)
    });
    scheduler.run_until_idle();
    let Some(Err(TaskError::Cancelled(cancelled))) = task.take_result() else {
        panic!("it was cancelled");
    };
    assert_eq!(
        (cancelled.reason(), answer.get()),
        (Some("first"), Some(true))
    );
}
