//! Tests that no cell is borrowed while the user's code is called.
//!
//! The problem: a `Clone`, a sink, a chooser, a handler or a drop is called in the middle of a
//! turn, and may use every handle there is. A request that can be served is served. One that
//! cannot, a round inside a round or a close from inside, fails with a clear message, and the
//! loop goes on. The property over random hooks is floor 5's, `props/hooks.rs`.
//!
//! Invariant: no message of a panic here mentions a borrow.
//!
//! Read next: `memory.rs`.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::panic::resume_unwind;
use std::rc::Rc;

use groundup_task::trace::{Choice, Chooser, Event, Seeded, Sink};
use groundup_task::{
    Exit, Group, NoRoot, Promise, PromiseError, ReportKind, Scheduler, Several, Task, TaskError,
    yield_now,
};

fn scheduler() -> Rc<Scheduler> {
    Scheduler::new().expect("few loops")
}

/// Returns the message of the panic that a task ended with.
fn panic_of<T: 'static>(task: &mut Task<T>) -> String {
    match task.take_result() {
        Some(Err(TaskError::Panicked(panic))) => panic.message().to_string(),
        other => panic!("it did not panic: {:?}", other.map(|ended| ended.is_ok())),
    }
}

/// Collects the kinds of a scheduler's reports from now on.
fn reports(scheduler: &Rc<Scheduler>) -> Rc<RefCell<Vec<ReportKind>>> {
    let kinds: Rc<RefCell<Vec<ReportKind>>> = Rc::default();
    let seen = kinds.clone();
    scheduler.set_exception_handler(Some(Rc::new(move |report| {
        seen.borrow_mut().push(report.kind);
    })));
    kinds
}

#[test]
fn a_value_is_looked_at_inside_a_look() {
    let scheduler = scheduler();
    let mut task = scheduler.spawn(async { 5 });
    let other = task.clone();
    assert_eq!(task.with_output(|_| ()), None, "it has not run");
    scheduler.run_until_idle();
    let sum = task.with_output(|a| other.with_output(|b| task.with_output(|c| a + b + c)));
    assert_eq!(sum, Some(Some(Some(15))));
    drop(other);
    assert_eq!(task.take_value(), Some(5), "it was looked at, and is there");
}

#[test]
fn a_running_task_has_no_value_to_look_at() {
    let scheduler = scheduler();
    let mine: Rc<RefCell<Option<Task<u32>>>> = Rc::default();
    let own = mine.clone();
    let task = scheduler.spawn(async move {
        yield_now().await;
        assert_eq!(own.borrow().as_ref().unwrap().with_output(|_| ()), None);
        5
    });
    mine.replace(Some(task));
    scheduler.run_until_idle();
    let mut task = mine.take().unwrap();
    assert_eq!(task.take_value(), Some(5));
}

#[test]
fn a_value_that_is_looked_at_can_be_taken_as_a_copy() {
    let scheduler = scheduler();
    let task = scheduler.spawn(async { String::from("long") });
    let mut other = task.clone();
    scheduler.run_until_idle();
    let taken = task.with_output(|look| {
        let taken = other.take_and_stay().unwrap().unwrap();
        scheduler.close();
        (look.clone(), taken)
    });
    assert_eq!(taken, Some(("long".into(), "long".into())));
    assert!(matches!(other.take_result(), Some(Err(TaskError::Closed))));
}

thread_local! {
    static FAILS: Cell<bool> = const { Cell::new(false) };
}

#[derive(Debug)]
struct Fragile;

impl Clone for Fragile {
    fn clone(&self) -> Self {
        assert!(!FAILS.replace(false), "this clone fails");
        Fragile
    }
}

#[test]
fn a_clone_that_panics_costs_one_awaiter() {
    let scheduler = scheduler();
    let mut a = scheduler.spawn(async { Fragile });
    let (mut b, c) = (a.clone(), a.clone());
    let mut first = scheduler.spawn(async { c.await.map(drop) });
    FAILS.set(true);
    scheduler.run_until_idle();
    assert_eq!(panic_of(&mut first), "this clone fails");
    assert!(b.take_result().unwrap().is_ok() && a.take_result().unwrap().is_ok());
    let promise = scheduler.promise();
    promise.set_result(Fragile).unwrap();
    FAILS.set(true);
    let clone = std::panic::AssertUnwindSafe(|| promise.result().map(drop));
    assert!(std::panic::catch_unwind(clone).is_err());
    assert!(promise.result().is_ok(), "the value is back");
}

