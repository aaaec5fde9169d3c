//! The loop against models of it.
//!
//! The problem: tests that a person writes have the cases that a person thought of. Here
//! the programs are random, and the tests compare everything that a program can see: which
//! task ran, when, and in which iteration.
//!
//! Invariant: a property is one sentence, and the sentence stands above it.
//!
//! Read next: `misuse.rs`.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::panic::resume_unwind;
use std::rc::Rc;
use std::time::Duration;

use crate::support::log::{Log, ms, virtual_loop};
use crate::support::reference::{Op, Reference, line};
use groundup_executor::task::{Handle, Report, ReportKind, Task, yield_now};
use groundup_executor::trace::{Event, Recorder, Recording, Seeded, read_trace};
use groundup_executor::{
    Builder, EventLoop, Instant, RunError, TimerHandle, block, call_later, call_soon, iteration,
    sleep, sleep_until, spawn, spawn_named, time,
};
use proptest::prelude::*;

// ----- programs ----------------------------------------------------------

fn op() -> impl Strategy<Value = Op> {
    let few = prop_oneof![Just(0u64), 1u64..5, 1u64..5, 5u64..2000];
    let leaf = prop_oneof![
        3 => Just(Op::Yield),
        4 => few.clone().prop_map(Op::Sleep),
        1 => (1u64..4).prop_map(Op::Block),
        3 => Just(Op::Join),
        2 => Just(Op::Cancel),
        1 => (0u8..3).prop_map(Op::Soon),
        2 => few.prop_map(Op::Later),
        1 => Just(Op::Forget),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            1 => inner.clone(),
            2 => prop::collection::vec(inner, 0..6).prop_map(|ops| Op::Spawn(ops.into())),
        ]
    })
}

fn ops(at_most: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 0..at_most)
}

/// Generates a task that awaits a task that awaits ... a sleep, with other operations around.
fn nest() -> impl Strategy<Value = Vec<Op>> {
    let sleeper = (0u64..10).prop_map(|delay| vec![Op::Sleep(delay)]).boxed();
    (0u32..4).prop_flat_map(move |depth| {
        (0..depth).fold(sleeper.clone(), |inner, _| {
            let parts = (ops(2), inner, ops(2));
            let around = parts.prop_map(|(before, inner, behind)| {
                let awaits = vec![Op::Spawn(inner.into()), Op::Join];
                [before, awaits, behind].concat()
            });
            around.boxed()
        })
    })
}

/// Generates any operations, or a nest that is cancelled sooner or later.
fn program() -> impl Strategy<Value = Rc<[Op]>> {
    let cancelled = (nest(), ops(6), ops(4)).prop_map(|(nest, before, behind)| {
        let before = before.into_iter().filter(|op| !matches!(op, Op::Spawn(_)));
        let mut ops = vec![Op::Spawn(nest.into())];
        ops.extend(before);
        ops.push(Op::Cancel);
        ops.extend(behind);
        ops
    });
    prop_oneof![ops(12), cancelled].prop_map(Into::into)
}

/// Generates a task that spawns many, of which each blocks now and then.
fn crowd() -> impl Strategy<Value = Rc<[Op]>> {
    let delay = prop_oneof![3 => 0u64..12, 2 => 70u64..130];
    let op = prop_oneof![
        3 => Just(Op::Yield),
        4 => delay.clone().prop_map(Op::Sleep),
        3 => prop_oneof![3 => 1u64..6, 1 => Just(150)].prop_map(Op::Block),
        1 => delay.prop_map(Op::Later),
        1 => (0u8..3).prop_map(Op::Soon),
        1 => Just(Op::Cancel),
        1 => Just(Op::Forget),
        1 => (0u64..12).prop_map(|delay| Op::Spawn([Op::Sleep(delay), Op::Yield].into())),
    ];
    let child = prop::collection::vec(op, 1..6).prop_map(|ops| Op::Spawn(ops.into()));
    prop::collection::vec(child, 2..14).prop_map(Into::into)
}

