//! Rules K01 to K19: `Task<T>` does the same as asyncio's `Task`.
//!
//! One test a rule, named after it. Some rules cannot be broken here; this table says why:
//!
//! | rule | instead |
//! |---|---|
//! | K06, `set_result` on a task | `ui/set_result_on_a_task.rs`: a task has no such method |
//! | K10, a bad yield | `ui/await_a_number.rs`: only futures can be awaited |
//! | K11, the error of K09 arrives one iteration later | here it is the value of the await at once; `k11_...` shows that the task can handle it and go on |
//! | K12, `create_task(5)` | `ui/spawn_a_number.rs` |
//! | K13, a coroutine run twice | `ui/await_a_task_twice.rs`, `ui/spawn_a_future_twice.rs`: awaiting moves |
//! | K16, a coroutine never awaited | the compiler's `unused_must_use`; `ui/future_not_awaited.rs` |
//! | K18, eager start | not offered: by K01 a body starts in the next round; a future whose beginning must run now can be polled by its owner before it is spawned, `k18_...` |
//!
//! Read next: `rules_cancel.rs`.

use std::cell::RefCell;
use std::future::{Future, IntoFuture, poll_fn, ready};
use std::rc::Rc;
use std::task::Poll;

use crate::drive::*;
use futures::stream::{FuturesUnordered, StreamExt};
use groundup_task::trace::Verb;
use groundup_task::{
    Exit, Group, Listener, Local, Locals, Promise, ReportKind, Scheduler, Task, TaskError,
    catch_cancel, yield_now,
};

#[test]
fn k01_spawn_never_runs_the_body_inline() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let tasks: Vec<_> = ["a>", "b>", "c>"]
            .map(|name| {
                let log = log.clone();
                spawn(async move { log.say(name) })
            })
            .into();
        log.say("created");
        for task in tasks {
            task.await.unwrap();
        }
    });
    let expected = [(0, "created"), (1, "a>"), (1, "b>"), (1, "c>")];
    assert_eq!(
        drive.log.rounds(),
        expected.map(|(r, t)| (r, t.to_string()))
    );
}

#[test]
fn k02_a_bare_yield_goes_to_the_end_of_the_queue() {
    let drive = Drive::new();
    for name in ["a", "b"] {
        let log = drive.log.clone();
        drive
            .spawn(async move {
                for n in 0..2 {
                    log.say(format!("{name}{n}"));
                    yield_now().await;
                }
            })
            .detach();
    }
    drive.settle();
    assert_eq!(drive.log.texts(), ["a0", "b0", "a1", "b1"]);
}

#[test]
fn k03_awaiting_a_future_costs_no_iteration() {
    async fn three(log: &Log) -> u32 {
        log.say("inside");
        3
    }
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        log.say("before");
        assert_eq!(three(&log).await, 3);
        log.say("after");
    });
    assert!(drive.log.rounds().iter().all(|(round, _)| *round == 0));
}

#[test]
fn k04_whoever_awaits_resumes_in_the_next_iteration() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let task = spawn(async move { inner.say("done") });
        task.await.unwrap();
        log.say("resumed");
    });
    let expected = [(0, "done".to_string()), (1, "resumed".to_string())];
    assert_eq!(drive.log.rounds(), expected);
}

#[test]
fn k05_a_task_gives_its_value_or_its_panic() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            assert_eq!(spawn(async { 5 }).await.unwrap(), 5);
            let failed: Task<Result<u32, &str>> = spawn(async { Err("its own error") });
            assert_eq!(failed.await.unwrap(), Err("its own error"));
            let panicked: Task<()> = spawn(async { panic!("oh {}", 1) });
            let reference = panicked.task_ref();
            yield_now().await;
            assert!(reference.done());
            assert_eq!(reference.panicked(), Some(true));
            assert_eq!(reference.cancelled(), Some(false));
            let Err(TaskError::Panicked(panic)) = panicked.await else {
                panic!("the panic is handed to whoever awaits");
            };
            assert_eq!(panic.message(), "oh 1");
        });
    });
    assert_eq!(drive.kinds(), [], "somebody has seen it");
}

#[test]
fn k05_a_panic_nobody_can_see_is_reported_with_the_place_of_the_spawn() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let task = spawn(async { panic!("unseen") });
            task.set_name("worker");
            task.detach();
            pause(2).await;
        });
    });
    let report = drive.report();
    assert_eq!(report.kind, ReportKind::PanicNeverRetrieved);
    assert!(report.message.contains("unseen"), "{report}");
    assert_eq!(report.task.as_deref(), Some("worker"));
    assert!(report.place.unwrap().file().ends_with("rules_task.rs"));
}