/// A value whose `Clone` asks the value's own promise.
struct Curious(Rc<RefCell<Vec<Promise<Curious>>>>, Rc<RefCell<Vec<String>>>);

impl Clone for Curious {
    fn clone(&self) -> Self {
        for promise in &*self.0.borrow() {
            let mark = promise.result().map(drop).unwrap_err().to_string();
            self.1.borrow_mut().push(mark);
        }
        Curious(Rc::default(), Rc::default())
    }
}

#[test]
fn a_clone_that_asks_for_its_own_promise_is_told() {
    let (scheduler, mark) = (scheduler(), Rc::new(RefCell::new(Vec::new())));
    let promise = scheduler.promise();
    let value = Curious(Rc::new(RefCell::new(vec![promise.clone()])), mark.clone());
    let handles = value.0.clone();
    assert!(promise.set_result(value).is_ok());
    assert!(promise.result().is_ok());
    assert_eq!(*mark.borrow(), [PromiseError::InUse.to_string()]);
    handles.borrow_mut().clear();
    assert!(promise.result().is_ok(), "the value is back");
}

#[test]
fn a_round_inside_a_round_and_a_close_from_inside_are_refused() {
    let scheduler = scheduler();
    let act: [fn(&Rc<Scheduler>); 2] = [
        |home| home.close(),
        |home| {
            home.run_round(&mut NoRoot);
        },
    ];
    for act in act {
        let inner = scheduler.clone();
        let mut task = scheduler.spawn(async move {
            yield_now().await;
            act(&inner);
        });
        let kinds = reports(&scheduler);
        let inner = scheduler.clone();
        scheduler.call_soon(move || act(&inner));
        scheduler.run_until_idle();
        let mark = panic_of(&mut task);
        assert!(mark.contains("what it runs") || mark.contains("what the loop runs"));
        assert_eq!(kinds.take(), [ReportKind::CallbackPanicked]);
        let mut after = scheduler.spawn(async { 5 });
        scheduler.run_until_idle();
        assert_eq!(after.take_value(), Some(5), "the loop goes on");
    }
}

#[test]
fn a_sink_or_a_handler_begins_no_round_and_closes_nothing() {
    let scheduler = scheduler();
    let kinds = reports(&scheduler);
    let inner = scheduler.clone();
    let sink = move |_: &Event| inner.close();
    scheduler.set_sink(Some(Box::new(sink)));
    scheduler.spawn(async {}).detach();
    assert_eq!(kinds.take(), [ReportKind::PanicInSink]);
    let (inner, told) = (scheduler.clone(), Rc::new(Cell::new(0)));
    let count = told.clone();
    scheduler.set_exception_handler(Some(Rc::new(move |_| {
        count.set(count.get() + 1);
        inner.run_round(&mut NoRoot);
    })));
    scheduler.call_soon(|| panic!("one"));
    scheduler.run_until_idle();
    assert_eq!(told.get(), 1);
    assert!(!scheduler.is_closed() && !scheduler.is_busy());
}

#[test]
fn guards_may_leave_in_any_order() {
    let (a, b, c) = (scheduler(), scheduler(), scheduler());
    let current = |one: &Rc<Scheduler>| Scheduler::current().is_some_and(|s| Rc::ptr_eq(&s, one));
    let (in_a, in_b, in_c) = (a.enter().unwrap(), b.enter_over(), c.enter_over());
    drop(in_b);
    assert!(current(&c));
    drop(in_a);
    assert!(current(&c));
    drop(in_c);
    assert!(Scheduler::current().is_none());
    assert!(b.enter().is_some(), "nothing is left behind");
}

/// A sink that runs a function at its first event.
struct Acting<F: FnOnce()>(Rc<Cell<u32>>, Option<F>);

