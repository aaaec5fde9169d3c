//! Waits that are over: no cancel goes to a task by way of them.
//!
//! The problem: a program may keep a future in a shared place, poll it in one part of a task, and drop it
//! in another part or in another task. The word of the task may name its wait then, and so may the
//! word of a region. The awaited task has lost that waiter.
//!
//! Invariant: no task is cancelled for a waiter that it does not have.
//!
//! Read next: `moved.rs`.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::LocalBoxFuture;
use groundup_combinators::executor::{EventLoop, sleep, spawn, time};
use groundup_combinators::task::{Promise, catch_cancel};
use groundup_combinators::*;

type Part = LocalBoxFuture<'static, ()>;

/// A future that several parts of the program use.
#[derive(Clone)]
struct Shared(Rc<RefCell<Option<Part>>>);

impl Shared {
    /// Polls the future while it is there.
    async fn polled(self) {
        poll_fn(|cx| {
            if let Some(part) = self.0.borrow_mut().as_mut() {
                assert!(part.as_mut().poll(cx).is_pending());
            }
            Poll::Pending
        })
        .await
    }

    /// Drops the future.
    async fn dropped(self) {
        drop(self.0.take());
    }
}

/// Awaits what the loop does not see.
async fn unseen() {
    let (_kept, never) = oneshot::channel::<()>();
    let _ = never.await;
}

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// A part of a task that polls a shared wait.
type Way = (&'static str, fn(Shared) -> Part);

/// Has another task do something with the wait after a while.
fn soon(part: impl Future<Output = ()> + 'static) {
    spawn(sleep(millis(10)).then(|()| part)).detach();
}

/// Lists the ways in which a wait is over while the word of its task names it.
const WAYS: [Way; 8] = [
    ("dropped in a region", |it| {
        let inside = it.clone().dropped().then(|()| unseen());
        let region = timeout(millis(900), inside).map(drop);
        join((it.polled(), region)).map(drop).boxed_local()
    }),
    ("dropped in a region that ends", |it| {
        let region = catch_cancel(it.clone().dropped());
        let inside = region.then(|_| unseen());
        join((it.polled(), inside)).map(drop).boxed_local()
    }),
    ("dropped in a select", |it| {
        let select = select_biased((Promise::<()>::new(), it.clone().dropped()));
        let inside = select.then(|_| unseen());
        join((it.polled(), inside)).map(drop).boxed_local()
    }),
    ("dropped beside a region", |it| {
        let region = timeout(millis(100), it.clone().polled()).map(drop);
        let beside = it.dropped().then(|()| unseen());
        race((region, beside)).map(drop).boxed_local()
    }),
    ("dropped by another", |it| {
        async move {
            soon(it.clone().dropped());
            it.polled().await;
        }
        .boxed_local()
    }),
    ("dropped by another, in a region", |it| {
        async move {
            soon(it.clone().dropped());
            let _ = timeout(millis(100), it.polled()).await;
        }
        .boxed_local()
    }),
    ("moved", |it| {
        async move {
            soon(it.clone().polled());
            it.polled().await;
        }
        .boxed_local()
    }),
    ("moved from a region", |it| {
        async move {
            soon(it.clone().polled());
            let _ = timeout(millis(100), it.polled()).await;
        }
        .boxed_local()
    }),
];

#[test]
fn a_cancel_goes_to_no_task_that_is_awaited_no_more() {
    for (name, way) in WAYS {
        let event_loop = EventLoop::builder().virtual_time().build();
        let main = async move {
            let job = spawn(pending::<()>());
            let wait = job.as_task_ref().ended();
            let shared = Shared(Rc::new(RefCell::new(Some(wait.map(drop).boxed_local()))));
            let task = spawn(way(shared));
            sleep(millis(200)).await;
            task.cancel();
            let ended = wait_for(async { drop(task.await) }, millis(100)).await;
            assert!(ended.is_ok(), "{name}: the cancel is lost");
            assert_eq!(time().since_start(), millis(200), "{name}");
            assert!(
                !job.done(),
                "{name}: a task is cancelled that nobody awaits"
            );
        };
        event_loop.run_until_complete(main).expect("it ends");
    }
}

/// The cancel is handed on to a task that cleans up for a second. Meanwhile another task, or another
/// waker, polls the wait.
#[test]
fn a_cancel_that_was_handed_on_comes_back_when_the_wait_moves() {
    for (in_region, listed) in [(false, false), (false, true), (true, false), (true, true)] {
        let event_loop = EventLoop::builder().virtual_time().build();
        let main = async move {
            let job = spawn(async {
                if let Err(cancelled) = catch_cancel(pending::<()>()).await {
                    sleep(millis(1000)).await;
                    cancelled.raise().await;
                }
            });
            if listed {
                let first = job.as_task_ref().ended();
                spawn(first.map(drop)).detach();
                sleep(millis(1)).await;
            }
            let wait = job.as_task_ref().ended();
            let shared = Shared(Rc::new(RefCell::new(Some(wait.map(drop).boxed_local()))));
            let polled = shared.clone().polled();
            let task = spawn(async move {
                match in_region {
                    true => drop(timeout(millis(100), polled).await),
                    false => polled.await,
                }
            });
            sleep(millis(100)).await;
            task.cancel();
            sleep(millis(100)).await;
            assert!(!task.done(), "the job cleans up");
            let begun = time();
            spawn(shared.polled()).detach();
            let ended = wait_for(async { drop(task.await) }, millis(100)).await;
            assert!(ended.is_ok(), "{in_region} {listed}: the cancel is lost");
            assert_eq!(time(), begun, "{in_region} {listed}");
        };
        event_loop.run_until_complete(main).expect("it ends");
    }
}
