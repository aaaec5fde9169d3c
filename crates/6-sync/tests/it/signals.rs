//! Calls of a notify, and cancels of a tree.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `channels.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup_sync::executor::{sleep, spawn, time};
use groundup_sync::task::yield_now;
use groundup_sync::*;

use crate::setup::*;

#[test]
fn a_call_wakes_the_first_and_a_call_to_all_wakes_those_that_wait() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let notify = Rc::new(Notify::new());
        let waits = |name| {
            let notify = notify.clone();
            logged(&log, name, async move { notify.notified().await })
        };
        let tasks = ["a", "b", "c"].map(waits);
        yield_now().await;
        log.say("one");
        notify.notify_one();
        yield_now().await;
        log.say("all");
        notify.notify_waiters();
        let late = waits("late");
        for task in tasks {
            task.await.unwrap();
        }
        yield_now().await;
        assert!(!late.done(), "it came after the call");
        // Two calls without a waiter are one.
        notify.notify_one();
        late.await.unwrap();
        notify.notify_one();
        notify.notify_one();
        notify.notified().await;
        let next = waits("next");
        yield_now().await;
        assert!(!next.done());
        notify.notify_one();
        next.await.unwrap();
    });
    assert_eq!(log.hops(), "one@0 a@1 all@1 b@2 c@2 late@5 next@8");
}

#[test]
fn a_wait_that_is_cancelled_after_its_call_passes_it_on_and_a_released_one_does_not() {
    Setup::new().run(async {
        let notify = Rc::new(Notify::new());
        let waits = || {
            let notify = notify.clone();
            spawn(async move { notify.notified().await })
        };
        let (first, second) = (waits(), waits());
        yield_now().await;
        notify.notify_one();
        first.cancel();
        assert!(first.await.unwrap_err().is_cancelled());
        second.await.unwrap();

        let released = waits();
        yield_now().await;
        notify.notify_waiters();
        let late = waits();
        released.cancel();
        assert!(released.await.unwrap_err().is_cancelled());
        yield_now().await;
        assert!(!late.done());
        notify.notify_one();
        late.await.unwrap();
    });
}

#[test]
fn a_cancel_wakes_the_tree_level_by_level() {
    let setup = Setup::new();
    let log = setup.log.clone();
    setup.run(async {
        let root = CancellationToken::new();
        let (a, b) = (root.child_token(), root.child_token());
        let (aa, ba) = (a.child_token(), b.child_token());
        let waits = |name, token: &CancellationToken| {
            let token = token.clone();
            logged(&log, name, async move { token.cancelled().await })
        };
        // The order of the waits is not the order of the tree.
        let all = [
            ("ba", &ba),
            ("aa", &aa),
            ("b", &b),
            ("a", &a),
            ("root", &root),
        ];
        let tasks = all.map(|(name, token)| waits(name, token));
        yield_now().await;
        log.say("cancel");
        root.cancel();
        assert!(ba.is_cancelled() && aa.child_token().is_cancelled());
        for task in tasks {
            task.await.unwrap();
        }
        ba.cancelled().await; // does not wait
    });
    assert_eq!(log.hops(), "cancel@0 root@1 a@1 b@1 aa@1 ba@1");
}

#[test]
fn a_tree_of_any_depth_is_cancelled_and_dropped_without_recursion() {
    const DEPTH: usize = 100_000;
    let chain = || {
        let mut tokens = vec![CancellationToken::new()];
        for at in 0..DEPTH {
            tokens.push(tokens[at].child_token());
        }
        tokens
    };
    let tokens = chain();
    tokens[0].cancel();
    assert!(tokens.iter().all(CancellationToken::is_cancelled));
    drop(chain()); // from the root
    let mut tokens = chain();
    while tokens.pop().is_some() {} // from the leaf
    // Only the two ends have handles: the tokens between leave nothing, and the cancel gets through.
    let root = CancellationToken::new();
    let mut leaf = root.clone();
    for _ in 0..DEPTH {
        leaf = leaf.child_token();
    }
    root.cancel();
    assert!(leaf.is_cancelled());
    // A wide tree, whose root goes first.
    let root = CancellationToken::new();
    let middle = root.child_token();
    let leaves: Vec<_> = (0..DEPTH).map(|_| middle.child_token()).collect();
    drop(middle);
    root.cancel();
    assert!(leaves.iter().all(CancellationToken::is_cancelled));
}

#[test]
fn a_future_runs_until_its_token_is_cancelled_and_is_dropped_then() {
    struct Gone(Rc<Cell<bool>>);
    impl Drop for Gone {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    Setup::new().run(async {
        let token = CancellationToken::new();
        let (own, gone) = (token.clone(), Rc::new(Cell::new(false)));
        let held = Gone(gone.clone());
        let task = spawn(async move {
            let hour = async move {
                let _held = held;
                sleep(secs(3600)).await;
            };
            own.run_until_cancelled(hour).await
        });
        sleep(secs(1)).await;
        let guard = token.clone().drop_guard();
        assert!(!gone.get());
        drop(guard);
        assert_eq!(task.await.unwrap(), None);
        assert!(gone.get());
        assert_eq!(time().since_start(), secs(1));
        // A token that is cancelled lets nothing run.
        let never = async { unreachable!("it is not polled") };
        assert_eq!(token.run_until_cancelled(never).await, None::<()>);
    });
}

#[test]
fn a_cancel_and_an_end_in_one_iteration_are_a_cancel() {
    Setup::new().run(async {
        let (token, event) = (CancellationToken::new(), Rc::new(Event::new()));
        let (own, end) = (token.clone(), event.clone());
        let task = spawn(async move { own.run_until_cancelled(end.wait()).await });
        yield_now().await;
        event.set();
        token.cancel();
        assert_eq!(task.await.unwrap(), None);
    });
}
