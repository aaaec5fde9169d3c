//! The owner of a loop is dropped by code that the loop calls.
//!
//! The problem: a handler, a sink or a waker of another executor may drop the last owner of the loop
//! that calls it. The loop must be closed, but not in the middle of the call.
//!
//! Invariant: in every row the loop is open while the hook runs, and closed when the call has
//! returned; all that it held is dropped, and an awaiter elsewhere gets `Closed`.
//!
//! Read next: `run_ends.rs`.

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, pending};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use crate::support::log::virtual_loop;
use groundup_executor::task::{Promise, Report, TaskError, catch_cancel};
use groundup_executor::trace::Event;
use groundup_executor::{EventLoop, LoopHandle, current_loop};

thread_local! {
    static OWNER: RefCell<Option<EventLoop>> = const { RefCell::new(None) };
    static CALLED: Cell<u32> = const { Cell::new(0) };
}

/// Drops the owner, which does not close the loop yet.
fn drop_owner() {
    let owner = OWNER.with_borrow_mut(Option::take);
    let Some(owner) = owner else { return };
    let remote = owner.remote();
    drop(owner);
    assert!(remote.is_open(), "the call is not over");
    CALLED.set(CALLED.get() + 1);
}

struct Drops;

impl Wake for Drops {
    fn wake(self: Arc<Self>) {
        drop_owner();
    }
}

/// Panics in its drop, in a loop whose handler drops the owner.
#[derive(Clone)]
struct Sour;

impl Drop for Sour {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("sour"));
    }
}

fn watch(handle: &LoopHandle) {
    handle.set_trace(Some(Box::new(|_: &Event| drop_owner())));
}

fn handle_by_dropping(handle: &LoopHandle) {
    handle.set_exception_handler(Some(Rc::new(|_| drop_owner())));
}

/// Has a foreign waker wait for a promise.
fn wait_for(promise: &Promise<()>) {
    let waker = Waker::from(Arc::new(Drops));
    let mut waiting = Box::pin(promise.clone().into_future());
    let polled = waiting.as_mut().poll(&mut Context::from_waker(&waker));
    assert!(polled.is_pending());
    std::mem::forget(waiting); // a drop would take the waker back
}

type Row = (&'static str, fn(&LoopHandle));

const ROWS: [Row; 12] = [
    ("a handler that is called", |handle| {
        handle_by_dropping(handle);
        handle.call_exception_handler(Report::new("the end"));
    }),
    ("a handler that is told of a drop", |handle| {
        let promise = handle.create_promise();
        assert!(promise.set_result(Rc::new(Sour)).is_ok());
        handle_by_dropping(handle);
        drop(promise);
    }),
    ("a sink that is told of a spawn", |handle| {
        watch(handle);
        assert!(matches!(
            handle.spawn(async {}).take_result(),
            Some(Err(TaskError::Closed))
        ));
    }),
    ("a sink that is told of a callback", |handle| {
        watch(handle);
        handle.call_soon(|| unreachable!("the loop is closed"));
    }),
    (
        "a sink that is told of a callback that is taken back",
        |handle| {
            let callback = handle.call_soon(|| unreachable!("it is cancelled"));
            watch(handle);
            callback.cancel();
        },
    ),
    ("a sink that is told of a promise", |handle| {
        watch(handle);
        assert!(handle.create_promise::<()>().cancelled());
    }),
    ("a sink that is told of a result", |handle| {
        let promise = handle.create_promise();
        watch(handle);
        assert!(promise.set_result(5).is_ok());
        assert_eq!(promise.result().unwrap(), 5);
    }),
    ("a sink that is told of a name", |handle| {
        let task = handle.spawn(pending::<()>());
        watch(handle);
        task.set_name("named");
    }),
    ("a sink that is told of a cancel", |handle| {
        let mut task = handle.spawn(pending::<()>());
        for _ in 0..3 {
            let awaited = task;
            task = handle.spawn(async move { drop(catch_cancel(awaited.into_future()).await) });
        }
        handle.stop();
        handle.run_forever().unwrap();
        watch(handle);
        task.cancel();
    }),
    ("a waker at a promise that is set", |handle| {
        let promise = handle.create_promise();
        wait_for(&promise);
        promise.set_result(()).unwrap();
        assert!(promise.result().is_ok());
    }),
    ("a waker at a promise that is cancelled", |handle| {
        let promise = handle.create_promise();
        wait_for(&promise);
        assert!(promise.cancel());
    }),
    ("a waker at a promise for which others wait", |handle| {
        let promise: Promise<()> = handle.create_promise();
        let also = promise.clone();
        let waiting = handle.spawn(async move { drop(also.await) });
        handle.stop();
        handle.run_forever().unwrap();
        wait_for(&promise);
        wait_for(&promise);
        promise.add_done_callback(|| unreachable!("the loop is closed"));
        promise.set_result(()).unwrap();
        drop(promise);
        assert!(waiting.done());
    }),
];

#[test]
fn an_owner_that_is_dropped_by_a_hook_outside_a_run_closes_the_loop_after_the_call() {
    for (name, act) in ROWS {
        CALLED.set(0);
        let event_loop = virtual_loop();
        let handle = event_loop
            .run_until_complete(async { current_loop() })
            .unwrap();
        let held = Rc::new(());
        let holds = held.clone();
        let lost = handle.spawn(async move {
            pending::<()>().await;
            drop(holds);
        });
        OWNER.set(Some(event_loop));
        act(&handle);
        assert_eq!(CALLED.get(), 1, "{name}");
        assert!(handle.is_closed(), "{name}");
        assert_eq!(Rc::strong_count(&held), 1, "{name}");
        let ended = virtual_loop().run_until_complete(lost).unwrap();
        assert!(matches!(ended, Err(TaskError::Closed)), "{name}");
    }
}
