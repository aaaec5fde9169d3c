//! Group changes nothing, and a trace is complete.
//!
//! The problem: under a sink or in debug mode the loop takes other paths, in which a wake may
//! be an iteration late or go to another task, or the chooser may be asked once more. So random
//! programs run unobserved, under a sink, in debug mode, asked for an explanation in every
//! iteration, and with a sink that comes and goes. Each time everything visible is the same.
//! And in the trace each part has its beginning, its causes and its end.
//!
//! ```text
//!   tree     combinators in combinators, over tasks and futures, cancelled at some time
//!   beside   sleeps that fire and are dropped, kept or moved to another task, polled by
//!            the loop's wakers or by those of a foreign set; callbacks, taken back or not
//! ```
//!
//! Invariant: a program does not know how it is watched.
//!
//! Read next: `waiter.rs`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::{IntoFuture, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use futures::future::{FutureExt, LocalBoxFuture};
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_combinators::executor::{
    Builder, EventLoop, Sleep, block, call_later, call_soon, iteration, sleep, spawn, spawn_named,
    time,
};
use groundup_combinators::task::{Promise, Report, ReportKind, yield_now};
use groundup_combinators::trace::{
    Cause, Chosen, Event, Recorder, Recording, Seeded, Sink, Verb, read_trace,
};
use proptest::prelude::*;

use crate::props::members::{Member, Members, ms};
use crate::props::trees::{Tree, a_tree};

#[path = "../../shared/watching.rs"]
mod watching;

use watching::{WAYS, Way, build, is_always_made, watch};

/// More iterations than any of the programs has.
const MANY: usize = 400;

/// Work that goes on beside the tree.
#[derive(Clone, Debug)]
enum Beside {
    /// A task waits for a promise and a sleep. The promise is set after so many iterations.
    /// Then time passes, so that the sleep may have fired as well.
    Sleep {
        after: u64,
        yields: u32,
        blocks: u64,
        foreign: bool,
        /// The sleep is kept for so many iterations more, and then dropped.
        keeps: u32,
    },
    /// One task polls a sleep first, and another task from then on.
    Moved { after: u64, yields: u32 },
    /// Callbacks, which may be taken back after so many iterations.
    Calls { later: u64, taken_back: Option<u32> },
    /// A callback of the loop calls a waker of this task.
    Woken { after: u64 },
}

fn beside() -> impl Strategy<Value = Beside> {
    let (after, few) = (|| 0_u64..5, || 0_u32..4);
    prop_oneof![
        3 => (after(), few(), 0_u64..6, any::<bool>(), few()).prop_map(
            |(after, yields, blocks, foreign, keeps)| Beside::Sleep {
                after, yields, blocks, foreign, keeps,
            }
        ),
        1 => (after(), few()).prop_map(|(after, yields)| Beside::Moved { after, yields }),
        1 => (after(), prop::option::of(few()))
            .prop_map(|(later, taken_back)| Beside::Calls { later, taken_back }),
        1 => after().prop_map(|after| Beside::Woken { after }),
    ]
}

/// A program, and its disturbances from outside.
#[derive(Clone, Debug)]
struct Program {
    tree: Tree,
    beside: Vec<Beside>,
    seed: Option<u64>,
    /// Iteration in which the tree is cancelled.
    cancel: Option<usize>,
    /// Iteration in which the loop is closed.
    close: Option<usize>,
}

fn program() -> impl Strategy<Value = Program> {
    let at = || prop::option::of(0_usize..12);
    (
        a_tree(),
        prop::collection::vec(beside(), 0..4),
        any::<Option<u64>>(),
        at(),
        at(),
    )
        .prop_map(|(tree, beside, seed, cancel, close)| Program {
            tree,
            beside,
            seed,
            cancel,
            close,
        })
}

/// State after an iteration: its number, its time, the number of ready entries and of timers,
/// and the children.
type Moment = (u64, u64, usize, usize, Vec<Member>);

/// Everything visible of a run.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    log: Vec<(u64, u64, String)>,
    moments: Vec<Moment>,
    asked: Vec<Chosen>,
    reports: Vec<String>,
    end: String,
    /// Timers, groups and registrations at the end.
    left: (usize, usize, u64),
}

#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<(u64, u64, String)>>>);

impl Log {
    fn say(&self, what: impl Into<String>) {
        let line = (
            iteration(),
            time().since_start().as_millis() as u64,
            what.into(),
        );
        self.0.borrow_mut().push(line);
    }
}

async fn pause(yields: u32) {
    for _ in 0..yields {
        yield_now().await;
    }
}

/// Logs each of its polls until a sleep is over: a poll without a cause shows as one too many.
async fn look_out(log: &Log, who: usize) {
    let mut rest = Box::pin(sleep(ms(3)));
    poll_fn(|cx| {
        log.say(format!("{who} is polled"));
        rest.as_mut().poll(cx)
    })
    .await;
}

