//! A task that awaits itself: an error or a panic, and never a hang.
//!
//! The front page of the crate has the rule. No way is a hang: a task that awaits itself through a
//! combinator waits for ever, and the run ends with a report that says so.
//!
//! Read next: `reports.rs`.

use std::cell::RefCell;
use std::fmt::Debug;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::prelude::v1::test; // and not `groundup::test`
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use groundup::*;

/// What an await of oneself is answered with: an output, or the text of a panic.
type Answer = Result<String, String>;
const MINUTE: Duration = Duration::from_secs(60);

type Local<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Awaits, and catches a panic.
async fn answer<T: Debug>(awaits: impl Future<Output = T>) -> Answer {
    match AssertUnwindSafe(awaits).catch_unwind().await {
        Ok(output) => Ok(format!("{output:?}")),
        Err(panic) => Err(panic
            .downcast::<String>()
            .map_or("no text".into(), |text| *text)),
    }
}

/// Runs `own` in a task, with the task's own handle.
fn in_task(own: fn(Task<()>) -> Local<'static, Answer>) -> Result<Answer, RunError> {
    let event_loop = EventLoop::builder().virtual_time().build();
    event_loop.run_until_complete(async {
        let (handle, told) = (
            Promise::<Rc<RefCell<Option<Task<()>>>>>::new(),
            Promise::new(),
        );
        let (mine, tells) = (handle.clone(), told.clone());
        let task = spawn(async move {
            let mine = mine.await.unwrap().take().unwrap();
            tells.set_result(own(mine).await).unwrap();
        });
        handle
            .set_result(Rc::new(RefCell::new(Some(task))))
            .unwrap();
        told.await.unwrap()
    })
}

/// Runs `own` in a child of a group, with the child's own handle.
fn in_child(own: fn(Child<()>) -> Local<'static, Answer>) -> Answer {
    run_virtual(async {
        let told = Rc::new(RefCell::new(None));
        let tells = told.clone();
        let ended = task_group(async |group: TaskGroup<String>| {
            let handle = Rc::new(RefCell::new(None));
            let mine = handle.clone();
            let child = group.spawn(async move {
                let mine: Child<()> = mine.take().unwrap();
                *tells.borrow_mut() = Some(own(mine).await);
                Ok(())
            });
            *handle.borrow_mut() = Some(child);
            Ok(())
        });
        ended.await.unwrap();
        told.take().unwrap()
    })
}

/// Runs `own` in a child of a borrowing group, with the child's own handle.
fn in_borrowing_child(own: fn(BorrowingChild<()>) -> Local<'static, Answer>) -> Answer {
    run_virtual(async {
        let (handle, told) = (RefCell::new(None), RefCell::new(None));
        let ended = borrowing_group(async |group: BorrowingGroup<'_, String>| {
            let (handle, told) = (&handle, &told);
            let child = group.spawn(async move {
                let mine: BorrowingChild<()> = handle.take().unwrap();
                *told.borrow_mut() = Some(own(mine).await);
                Ok(())
            });
            handle.replace(Some(child));
            Ok(())
        });
        ended.await.unwrap();
        told.take().unwrap()
    })
}

#[test]
fn an_await_of_oneself_is_an_error_where_it_returns_a_result_and_else_a_panic() {
    let results = [
        in_task(|own| Box::pin(answer(own.into_future()))).unwrap(),
        in_task(|mut own| Box::pin(async move { answer(&mut own).await })).unwrap(),
        in_task(|own| Box::pin(answer(own.join()))).unwrap(),
        in_child(|own| Box::pin(answer(own.result()))),
        in_borrowing_child(|own| Box::pin(answer(own.result()))),
    ];
    for result in results {
        assert_eq!(result.as_deref(), Ok("Err(AwaitedItself)"));
    }
    let limited = in_task(|own| {
        Box::pin(async move {
            let answer = answer(timeout(MINUTE, own)).await;
            assert_eq!(time().since_start(), Duration::ZERO);
            answer
        })
    });
    assert_eq!(limited.unwrap().as_deref(), Ok("Ok(Err(AwaitedItself))"));
    let panics = [
        in_task(|own| Box::pin(async move { answer(own.ended()).await })).unwrap(),
        in_child(|own| Box::pin(answer(own.into_future()))),
        in_child(|mut own| Box::pin(async move { answer(&mut own).await })),
        in_child(|own| Box::pin(async move { answer(own.as_task_ref().ended()).await })),
        in_borrowing_child(|own| Box::pin(answer(own))),
    ];
    for panic in panics {
        let text = panic.unwrap_err();
        assert!(
            text.contains("cannot await itself: it would wait for its own end; await it from"),
            "{text}"
        );
    }
}

/// The loop sees these circles, and ends the run.
#[test]
fn an_await_of_oneself_through_a_combinator_is_a_deadlock_that_is_told() {
    let rows = [
        in_task(|own| Box::pin(answer(gather([own]).into_future()))),
        in_task(|own| Box::pin(answer(shield(own).into_future()))),
        in_task(|own| Box::pin(answer(wait([own], ReturnWhen::AllCompleted)))),
    ];
    for row in rows {
        let RunError::Deadlock(deadlock) = row.unwrap_err() else {
            panic!("no deadlock")
        };
        let circles = deadlock.cycles.iter().map(|circle| circle.join(" -> "));
        assert_eq!(
            circles.collect::<Vec<_>>(),
            ["Task-2 -> Task-2"],
            "{deadlock}"
        );
    }
}