impl<F: FnOnce()> Sink for Acting<F> {
    fn event(&mut self, _: &Event) {
        self.0.set(self.0.get() + 1);
        if let Some(act) = self.1.take() {
            act();
        }
    }
}

#[test]
fn what_a_sink_causes_is_told_to_nobody_and_one_that_it_sets_is_told_the_next() {
    let scheduler = scheduler();
    let (first, second) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    let (inner, next) = (scheduler.clone(), second.clone());
    let act = move || {
        inner.spawn(async {}).detach(); // not emitted
        inner.set_sink(Some(Box::new(Acting(next, None::<fn()>))));
        inner.spawn(async {}).detach(); // nor to the new sink: the event is not over
    };
    scheduler.set_sink(Some(Box::new(Acting(first.clone(), Some(act)))));
    scheduler.spawn(async {}).detach();
    assert_eq!((first.get(), second.get()), (1, 0));
    scheduler.spawn(async {}).detach();
    assert_eq!((first.get(), second.get()), (1, 1));
    let inner = scheduler.clone();
    let act = move || inner.set_sink(None);
    scheduler.set_sink(Some(Box::new(Acting(first.clone(), Some(act)))));
    scheduler.spawn(async {}).detach();
    scheduler.spawn(async {}).detach();
    assert_eq!(first.get(), 2, "it has set none in its place");
    assert!(!scheduler.is_observed());
}

#[test]
fn a_promise_is_done_when_a_sink_is_told_of_it() {
    for turned_off in [false, true] {
        let (scheduler, told) = (scheduler(), Rc::new(Cell::new(0)));
        let promise: Promise<u32> = scheduler.promise();
        let (inner, own, count) = (scheduler.clone(), promise.clone(), told.clone());
        scheduler.set_sink(Some(Box::new(move |_: &Event| {
            if turned_off {
                inner.set_sink(None);
            }
            assert!(own.done());
            assert_eq!(own.set_result(6).unwrap_err().value, 6);
            assert!(!own.cancel(), "it is too late");
            count.set(count.get() + 1);
        })));
        promise.set_result(5).unwrap();
        assert_eq!(promise.result().unwrap(), 5);
        assert_eq!(told.get(), 1, "nothing in the sink has panicked");
    }
}

#[test]
fn a_sink_drops_the_last_handle_of_what_it_is_told_of() {
    let scheduler = scheduler();
    let promise: Promise<u32> = scheduler.promise();
    let proxy = Cell::new(Some(scheduler.proxy(promise.clone())));
    let (inner, events) = (scheduler.clone(), Cell::new(0));
    let spawned: Rc<RefCell<Option<Task<u32>>>> = Rc::default();
    let keep = spawned.clone();
    scheduler.set_sink(Some(Box::new(move |_: &Event| {
        events.set(events.get() + 1);
        if events.get() == 2 {
            drop(proxy.take()); // it has just ended
            keep.replace(Some(inner.spawn(async { 7 }))); // in its place
        }
    })));
    promise.set_result(5).unwrap();
    scheduler.set_sink(None);
    scheduler.run_until_idle();
    let mut spawned = spawned.take().expect("the sink was told twice");
    assert_eq!(
        spawned.take_value(),
        Some(7),
        "the end of another is not its own"
    );
}

/// A chooser that asks for a choice, spawns, and sets another chooser.
struct Asking(Rc<Scheduler>, Rc<Cell<u32>>);

impl Chooser for Asking {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        self.1.set(self.1.get() + 1);
        assert_eq!(self.0.choose(Choice::Branch, 9), 0, "nobody is asked twice");
        self.0.spawn(async {}).detach();
        self.0.set_chooser(Some(Box::new(Seeded::new(7))));
        options - 1
    }
}