async fn sleeper(log: Log, who: usize, beside: Beside) {
    let Beside::Sleep {
        after,
        yields,
        blocks,
        foreign,
        keeps,
    } = beside
    else {
        return;
    };
    let promise = Promise::<()>::new();
    let (setter, telling) = (promise.clone(), log.clone());
    spawn(async move {
        pause(yields).await;
        telling.say(format!("{who} is set: {}", setter.set_result(()).is_ok()));
        block(ms(blocks));
    })
    .detach();
    let mut promise = promise.into_future().map(|_| "promise").boxed_local();
    let mut sleep = sleep(ms(after)).map(|()| "sleep").boxed_local();
    if foreign {
        let mut set: FuturesUnordered<LocalBoxFuture<'_, &str>> =
            [promise, sleep].into_iter().collect();
        log.say(format!("{who} has {:?}", set.next().await));
        pause(keeps).await;
        drop(set);
    } else {
        let first = poll_fn(|cx| {
            log.say(format!("{who} looks"));
            match promise.as_mut().poll(cx) {
                Poll::Pending => sleep.as_mut().poll(cx),
                ready => ready,
            }
        });
        log.say(format!("{who} has {}", first.await));
        pause(keeps).await;
        drop(sleep);
    }
    look_out(&log, who).await;
}

/// Begins a sleep in one task and ends it in another.
async fn moved(log: Log, who: usize, after: u64, yields: u32) {
    let mut moving: Pin<Box<Sleep>> = Box::pin(sleep(ms(after)));
    let over = poll_fn(|cx| Poll::Ready(moving.as_mut().poll(cx).is_ready())).await;
    pause(yields).await;
    if !over {
        let telling = log.clone();
        spawn(async move {
            moving.await;
            telling.say(format!("{who} has slept"));
        })
        .detach();
    }
    look_out(&log, who).await;
}

async fn calls(log: Log, who: usize, later: u64, taken_back: Option<u32>) {
    let say = |what: &'static str| {
        let log = log.clone();
        move || log.say(format!("{who} is called {what}"))
    };
    let (soon, later) = (call_soon(say("soon")), call_later(ms(later), say("later")));
    let Some(yields) = taken_back else { return };
    pause(yields).await;
    soon.cancel();
    later.cancel();
    log.say(format!("{who} has taken them back"));
}

async fn woken(log: Log, who: usize, after: u64) {
    let polls = Cell::new(0);
    poll_fn(|cx| {
        log.say(format!("{who} is polled"));
        polls.set(polls.get() + 1);
        let waker = cx.waker().clone();
        call_later(ms(after), move || waker.wake());
        match polls.get() {
            3 => Poll::Ready(()),
            _ => Poll::Pending,
        }
    })
    .await;
}

fn work_beside(log: &Log, who: usize, beside: &Beside) -> LocalBoxFuture<'static, ()> {
    let log = log.clone();
    match *beside {
        Beside::Sleep { .. } => sleeper(log, who, beside.clone()).boxed_local(),
        Beside::Moved { after, yields } => moved(log, who, after, yields).boxed_local(),
        Beside::Calls { later, taken_back } => calls(log, who, later, taken_back).boxed_local(),
        Beside::Woken { after } => woken(log, who, after).boxed_local(),
    }
}

/// Runs a program, watched in some way.
fn run(program: &Program, way: Option<Way>, recorder: &Recorder) -> Seen {
    let chooser = program.seed.map(|seed| Recording::new(Seeded::new(seed)));
    let mut builder = EventLoop::builder().virtual_time();
    if let Some(chooser) = chooser.clone() {
        builder = builder.chooser(chooser);
    }
    let event_loop = build(builder, way, recorder);
    let reports: Rc<RefCell<Vec<String>>> = Rc::default();
    let telling = reports.clone();
    event_loop.set_exception_handler(Some(Rc::new(move |report: &Report| {
        if is_always_made(report.kind) {
            telling.borrow_mut().push(report.message.clone());
        }
    })));
    let (members, log, mut moments) = (Members::default(), Log::default(), Vec::new());
    let (tree, book) = (program.tree.clone(), members.clone());
    let tree = event_loop.spawn(async move { tree.grow(&book).await });
    let (all, telling) = (program.beside.clone(), log.clone());
    let others = event_loop.spawn(async move {
        for (who, beside) in all.iter().enumerate() {
            let future = work_beside(&telling, who, beside);
            spawn_named("beside", future).detach();
        }
    });
    others.detach();
    let mut end = String::from("is over");
    for k in 0..MANY {
        watch(&event_loop, way, k, recorder);
        if program.cancel == Some(k) {
            tree.cancel();
        }
        let idle = event_loop.scheduler().is_idle() && event_loop.timers() == 0;
        if idle || program.close == Some(k) {
            break;
        }
        if let Err(error) = event_loop.step() {
            end = error.to_string();
            break;
        }
        moments.push((
            event_loop.iteration(),
            event_loop.time().since_start().as_millis() as u64,
            event_loop.scheduler().ready_len(),
            event_loop.timers(),
            members.entries(),
        ));
    }
    end.push_str(&format!(", {} tasks", event_loop.all_tasks().len()));
    let (groups, registrations) = event_loop.scheduler().groups();
    let left = (event_loop.timers(), groups, registrations);
    event_loop.close().expect("it does not run");
    drop(tree);
    moments.push((0, 0, 0, 0, members.entries()));
    let seen = Seen {
        log: log.0.take(),
        moments,
        asked: chooser.map(|chooser| chooser.record()).unwrap_or_default(),
        reports: reports.take(),
        end,
        left,
    };
    drop(event_loop);
    seen
}

