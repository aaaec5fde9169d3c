//! A sleep that may be sent to another thread.
//!
//! The problem: it has numbers in place of references, so a poll or a drop elsewhere must find its
//! loop, or say that it cannot.
//!
//! Invariant: in its loop it does what a sleep does, iteration by iteration.
//!
//! Read next: `alarms.rs`.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use crate::support::log::{secs, virtual_loop};
use groundup_executor::{
    SleepTicket, call_soon, iteration, run, run_virtual, sleep, sleep_ticket, spawn, time,
};

fn is_send_and_sync<T: Send + Sync>(_: &T) {}

#[test]
fn it_takes_the_iterations_of_a_sleep() {
    for duration in [0, 1, 5, u64::MAX] {
        let duration = Duration::from_millis(duration);
        let ends = |ticket: bool| {
            run_virtual(async move {
                let sleeps = async move {
                    match ticket {
                        true => sleep_ticket(duration).await,
                        false => sleep(duration).await,
                    }
                    (iteration(), time())
                };
                let task = spawn(sleeps);
                sleep(secs(60)).await;
                match task.done() {
                    true => task.await.ok(),
                    false => None,
                }
            })
        };
        assert_eq!(ends(true), ends(false), "{duration:?}");
    }
}

#[test]
fn it_is_send_and_sync_and_polled_by_another_task_than_before() {
    run_virtual(async {
        let mut nap = Box::pin(sleep_ticket(secs(3)));
        is_send_and_sync(&nap);
        poll_fn(|cx| {
            assert!(nap.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        spawn(nap).await.unwrap();
        assert_eq!(time().since_start(), secs(3));
    });
}

/// Returns a sleep that has begun in the running loop.
async fn begun(duration: Duration) -> SleepTicket {
    let mut nap = sleep_ticket(duration);
    poll_fn(|cx| {
        assert!(pin!(&mut nap).poll(cx).is_pending());
        Poll::Ready(())
    })
    .await;
    nap
}

#[test]
fn a_drop_in_its_loop_cancels_its_timer() {
    let event_loop = virtual_loop();
    let timers = || event_loop.metrics().timers;
    event_loop
        .run_until_complete(async {
            let nap = begun(secs(3600)).await;
            let set = groundup_executor::current_loop().metrics().timers;
            drop(nap);
            assert_eq!(set - groundup_executor::current_loop().metrics().timers, 1);
        })
        .unwrap();
    assert_eq!(timers(), 0);
}

#[test]
fn a_drop_on_another_thread_goes_home() {
    let event_loop = virtual_loop();
    let nap = event_loop.run_until_complete(begun(secs(3600))).unwrap();
    assert_eq!(event_loop.metrics().timers, 1);
    thread::spawn(move || drop(nap)).join().unwrap();
    event_loop.run_until_complete(async {}).unwrap();
    event_loop.run_until_complete(async {}).unwrap();
    assert_eq!(event_loop.metrics().timers, 0);
    assert_eq!(event_loop.time().since_start(), Duration::ZERO);
}

#[test]
fn a_drop_in_another_loop_goes_home_and_cancels_no_timer_there() {
    let event_loop = virtual_loop();
    let nap = event_loop.run_until_complete(begun(secs(3600))).unwrap();
    run_virtual(async move {
        let other = begun(secs(1)).await; // the same number, in another loop
        drop(nap);
        call_soon(|| ());
        other.await;
        assert_eq!(time().since_start(), secs(1));
    });
    event_loop.run_until_complete(async {}).unwrap();
    event_loop.run_until_complete(async {}).unwrap();
    assert_eq!(event_loop.metrics().timers, 0);
}

#[test]
fn a_drop_after_the_end_of_its_loop_does_nothing() {
    let event_loop = virtual_loop();
    let nap = event_loop.run_until_complete(begun(secs(3600))).unwrap();
    drop(event_loop);
    drop(nap);
}

#[test]
#[should_panic(expected = "this sleep began in another event loop")]
fn a_poll_in_another_loop_panics() {
    let event_loop = virtual_loop();
    let nap = event_loop.run_until_complete(begun(secs(3600))).unwrap();
    run(nap);
}

#[test]
fn a_reset_begins_again() {
    run_virtual(async {
        let mut nap = begun(secs(1)).await;
        sleep(Duration::from_millis(500)).await;
        nap.reset(secs(2));
        nap.await;
        assert_eq!(time().since_start(), Duration::from_millis(2500));
        assert_eq!(groundup_executor::current_loop().metrics().timers, 0);
    });
}
