//! Reports of random programs say nothing that is wrong.
//!
//! The problem: a report is read by a person who has lost an hour already. If it names a circle that
//! opens by itself, or an await that was polled, the second hour is lost, too. So random programs
//! count their own polls, and the report is asked in every iteration.
//!
//! ```text
//!   task   await a promise, a task, a lock, a lock of readers and writers; choose between two and
//!          keep the loser; poll a set of another crate and keep it; set, sleep, cancel; await tasks,
//!          a gather, a group, locks with a deadline
//!   model  promise 3: [T2 waits since iteration 4]     told and not polled: named for T2
//!          circle A, B: polls 5, 7                     later: 5, 7, or `cancel` was called
//! ```
//!
//! Invariants:
//! 1. A task of a circle that was reported is not polled again before a task of it was cancelled. A
//!    deadline cancels none of them: in a program that never calls `cancel`, no cancel is an excuse.
//! 2. An await that a report names as set and not polled is so, and where a promise had one await,
//!    none is left out. The trace has an event for each of them, and is right as well.
//! 3. Each await of which a report knows the place is in this file.
//!
//! Read next: `ways.rs`.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::future::{Future, IntoFuture};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, LocalBoxFuture, select};
use futures::stream::FuturesUnordered;
use groundup_sync::combinators::{TaskGroup, gather, task_group, timeout};
use groundup_sync::executor::{EventLoop, current_task, sleep, spawn_named};
use groundup_sync::task::{Promise, Stuck, Task, yield_now};
use groundup_sync::trace::{Event, Recorder, Verb};
use groundup_sync::{Lock, LockGuard, RwLock, RwLockReadGuard, RwLockWriteGuard};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

const THINGS: usize = 4;

#[derive(Clone, Debug)]
enum Act {
    Await(usize),
    Join(usize),
    Lock(usize),
    Read(usize),
    Write(usize),
    Unlock,
    Choose(usize, usize),
    Poll(usize, usize),
    Unkeep,
    Set(usize),
    Sleep(u64),
    Yield,
    Cancel(usize),
    /// Takes a lock, reads or writes with a deadline.
    TryFor(u64, usize, usize),
    /// Awaits tasks with a deadline: one, through a gather, or in a group that is not yet awaited.
    Within(u64, usize, usize),
}

fn act() -> impl Strategy<Value = Act> {
    let thing = || 0..THINGS;
    prop_oneof![
        2 => thing().prop_map(Act::Await),
        4 => thing().prop_map(Act::Join),
        4 => thing().prop_map(Act::Lock),
        2 => thing().prop_map(Act::Read),
        2 => thing().prop_map(Act::Write),
        1 => Just(Act::Unlock),
        10 => (thing(), thing()).prop_map(|(one, other)| Act::Choose(one, other)),
        10 => (thing(), thing()).prop_map(|(one, other)| Act::Poll(one, other)),
        1 => Just(Act::Unkeep),
        18 => thing().prop_map(Act::Set),
        3 => (1_u64..5).prop_map(Act::Sleep),
        3 => Just(Act::Yield),
        1 => thing().prop_map(Act::Cancel),
        2 => (1_u64..9, 0..3_usize, thing()).prop_map(|(after, how, at)| Act::TryFor(after, how, at)),
        3 => (1_u64..9, 0..3_usize, thing()).prop_map(|(after, how, at)| Act::Within(after, how, at)),
    ]
}

/// The things that the tasks of a program share.
#[derive(Default)]
struct Shared {
    promises: Vec<Promise<()>>,
    /// For each promise, the awaits that have suspended: a number of their own, and the task.
    awaits: RefCell<Vec<(u64, usize, String)>>,
    /// The promises that had exactly one await when they were set.
    single: RefCell<HashSet<usize>>,
    tasks: RefCell<Vec<Task<()>>>,
    locks: Vec<Rc<Lock>>,
    values: Vec<RwLock>,
    /// `cancel` was called.
    by_hand: Cell<bool>,
    next: Cell<u64>,
}