#[test]
fn k07_names_are_counted_and_can_be_given() {
    let drive = Drive::new();
    drive.run(async {
        // The main task is the first.
        let (second, third) = (spawn(async {}), spawn(async {}));
        assert_eq!(second.name().as_deref(), Some("Task-2"));
        assert_eq!((second.number(), third.number()), (Some(2), Some(3)));
        third.set_name("reader");
        assert_eq!(third.name().as_deref(), Some("reader"));
        third.set_name("writer");
        assert_eq!(third.name().as_deref(), Some("writer"));
    });
}

#[test]
fn k08_current_task_and_all_tasks() {
    let drive = Drive::new();
    let log = drive.log.clone();
    assert!(Scheduler::current().is_none());
    drive.run(async {
        let main = scheduler().current_task().unwrap();
        let inner = log.clone();
        let task = spawn(async move {
            let me = scheduler().current_task().unwrap();
            inner.say(&me);
            yield_now().await;
            assert_eq!(scheduler().current_task().unwrap(), me);
        });
        call_soon(move || log.say(format!("callback {:?}", scheduler().current_task())));
        assert_eq!(
            scheduler().all_tasks(),
            [main.clone(), task.task_ref()],
            "oldest first"
        );
        let reference = task.task_ref();
        task.await.unwrap();
        assert_ne!(scheduler().current_task().unwrap(), reference);
        assert_eq!(scheduler().all_tasks(), [main], "only those not done");
    });
    assert_eq!(drive.log.texts(), ["Task-2", "callback None"]);
}

#[test]
fn k09_a_task_that_awaits_itself_is_told() {
    let drive = Drive::new();
    let error = drive.run(async {
        let handle: Promise<Rc<RefCell<Option<Task<String>>>>> = Promise::new();
        let inner = handle.clone();
        let task = spawn(async move {
            let myself = inner.await.unwrap().take().unwrap();
            match myself.await {
                Err(error @ TaskError::AwaitedItself) => error.to_string(),
                other => panic!("{other:?}"),
            }
        });
        let reference = task.task_ref();
        let cell = Rc::new(RefCell::new(Some(task)));
        handle.set_result(cell).unwrap();
        reference.ended().await;
        reference
    });
    assert!(error.done());
}

#[test]
fn k09_waiting_for_ones_own_end_is_a_panic_and_no_hang() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let task = spawn(async { scheduler().current_task().unwrap().ended().await });
            let error = task.await.unwrap_err();
            let TaskError::Panicked(panic) = error else {
                panic!("{error:?}");
            };
            assert!(
                panic.message().contains("await itself"),
                "{}",
                panic.message()
            );
        });
    });
}

#[test]
fn k11_the_error_of_awaiting_oneself_can_be_handled() {
    use RefCell;
    use std::rc::Rc;
    let drive = Drive::new();
    let value = drive.run(async {
        let cell: Rc<RefCell<Option<Task<u32>>>> = Rc::default();
        let mine = cell.clone();
        let done: Promise<u32> = Promise::new();
        let told = done.clone();
        let task = spawn(async move {
            let mut myself = mine.take().unwrap();
            assert!(matches!((&mut myself).await, Err(TaskError::AwaitedItself)));
            yield_now().await;
            told.set_result(5).unwrap();
            5
        });
        cell.replace(Some(task));
        done.await.unwrap()
    });
    assert_eq!(value, 5);
}

#[test]
fn k14_a_task_starts_with_a_copy_of_its_spawners_values() {
    static REQUEST: Local<u32> = Local::new();
    let drive = Drive::new();
    drive.run(async {
        REQUEST.set(1);
        let child = spawn(async {
            let begun_with = REQUEST.get();
            REQUEST.set(10);
            yield_now().await;
            (begun_with, REQUEST.get())
        });
        REQUEST.set(2);
        let (begun_with, ended_with) = child.await.unwrap();
        assert_eq!(begun_with, Some(1), "set after the spawn is not seen");
        assert_eq!(ended_with, Some(10));
        assert_eq!(REQUEST.get(), Some(2), "set in the child does not leak");
    });
    assert_eq!(REQUEST.get(), None, "nor out of the loop");
}

