//! Programs that leave something in their loop.
//!
//! The problem: a check that has never failed may check nothing. So each kind of leak fails here, once by
//! the ledger of a loop, and once in the kit, with a sentence that names the thing and its place.
//!
//! Read next: `faulty.rs`.

use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use groundup::trace::Recorder;
use groundup::{
    CancelScope, EventLoop, Instant, Promise, WaitSet, call_at, call_later, current_loop, sleep,
    spawn, spawn_named, yield_now,
};
use groundup_testkit::{Case, Explore, FailureKind, Found, cancel_everywhere};
use groundup_view::{Ledger, ledger};

use crate::toys::ms;

type Kept = Box<dyn Any>;

/// A fault of a program: it keeps something, and runs the loop as far as it likes.
type Fault = fn(&EventLoop) -> Kept;

fn kept(thing: impl Any) -> Kept {
    Box::new(thing)
}

fn run(event_loop: &EventLoop) {
    event_loop.run_until_complete(sleep(ms(10))).unwrap();
}

/// A future that was polled once.
async fn begun<F: Future + 'static>(future: F) -> Kept {
    let mut future = Box::pin(future);
    let is_pending = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await;
    assert!(is_pending);
    kept(future)
}

/// The faults of nine programs: the account that is not balanced, and the thing that is left.
const FAULTS: [(&str, &str, Fault); 9] = [
    ("tasks", "task Task-1 (spawned at", |event_loop| {
        let task = event_loop.spawn(pending::<()>());
        run(event_loop);
        kept(task)
    }),
    ("tasks", "task Task-1 (spawned at", |event_loop| {
        kept(event_loop.spawn(async {})) // it is ready
    }),
    ("unread", "task Task-1 (spawned at", |event_loop| {
        let task = event_loop.spawn(async { Err::<(), _>("no") });
        run(event_loop);
        kept(task)
    }),
    ("unread", "task Task-1 (spawned at", |event_loop| {
        let task = event_loop.spawn(async { panic!("lost") });
        run(event_loop);
        kept(task)
    }),
    ("unread", "promise 1 (made at", |event_loop| {
        let promise = event_loop.create_promise::<()>();
        promise.set_exception("no").unwrap();
        kept(promise)
    }),
    (
        "timers",
        "timer for 5.000 s of Task-1, which has ended",
        |event_loop| {
            event_loop
                .run_until_complete(begun(sleep(ms(5_000))))
                .unwrap()
        },
    ),
    ("callbacks", "callback (scheduled at", |event_loop| {
        kept(event_loop.call_soon(|| ()))
    }),
    ("unread", "promise 1 (made at", |event_loop| {
        let promise = event_loop.create_promise();
        promise.set_result(5).unwrap();
        kept(promise)
    }),
    ("unread", "task Task-1 (spawned at", |event_loop| {
        let task = event_loop.spawn(pending::<()>());
        task.cancel();
        run(event_loop);
        kept(task)
    }),
];

#[test]
fn each_of_nine_faults_is_told_once() {
    for (account, thing, fault) in FAULTS {
        let log = Recorder::new();
        let event_loop = EventLoop::builder()
            .virtual_time()
            .trace(log.clone())
            .exception_handler(|_| ())
            .build();
        let kept = fault(&event_loop);
        let counts = event_loop.counts();
        let ledger_at_rest = Ledger::of(&log.events(), &counts);
        let accounts = ledger_at_rest.accounts().iter();
        let unbalanced: Vec<_> = accounts.filter(|account| !account.is_balanced()).collect();
        assert_eq!(unbalanced.len(), 1, "{ledger_at_rest}");
        assert_eq!((unbalanced[0].kind, unbalanced[0].held), (account, Some(1)));
        let left = event_loop.leftovers();
        assert_eq!(left.len(), 1, "{left:?}");
        assert!(left[0].1.starts_with(thing), "{left:?}");
        let has_place = left[0].1.contains(concat!("at ", file!()));
        assert!(has_place || account == "timers", "{left:?}");
        drop(kept);
        event_loop.close().unwrap();
        assert!(event_loop.counts().is_zero(), "{}", event_loop.counts());
        ledger(&log.events()).assert_balanced();
        Ledger::of(&log.events(), &event_loop.counts()).assert_balanced();
    }
}

thread_local! {
    /// The thing that a program has kept. The next run puts another one in its place.
    static KEPT: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

fn keep(thing: impl Any) {
    drop(KEPT.replace(Some(kept(thing))));
}

/// Returns the failure of a program that leaves something.
fn left<F: Future<Output = ()> + 'static>(program: fn() -> F) -> Found {
    let found = Explore::new().check(program);
    KEPT.take();
    *found.unwrap_err()
}

