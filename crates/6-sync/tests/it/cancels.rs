//! A cancel that meets a value wins, and the value stays where it was.
//!
//! The problem: a wait is over, and in the same iteration its task is cancelled. The task catches
//! the cancel, so it goes on without the value. The permit, the notice or the value must be there
//! for the next wait.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `misuse.rs`.

use std::cell::RefCell;
use std::future::{Future, pending, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use groundup_sync::combinators::join;
use groundup_sync::executor::spawn;
use groundup_sync::task::{catch_cancel, yield_now};
use groundup_sync::*;

use crate::setup::*;

/// Spawns a task that waits and catches a cancel. Ends the wait with `acts`, and cancels the task
/// before or after. Returns true if the task has caught the cancel.
async fn caught<F: Future + 'static>(
    cancel_first: bool,
    wait: impl FnOnce() -> F + 'static,
    acts: impl FnOnce(),
) -> bool {
    let task = spawn(async move { catch_cancel(wait()).await.is_err() });
    yield_now().await;
    if cancel_first {
        task.cancel();
    }
    acts();
    if !cancel_first {
        task.cancel();
    }
    task.await.expect("the cancel is caught")
}

#[test]
fn a_cancel_in_the_iteration_of_a_value_wins_and_the_value_is_kept() {
    for first in [true, false] {
        Setup::new().run(async move {
            let lock = Rc::new(RwLock::new());
            for writes in [true, false] {
                let guard = lock.try_write().unwrap();
                let own = lock.clone();
                let wait = move || async move {
                    match writes {
                        true => drop(own.write().await),
                        false => drop(own.read().await),
                    }
                };
                assert!(caught(first, wait, || drop(guard)).await);
                assert!(lock.try_write().is_some(), "no task is inside");
            }

            let notify = Rc::new(Notify::new());
            let own = notify.clone();
            let wait = move || async move { own.notified().await };
            assert!(caught(first, wait, || notify.notify_one()).await);
            notify.notified().await; // the call is stored

            let token = CancellationToken::new();
            let own = token.clone();
            let wait = move || async move { own.cancelled().await };
            assert!(caught(first, wait, || token.cancel()).await);
        });
    }
}

#[test]
fn a_cancel_in_the_iteration_of_a_send_wins_and_the_value_is_received_later() {
    for first in [true, false] {
        Setup::new().run(async move {
            let (sender, receiver) = oneshot();
            let receiver = Rc::new(RefCell::new(receiver));
            let own = receiver.clone();
            let wait = move || poll_fn(move |cx| Pin::new(&mut *own.borrow_mut()).poll(cx));
            assert!(caught(first, wait, || sender.send('a').unwrap()).await);
            assert_eq!(receiver.borrow_mut().try_recv(), Ok(Some('a')));

            let (mut sender, receiver) = oneshot::<u8>();
            let wait = move || async move { sender.closed().await };
            assert!(caught(first, wait, || drop(receiver)).await);

            let (news, reader) = broadcast(1);
            let reader = Rc::new(Lock::with(reader));
            let own = reader.clone();
            let wait = move || async move { own.acquire().await.recv().await };
            let send = || assert_eq!(news.send('a').ok(), Some(1));
            assert!(caught(first, wait, send).await);
            assert_eq!(reader.acquire().await.try_recv(), Ok(Some('a')));

            let (level, display) = watch(0);
            let display = Rc::new(Lock::with(display));
            let own = display.clone();
            let wait = move || async move { own.acquire().await.changed().await };
            assert!(caught(first, wait, || level.send(1).unwrap()).await);
            assert!(display.acquire().await.has_changed());
        });
    }
}