#[test]
fn k14_tasks_in_one_context_see_what_the_others_set() {
    static REQUEST: Local<u32> = Local::new();
    let drive = Drive::new();
    drive.run(async {
        let context = Locals::default();
        context.scope(|| REQUEST.set(1));
        let step = |value| async move {
            let before = REQUEST.get();
            REQUEST.set(value);
            yield_now().await;
            (before, REQUEST.get())
        };
        let first = scheduler().spawn_in(&context, step(2));
        let second = scheduler().spawn_in(&context.clone(), step(3));
        let copied = scheduler().spawn_in(&context.copy(), step(4));
        assert_eq!(first.await.unwrap(), (Some(1), Some(3)));
        assert_eq!(second.await.unwrap(), (Some(2), Some(3)));
        assert_eq!(copied.await.unwrap(), (Some(1), Some(4)), "a copy is apart");
        assert_eq!(context.scope(|| REQUEST.get()), Some(3));
        // A child begins with a copy of its spawner's values, here too.
        let child = async move { spawn(step(5)).await.unwrap() };
        let child = scheduler().spawn_in(&context, child).await.unwrap();
        assert_eq!(child, (Some(3), Some(5)));
        assert_eq!(context.scope(|| REQUEST.get()), Some(3));
        assert_eq!(REQUEST.get(), None);
    });
}

#[test]
fn k14_the_exception_handler_sees_the_values_of_what_failed() {
    static REQUEST: Local<u32> = Local::new();
    let drive = Drive::new();
    let seen: Rc<RefCell<Vec<Option<u32>>>> = Rc::default();
    let log = seen.clone();
    let handler = move |_: &groundup_task::Report| log.borrow_mut().push(REQUEST.get());
    drive
        .scheduler
        .set_exception_handler(Some(Rc::new(handler)));
    quietly(|| {
        drive.run(async {
            REQUEST.set(1);
            spawn(async {
                REQUEST.set(2);
                panic!("a task");
            })
            .detach();
            call_soon(|| {
                REQUEST.set(3);
                panic!("a callback");
            });
            yield_now().await;
            yield_now().await;
            let report = groundup_task::Report::new("of the program's own");
            scheduler().report(report);
            assert_eq!(REQUEST.get(), Some(1), "its own again");
        });
    });
    assert_eq!(*seen.borrow(), [Some(3), Some(2), Some(1)]);
}

#[test]
fn k14_what_is_dropped_at_close_sees_its_own_values() {
    static REQUEST: Local<u32> = Local::new();
    let drive = Drive::new();
    let seen: Rc<RefCell<Vec<Option<u32>>>> = Rc::default();
    let looking = || {
        let log = seen.clone();
        OnDrop::new(move || {
            log.borrow_mut().push(REQUEST.get());
            REQUEST.set(9);
        })
    };
    // Before anybody has set a value.
    let none = looking();
    drive.spawn(async { (none, forever().await) }).detach();
    let entered = drive.scheduler.enter();
    REQUEST.set(1);
    let (begun, unbegun, called) = (looking(), looking(), looking());
    let own = async {
        REQUEST.set(2);
        (begun, forever().await)
    };
    drive.spawn(own).detach();
    drive.scheduler.run_round(&mut groundup_task::NoRoot);
    drive.spawn(async { (unbegun, forever().await) }).detach();
    let context = Locals::default();
    context.scope(|| REQUEST.set(3));
    let (one, other) = (looking(), looking());
    for looking in [one, other] {
        drop(
            drive
                .scheduler
                .spawn_in(&context, async { (looking, forever().await) }),
        );
    }
    REQUEST.set(4);
    let _called = call_soon(move || drop(called));
    drive.scheduler.close();
    let own = [Some(4), None, Some(2), Some(1)];
    let shared = [Some(3), Some(9)];
    assert_eq!(*seen.borrow(), [&own[..], &shared].concat());
    assert_eq!(context.scope(|| REQUEST.get()), Some(9));
    drop(entered);
}

/// Callbacks, then tasks, in the order in which they came, wherever their slots are.
#[test]
fn l16_a_loop_that_is_closed_drops_the_oldest_first() {
    let drive = Drive::new();
    let log: Rc<RefCell<Vec<&str>>> = Rc::default();
    let told = |name: &'static str| {
        let log = log.clone();
        OnDrop::new(move || log.borrow_mut().push(name))
    };
    let holding = |name| {
        let told = told(name);
        async move { (told, forever().await) }
    };
    let [short, long] = [1, 2].map(|steps| {
        drive.spawn(async move {
            for _ in 0..steps {
                yield_now().await;
            }
        })
    });
    let kept: Vec<_> = ["a", "b"].map(|name| drive.spawn(holding(name))).into();
    let callback = told("callback");
    drive.turns(3);
    // Their slots are given anew: the last that came free is the first that is taken.
    drop((short, long));
    let late: Vec<_> = ["c", "d", "e"]
        .map(|name| drive.spawn(holding(name)))
        .into();
    let entered = drive.scheduler.enter();
    let _called = call_soon(move || drop(callback));
    drop(entered);
    drive.scheduler.close();
    assert_eq!(*log.borrow(), ["callback", "a", "b", "c", "d", "e"]);
    drop((kept, late));
}

