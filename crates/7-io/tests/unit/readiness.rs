//! A poll on another thread that writes back an old readiness.
//!
//! The problem: a future of a socket may make its attempt on another thread, and the loop adds an event
//! to the readiness at the same time. The store of the other thread may be the last. No program can
//! choose this moment. So these tests make that store by hand, after the event.
//!
//! Invariant: the loop tries again, and then no future waits that need not.
//!
//! Read next: `src/reactor/readiness.rs`.

use super::*;

/// Makes an attempt for a byte, which is the last one that is there, if any; `None` if a future is to wait.
fn attempt(readiness: &Readiness, way: Way, is_there: bool) -> Option<u8> {
    let take = || match is_there {
        true => Ok(Attempt::Short(b'x')),
        false => Err(io::ErrorKind::WouldBlock.into()),
    };
    let taken = readiness.attempt(way, || true, take);
    taken.map(|byte| byte.expect("no error"))
}

/// Returns the readiness of a socket that is ready no way, and its bits, which another thread has read.
fn empty() -> (Readiness, u8) {
    let readiness = Readiness::new(&WaiterCount::default());
    for way in [Way::Read, Way::Write] {
        assert_eq!(attempt(&readiness, way, false), None);
    }
    let stale = readiness.bits.load(Relaxed);
    (readiness, stale)
}

#[test]
fn a_waiter_in_the_list_is_found_after_a_poll_on_another_thread() {
    let (readiness, stale) = empty();
    for way in [Way::Read, Way::Write] {
        assert!(!readiness.begin_list(way));
    }
    readiness.bits.store(stale, Relaxed);
    assert!(readiness.is_awaited());
    assert_eq!(readiness.happens(Way::Read.bit()), Way::Read.bit());
    assert!(readiness.end_waits(Way::Read) && readiness.end_waits(Way::Write));
    assert!(!readiness.is_awaited());
}

#[test]
fn events_that_a_poll_on_another_thread_undoes_are_found_by_the_next_attempts() {
    let (readiness, stale) = empty();
    readiness.happens(Way::BOTH | Way::Read.closed_bit());
    readiness.bits.store(stale, Relaxed);
    readiness.forget_all();
    assert_eq!(attempt(&readiness, Way::Write, true), Some(b'x'));
    assert_eq!(attempt(&readiness, Way::Read, true), Some(b'x'));
    assert!(
        readiness.is_ready(Way::Read),
        "the end comes after the data"
    );
    assert_eq!(attempt(&readiness, Way::Read, false), None);
}
