//! A panic breaks one task, and nothing else.
//!
//! The panics of the list in `kernel_tickets.rs`: a panic in a step, in a callback, in the root,
//! in the drop of a future, of an output, of a payload, in a foreign waker, in a chooser. Each
//! is reported as `ReportKind` in `src/run/report.rs` says.
//!
//! Read next: `caught_panics.rs`.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::{Future, poll_fn};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Wake, Waker};

use crate::drive::*;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use groundup_task::{
    CancelScope, Exit, Group, Listener, ReportKind, Scheduler, Task, TaskError, catch_cancel,
    yield_now,
};

#[test]
fn a_panic_ends_one_task_and_is_handed_to_who_awaits() {
    let drive = Drive::new();
    let drops = Drops::default();
    quietly(|| {
        drive.run(async {
            let panicking = |text: &'static str| {
                let local = drops.one();
                spawn(async move {
                    let _local = local;
                    yield_now().await;
                    panic!("{text}");
                })
            };
            let before = spawn(async { 1 });
            let (one, two): (Task<()>, Task<()>) = (panicking("one"), panicking("two"));
            let between = spawn(async { pause(3).await });
            assert_eq!(message(one.await.unwrap_err()), "one");
            assert_eq!(message(two.await.unwrap_err()), "two");
            assert_eq!(drops.count(), 2);
            assert_eq!(before.await.unwrap(), 1);
            between.await.unwrap();
        });
    });
    assert_eq!(drive.kinds(), []);
}

#[test]
fn a_panic_of_the_root_goes_on_and_leaves_the_thread_usable() {
    let drive = Drive::new();
    let log = drive.log.clone();
    let sibling = drive.spawn(async move {
        pause(3).await;
        log.say("went on");
    });
    let panicked = quietly(|| {
        catch_unwind(AssertUnwindSafe(|| {
            drive.run(async {
                yield_now().await;
                panic!("root");
            })
        }))
    });
    assert!(panicked.is_err());
    assert!(Scheduler::current().is_none());
    assert_eq!(drive.run(async { 5 }), 5);
    drive.settle();
    assert!(sibling.done());
    assert_eq!(drive.log.texts(), ["went on"]);
}

#[test]
fn a_panic_in_a_callback_is_reported_and_the_next_runs() {
    let drive = Drive::new();
    let log = drive.log.clone();
    quietly(|| {
        drive.run(async {
            call_soon(|| panic!("in a callback"));
            call_soon(move || log.say("next"));
            yield_now().await;
        });
    });
    assert_eq!(drive.log.texts(), ["next"]);
    let report = drive.report();
    assert_eq!(report.kind, ReportKind::CallbackPanicked);
    assert!(report.message.contains("in a callback"), "{report}");
    assert!(report.place.unwrap().file().ends_with("kernel_panics.rs"));
}

#[test]
fn a_panic_in_the_drop_of_a_future_is_that_tasks() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let dropping = || {
                spawn(async {
                    let _bomb = OnDrop::new(|| panic!("in the future's drop"));
                    forever().await;
                })
            };
            // The task is cancelled, and its drop panics: it counts as panicked.
            let task = dropping();
            yield_now().await;
            task.cancel();
            assert_eq!(message(task.await.unwrap_err()), "in the future's drop");
            // A captured value is dropped after the body has returned.
            struct Captured(OnDrop<fn()>);
            impl Future for Captured {
                type Output = u32;
                fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
                    let _ = &self.0;
                    Poll::Ready(5)
                }
            }
            let task = spawn(Captured(OnDrop::new(|| panic!("in the future's drop"))));
            assert_eq!(message(task.await.unwrap_err()), "in the future's drop");
        });
    });
    assert_eq!(drive.kinds(), []);
}

#[derive(Debug)]
struct Bomb(&'static str);

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{}", self.0);
    }
}

#[test]
fn a_panic_in_the_drop_of_an_output_is_reported_and_its_slot_is_used_again() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let task = spawn(async { Bomb("in the output's drop") });
            let slot = task.ticket().index();
            task.detach();
            yield_now().await;
            let next = spawn(async { 7 });
            assert_eq!(next.ticket().index(), slot, "the slot was given back");
            assert_eq!(next.await.unwrap(), 7);
        });
    });
    let report = drive.report();
    assert_eq!(report.kind, ReportKind::PanicInDrop);
    assert!(report.message.contains("in the output's drop"), "{report}");
}

#[test]
fn a_panic_in_the_drop_of_a_payload_is_reported() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            spawn(async { std::panic::panic_any(Bomb("in the payload's drop")) }).detach();
            yield_now().await;
            call_soon(|| std::panic::panic_any(Bomb("in the payload's drop")));
            yield_now().await;
            assert_eq!(spawn(async { 7 }).await.unwrap(), 7);
        });
    });
    let kinds = drive.kinds();
    assert!(kinds.contains(&ReportKind::PanicInDrop), "{kinds:?}");
    assert!(kinds.contains(&ReportKind::CallbackPanicked), "{kinds:?}");
}