/// Spawns a task that waits, and beside the wait catches a cancel. Ends the wait with `acts`, and
/// cancels the task. If `late`, the wait is polled first in the step of the cancel. Returns the
/// order in which the task goes on.
async fn order<F: Future + 'static>(
    late: bool,
    wait: impl FnOnce() -> F + 'static,
    acts: impl FnOnce(),
) -> String {
    let log = Log::default();
    let (one, other) = (log.clone(), log.clone());
    let task = spawn(async move {
        let waits = async move {
            let (mut wait, mut begun) = (pin!(wait()), !late);
            poll_fn(|cx| match std::mem::replace(&mut begun, true) {
                true => wait.as_mut().poll(cx).map(drop),
                false => Poll::Pending,
            })
            .await;
            one.say("value");
        };
        let region = async move {
            catch_cancel(pending::<()>()).await.unwrap_err();
            other.say("caught");
        };
        join((waits, region)).await;
    });
    yield_now().await;
    acts();
    task.cancel();
    task.await.expect("the cancel is caught");
    log.texts()
}

/// No code behind an await runs before the region has caught the cancel, although the wait stands in
/// front of the region.
#[test]
fn a_value_waits_until_the_cancel_of_its_step_is_caught() {
    for late in [true, false] {
        Setup::new().run(async move {
            let mut orders = Vec::new();
            let lock = Rc::new(RwLock::new());
            for writes in [true, false] {
                let guard = lock.try_write().unwrap();
                let own = lock.clone();
                let wait = move || async move {
                    match writes {
                        true => drop(own.write().await),
                        false => drop(own.read().await),
                    }
                };
                orders.push(order(late, wait, || drop(guard)).await);
            }
            let notify = Rc::new(Notify::new());
            let own = notify.clone();
            let wait = move || async move { own.notified().await };
            orders.push(order(late, wait, || notify.notify_one()).await);
            let token = CancellationToken::new();
            let own = token.clone();
            let wait = move || async move { own.cancelled().await };
            orders.push(order(late, wait, || token.cancel()).await);

            let (sender, receiver) = oneshot();
            orders.push(order(late, || receiver, || sender.send('a').unwrap()).await);
            let (mut sender, receiver) = oneshot::<u8>();
            let wait = move || async move { sender.closed().await };
            orders.push(order(late, wait, || drop(receiver)).await);
            let (news, mut reader) = broadcast(1);
            let wait = move || async move { reader.recv().await };
            let send = || assert_eq!(news.send('a').ok(), Some(1));
            orders.push(order(late, wait, send).await);
            let (level, mut display) = watch(0);
            let wait = move || async move { display.changed().await };
            orders.push(order(late, wait, || level.send(1).unwrap()).await);
            assert_eq!(orders, ["caught value"; 8]);
        });
    }
}

/// The objects of asyncio do so, too: in the step in which the wait begins, and in the one in which it
/// goes on.
#[test]
fn a_permit_and_an_item_wait_until_the_cancel_of_their_step_is_caught() {
    for late in [true, false] {
        Setup::new().run(async move {
            let mut orders = Vec::new();
            let lock = Rc::new(Lock::new());
            let (own, guard) = (lock.clone(), lock.try_acquire().unwrap());
            let wait = move || async move { drop(own.acquire().await) };
            orders.push(order(late, wait, || drop(guard)).await);
            let semaphore = Rc::new(Semaphore::new(1));
            let (own, permit) = (semaphore.clone(), semaphore.try_acquire().unwrap());
            let wait = move || async move { drop(own.acquire().await) };
            orders.push(order(late, wait, || drop(permit)).await);
            let queue = Rc::new(Queue::new(1));
            let own = queue.clone();
            let wait = move || async move { own.get().await };
            orders.push(order(late, wait, || queue.put_nowait('a').unwrap()).await);
            queue.put_nowait('b').unwrap();
            let own = queue.clone();
            let wait = move || async move { own.put('c').await };
            orders.push(order(late, wait, || _ = queue.get_nowait().unwrap()).await);
            assert_eq!(orders, ["caught value"; 4]);
            assert_eq!(queue.get_nowait(), Ok('c'));
        });
    }
}