#[test]
fn k15_a_task_that_is_closed_over_is_told_about_in_debug_mode() {
    let drive = Drive::new();
    let clock: Rc<dyn Fn() -> u64> = Rc::new(|| 0);
    drive.scheduler.set_debug(Some((clock, u64::MAX)));
    let task = drive.spawn(forever());
    task.set_name("waiting");
    drive.settle();
    drive.close();
    let report = drive.report();
    assert_eq!(report.kind, ReportKind::PendingAtClose);
    assert_eq!(report.message, "Task was destroyed but it is pending!");
    assert_eq!(report.task.as_deref(), Some("waiting"));

    let drive = Drive::new();
    drive.spawn(forever()).detach();
    drive.settle();
    drive.close();
    assert_eq!(drive.kinds(), [], "not in debug mode, not told");
}

#[test]
fn a_failure_that_code_has_seen_is_not_told_of_in_debug_mode_either() {
    for debug in [false, true] {
        let drive = Drive::new();
        let clock: Rc<dyn Fn() -> u64> = Rc::new(|| 0);
        drive
            .scheduler
            .set_debug(debug.then_some((clock, u64::MAX)));
        let task: Task<()> = drive.spawn(async { panic!("seen") });
        quietly(|| drive.settle());
        assert!(task.failure().is_some());
        drop(task);
        drive.settle();
        assert_eq!(drive.kinds(), [], "debug {debug}");
    }
}

#[test]
fn k17_what_debug_shows() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let promise: Promise<()> = Promise::new();
            let awaited = promise.clone();
            let task = spawn(async move {
                let _ = catch_cancel(awaited).await;
                forever().await;
            });
            task.set_name("T");
            let shown = format!("{task:?}");
            assert!(
                shown.starts_with("<Task pending name='T' spawned at "),
                "{shown}"
            );
            assert!(shown.contains("rules_task.rs:"), "{shown}");
            yield_now().await;
            assert!(
                format!("{task:?}").ends_with(" waiting for promise#1>"),
                "{task:?}"
            );
            task.cancel();
            assert!(
                format!("{task:?}").starts_with("<Task cancelling name='T'"),
                "{task:?}"
            );
            pause(2).await;
            task.cancel();
            pause(2).await;
            assert!(format!("{task:?}").starts_with("<Task cancelled name='T'"));
            let finished = spawn(async {});
            let panicked: Task<()> = spawn(async { panic!("oh") });
            yield_now().await;
            assert!(format!("{finished:?}").starts_with("<Task finished name='Task-3'"));
            assert!(format!("{panicked:?}").starts_with("<Task panicked name='Task-4'"));
            let gone = finished.task_ref();
            drop(finished);
            assert_eq!(format!("{gone:?}"), "<Task gone>");
            drop(panicked);
        });
    });
}

#[test]
fn k18_a_body_can_be_begun_by_its_owner() {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let mut body = Box::pin(async move {
            inner.say("begun");
            yield_now().await;
            5
        });
        // One poll here runs the body up to its first suspension; the rest is a task.
        let begun = poll_fn(|cx| Poll::Ready(body.as_mut().poll(cx))).await;
        assert!(begun.is_pending());
        log.say("spawned");
        assert_eq!(spawn(body).await.unwrap(), 5);
    });
    let expected = [(0, "begun".to_string()), (0, "spawned".to_string())];
    assert_eq!(drive.log.rounds(), expected);
}

#[test]
fn k19_the_graph_of_awaits_is_known_and_ends_with_the_wait() {
    let drive = Drive::new();
    drive.run(async {
        let promise: Promise<()> = Promise::new();
        let awaited = promise.clone();
        let inner = spawn(async move {
            let _ = awaited.await;
            yield_now().await;
        });
        inner.set_name("inner");
        let outer = spawn(async move { inner.await.unwrap() });
        outer.set_name("outer");
        pause(2).await;
        let told = scheduler().explain(&outer);
        let chain = "outer waits for task inner, which waits for promise 1 (made at ";
        assert!(told.starts_with(chain), "{told}");
        assert!(told.ends_with("), which is not set"), "{told}");
        promise.set_result(()).unwrap();
        let told = scheduler().explain(&outer);
        assert!(told.ends_with("is ready to run"), "{told}");
        yield_now().await;
        let explained = scheduler().explain(&outer);
        assert!(!explained.contains("promise"), "{explained}");
        let reference = outer.task_ref();
        outer.await.unwrap();
        assert!(scheduler().explain(&reference).contains("gone"));
    });
}

