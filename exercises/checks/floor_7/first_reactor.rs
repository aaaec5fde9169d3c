//! The tests of the exercises in the first version of floor 7, inside it.
//!
//! They use sockets of the system, and wait on the real clock for a few milliseconds.

use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake};
use std::time::Duration;

use super::*;

/// A waker that counts its calls.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn pair() -> (Rc<UnixStream>, UnixStream) {
    let (one, other) = UnixStream::pair().unwrap();
    one.set_nonblocking(true).unwrap();
    (Rc::new(one), other)
}

/// Puts a wait for data into the list; returns the calls of its waker.
fn wait_for_data(socket: &Rc<UnixStream>) -> Arc<Calls> {
    let calls = Arc::<Calls>::default();
    let wait: SocketWait = (socket.clone(), PollFlags::IN, calls.clone().into());
    WAITS.with_borrow_mut(|waits| waits.push(wait));
    calls
}

fn waits() -> usize {
    WAITS.with_borrow(Vec::len)
}

fn count(calls: &Arc<Calls>) -> usize {
    calls.0.load(Ordering::Relaxed)
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> (Poll<F::Output>, Arc<Calls>) {
    let calls = Arc::<Calls>::default();
    let waker = Waker::from(calls.clone());
    (future.poll(&mut Context::from_waker(&waker)), calls)
}

#[test]
fn an_attempt_that_succeeds_does_not_wait() {
    let (socket, _other) = pair();
    let mut ready = Box::pin(when_ready(&socket, PollFlags::IN, |_| Ok(5)));
    let (poll, _) = poll_once(ready.as_mut());
    assert_eq!(poll, Poll::Ready(5), "the value of the attempt");
    assert_eq!(waits(), 0, "no wait is in the list");
}

#[test]
fn an_attempt_that_would_block_waits_and_is_made_again() {
    let (socket, mut other) = pair();
    let mut room = [0; 8];
    let read = |mut socket: &UnixStream| socket.read(&mut room);
    let mut reading = Box::pin(when_ready(&socket, PollFlags::IN, read));
    let (poll, calls) = poll_once(reading.as_mut());
    assert_eq!(
        (poll, waits()),
        (Poll::Pending, 1),
        "there is no data: it waits"
    );
    let waits = WAITS.take();
    assert_eq!(waits[0].1, PollFlags::IN, "for data");
    waits.into_iter().for_each(|wait| wait.2.wake());
    assert_eq!(count(&calls), 1, "the waker of the task is in the list");
    other.write_all(b"four").unwrap();
    let (poll, _) = poll_once(reading.as_mut());
    assert_eq!(poll, Poll::Ready(4), "the second attempt reads");
}

#[test]
fn an_error_is_no_wait() {
    let (socket, _other) = pair();
    let mut ready = Box::pin(when_ready(&socket, PollFlags::IN, |_| Ok(5)));
    assert!(poll_once(ready.as_mut()).0.is_ready(), "no error");
    let refuse = |_: &UnixStream| Err::<(), _>(ErrorKind::ConnectionReset.into());
    let mut ready = Box::pin(when_ready(&socket, PollFlags::IN, refuse));
    let polled = catch_unwind(AssertUnwindSafe(|| poll_once(ready.as_mut()).0));
    let waits = waits();
    assert!(
        polled.is_err(),
        "another error than WouldBlock is unwrapped"
    );
    assert_eq!(waits, 0, "no wait is in the list");
}

#[test]
fn a_park_wakes_the_tasks_of_all_ready_sockets() {
    let pairs = [(); 3].map(|()| pair());
    let calls = pairs.each_ref().map(|(socket, _)| wait_for_data(socket));
    for (_, other) in &pairs[1..] {
        (&mut &*other).write_all(b"data").unwrap();
    }
    park(None);
    assert_eq!(calls.each_ref().map(count), [0, 1, 1], "two have data");
    assert_eq!(waits(), 1, "the other wait stays");
}

/// A waker that looks at the list of waits.
struct Looks(AtomicUsize);

impl Wake for Looks {
    fn wake(self: Arc<Self>) {
        self.0.store(waits() + 1, Ordering::Relaxed);
    }
}

#[test]
fn a_waker_may_look_at_the_waits() {
    let (ready, mut other) = pair();
    other.write_all(b"data").unwrap();
    let looks = Arc::new(Looks(AtomicUsize::new(0)));
    let wait: SocketWait = (ready, PollFlags::IN, looks.clone().into());
    WAITS.with_borrow_mut(|waits| waits.push(wait));
    park(None);
    let seen = looks.0.load(Ordering::Relaxed);
    assert_eq!(seen, 1, "its own wait is not in the list any more");
}

/// Returns the nanoseconds that this thread has computed, where the system says so.
fn computed() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

#[test]
fn a_park_sleeps_in_the_system() {
    let (silent, _other) = pair();
    wait_for_data(&silent);
    let before = computed();
    park(Some(Instant::now() + Duration::from_millis(100)));
    if let (Some(before), Some(after)) = (before, computed()) {
        let microseconds = (after - before) / 1000;
        assert!(
            microseconds < 20_000,
            "in 100 ms it computes for {microseconds} us instead of sleeping"
        );
    }
}

#[test]
fn a_park_wakes_the_task_of_a_ready_socket() {
    let (ready, mut other) = pair();
    let (silent, _silent_other) = pair();
    other.write_all(b"data").unwrap();
    let calls = [wait_for_data(&silent), wait_for_data(&ready)];
    park(None);
    assert_eq!(calls.each_ref().map(count), [0, 1], "one socket has data");
    assert_eq!(waits(), 1, "the other wait stays");
}

#[test]
fn a_park_ends_at_the_time() {
    let (silent, _other) = pair();
    let calls = wait_for_data(&silent);
    let end = Instant::now() + Duration::from_millis(20);
    park(Some(end));
    assert!(Instant::now() >= end, "no socket is ready, so it waits");
    assert_eq!((count(&calls), waits()), (0, 1), "the wait stays");
}

#[test]
fn a_time_that_has_passed_does_not_block() {
    let (silent, _other) = pair();
    wait_for_data(&silent);
    park(Some(Instant::now()));
    park(Instant::now().checked_sub(Duration::from_millis(5)));
    assert_eq!(waits(), 1, "two parks, no event");
}