/// The await of a promise, which counts itself.
struct Counted {
    shared: Rc<Shared>,
    promise: usize,
    number: u64,
    inner: LocalBoxFuture<'static, ()>,
}

impl Counted {
    fn new(shared: &Rc<Shared>, promise: usize) -> Self {
        let inner = shared.promises[promise].clone().into_future();
        shared.next.set(shared.next.get() + 1);
        Counted {
            shared: shared.clone(),
            promise,
            number: shared.next.get(),
            inner: Box::pin(async { drop(inner.await) }),
        }
    }

    fn leave(&self) {
        self.shared
            .awaits
            .borrow_mut()
            .retain(|(number, ..)| *number != self.number);
    }
}

impl Future for Counted {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.leave();
        let polled = self.inner.as_mut().poll(cx);
        if polled.is_pending() {
            let task = current_task()
                .and_then(|task| task.name())
                .expect("a task")
                .to_string();
            let entry = (self.number, self.promise, task);
            self.shared.awaits.borrow_mut().push(entry);
        }
        polled
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.leave();
    }
}

/// A guard of one of the kinds, which is only kept.
#[expect(dead_code, reason = "a guard is dropped, and not read")]
enum Guard<'a> {
    Lock(LockGuard<'a>),
    Read(RwLockReadGuard<'a>),
    Write(RwLockWriteGuard<'a>),
}

impl Shared {
    fn join(&self, at: usize) -> Task<()> {
        let tasks = self.tasks.borrow();
        tasks[at % tasks.len()].clone()
    }

    async fn take(&self, how: usize, at: usize) -> Guard<'_> {
        match how {
            0 => Guard::Lock(self.locks[at].acquire().await),
            1 => Guard::Read(self.values[at].read().await),
            _ => Guard::Write(self.values[at].write().await),
        }
    }

    /// Awaits a task, in one of three ways.
    async fn wait(&self, how: usize, at: usize) {
        let task = self.join(at);
        match how {
            0 => drop(pin!(task.into_future()).await),
            1 => drop(gather([task, self.join(at + 1)]).await),
            _ => {
                let group = task_group(async |group: TaskGroup<()>| {
                    group.spawn(async {
                        let _ = task.await;
                        Ok(())
                    });
                    sleep(Duration::from_millis(20)).await;
                    Ok(())
                });
                let _ = group.await;
            }
        }
    }
}

async fn act_out(shared: Rc<Shared>, acts: Vec<Act>) {
    let mut kept: Vec<LocalBoxFuture<'static, ()>> = Vec::new();
    let mut guards = Vec::new();
    for act in acts {
        match act {
            Act::Await(at) => Counted::new(&shared, at).await,
            Act::Join(at) => drop(shared.join(at).await),
            Act::Lock(at) => guards.push(shared.take(0, at).await),
            Act::Read(at) => guards.push(shared.take(1, at).await),
            Act::Write(at) => guards.push(shared.take(2, at).await),
            Act::TryFor(after, how, at) => {
                let taken = timeout(Duration::from_millis(after), shared.take(how, at)).await;
                guards.extend(taken.ok());
            }
            Act::Unlock => drop(guards.pop()),
            Act::Choose(one, other) => {
                let [one, other] = [one, other].map(|at| Box::pin(Counted::new(&shared, at)));
                match select(one, other).await {
                    Either::Left((_, loser)) | Either::Right((_, loser)) => kept.push(loser),
                }
            }
            Act::Poll(one, other) => {
                let set = [one, other].map(|at| Counted::new(&shared, at));
                let mut set: FuturesUnordered<Counted> = set.into_iter().collect();
                set.next().await;
                kept.push(Box::pin(
                    async move { set.next().await.unwrap_or_default() },
                ));
            }
            Act::Unkeep => drop(kept.pop()),
            Act::Set(at) => {
                let waits = shared
                    .awaits
                    .borrow()
                    .iter()
                    .filter(|it| it.1 == at)
                    .count();
                if shared.promises[at].set_result(()).is_ok() && waits == 1 {
                    shared.single.borrow_mut().insert(at);
                }
            }
            Act::Sleep(after) => sleep(Duration::from_millis(after)).await,
            Act::Yield => yield_now().await,
            Act::Cancel(at) => {
                shared.by_hand.set(true);
                shared.join(at).cancel();
            }
            Act::Within(after, how, at) => {
                let after = Duration::from_millis(after);
                let _end = timeout(after, shared.wait(how, at)).await;
            }
        }
    }
}

/// A program: the acts of each task.
fn program() -> impl Strategy<Value = (Vec<Vec<Act>>, Option<u64>)> {
    let acts = prop::collection::vec(act(), 1..9);
    (prop::collection::vec(acts, 1..6), any::<Option<u64>>())
}

/// A circle that was reported, and the number of events that were recorded by then.
struct Circle {
    tasks: Vec<String>,
    events: usize,
}

/// Compares what the report names as set and not polled with the awaits that have counted themselves.
fn check_unpolled(shared: &Shared, stuck: &[Stuck], idle: &HashSet<String>, events: &[Event]) {
    let number = |at: usize| shared.promises[at].number().expect("the loop is open");
    let mut expected: HashSet<(String, u64)> = HashSet::new();
    let mut least: HashSet<(String, u64)> = HashSet::new();
    for (_, promise, task) in shared.awaits.borrow().iter() {
        if shared.promises[*promise].done() && idle.contains(task) {
            expected.insert((task.clone(), number(*promise)));
            if shared.single.borrow().contains(promise) {
                least.insert((task.clone(), number(*promise)));
            }
        }
    }
    let mut told: HashSet<(String, u64)> = HashSet::new();
    for stuck in stuck {
        for text in &stuck.unpolled {
            let text = text.strip_prefix("promise ").expect("only promises");
            let (number, _) = text.split_once(' ').expect("a place");
            told.insert((stuck.task.to_string(), number.parse().unwrap()));
        }
    }
    // A report forgets an await if another task has polled its own await of the promise since.
    let traced = in_events(events, idle);
    assert!(told.is_subset(&traced), "{told:?} of {traced:?}");
    assert!(traced.is_subset(&expected), "{traced:?} of {expected:?}");
    for stuck in stuck {
        let place = stuck.awaited.map_or(file!(), |place| place.file());
        assert_eq!(place, file!(), "{stuck}");
    }
    assert!(told.is_subset(&expected), "{told:?} of {expected:?}");
    assert!(least.is_subset(&told), "{least:?} in {told:?}");
}

/// Returns what the last step of each idle task has left unpolled, as the trace says it.
fn in_events(events: &[Event], idle: &HashSet<String>) -> HashSet<(String, u64)> {
    let mut told: HashMap<String, Vec<u64>> = HashMap::new();
    for event in events {
        let Some(task) = &event.task else { continue };
        match event.verb {
            Verb::Step => drop(told.remove(&*task.name)),
            Verb::Unpolled { promise } => {
                told.entry(task.name.to_string()).or_default().push(promise)
            }
            _ => {}
        }
    }
    told.retain(|task, _| idle.contains(task));
    let pairs = told.into_iter().flat_map(|(task, promises)| {
        promises
            .into_iter()
            .map(move |promise| (task.clone(), promise))
    });
    pairs.collect()
}

/// Runs a program, and checks the invariants in every iteration. Returns how often each report said
/// something.
fn run(program: &[Vec<Act>], seed: Option<u64>) -> (usize, usize) {
    let recorder = Recorder::new();
    let circles: Rc<RefCell<Vec<Circle>>> = Rc::default();
    let (keep, trace) = (circles.clone(), recorder.clone());
    let builder = EventLoop::builder()
        .virtual_time()
        .trace(recorder.clone())
        .circle_report(Duration::from_nanos(1))
        .exception_handler(move |report| {
            let events = trace.events().len();
            let lines = report.message.lines();
            let names = lines.filter_map(|line| line.trim().strip_prefix("a circle: "));
            let tasks = names.map(|names| names.split(" -> ").map(String::from).collect());
            keep.borrow_mut()
                .extend(tasks.map(|tasks| Circle { tasks, events }));
        });
    let event_loop = match seed {
        Some(seed) => builder.seed(seed).build(),
        None => builder.build(),
    };
    let shared = Rc::new(Shared {
        promises: (0..THINGS).map(|_| event_loop.create_promise()).collect(),
        locks: (0..THINGS).map(|_| Rc::new(Lock::new())).collect(),
        values: (0..THINGS).map(|_| RwLock::new()).collect(),
        ..Shared::default()
    });
    let made = shared.clone();
    let acts = program.to_vec();
    event_loop
        .run_until_complete(async move {
            for (number, acts) in acts.into_iter().enumerate() {
                let task = spawn_named(format!("T{number}"), act_out(made.clone(), acts));
                made.tasks.borrow_mut().push(task);
            }
        })
        .expect("it only spawns");
    let mut unpolled = 0;
    for _ in 0..200 {
        let scheduler = event_loop.scheduler();
        let tasks = event_loop.all_tasks();
        let idle = tasks.iter().filter_map(|task| {
            let name = task.name()?.to_string();
            let why = event_loop.explain(task);
            (!why.starts_with(&format!("{name} is "))).then_some(name)
        });
        let idle = idle.collect();
        let stuck = scheduler.deadlock().stuck;
        check_unpolled(&shared, &stuck, &idle, &recorder.events());
        unpolled += stuck
            .iter()
            .filter(|stuck| !stuck.unpolled.is_empty())
            .count();
        if event_loop.step().is_err() {
            break;
        }
    }
    let events = recorder.events();
    let circles = circles.take();
    let excused = shared.by_hand.get();
    for circle in &circles {
        // A deadline that is set after the report, around an await of a member, opens the circle.
        let mut set_later = false;
        for event in &events[circle.events..] {
            let of_circle = |name: &str| circle.tasks.iter().any(|task| *task == name);
            match (&event.task, &event.verb) {
                (_, Verb::Arm { .. }) => set_later = true,
                (Some(task), Verb::Cancel { .. }) if of_circle(&task.name) => {
                    assert!(excused || set_later, "{} is cancelled", task.name);
                    break;
                }
                // A wake that is late, of an earlier wait, makes a step that changes nothing.
                (Some(task), Verb::Yield { on }) if of_circle(&task.name) => {
                    let waits = events[..circle.events].iter().rev().find_map(|event| {
                        let own = event.task.as_ref().is_some_and(|own| own.name == task.name);
                        match &event.verb {
                            Verb::Yield { on } if own => Some(on),
                            _ => None,
                        }
                    });
                    assert_eq!(
                        Some(on),
                        waits,
                        "{} goes on, of {:?}",
                        task.name,
                        circle.tasks
                    );
                }
                (Some(task), Verb::Done { .. }) => {
                    let member = of_circle(&task.name);
                    assert!(!member, "{} ends, of {:?}", task.name, circle.tasks);
                }
                _ => {}
            }
        }
    }
    shared.tasks.take(); // a task that has its own handle would never be dropped
    event_loop.close().expect("it closes");
    (circles.len(), unpolled)
}

proptest! {
    /// A report of random programs says nothing that is wrong.
    #[test]
    fn reports_say_nothing_that_is_wrong((program, seed) in program()) {
        run(&program, seed);
    }
}

#[test]
fn the_programs_have_circles_and_awaits_that_are_not_polled() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut circles, mut unpolled) = (0, 0);
    for _ in 0..800 {
        if circles >= 10 && unpolled >= 10 {
            return;
        }
        let (program, seed) = program().new_tree(&mut runner).unwrap().current();
        let found = run(&program, seed);
        (circles, unpolled) = (circles + found.0.min(1), unpolled + found.1.min(1));
    }
    panic!("{circles} circles, {unpolled} awaits, of 10 each");
}