#[test]
fn k19_a_circle_of_awaits_is_named() {
    let drive = Drive::new();
    let waits: Promise<groundup_task::TaskRef> = drive.scheduler.promise();
    let awaited = waits.clone();
    let first = drive.spawn(async move { awaited.await.unwrap().ended().await });
    let reference = first.task_ref();
    let second = drive.spawn(async move { reference.ended().await });
    first.set_name("first");
    second.set_name("second");
    {
        let _entered = drive.scheduler.enter().unwrap();
        waits.set_result(second.task_ref()).unwrap();
    }
    drive.settle();
    let deadlock = drive.scheduler.deadlock();
    assert_eq!(deadlock.cycles.len(), 1);
    assert_eq!(deadlock.cycles[0].join(" -> "), "first -> second -> first");
    let told = deadlock.to_string();
    let circle = "a circle: first -> second -> first";
    assert!(told.contains(circle), "{told}");
    let explained = drive.scheduler.explain(&first);
    assert!(
        explained.ends_with("they wait for each other"),
        "{explained}"
    );
}

/// Stands for one task, as a gather does.
struct Gathers(groundup_task::TaskRef);

impl groundup_task::CancelTargets for Gathers {
    fn target(&self, number: usize) -> Option<groundup_task::Ticket> {
        (number == 0).then_some(self.0.ticket())
    }

    fn accepted(&self) {}

    fn what(&self) -> Option<&'static str> {
        Some("gather")
    }
}

#[test]
fn k19_a_circle_goes_through_a_combinator_and_a_set_of_another_crate() {
    for in_a_set in [false, true] {
        let drive = Drive::new();
        drive.run(async {
            let first_ref: Promise<groundup_task::TaskRef> = Promise::new();
            let given = first_ref.clone();
            let second = spawn(async move {
                let first = given.await.unwrap();
                let gather: Promise<()> = Promise::new();
                gather.on_cancel(Gathers(first));
                if in_a_set {
                    let set = FuturesUnordered::from_iter([gather.into_future()]);
                    set.for_each(|_| ready(())).await;
                } else {
                    drop(gather.await);
                }
            });
            let reference = second.task_ref();
            let first = spawn(async move { reference.ended().await });
            first_ref.set_result(first.task_ref()).unwrap();
            pause(3).await;
            let circles = scheduler().deadlock().cycles;
            assert_eq!(circles.len(), 1, "in a set: {in_a_set}");
            assert_eq!(circles[0].len(), 3, "in a set: {in_a_set}");
            second.cancel();
            first.cancel();
        });
    }
}

/// Says that a task awaits it.
struct Awaited(&'static str, groundup_task::Ticket);

impl Listener for Awaited {
    fn on_end(&self, _: u32, _: Exit) {}

    fn awaited_by(&self) -> Option<(&'static str, groundup_task::Ticket)> {
        Some((self.0, self.1))
    }
}

#[test]
fn k19_each_group_is_named_with_its_own_members() {
    let drive = Drive::new();
    drive.run(async {
        let members = ["one", "two", "three"].map(|name| scheduler().spawn_named(name, forever()));
        let waiting = [(); 3].map(|()| spawn(forever()));
        let groups: Vec<Group> = waiting
            .iter()
            .map(|task| Group::new(&scheduler(), Rc::new(Awaited("wait", task.ticket()))))
            .collect();
        for (group, member) in groups.iter().zip(&members) {
            group.add(member, 0);
        }
        pause(1).await;
        for (task, name) in waiting.iter().zip(["one", "two", "three"]) {
            let said = scheduler().explain(task);
            assert!(
                said.contains(&format!("waits for the wait of {name}, which waits for")),
                "{said}"
            );
        }
        for task in members.iter().chain(&waiting) {
            task.cancel();
        }
    });
}

#[test]
fn a_task_that_has_ended_gets_a_name_without_an_event() {
    let drive = Drive::new();
    let recorder = groundup_task::trace::Recorder::new();
    drive.scheduler.set_sink(Some(Box::new(recorder.clone())));
    let task = drive.spawn(async {});
    task.set_name("early");
    drive.settle();
    task.set_name("late");
    assert_eq!(task.name().as_deref(), Some("late"));
    let named = |event: &groundup_task::trace::Event| matches!(event.verb, Verb::Name { .. });
    assert_eq!(
        recorder
            .events()
            .iter()
            .filter(|event| named(event))
            .count(),
        1
    );
}
