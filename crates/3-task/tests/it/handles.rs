//! Handles of a task: as futures, after the end, without a reader.
//!
//! Read next: `shared_handles.rs`.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::rc::Rc;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use groundup_task::{Exit, Report, ReportKind, Scheduler, Task, yield_now};
use proptest::prelude::*;

use crate::drive::*;

mod props {
    use super::*;

    proptest! {
        /// Tasks give all their values, whichever foreign combinator holds their joins, and however
        /// long each of them runs.
        #[test]
        fn joins_give_their_values_to_foreign_combinators(
            yields in prop::collection::vec(0..6_usize, 1..20),
        ) {
            let drive = Drive::new();
            let values = drive.run(async move {
                let tasks = |base: usize| {
                    let yields = yields.clone().into_iter().enumerate();
                    yields.map(move |(number, yields)| {
                        spawn(async move {
                            for _ in 0..yields {
                                yield_now().await;
                            }
                            base + number
                        })
                    })
                };
                let joins = tasks(0).map(|task| task.join()).collect::<FuturesUnordered<_>>();
                let unordered: BTreeSet<_> = joins.map(|value| value.unwrap()).collect().await;
                let all = futures::future::join_all(tasks(0).map(|task| task.join())).await;
                let all: BTreeSet<_> = all.into_iter().map(|value| value.unwrap()).collect();
                let mut left: Vec<_> = tasks(0).map(|task| task.join()).collect();
                let mut selected = BTreeSet::new();
                while !left.is_empty() {
                    let (value, _, others) = futures::future::select_all(left).await;
                    selected.insert(value.unwrap());
                    left = others;
                }
                [unordered, all, selected]
            });
            let expected: BTreeSet<_> = (0..values[0].len()).collect();
            prop_assert!(values.iter().all(|values| *values == expected));
        }

        /// A kept handle answers what is true, or that it does not know: the end of its task in any
        /// way, taken in any way, and the slot given to another task.
        #[test]
        fn a_handle_never_answers_for_a_task_that_has_gone(
            exits in prop::collection::vec((0..3_u8, 0..4_u8), 1..30),
        ) {
            let scheduler = Scheduler::new().unwrap();
            scheduler.set_exception_handler(Some(Rc::new(|_| ())));
            let mut number = 0;
            for (exit, end) in exits {
                number += 1;
                let mut task = scheduler.spawn(async move {
                    if exit == 2 {
                        std::panic::resume_unwind(Box::new("down"));
                    }
                    Ok::<(), ()>(())
                });
                let kept = task.task_ref();
                if exit == 1 {
                    kept.cancel();
                }
                prop_assert_eq!((kept.done(), kept.exit(), kept.number()), (false, None, Some(number)));
                scheduler.run_until_idle();
                let expected = [Exit::Returned, Exit::Cancelled, Exit::Failed][usize::from(exit)];
                prop_assert_eq!((kept.done(), kept.exit()), (true, Some(expected)));
                prop_assert_eq!(kept.to_string(), format!("Task-{number}"));
                match end {
                    0 => drop(task.take_result()),
                    1 => drop(task),
                    2 => task.detach(),
                    _ => task.detach_reporting(),
                }
                for _ in 0..2 {
                    prop_assert_eq!((kept.done(), kept.exit(), kept.number()), (true, None, None));
                    prop_assert_eq!((kept.name(), kept.to_string()), (None, "(gone)".into()));
                    number += 1;
                    scheduler.spawn(std::future::pending::<()>()).detach(); // in the same slot
                }
                scheduler.flush_reports();
            }
        }
    }
}

/// The reports that a scheduler makes.
fn reports_of(scheduler: &Scheduler) -> Rc<RefCell<Vec<Report>>> {
    let reports: Rc<RefCell<Vec<Report>>> = Rc::default();
    let kept = reports.clone();
    let keep = move |report: &Report| kept.borrow_mut().push(report.clone());
    scheduler.set_exception_handler(Some(Rc::new(keep)));
    reports
}

/// Runs the scheduler until it is idle, with the reports of each round.
fn settle(scheduler: &Rc<Scheduler>) {
    scheduler.run_until_idle();
    scheduler.flush_reports();
}

#[test]
fn an_error_without_a_reader_is_reported_once_with_its_text() {
    let scheduler = Scheduler::new().unwrap();
    let reports = reports_of(&scheduler);
    let before = scheduler.spawn_named("loader", async { Err::<(), _>("no disk") });
    before.detach_reporting();
    settle(&scheduler);
    let after = scheduler.spawn(async { Err::<u8, _>("too late") });
    settle(&scheduler);
    after.detach_reporting();
    settle(&scheduler);
    let looked_at = scheduler.spawn(async { Err::<u8, _>("seen") });
    settle(&scheduler);
    assert_eq!(looked_at.with_output(Result::is_err), Some(true));
    looked_at.detach_reporting();
    settle(&scheduler);
    scheduler
        .spawn(async { Ok::<_, &str>(5) })
        .detach_reporting();
    let cancelled = scheduler.spawn(std::future::pending::<Result<(), &str>>());
    cancelled.cancel();
    cancelled.detach_reporting();
    settle(&scheduler);
    let reports = reports.borrow();
    let told: Vec<_> = (reports.iter())
        .map(|report| (report.kind, report.message.as_str(), report.task.as_deref()))
        .collect();
    let lost = ReportKind::ErrorNeverRetrieved;
    let text = "Task exception was never retrieved: it returned Err: ";
    assert_eq!(
        told,
        [
            (lost, &*format!("{text}\"no disk\""), Some("loader")),
            (lost, &*format!("{text}\"too late\""), Some("Task-2")),
            (lost, &*format!("{text}\"seen\""), Some("Task-3")),
        ]
    );
    assert!(reports.iter().all(|report| report.place.is_some()));
}

