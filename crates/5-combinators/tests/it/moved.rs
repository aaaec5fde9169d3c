//! Blocks that change tasks, and sinks that act inside a spawn.
//!
//! The problem: a block is a future, so a program can hand it to another task while it waits. What
//! counts for the block must go with it. And a sink is user code in the middle of an operation.
//!
//! Read next: `hidden_waits.rs`.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures::stream::LocalBoxStream;
use futures::{FutureExt, StreamExt};
use groundup_combinators::executor::task::trace::{Event, Verb};
use groundup_combinators::executor::task::{TaskError, catch_cancel, yield_now};
use groundup_combinators::executor::{EventLoop, current_task, sleep, spawn, time};
use groundup_combinators::{TaskGroup, buffer_unordered, task_group};

type Block = Pin<Box<dyn Future<Output = bool>>>;

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A group of which a child fails after 1 s, and another child cleans up until 3 s. Returns
/// whether the group has failed.
fn failing_group() -> Block {
    Box::pin(async {
        let ended = task_group(async |group: TaskGroup<&str>| {
            group.spawn(async {
                sleep(secs(1)).await;
                Err::<(), _>("no")
            });
            group.spawn(async {
                if let Err(cancelled) = catch_cancel(pending::<()>()).await {
                    sleep(secs(2)).await;
                    cancelled.raise().await;
                }
                Ok(())
            });
            sleep(secs(9)).await;
            Ok(())
        });
        ended.await.is_err()
    })
}

#[test]
fn the_cancels_of_a_block_count_on_the_task_that_polls_it() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let block: Rc<RefCell<Option<Block>>> = Rc::new(RefCell::new(Some(failing_group())));
    let main = async move {
        let lent = block.clone();
        let first = spawn(async move {
            let borrowed = poll_fn(|cx| match lent.borrow_mut().as_mut() {
                Some(block) => block.as_mut().poll(cx).map(drop),
                None => Poll::Ready(()),
            });
            let _ = futures::future::select(borrowed, Box::pin(sleep(secs(2)))).await;
            sleep(secs(2)).await;
            current_task().map(|task| task.cancelling())
        });
        let second = spawn(async move {
            sleep(Duration::from_millis(1500)).await;
            let failed = match block.take() {
                Some(block) => block.await,
                None => false,
            };
            sleep(secs(9)).await;
            failed
        });
        sleep(secs(2)).await;
        let accepted = second.cancel();
        (accepted, second.await.is_err(), first.await.unwrap())
    };
    let (accepted, cancelled, counted) = event_loop.run_until_complete(main).unwrap();
    assert!(accepted && cancelled, "an accepted cancel arrives");
    assert_eq!(counted, Some(0), "nobody cancelled the first task");
}

#[test]
fn a_group_that_a_sink_cancels_at_a_spawn_ends_with_that_child() {
    let group: Rc<RefCell<Option<TaskGroup<()>>>> = Rc::default();
    let seen = group.clone();
    let sink = move |event: &Event| {
        let group = seen.borrow().clone();
        if let (Verb::Spawn { .. }, Some(group)) = (&event.verb, group) {
            group.cancel();
        }
    };
    let event_loop = EventLoop::builder().virtual_time().trace(sink).build();
    let main = async move {
        let ended = task_group(async |inside: TaskGroup<()>| {
            group.replace(Some(inside.clone()));
            inside.spawn(async {
                pending::<()>().await;
                Ok(())
            });
            pending::<()>().await;
            Ok(())
        });
        let failed = ended.await.is_err();
        group.take();
        (failed, time().since_start())
    };
    let ended = event_loop.run_until_complete(main).unwrap();
    assert_eq!(ended, (true, Duration::ZERO));
}

#[test]
fn a_stream_that_a_sink_drops_at_a_spawn_cancels_that_child() {
    type Endless = LocalBoxStream<'static, Result<u8, TaskError>>;
    let stream: Rc<RefCell<Option<Endless>>> = Rc::default();
    let held = stream.clone();
    let sink = move |event: &Event| {
        let child = event.task.as_ref().is_some_and(|task| task.number == 3);
        if let (Verb::Spawn { .. }, true) = (&event.verb, child) {
            drop(held.take());
        }
    };
    let event_loop = EventLoop::builder().virtual_time().trace(sink).build();
    let main = async move {
        let endless = futures::stream::iter([pending(), pending()]);
        stream.replace(Some(buffer_unordered(endless, 2).boxed_local()));
        let begun = stream
            .borrow_mut()
            .as_mut()
            .map(|stream| stream.next().now_or_never());
        assert!(
            matches!(begun, Some(None)),
            "its first item is not there yet"
        );
        for _ in 0..4 {
            yield_now().await;
        }
        stream.borrow().is_some()
    };
    assert!(
        !event_loop.run_until_complete(main).unwrap(),
        "the sink has dropped it"
    );
    assert_eq!(event_loop.all_tasks().len(), 0);
}
