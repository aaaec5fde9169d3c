//! What the clone of a foreign waker can do in the middle of a wait.
//!
//! The problem: a waker whose clone runs code is made with `unsafe`, which no crate has. So these tests
//! call the two halves of a wait, and do between them what such a clone could do.
//!
//! Invariants: the ones the tests are named after.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Poll, Wake, Waker};

use groundup_combinators::task::Scheduler;

use super::*;
use crate::wait_list::{ALONE, Place, WaitList};

#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns a foreign waker, and the counter of its calls.
fn foreign() -> (Waker, Arc<Calls>) {
    let calls = Arc::<Calls>::default();
    (calls.clone().into(), calls)
}

/// Acts on a list in the clone of a waker. Returns true if the future goes on with a token.
type Act = fn(&WaitList) -> bool;

const ACTS: [Act; 2] = [
    |list| list.notify_one().is_some(),
    |list| {
        list.release_all();
        false
    },
];

fn assert_left(list: &WaitList) {
    assert_eq!((list.len(), list.is_waiting()), (0, false));
    assert!(list.notify_one().is_none());
}

#[test]
fn a_place_that_is_notified_or_released_while_its_new_waker_is_cloned_goes_on() {
    for act in ACTS {
        let list = WaitList::default();
        let ((first, _), (second, _)) = (foreign(), foreign());
        let mut place = Place::default();
        list.join(&mut place, &Context::from_waker(&first), || true);
        let fresh = StoredWaker::of(&Context::from_waker(&second));
        act(&list);
        assert!(list.replace_waker(&mut place, fresh), "it goes on");
        assert!(!list.leave(&mut place), "the caller had the token");
        assert_left(&list);
    }
}

#[test]
fn a_task_that_is_notified_or_released_while_a_foreign_waker_is_cloned_goes_on() {
    for act in ACTS {
        let scheduler = Scheduler::new().unwrap();
        let mut task = scheduler.spawn(poll_fn(move |cx| {
            let list = WaitList::default();
            let mut place = Place::default();
            list.join(&mut place, cx, || true);
            assert_eq!(place.number(), Some(ALONE));
            let (waker, _) = foreign();
            let fresh = StoredWaker::of(&Context::from_waker(&waker));
            act(&list);
            assert!(list.join_others_first(&mut place, fresh), "it goes on");
            assert!(!list.leave(&mut place), "the caller had the token");
            assert_left(&list);
            Poll::Ready(())
        }));
        scheduler.run_until_idle();
        assert_eq!(task.take_value(), Some(()), "it did not panic");
    }
}

#[test]
fn a_future_that_need_not_wait_when_its_waker_is_cloned_is_woken() {
    let (waker, calls) = foreign();
    let fresh = || StoredWaker::of(&Context::from_waker(&waker));
    let one = OneWaiter::default();
    one.store(fresh(), || false);
    assert_eq!(calls.0.load(Ordering::Relaxed), 1);
    one.wake();
    assert_eq!(calls.0.load(Ordering::Relaxed), 1, "it is not stored");
    one.store(fresh(), || true);
    one.wake();
    assert_eq!(calls.0.load(Ordering::Relaxed), 2);
}