fn say(log: &Log, what: &str) {
    let now = time().since_start();
    assert_eq!(now.subsec_nanos() % 1_000_000, 0);
    log.say(line(now.as_millis() as u64, iteration(), what));
}

fn chain(log: Log, name: String, more: u8) {
    say(&log, &name);
    if more > 0 {
        call_soon(move || chain(log, format!("{name}'"), more - 1));
    }
}

/// Runs the program as a future.
async fn perform(log: Log, name: String, ops: Rc<[Op]>) {
    let mut children: VecDeque<Task<()>> = VecDeque::new();
    let mut handles: Vec<TimerHandle> = Vec::new();
    let mut calls = 0;
    for (n, op) in ops.iter().enumerate() {
        say(&log, &format!("{name}.{n}"));
        match op {
            Op::Yield => yield_now().await,
            Op::Sleep(delay) => sleep(ms(*delay)).await,
            Op::Block(delay) => block(ms(*delay)),
            Op::Spawn(ops) => {
                let child = perform(log.clone(), format!("{name}/{n}"), ops.clone());
                let child: std::pin::Pin<Box<dyn Future<Output = ()>>> = Box::pin(child);
                children.push_back(spawn(child));
            }
            Op::Join => {
                if let Some(child) = children.pop_front() {
                    let _ = child.await;
                }
            }
            Op::Cancel => {
                if let Some(child) = children.back() {
                    child.cancel();
                }
            }
            Op::Soon(more) => {
                calls += 1;
                let (log, name, more) = (log.clone(), format!("{name}!{calls}"), *more);
                call_soon(move || chain(log, name, more));
            }
            Op::Later(delay) => {
                calls += 1;
                let (log, name) = (log.clone(), format!("{name}!{calls}"));
                handles.push(call_later(ms(*delay), move || say(&log, &name)));
            }
            Op::Forget => {
                if let Some(handle) = handles.pop() {
                    handle.cancel();
                }
            }
        }
    }
}

/// Runs the program until nothing can happen any more.
fn run_on(event_loop: &EventLoop, ops: &Rc<[Op]>) -> Vec<String> {
    let log = Log::new();
    event_loop
        .spawn(perform(log.clone(), "t".into(), ops.clone()))
        .detach();
    match event_loop.run_forever().unwrap_err() {
        RunError::Deadlock(end) => assert!(end.stuck.is_empty(), "{end}"),
        other => panic!("{other}"),
    }
    // Handles are dropped, and nothing is left.
    assert!(event_loop.counts().is_zero(), "{}", event_loop.counts());
    assert_eq!(event_loop.leftovers(), []);
    log.take()
}

/// Runs the program step by step, and after each step asks what its tasks wait for.
fn run_explained(event_loop: &EventLoop, ops: &Rc<[Op]>) -> Vec<String> {
    let log = Log::new();
    event_loop
        .spawn(perform(log.clone(), "t".into(), ops.clone()))
        .detach();
    while event_loop.step().is_ok() {
        for task in event_loop.all_tasks() {
            assert!(!event_loop.explain(&task).is_empty());
        }
    }
    log.take()
}

fn traced(builder: Builder, ops: &Rc<[Op]>) -> String {
    let recorder = Recorder::new();
    let event_loop = builder.virtual_time().trace(recorder.clone()).build();
    run_on(&event_loop, ops);
    recorder.text()
}