/// Lives of the things of one kind, by number: true once a thing has ended.
#[derive(Default)]
struct Lives(HashMap<u64, bool>);

impl Lives {
    fn begin(&mut self, number: u64, event: &Event) {
        assert!(
            number > 0 && self.0.insert(number, false).is_none(),
            "begins twice: {event}"
        );
    }

    fn end(&mut self, number: u64, event: &Event) {
        assert_eq!(
            self.0.insert(number, true),
            Some(false),
            "has no beginning, or two ends: {event}"
        );
    }

    fn has_ended(&self, number: u64) -> bool {
        self.0.get(&number) == Some(&true)
    }

    fn lives(&self, number: u64) -> bool {
        self.0.get(&number) == Some(&false)
    }

    fn all_ended(&self, what: &str) {
        let left: Vec<_> = self.0.iter().filter(|(_, ended)| !**ended).collect();
        assert!(left.is_empty(), "{what} without an end: {left:?}");
    }
}

/// Checks that a trace of a whole loop, from beginning to end, is complete.
fn tells_everything(events: &[Event]) {
    let [mut tasks, mut promises, mut callbacks, mut timers] = [(); 4].map(|()| Lives::default());
    let (mut fired, mut ran) = (Lives::default(), Lives::default());
    for event in events {
        let task = event.task.as_ref().map_or(0, |task| task.number);
        match &event.verb {
            Verb::Spawn { .. } => tasks.begin(task, event),
            // A report of a failure that no code has taken comes after the end of the task.
            Verb::Raise { .. } => continue,
            Verb::Done { .. } => tasks.end(task, event),
            _ => assert!(
                task == 0 || tasks.lives(task),
                "of one that does not live: {event}"
            ),
        }
        match &event.verb {
            Verb::Make { promise } => promises.begin(*promise, event),
            Verb::Set { promise, .. } => promises.end(*promise, event),
            Verb::Call { callback } => callbacks.begin(*callback, event),
            Verb::Run { callback } => {
                callbacks.end(*callback, event);
                ran.begin(*callback, event);
                ran.end(*callback, event);
            }
            Verb::Drop { callback } => callbacks.end(*callback, event),
            Verb::Arm { timer, .. } => timers.begin(*timer, event),
            Verb::Fire { timer } => {
                timers.end(*timer, event);
                fired.begin(*timer, event);
                fired.end(*timer, event);
            }
            Verb::Disarm { timer } => timers.end(*timer, event),
            Verb::Wake { by } => assert!(
                match by {
                    Cause::Promise(number) => promises.has_ended(*number),
                    Cause::Timer(number) => fired.has_ended(*number),
                    Cause::Callback(number) => ran.has_ended(*number),
                    Cause::Task(by) => tasks.lives(by.number) || tasks.has_ended(by.number),
                    _ => true,
                },
                "by what has not happened: {event}"
            ),
            _ => {}
        }
    }
    tasks.all_ended("tasks");
    promises.all_ended("promises");
    callbacks.all_ended("callbacks");
    timers.all_ended("timers");
    assert!(events.is_sorted_by_key(|event| (event.time, event.iteration)));
}

proptest! {
    /// In every way of watching, a program does the same at the same time, asks the chooser the
    /// same and leaves the same behind.
    #[test]
    fn watching_changes_nothing(program in program()) {
        let plain = run(&program, None, &Recorder::new());
        for way in WAYS {
            let seen = run(&program, Some(way), &Recorder::new());
            prop_assert_eq!(&seen, &plain, "{:?}", way);
        }
    }

    /// In a trace everything has one beginning, one end and a number of its own, every wake has
    /// a cause that stands before it, and the text of the trace can be read back.
    #[test]
    fn a_trace_tells_everything(program in program()) {
        let recorder = Recorder::new();
        run(&program, Some(Way::Sink), &recorder);
        let events = recorder.events();
        tells_everything(&events);
        prop_assert_eq!(read_trace(&recorder.text()), Ok(events));
    }
}