#[test]
fn a_panic_in_a_drop_at_close_stops_nobody() {
    let drive = Drive::new();
    let drops = Drops::default();
    for n in 0..10 {
        let local = drops.one();
        drive
            .spawn(async move {
                let _local = local;
                let _bomb = (n % 2 == 0).then(|| Bomb("at close"));
                forever().await;
            })
            .detach();
    }
    drive.settle();
    quietly(|| drive.close());
    assert_eq!(drops.count(), 10);
    assert_eq!(drive.kinds(), [ReportKind::PanicInDrop; 5]);
}

/// A waker that panics when it is used.
struct Grenade;

impl Wake for Grenade {
    fn wake(self: Arc<Self>) {
        panic!("in a foreign waker");
    }
}

#[test]
fn a_panic_in_a_foreign_waker_is_not_the_finished_tasks() {
    let drive = Drive::new();
    quietly(|| {
        drive.run(async {
            let mut task = spawn(async { 5 });
            let promise = later(1, 6);
            let grenade = Waker::from(Arc::new(Grenade));
            let mut cx = Context::from_waker(&grenade);
            assert!((&mut task).poll_unpin(&mut cx).is_pending());
            let mut clone = promise.clone();
            assert!((&mut clone).poll_unpin(&mut cx).is_pending());
            pause(3).await;
            assert_eq!(task.await.unwrap(), 5);
            assert_eq!(promise.await.unwrap(), 6);
        });
    });
    let kinds = drive.kinds();
    assert_eq!(kinds, [ReportKind::PanicInWaker, ReportKind::PanicInWaker]);
}

#[test]
fn a_panic_in_a_drop_at_close_leaves_no_waiter_untold() {
    struct Deaf;
    impl Listener for Deaf {
        fn on_end(&self, _: u32, _: Exit) {}
    }
    let drive = Drive::new();
    let mut task = drive.spawn(async {
        let _bomb = OnDrop::new(|| panic!("in the future's drop"));
        forever().await;
    });
    let groups = [0, 1].map(|member| {
        let group = Group::new(&drive.scheduler, Rc::new(Deaf));
        group.add(&task.task_ref(), member);
        group
    });
    let told = Arc::new(Counting::default());
    let elsewhere = Waker::from(told.clone());
    let mut cx = Context::from_waker(&elsewhere);
    assert!((&mut task).poll_unpin(&mut cx).is_pending());
    drive.settle();
    quietly(|| drive.close());
    assert_eq!(told.0.load(Ordering::Relaxed), 1);
    let ended = (&mut task).poll_unpin(&mut cx);
    assert!(matches!(ended, Poll::Ready(Err(TaskError::Closed))));
    assert_eq!(groups.each_ref().map(Group::left), [0, 0]);
    assert_eq!(drive.kinds(), [ReportKind::PanicInDrop]);
}

/// Holds the last handle of the next link, and counts its drop.
struct Link {
    _next: Option<Task<Link>>,
    _counted: Dropping,
    panics: bool,
}

impl Drop for Link {
    fn drop(&mut self) {
        assert!(!self.panics, "in the drop of a value");
    }
}

#[test]
fn a_chain_of_handles_in_which_drops_panic_goes_to_its_end() {
    // Depths from the dropped handle on. The value 64 levels deeper panics, too, without effect
    // on the drops of the others.
    for at in [0, 1, 62, 63, 64, 65, 100, 128, 150, 199] {
        let (drive, drops) = (Drive::new(), Drops::default());
        let chain = (0..200).rev().fold(None, |next, depth| {
            let link = Link {
                _next: next,
                _counted: drops.one(),
                panics: depth == at || depth == at + 64,
            };
            Some(drive.spawn(async move { link }))
        });
        drive.settle();
        let dropped = quietly(|| catch_unwind(AssertUnwindSafe(|| drop(chain))));
        assert_eq!(drops.count(), 200, "at {at}, {dropped:?}");
    }
}

// A combinator polls all its members in a step into which a cancel is delivered.
#[test]
fn a_panic_in_a_step_that_gets_a_cancel_leaves_no_other_step_with_it() {
    let drive = Drive::new();
    let seen = Rc::new(Cell::new(None));
    let task = drive.spawn(async {
        let mut polled = false;
        let panics = poll_fn(move |_| {
            assert!(!std::mem::replace(&mut polled, true), "in the second step");
            Poll::<()>::Pending
        });
        futures::join!(panics, catch_cancel(forever())).0
    });
    drive.turns(1);
    let noting = seen.clone();
    assert!(task.cancel());
    let _after = drive.spawn(async move { noting.set(Some(scheduler().is_delivering())) });
    quietly(|| drive.settle());
    assert_eq!(task.panicked(), Some(true));
    assert_eq!(seen.get(), Some(false));
}