proptest! {
    /// A program runs on the loop as on the reference interpreter: the same steps, times
    /// and iterations.
    #[test]
    fn the_loop_follows_the_iteration_rules(ops in program()) {
        let reference = Reference::run(&ops);
        let event_loop = virtual_loop();
        prop_assert_eq!(&run_on(&event_loop, &ops), &reference.log);
        prop_assert_eq!(event_loop.time().since_start(), ms(reference.now_ms()));
    }

    /// Observing a program, by a trace, in debug mode or by questions in every iteration,
    /// changes neither the program nor the questions to the chooser.
    #[test]
    fn watching_changes_nothing(ops in program(), seed in prop::option::of(0u64..100)) {
        let run = |builder: Builder, run: fn(&EventLoop, &Rc<[Op]>) -> Vec<String>| {
            let chooser = seed.map(|seed| Recording::new(Seeded::new(seed)));
            let event_loop = builder.virtual_time().build();
            event_loop.set_exception_handler(Some(Rc::new(|_| ())));
            if let Some(chooser) = chooser.clone() {
                event_loop.set_chooser(Some(Box::new(chooser)));
            }
            let log = run(&event_loop, &ops);
            (log, event_loop.iteration(), chooser.map(|chooser| chooser.record()))
        };
        let plain = run(EventLoop::builder(), run_on);
        prop_assert_eq!(&run(EventLoop::builder().trace(Recorder::new()), run_on), &plain);
        prop_assert_eq!(&run(EventLoop::builder().debug(true), run_on), &plain);
        // Each step is a slow one, and is reported.
        prop_assert_eq!(&run(EventLoop::builder().slow_step(ms(0)), run_on), &plain);
        prop_assert_eq!(&run(EventLoop::builder(), run_explained), &plain);
    }

    /// The report of a slow step names exactly those that were ready before it and have not run, and
    /// those whose timer is due, each once.
    #[test]
    fn a_slow_step_names_those_that_it_has_held_up(ops in prop_oneof![program(), crowd()]) {
        let event_loop = EventLoop::builder().virtual_time().slow_step(ms(1)).build();
        let told = Log::new();
        let copy = told.clone();
        event_loop.set_exception_handler(Some(Rc::new(move |report| {
            if report.kind == ReportKind::SlowStep {
                copy.say(&report.message);
            }
        })));
        run_on(&event_loop, &ops);
        prop_assert_eq!(told.take(), Reference::run(&ops).slow);
    }

    /// The same seed gives the same trace, to the byte.
    #[test]
    fn a_seed_is_a_run(ops in program(), seed: u64) {
        let run = || traced(EventLoop::builder().seed(seed), &ops);
        prop_assert_eq!(run(), run());
    }

    /// Replaying the recorded choices of a run gives its trace, to the byte.
    #[test]
    fn recorded_choices_are_a_run(ops in program(), seed: u64) {
        let recording = Recording::new(Seeded::new(seed));
        let recorded = traced(EventLoop::builder().chooser(recording.clone()), &ops);
        let replayed = traced(EventLoop::builder().choices(recording.choices()), &ops);
        prop_assert_eq!(replayed, recorded);
    }

    /// In every order that a seed chooses, every callback that is not cancelled runs, and
    /// no timer is early.
    #[test]
    fn a_seed_loses_nothing(delays in prop::collection::vec(0u64..20, 1..30), seed: u64) {
        let event_loop = EventLoop::builder().virtual_time().seed(seed).build();
        let log = Log::new();
        for (n, &delay) in delays.iter().enumerate() {
            let log = log.clone();
            event_loop.call_later(ms(delay), move || {
                assert_eq!(time().since_start(), ms(delay));
                log.say(n);
            });
        }
        event_loop.run_until_complete(sleep(ms(20))).unwrap();
        let mut ran: Vec<usize> = log.take().iter().map(|n| n.parse().unwrap()).collect();
        ran.sort_unstable();
        prop_assert_eq!(ran, (0..delays.len()).collect::<Vec<_>>());
    }
}

// ----- timers ------------------------------------------------------------

/// An operation on a loop from outside.
#[derive(Clone, Debug)]
enum Set {
    Later(Duration),
    At(Duration),
    Soon,
    Sleep(Duration),
    /// Cancels one of the timers that are set and have not run.
    Cancel(usize),
    Advance(Duration),
}

