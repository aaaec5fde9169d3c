//! Programs on the primitives of other crates, unchanged.
//!
//! Read next: `network.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::mpsc;
use futures::{FutureExt, SinkExt, StreamExt};
use groundup::{spawn, yield_now};
use groundup_testkit::{Case, Explore, FailureKind, cancel_everywhere, census, explore};

#[test]
fn a_program_on_futures_is_explored() {
    let census = census(|| async {
        let (sender, receiver) = mpsc::channel(1);
        for name in ["a", "b", "c"] {
            let mut sender = sender.clone();
            spawn(async move { sender.send(name).await.unwrap() }).detach();
        }
        drop(sender);
        receiver.collect::<Vec<_>>().await.concat()
    });
    assert_eq!(
        census.outcomes(),
        ["abc", "acb", "bac", "bca", "cab", "cba"]
    );
    assert!(census.complete());
}

/// The branches of `select_biased!` are polled in their order; those of `select!` are not under
/// control.
#[test]
fn a_biased_select_of_futures_is_explored() {
    explore(|| async {
        let tasks = [spawn(yield_now()), spawn(yield_now())];
        let [mut task, mut other] = tasks.map(|task| task.into_future().fuse());
        futures::select_biased! {
            end = task => end.unwrap(),
            end = other => end.unwrap(),
        }
    });
}

#[test]
fn a_program_on_tokio_s_channels_is_explored() {
    let found = Explore::new().check(|| async {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(4);
        let order = Rc::new(RefCell::new(Vec::new()));
        for number in 0..3 {
            let sender = sender.clone();
            spawn(async move { sender.send(number).await.unwrap() }).detach();
        }
        drop(sender);
        while let Some(number) = receiver.recv().await {
            order.borrow_mut().push(number);
        }
        assert!(order.borrow().is_sorted());
    });
    let found = found.unwrap_err();
    assert_eq!(
        (found.failure.kind, found.deviations),
        (FailureKind::Panicked, 1)
    );
}

/// Three senders of a channel with one place.
async fn three_send_on_async_channel() -> String {
    let (sender, receiver) = async_channel::bounded(1);
    for name in ["a", "b", "c"] {
        let sender = sender.clone();
        spawn(async move { sender.send(name).await.ok() }).detach();
    }
    drop(sender);
    let mut order = String::new();
    while let Ok(name) = receiver.recv().await {
        order.push_str(name);
    }
    order
}

#[test]
fn a_program_on_async_channel_is_explored_and_cancelled() {
    let census = census(three_send_on_async_channel);
    assert_eq!(
        census.outcomes(),
        ["abc", "acb", "bac", "bca", "cab", "cba"]
    );
    assert!(census.complete());
    let report = cancel_everywhere(|| Case::new(three_send_on_async_channel()));
    report.assert_safe();
    assert!(report.runs() > 10, "{report}");
}

#[test]
fn a_semaphore_of_tokio_keeps_its_permits_wherever_it_is_cancelled() {
    cancel_everywhere(|| {
        let pool = Rc::new(tokio::sync::Semaphore::new(1));
        let free = pool.clone();
        Case::new(async move {
            let users = [0; 3].map(|_| {
                let pool = pool.clone();
                spawn(async move {
                    let _permit = pool.acquire().await.unwrap();
                    yield_now().await;
                })
            });
            for user in users {
                user.await.ok();
            }
        })
        .law(move || free.available_permits() == 1)
    })
    .assert_safe();
}