#[test]
fn a_chooser_uses_the_loop_and_another_takes_its_place() {
    let (scheduler, asked) = (scheduler(), Rc::new(Cell::new(0)));
    let chooser = Asking(scheduler.clone(), asked.clone());
    scheduler.set_chooser(Some(Box::new(chooser)));
    assert_eq!(scheduler.choose(Choice::Branch, 5), 4);
    assert_ne!(
        [(); 9].map(|()| scheduler.choose(Choice::Branch, 5)),
        [0; 9]
    );
    assert_eq!(asked.get(), 1);
    scheduler.set_chooser(Some(Box::new(Asking(scheduler.clone(), asked.clone()))));
    (0..9).for_each(|_| scheduler.spawn(async {}).detach());
    scheduler.run_until_idle();
    assert!(scheduler.all_tasks().is_empty() && asked.get() > 1);
    scheduler.set_chooser(None);
}

/// Runs a function when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

#[test]
fn a_promise_that_is_set_while_the_loop_closes_stays_set() {
    for before in [0, 4] {
        let scheduler = scheduler();
        // Close goes by number, the oldest first: the promise is ended before the task is
        // dropped, or after it.
        let promises: Vec<Promise<u32>> = (0..=before).map(|_| scheduler.promise()).collect();
        let (promise, setter) = (promises[before].clone(), promises[before].clone());
        let accepted = Rc::new(Cell::new(None));
        let mark = accepted.clone();
        let task = scheduler.spawn(async move {
            let _guard = OnDrop(move || mark.set(Some(setter.set_result(7).is_ok())));
            pending::<()>().await;
        });
        scheduler.run_until_idle();
        scheduler.close();
        let set = promise.result().is_ok_and(|value| value == 7);
        assert_eq!(accepted.get(), Some(set));
        drop(task);
    }
}

/// A value whose drop spawns a task with the next such value.
struct Again(Rc<Scheduler>, u32);

impl Drop for Again {
    fn drop(&mut self) {
        if self.1 > 0 {
            let next = Again(self.0.clone(), self.1 - 1);
            let task = self.0.spawn(async move {
                let _next = next;
                pending::<()>().await;
            });
            drop(task);
        }
    }
}

#[test]
fn drops_that_spawn_for_ever_are_told_of_at_close() {
    for (generations, told) in [(50, 0), (100_000, 1)] {
        let scheduler = scheduler();
        let kinds = reports(&scheduler);
        let first = Again(scheduler.clone(), generations);
        let task = scheduler.spawn(async move {
            let _first = first;
            pending::<()>().await;
        });
        scheduler.run_until_idle();
        scheduler.close();
        assert_eq!(kinds.take(), vec![ReportKind::LeakedAtClose; told]);
        // Now spawned into a loop that is closed.
        drop(Again(scheduler.clone(), generations));
        assert_eq!(kinds.take(), vec![ReportKind::LeakedAtClose; told]);
        assert!(scheduler.all_tasks().is_empty());
        drop(task);
    }
}

#[test]
fn a_panic_in_the_drop_of_sink_chooser_or_handler_leaves_no_scheduler() {
    struct Falls(OnDrop<fn()>);
    impl Sink for Falls {
        fn event(&mut self, _: &Event) {}
    }
    impl Chooser for Falls {
        fn choose(&mut self, _: Choice, _: usize) -> usize {
            let _guard = &self.0;
            0
        }
    }
    let falls = || Falls(OnDrop(|| panic!("dropped")));
    let scheduler = scheduler();
    let kinds = reports(&scheduler);
    scheduler.set_sink(Some(Box::new(falls())));
    scheduler.set_chooser(Some(Box::new(falls())));
    drop(scheduler);
    assert_eq!(kinds.take(), [ReportKind::PanicInDrop; 2]);
}

/// The value of a task that holds the handle of the next task. Its drop runs the loop.
struct RunsAtDrop {
    scheduler: Rc<Scheduler>,
    _next: Option<Task<RunsAtDrop>>,
    runs: Rc<Cell<u32>>,
}

impl Drop for RunsAtDrop {
    fn drop(&mut self) {
        let runs = self.runs.clone();
        let counts = async move { runs.set(runs.get() + 1) };
        self.scheduler.spawn(counts).detach();
        self.scheduler.run_until_idle();
    }
}