fn set() -> impl Strategy<Value = Set> {
    let nanos = prop_oneof![
        0u64..4,
        0u64..10_000_000,
        0u64..10_000_000_000,
        0u64..(1 << 50),
        (0u64..50).prop_map(|bit| 1 << bit),
    ];
    let span = nanos.prop_map(Duration::from_nanos);
    prop_oneof![
        3 => span.clone().prop_map(Set::Later),
        2 => span.clone().prop_map(Set::At),
        1 => Just(Set::Soon),
        2 => span.clone().prop_map(Set::Sleep),
        3 => any::<usize>().prop_map(Set::Cancel),
        2 => span.prop_map(Set::Advance),
    ]
}

/// The deadline, and the order among equal deadlines: callbacks before sleepers, which step
/// one iteration later; then in the order of setting.
type Due = (Duration, u8, usize);

/// The handle of a timer that is set.
enum Kept {
    Soon(Handle),
    Timer(TimerHandle),
    Sleeper(Task<()>),
}

/// The loop and the sorted map.
struct Sides {
    event_loop: EventLoop,
    fired: Rc<RefCell<Vec<usize>>>,
    model: BTreeMap<Due, Kept>,
    number: usize,
}

impl Sides {
    /// Returns a callback that logs its number, and checks that it is not early.
    fn callback(&self, due: Duration) -> impl FnOnce() + use<> + 'static {
        let (fired, number) = (self.fired.clone(), self.number);
        move || {
            assert!(
                time().since_start() >= due,
                "early: {:?} before {due:?}",
                time().since_start()
            );
            fired.borrow_mut().push(number);
        }
    }

    fn apply(&mut self, set: Set) {
        self.number += 1;
        let (now, number) = (self.event_loop.time().since_start(), self.number);
        match set {
            Set::Later(delay) => {
                let timer = self
                    .event_loop
                    .call_later(delay, self.callback(now + delay));
                assert_eq!(timer.when().since_start(), now + delay);
                self.model
                    .insert((now + delay, 1, number), Kept::Timer(timer));
            }
            Set::At(at) => {
                let timer = self
                    .event_loop
                    .call_at(Instant::START + at, self.callback(at));
                assert_eq!(timer.when().since_start(), at);
                self.model.insert((at, 1, number), Kept::Timer(timer));
            }
            Set::Soon => {
                let handle = self.event_loop.call_soon(self.callback(now));
                self.model
                    .insert((Duration::ZERO, 0, number), Kept::Soon(handle));
            }
            // A sleep of zero sets no timer.
            Set::Sleep(delay) if delay.is_zero() => {}
            Set::Sleep(delay) => {
                let wakes = self.callback(now + delay);
                let task = self.event_loop.spawn(async move {
                    sleep_until(Instant::START + now + delay).await;
                    wakes();
                });
                self.model
                    .insert((now + delay, 2, number), Kept::Sleeper(task));
            }
            Set::Cancel(which) => self.cancel(which),
            Set::Advance(by) => self.advance(now + by),
        }
    }

    fn cancel(&mut self, which: usize) {
        if self.model.is_empty() {
            return;
        }
        let key = *self.model.keys().nth(which % self.model.len()).unwrap();
        match self.model.remove(&key).unwrap() {
            Kept::Soon(handle) => handle.cancel(),
            Kept::Timer(timer) => timer.cancel(),
            Kept::Sleeper(task) => assert!(task.cancel()),
        }
    }

    /// Advances the time, and compares what is due.
    fn advance(&mut self, until: Duration) {
        self.event_loop
            .run_until_complete(sleep_until(Instant::START + until))
            .unwrap();
        self.event_loop.run_until_complete(yield_now()).unwrap();
        assert_eq!(self.event_loop.time().since_start(), until);
        let later = self.model.split_off(&(until, u8::MAX, usize::MAX));
        let due: Vec<usize> = self.model.keys().map(|key| key.2).collect();
        self.model = later;
        assert_eq!(self.fired.take(), due);
    }
}

