//! Bounds the memory of waits.
//!
//! The problem: a lock is acquired a million times, by tasks that wait and by tasks that give up. A
//! place that is not used again, or a reason that is not removed, fills the memory in a month. The
//! test reads a counting allocator, so it depends neither on the clock nor on the system.
//!
//! Invariant: one test runs at a time, since the count is for the whole process.
//!
//! Read next: `it/main.rs`.

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use groundup_sync::executor::{EventLoop, spawn};
use groundup_sync::task::yield_now;
use groundup_sync::{
    CancellationToken, Event, Lock, Notify, Queue, RwLock, Semaphore, broadcast, oneshot, watch,
};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const KIB: usize = 1024;

/// Returns the bytes that a call has allocated at most, at one time.
fn peak_of(call: impl FnOnce()) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    call();
    ALLOCATOR.peak_usage() - before
}

/// Returns the bytes that a future has allocated at most, at one time, and those that it has left.
async fn grown(future: impl Future<Output = ()>) -> (usize, usize) {
    let mut future = pin!(future);
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    future.as_mut().await;
    let left = ALLOCATOR.current_usage().saturating_sub(before);
    (ALLOCATOR.peak_usage() - before, left)
}

/// Ten tasks take turns with a lock, and an eleventh gives up its wait each time.
async fn contended(turns: usize) {
    let lock = Rc::new(Lock::new());
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let lock = lock.clone();
            spawn(async move {
                for _ in 0..turns {
                    let guard = lock.acquire().await;
                    drop(futures::poll!(lock.acquire()));
                    yield_now().await;
                    drop(guard);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

/// Objects that outlive what passes through them: waits in a line that never moves, children of a
/// token, and values that no receiver reads.
fn passes(turns: usize) {
    let mut cx = Context::from_waker(Waker::noop());
    let (lock, token) = (RwLock::new(), CancellationToken::new());
    let _guard = lock.try_write().unwrap();
    let mut last = Box::pin(lock.read());
    assert!(last.as_mut().poll(&mut cx).is_pending());
    let (news, _slow) = broadcast(4);
    let (level, _display) = watch(0);
    let mut chain = token.child_token();
    for turn in 0..turns {
        // The next wait begins before the last one gives up, so that the line is never empty.
        let mut write = Box::pin(lock.write());
        assert!(write.as_mut().poll(&mut cx).is_pending());
        let mut next = Box::pin(lock.read());
        assert!(next.as_mut().poll(&mut cx).is_pending());
        drop(std::mem::replace(&mut last, next));
        drop(token.child_token());
        chain = chain.child_token(); // the token above has no handle any more
        assert_eq!(news.send(turn).ok(), Some(1));
        level.send(turn).unwrap();
    }
    token.cancel();
    assert!(chain.is_cancelled());
}

/// Ten tasks take so many turns each, and so many values pass through each object that stays.
fn waits_leave_nothing(turns: usize) {
    let event_loop = EventLoop::builder().virtual_time().build();
    let measured = event_loop.run_until_complete(async {
        contended(100).await; // fills what is kept
        let few = grown(contended(100)).await;
        (few, grown(contended(turns)).await)
    });
    let ((few, _), (many, left)) = measured.expect("the loop is not stuck");
    assert!(left < KIB, "10 times {turns} turns leave {left} bytes");
    assert!(many < few + KIB, "{few} bytes at most, and then {many}");

    let few = peak_of(|| passes(100));
    let many = peak_of(|| passes(turns));
    assert!(many < few + KIB, "{few} bytes, and then {many}");
}

#[test]
fn a_wait_without_others_allocates_nothing_and_no_wait_leaves_anything() {
    // Waits under foreign wakers, by hand: their places are kept for later waits.
    let (lock, semaphore, event) = (Lock::new(), Semaphore::new(1), Event::new());
    let queue = Queue::<u64>::new(4);
    let (shared, notify, token) = (RwLock::new(), Notify::new(), CancellationToken::new());
    let _written = shared.try_write().unwrap();
    let (_sender, mut value) = oneshot::<u8>();
    let (_news, mut reader) = broadcast::<u8>(1);
    let (_level, mut display) = watch(0);
    let (_guard, _permit) = (
        lock.try_acquire().unwrap(),
        semaphore.try_acquire().unwrap(),
    );
    let mut cx = Context::from_waker(Waker::noop());
    let mut waits = || {
        assert!(pin!(lock.acquire()).poll(&mut cx).is_pending());
        assert!(pin!(semaphore.acquire()).poll(&mut cx).is_pending());
        assert!(pin!(event.wait()).poll(&mut cx).is_pending());
        assert!(pin!(queue.get()).poll(&mut cx).is_pending());
        assert!(pin!(shared.read()).poll(&mut cx).is_pending());
        assert!(pin!(shared.write()).poll(&mut cx).is_pending());
        assert!(pin!(notify.notified()).poll(&mut cx).is_pending());
        assert!(pin!(token.cancelled()).poll(&mut cx).is_pending());
        assert!(pin!(&mut value).poll(&mut cx).is_pending());
        assert!(pin!(reader.recv()).poll(&mut cx).is_pending());
        assert!(pin!(display.changed()).poll(&mut cx).is_pending());
    };
    waits();
    let boxed = peak_of(|| (0..10).for_each(|_| waits()));
    // A foreign waker is in a box of its own; a ticket needs none.
    assert!(boxed <= 64, "{boxed} bytes");

    let event_loop = EventLoop::builder().virtual_time().build();
    let measured = event_loop.run_until_complete(async {
        let lock = Rc::new(Lock::new());
        let guard = lock.acquire().await;
        assert!(futures::poll!(lock.acquire()).is_pending()); // enters the reason, once
        let before = ALLOCATOR.current_usage();
        ALLOCATOR.reset_peak_usage();
        for _ in 0..10 {
            assert!(futures::poll!(lock.acquire()).is_pending());
        }
        let one = ALLOCATOR.peak_usage() - before;
        drop(guard);
        one
    });
    assert_eq!(measured.unwrap(), 0, "a wait of a task allocates nothing");
    waits_leave_nothing(30_000);
}

#[test]
#[ignore = "slow: cargo test --release -p groundup-sync --test memory -- --include-ignored --test-threads=1"]
fn a_million_waits_leave_nothing() {
    waits_leave_nothing(100_000);
}