/// How another handle takes the value: a clone of the task, or the task itself after the clones.
type Take = fn(&mut Task<Result<(), &'static str>>) -> bool;

#[test]
fn an_error_that_another_handle_takes_is_not_reported() {
    let takes: [(Take, usize); 3] = [
        (|task| task.take_result().is_some(), 0),
        (|task| futures::FutureExt::now_or_never(task).is_some(), 0),
        (|task| task.with_output(Result::is_err).is_some(), 1), // a look takes nothing
    ];
    let scheduler = Scheduler::new().unwrap();
    let reports = reports_of(&scheduler);
    for (take, expected) in takes {
        for order in 0..3 {
            let task = scheduler.spawn(async { Err::<(), _>("no") });
            let (mut other, third) = (task.clone(), task.clone());
            match order {
                0 => {
                    task.detach_reporting();
                    settle(&scheduler);
                    take(&mut other);
                    drop((other, third));
                }
                1 => {
                    settle(&scheduler);
                    take(&mut other);
                    drop((other, third));
                    task.detach_reporting();
                }
                _ => {
                    settle(&scheduler);
                    take(&mut other);
                    task.detach_reporting();
                    drop((third, other));
                }
            }
            settle(&scheduler);
            assert_eq!(reports.take().len(), expected, "in order {order}");
        }
    }
    let mut task = scheduler.spawn(async { Err::<(), _>("no") });
    task.clone().detach_reporting();
    settle(&scheduler);
    assert_eq!(task.take_value(), Some(Err("no")));
    settle(&scheduler);
    assert!(reports.borrow().is_empty());
}

#[test]
fn a_lost_panic_is_reported_as_ever() {
    let scheduler = Scheduler::new().unwrap();
    let reports = reports_of(&scheduler);
    let down = async { std::panic::resume_unwind(Box::new("down")) };
    scheduler
        .spawn::<std::pin::Pin<Box<dyn Future<Output = Result<(), ()>>>>>(Box::pin(down))
        .detach_reporting();
    settle(&scheduler);
    let kinds: Vec<_> = reports.borrow().iter().map(|report| report.kind).collect();
    assert_eq!(kinds, [ReportKind::PanicNeverRetrieved]);
}

/// An error whose text spawns a task, and panics. Its drop may panic, too.
struct Rude(Rc<Scheduler>, bool);

impl fmt::Debug for Rude {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.spawn(async {}).detach();
        std::panic::resume_unwind(Box::new("rude"))
    }
}

impl Drop for Rude {
    fn drop(&mut self) {
        if self.1 {
            std::panic::resume_unwind(Box::new("to the end"));
        }
    }
}

#[test]
fn the_text_of_an_error_may_use_the_loop_and_panic_and_so_may_its_drop() {
    for (to_the_end, looked_at) in [(false, false), (false, true), (true, false), (true, true)] {
        let scheduler = Scheduler::new().unwrap();
        let reports = reports_of(&scheduler);
        let rude = Rude(scheduler.clone(), to_the_end);
        let task = scheduler.spawn(async { Err::<(), _>(rude) });
        let kept = task.task_ref();
        if looked_at {
            settle(&scheduler);
            assert_eq!(task.with_output(Result::is_err), Some(true));
        }
        task.detach_reporting();
        settle(&scheduler);
        let reports = reports.take();
        let mut kinds: Vec<_> = reports.iter().map(|report| report.kind).collect();
        if to_the_end {
            assert_eq!(kinds.remove(0), ReportKind::PanicInDrop);
        }
        assert_eq!(kinds, [ReportKind::ErrorNeverRetrieved]);
        let text = &reports[usize::from(to_the_end)].message;
        assert!(
            text.ends_with("an error whose Debug panicked: rude"),
            "{text}"
        );
        assert!(
            kept.done() && kept.exit().is_none(),
            "its slot was given back"
        );
    }
}

#[test]
fn clones_of_a_callbacks_handle_are_of_one_call() {
    let scheduler = Scheduler::new().unwrap();
    let first = scheduler.call_soon(|| unreachable!("it was taken back"));
    let (second, third) = (first.clone(), first.clone().clone());
    scheduler.call_soon({
        let third = third.clone();
        move || third.cancel() // the second cancel, and too late
    });
    second.cancel();
    assert!(first.cancelled() && second.cancelled() && third.cancelled());
    settle(&scheduler);
}

#[test]
fn a_root_task_that_is_dropped_gives_its_slot_back() {
    let scheduler = Scheduler::new().unwrap();
    let slots = |scheduler: &Rc<Scheduler>| {
        let root = scheduler.open_root();
        let index = root.ticket().index();
        assert!(
            root.close().is_none() && root.close().is_none(),
            "it had not ended"
        );
        index
    };
    assert_eq!(slots(&scheduler), slots(&scheduler));
    assert!(scheduler.all_tasks().is_empty());
}

#[test]
fn a_scheduler_that_enters_is_awake() {
    let scheduler = Scheduler::new().unwrap();
    scheduler.try_park().expect("no message").stay_parked();
    assert!(scheduler.try_park().is_none());
    drop(scheduler.enter().expect("no loop runs here"));
    assert!(scheduler.try_park().is_some());
}