/// An error of the user's, whose `Display` or whose `Drop` panics.
#[derive(Debug)]
struct Awful {
    in_display: bool,
    in_drop: bool,
}

impl fmt::Display for Awful {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!self.in_display, "no words for it");
        f.write_str("awful")
    }
}

impl Drop for Awful {
    fn drop(&mut self) {
        assert!(!self.in_drop, "it falls");
    }
}

impl std::error::Error for Awful {}

#[test]
fn an_error_that_panics_in_display_or_drop_keeps_no_report_from_the_others() {
    let told: Rc<RefCell<Vec<(ReportKind, String)>>> = Rc::default();
    let scheduler = Scheduler::new().unwrap();
    let seen = told.clone();
    scheduler.set_exception_handler(Some(Rc::new(move |report| {
        seen.borrow_mut()
            .push((report.kind, report.message.clone()));
    })));
    quietly(|| {
        for (in_display, in_drop) in [(false, true), (true, false), (false, false)] {
            let promise = scheduler.promise::<()>();
            let error = Awful {
                in_display,
                in_drop,
            };
            promise.set_exception(error).unwrap();
        }
        scheduler.flush_reports();
    });
    let never = |why: &str| {
        let message = format!("Promise exception was never retrieved: {why}");
        (ReportKind::ErrorNeverRetrieved, message)
    };
    let dropped = "a panic while something was dropped: it falls".to_string();
    let awful = never("awful");
    let wordless = never("an error whose Display panicked: no words for it");
    let all = [
        awful.clone(),
        (ReportKind::PanicInDrop, dropped),
        wordless,
        awful,
    ];
    assert_eq!(*told.borrow(), all);
}

#[test]
fn a_clone_that_panics_for_a_group_is_reported_and_cloned_again_for_who_takes_it() {
    struct Shy(Rc<Cell<u32>>);
    impl Clone for Shy {
        fn clone(&self) -> Self {
            self.0.set(self.0.get() + 1);
            assert!(self.0.get() > 1, "not now");
            Shy(self.0.clone())
        }
    }
    let drive = Drive::new();
    let clones = Rc::new(Cell::new(0));
    let promise = drive.scheduler.promise();
    let mut proxy = drive.scheduler.proxy(promise.clone());
    promise.set_result(Shy(clones.clone())).unwrap();
    quietly(|| proxy.fetch_output());
    let report = drive.report();
    assert_eq!(report.kind, ReportKind::PanicInClone);
    assert_eq!(report.message, "a panic while a value was cloned: not now");
    assert!(proxy.take_result().unwrap().is_ok());
    assert_eq!(clones.get(), 2);
}

#[test]
fn a_chooser_that_panics_loses_no_task() {
    use groundup_task::trace::{Choice, Chooser};
    struct Broken;
    impl Chooser for Broken {
        fn choose(&mut self, _: Choice, _: usize) -> usize {
            panic!("in the chooser");
        }
    }
    let drive = Drive::new();
    let tasks: Vec<_> = (0..3).map(|n| drive.spawn(async move { n })).collect();
    drive.scheduler.set_chooser(Some(Box::new(Broken)));
    quietly(|| drive.settle());
    assert!(tasks.iter().all(|task| task.done()));
    assert_eq!(drive.report().kind, ReportKind::PanicInChooser);
}

/// A future that returns a value, and panics in its drop; so does the value.
struct Sour;

impl Drop for Sour {
    fn drop(&mut self) {
        resume_unwind(Box::new("the future"));
    }
}

impl Future for Sour {
    type Output = OnDrop<fn()>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(OnDrop::new(|| resume_unwind(Box::new("the value"))))
    }
}

#[test]
fn a_region_whose_future_panics_in_its_drop_drops_the_value_by_itself() {
    type Row = (&'static str, fn() -> LocalBoxFuture<'static, ()>);
    let rows: [Row; 3] = [
        ("catch_cancel", || {
            catch_cancel(Sour).map(forget).boxed_local()
        }),
        ("a scope", || {
            async { forget(CancelScope::new().catch(Sour).await) }.boxed_local()
        }),
        ("region in region", || {
            catch_cancel(catch_cancel(Sour)).map(forget).boxed_local()
        }),
    ];
    for (name, row) in rows {
        let drive = Drive::new();
        let ended = drive.run(async { spawn(row()).await });
        assert!(
            matches!(ended, Err(TaskError::Panicked(_))),
            "{name}: {ended:?}"
        );
        assert_eq!(drive.kinds(), [ReportKind::PanicInDrop], "{name}");
    }
}
