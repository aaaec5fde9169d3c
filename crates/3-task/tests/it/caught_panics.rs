//! A panic that is caught in a step: the marks beside it stay.
//!
//! The problem: the place of a cancel is known by marks that the futures of a step leave: "there
//! is a region in here", "the task awaits that one". A region takes the marks of what is around it
//! out while it polls its future. If that future panics, and other code of the step catches the
//! panic, the step goes on, and the marks must be what they were.
//!
//! ```text
//!   join( one: a region, or an awaited task ,  two: catch_unwind( region( panics )), then waits )
//!         ^ the next cancel goes here, however the region of `two` has ended
//! ```
//!
//! Read next: `kernel_edges.rs`.

use std::future::{Future, IntoFuture};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::{FutureExt, LocalBoxFuture};
use groundup_task::{CancelScope, catch_cancel, yield_now};

use crate::drive::*;

type Part = LocalBoxFuture<'static, ()>;

/// How the region beside ends, and a future that does so.
type Row = (&'static str, fn() -> Part);

/// A future that is ready, and panics in its drop.
struct Sour;

impl Future for Sour {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }
}

impl Drop for Sour {
    fn drop(&mut self) {
        resume_unwind(Box::new("in the drop"));
    }
}

async fn panics() {
    resume_unwind(Box::new("in the step"))
}

/// Suspends in a region, and panics when it is polled again.
async fn panics_later() {
    yield_now().await;
    catch_cancel(yield_now()).await.unwrap();
    panics().await;
}

/// The first two are without a panic.
const ENDS: [Row; 7] = [
    ("no region", || async {}.boxed_local()),
    ("it returns", || {
        catch_cancel(async {}).map(drop).boxed_local()
    }),
    ("its future panics", || {
        catch_cancel(panics()).map(drop).boxed_local()
    }),
    ("its future panics in a later step", || {
        catch_cancel(panics_later()).map(drop).boxed_local()
    }),
    ("its future panics in its drop", || {
        catch_cancel(Sour).map(drop).boxed_local()
    }),
    ("a region in it panics", || {
        catch_cancel(catch_cancel(panics())).map(drop).boxed_local()
    }),
    ("the region of a scope panics", || {
        async { drop(CancelScope::new().catch(panics()).await) }.boxed_local()
    }),
];

/// What stands before it in the step, and takes the next cancel.
#[derive(Clone, Copy, Debug)]
enum Before {
    Nothing,
    Region,
    Task,
    TaskInRegion,
}

/// Runs both side by side in a region, cancels the task, and returns what was logged, with the
/// rounds.
fn cancelled_beside(before: Before, end: fn() -> Part) -> Vec<(u64, String)> {
    let drive = Drive::new();
    let log = drive.log.clone();
    drive.run(async {
        let inner = log.clone();
        let awaited = spawn(async move {
            let told = catch_cancel(forever()).await.is_err();
            inner.say(format!("the awaited task is told: {told}"));
            pause(2).await;
            inner.say("the awaited task has cleaned up");
        });
        let inner = log.clone();
        let task = spawn(async move {
            let one = async {
                match before {
                    Before::Nothing => forever().await,
                    Before::Task => awaited.into_future().await.unwrap(),
                    Before::TaskInRegion => drop(catch_cancel(awaited).await),
                    Before::Region => {
                        let told = catch_cancel(forever()).await.is_err();
                        inner.say(format!("the region is told: {told}"));
                        pause(2).await;
                        inner.say("the region has cleaned up");
                    }
                }
                inner.say("one goes on");
                forever().await;
            };
            let two = async {
                drop(AssertUnwindSafe(end()).catch_unwind().await);
                forever().await;
            };
            let outer = catch_cancel(async { futures::join!(one, two) }).await;
            inner.say(format!("the outer region is told: {}", outer.is_err()));
        });
        pause(5).await;
        log.say("cancel");
        task.cancel();
        pause(5).await;
        task.cancel();
        task.await.unwrap();
    });
    drive.log.rounds()
}

#[test]
fn a_caught_panic_of_a_region_changes_nothing_for_the_next_cancel() {
    use Before::*;
    for before in [Nothing, Region, Task, TaskInRegion] {
        let expected = cancelled_beside(before, ENDS[0].1);
        for (what, end) in ENDS {
            let logged = quietly(|| cancelled_beside(before, end));
            assert_eq!(logged, expected, "after {before:?}, and {what}");
        }
    }
}