/// A drop outside a round may run the loop, however many handles are dropped around it.
#[test]
fn a_drop_may_run_the_loop_at_any_depth() {
    let (scheduler, runs) = (scheduler(), Rc::new(Cell::new(0)));
    let kinds = reports(&scheduler);
    let mut chain = None;
    for _ in 0..100 {
        let value = RunsAtDrop {
            scheduler: scheduler.clone(),
            _next: chain.take(),
            runs: runs.clone(),
        };
        chain = Some(scheduler.spawn(async move { value }));
        scheduler.run_until_idle();
    }
    drop(chain);
    assert_eq!((runs.get(), kinds.take()), (100, Vec::new()));
}

/// A chooser that code of another loop sets inside a step decides for the rest of the step.
#[test]
fn a_chooser_that_is_set_in_a_loop_inside_decides_around_it() {
    let around = scheduler();
    let set = around.clone();
    let mut first = around.spawn(async move {
        let inside = scheduler();
        let chooser = || Box::new(Seeded::new(1));
        inside
            .spawn(async move { set.set_chooser(Some(chooser())) })
            .detach();
        inside.run_round(&mut NoRoot);
        Several::begin().first()
    });
    around.run_until_idle();
    assert_eq!(first.take_value(), Some(None), "the chooser picks it");
}

/// A member of a group that was not notified of its end counts until its value is taken.
#[test]
fn a_member_counts_until_its_value_is_taken() {
    let scheduler = scheduler();
    let group = Group::coalesced(&scheduler);
    let (one, other) = (
        scheduler.spawn(async { 1 }),
        scheduler.spawn(pending::<()>()),
    );
    group.add(one.as_task_ref(), 0);
    group.add(other.as_task_ref(), 1);
    let mut taken = scheduler.spawn(async move { one.await.ok() });
    scheduler.run_until_idle();
    assert_eq!(taken.take_value(), Some(Some(1)));
    assert_eq!((group.left(), group.running()), (1, 1));
}

/// Between two rounds, also of one entry each, the floor above gets control if it is asked for.
#[test]
fn rounds_end_for_a_message_and_for_a_request_to_stop() {
    for by_mail in [true, false] {
        let scheduler = scheduler();
        let _entered = scheduler.enter().expect("no other loop runs here");
        let address = scheduler.address();
        let task = scheduler.spawn(async move {
            for _ in 0..3 {
                yield_now().await;
            }
            match by_mail {
                true => assert!(address.call_soon(Box::new(|| ())).is_ok()),
                false => Scheduler::current().unwrap().interrupt(true),
            }
            yield_now().await;
        });
        let mut rounds = Vec::new();
        let last = scheduler.run_rounds(&mut NoRoot, |entries| {
            rounds.push(entries);
            rounds.len() < 10
        });
        assert_eq!((rounds, last), (vec![1; 3], 1), "{by_mail}");
        assert!(!task.done());
        scheduler.interrupt(false);
        scheduler.collect_mail();
        scheduler.run_until_idle();
        assert!(task.done());
    }
}

/// A panic in a round behind a round of one entry ends the task of that step, and the round goes on.
#[test]
fn a_panic_behind_a_round_of_one_entry_is_that_of_its_task() {
    let scheduler = scheduler();
    let _entered = scheduler.enter().expect("no other loop runs here");
    let ended = Rc::new(RefCell::new(Vec::new()));
    let tasks = ended.clone();
    let first = scheduler.spawn(async move {
        yield_now().await;
        yield_now().await;
        let three = (0..3).map(|number| {
            Scheduler::current().unwrap().spawn(async move {
                if number == 1 {
                    resume_unwind(Box::new("prints no message"));
                }
            })
        });
        tasks.borrow_mut().extend(three);
    });
    let mut rounds = Vec::new();
    scheduler.run_rounds(&mut NoRoot, |entries| {
        rounds.push(entries);
        true
    });
    assert_eq!(first.exit(), Some(Exit::Returned));
    let panicked: Vec<_> = ended.borrow().iter().map(|task| task.panicked()).collect();
    assert_eq!(
        (panicked, rounds),
        (vec![Some(false), Some(true), Some(false)], vec![1, 1, 1])
    );
}