proptest! {
    /// Timers that are set, cancelled and waited for on a loop run as from a sorted map: by
    /// deadline, then in the order of setting, never early, never after a cancel, and no
    /// timer is left.
    #[test]
    fn timers_equal_a_sorted_map(sets in prop::collection::vec(set(), 1..60)) {
        let mut sides = Sides {
            event_loop: virtual_loop(),
            fired: Rc::default(),
            model: BTreeMap::new(),
            number: 0,
        };
        for set in sets {
            sides.apply(set);
        }
        let last = sides.model.keys().next_back().map_or(Duration::ZERO, |key| key.0);
        sides.advance(last.max(sides.event_loop.time().since_start()));
        prop_assert_eq!(sides.event_loop.timers(), 0);
        prop_assert!(sides.model.is_empty());
    }
}

// ----- names -------------------------------------------------------------

/// Characters that hide a part of a text or change its order, among others.
fn name_of_anything() -> impl Strategy<Value = String> {
    let hidden = proptest::sample::select(vec![
        '\0', '\n', '\r', '\t', '\u{1b}', '\u{7f}', '\u{9b}', '\u{200b}', '\u{200f}', '\u{2028}',
        '\u{202e}', '\u{2066}', '\u{2069}', '\u{feff}',
    ]);
    let any = prop_oneof![any::<char>(), hidden, proptest::char::range('a', 'z')];
    prop::collection::vec(any, 1..12).prop_map(|chars| chars.into_iter().collect())
}

fn hides(c: char) -> bool {
    let ranges = [
        '\0'..='\u{1f}',
        '\u{7f}'..='\u{9f}',
        '\u{200b}'..='\u{200f}',
        '\u{2028}'..='\u{202e}',
        '\u{2066}'..='\u{2069}',
        '\u{feff}'..='\u{feff}',
    ];
    c != '\n' && ranges.iter().any(|range| range.contains(&c))
}

proptest! {
    /// No name hides or turns a part of a report, of an explanation, of a drawing or of a trace, and
    /// none adds a line. A trace that is read back has the name.
    #[test]
    fn no_name_hides_a_part_of_a_text(name in name_of_anything()) {
        let recorder = Recorder::new();
        let event_loop = EventLoop::builder()
            .virtual_time()
            .debug(true)
            .trace(recorder.clone())
            .build();
        let reports = Rc::<RefCell<Vec<String>>>::default();
        let told = reports.clone();
        event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
            told.borrow_mut().push(report.to_string());
        })));
        let (of_task, of_reason) = (name.clone(), name.clone());
        let ended = event_loop.run_until_complete(async move {
            let fails = spawn_named(of_task.clone(), async move { resume_unwind(Box::new(of_reason)) });
            drop::<Task<()>>(fails);
            spawn_named(of_task.clone(), pending::<()>()).detach();
            spawn_named(of_task, pending::<()>()).await.unwrap();
        });
        let Err(RunError::Deadlock(deadlock)) = ended else { panic!("it waits for ever") };
        prop_assert_eq!(deadlock.tasks().lines().count(), 3, "{}", deadlock);
        let explained = event_loop.explain_all();
        prop_assert_eq!(explained.lines().count(), 2, "without the main task: {}", explained);
        let mut texts = vec![deadlock.to_string(), deadlock.dot(), explained, recorder.text()];
        texts.extend(event_loop.leftovers().iter().map(|(_, text)| text.clone()));
        texts.extend(deadlock.stuck.iter().map(ToString::to_string));
        event_loop.close().unwrap();
        let panics = reports.take();
        prop_assert!(panics.iter().any(|text| text.contains("panicked")), "{:?}", panics);
        texts.extend(panics);
        for text in texts {
            prop_assert!(!text.chars().any(hides), "{:?}", text);
        }
        let events = read_trace(&recorder.text()).unwrap();
        let named = |event: &&Event| event.task.as_ref().is_some_and(|task| *task.name == *name);
        prop_assert!(events.iter().filter(named).count() >= 6);
        prop_assert_eq!(events, recorder.events());
    }
}