fn assert_left(found: &Found, kind: &str, thing: &str) {
    let text = &found.failure.text;
    assert_eq!(found.failure.kind, FailureKind::Leftover, "{found}");
    let begin =
        format!("the loop is at rest, and the program has left something in it ({kind} 1):");
    assert!(text.starts_with(&begin), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(
        text.lines().nth(1).unwrap().trim().starts_with(thing),
        "{text}"
    );
}

#[test]
fn a_promise_that_is_kept_and_never_set_is_a_failure() {
    let found = left(|| async { keep(Promise::<()>::new()) });
    let place = format!("promise 1 (made at {}:{}:", file!(), line!() - 1);
    assert_left(&found, "promises", &place);
    assert!(
        found.failure.text.ends_with("), which is not set"),
        "{found}"
    );
}

#[test]
fn a_callback_that_is_never_called_is_a_failure() {
    let found = left(|| async { drop(call_at(Instant::NEVER, || ())) });
    let place = format!("callback (scheduled at {}:{}:", file!(), line!() - 1);
    assert_left(&found, "callbacks", &place);
}

/// A callback at a time is called in the end, so that is no fault.
#[test]
fn a_timer_of_a_future_that_is_kept_is_a_failure() {
    let found = left(|| async {
        let sleeper = spawn_named("sleeper", async { keep(begun(sleep(ms(5_000))).await) });
        sleeper.await.unwrap();
        call_later(ms(1), || ());
    });
    assert_left(
        &found,
        "timers",
        "timer for 5.000 s of sleeper, which has ended",
    );
}

#[test]
fn a_group_and_a_scope_that_are_kept_are_failures() {
    let found = left(|| async {
        let mut set = WaitSet::new();
        set.add(spawn(yield_now()));
        yield_now().await;
        keep(set);
    });
    assert_left(&found, "groups", "group of ");
    let found = left(|| async { keep(CancelScope::new()) });
    assert_left(&found, "scopes", "scope in ");
}

#[test]
fn an_error_that_is_kept_and_never_read_is_a_failure() {
    let found = left(|| async {
        let promise = Promise::<()>::new();
        promise.set_exception("no").unwrap();
        keep(promise);
    });
    assert_eq!(found.failure.kind, FailureKind::Unread, "{found}");
    let place = format!("promise 1 (made at {}:{}:", file!(), line!() - 5);
    assert!(found.failure.text.contains(&place), "{found}");
    assert!(
        found.failure.text.ends_with("whose error no code has read"),
        "{found}"
    );
}

#[test]
fn a_value_a_lock_and_a_remote_may_be_kept() {
    Explore::new().run(|| async {
        let set = Promise::new();
        set.set_result(5).unwrap();
        let (task, cancelled) = (spawn(async { 5 }), spawn(pending::<()>()));
        cancelled.cancel();
        yield_now().await;
        let lock = Rc::new(groundup::Lock::new());
        drop(lock.acquire().await);
        keep((set, task, cancelled, lock, groundup::remote()));
    });
    KEPT.take();
}

/// The task that sets the promise is cancelled before it has set it, and the law keeps the promise.
#[test]
fn a_promise_that_a_cancel_leaves_is_told_with_its_place_and_its_story() {
    let report = cancel_everywhere(|| {
        let place: Rc<RefCell<Option<Promise<u32>>>> = Rc::default();
        let seen = place.clone();
        Case::new(async move {
            let promise = Promise::new();
            *place.borrow_mut() = Some(promise.clone());
            let setter = spawn_named("setter", async move {
                yield_now().await;
                promise.set_result(5).unwrap();
            });
            setter.await.ok();
        })
        .law(move || {
            let _ = &seen; // the law keeps the promise until the run is judged, and holds always
            true
        })
    });
    let broken: Vec<&Found> = report.broken().collect();
    assert!(!broken.is_empty(), "{report}");
    let place = format!("promise 1 (made at {}:{}:", file!(), line!() - 15);
    for found in &broken {
        assert_left(found, "promises", &place);
    }
    let story = |found: &&Found| found.story.contains("cancel setter before iteration 3");
    assert!(broken.iter().any(story), "{report}");
}

#[test]
fn the_counts_of_a_run_are_known_inside_it() {
    Explore::new().run(|| async {
        let tasks = [spawn(yield_now()), spawn(yield_now())];
        let counts = current_loop().counts();
        assert_eq!((counts.tasks, counts.unread), (3, 0));
        drop(tasks);
    });
}
