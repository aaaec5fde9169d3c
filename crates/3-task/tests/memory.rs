//! Bounds the memory that a loop keeps.
//!
//! The problem: a loop that lives for months must not grow with tasks that have ended: not by
//! wakes that were not collected yet, by boxes kept for the next task, or by waits that were
//! dropped. The tests read a counting allocator, so they depend neither on the clock nor on the
//! memory that the system takes back.
//!
//! Invariant: one test runs at a time, since the count is for the whole process. The few
//! kilobytes that a test allows are the test runner's own.
//!
//! Read next: `props.rs`.

#[path = "it/drive.rs"]
mod drive;

use std::cell::Cell;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use drive::*;
use groundup_task::Promise;
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the bytes that are allocated now, beyond `before`.
fn grown(before: usize) -> usize {
    ALLOCATOR.current_usage().saturating_sub(before)
}

const KIB: usize = 1024;

#[test]
fn a_flood_of_wakes_from_another_thread_is_one_message_and_one_poll() {
    let _alone = alone();
    let drive = Drive::new();
    let (task, polls, waker) = drive.spawn_counted();
    drive.settle();
    let waker = waker.result().unwrap();
    let before = ALLOCATOR.current_usage();
    let flood = std::thread::spawn(move || {
        for _ in 0..1_000_000 {
            waker.wake_by_ref();
        }
    });
    // The loop does not run meanwhile: all wakes wait in its mailbox.
    flood.join().unwrap();
    assert!(grown(before) < 64 * KIB, "{} bytes", grown(before));
    drive.settle();
    assert_eq!(polls.get(), 2);
    drop(task);
}

#[test]
fn large_tasks_that_have_ended_leave_their_memory() {
    let _alone = alone();
    const TASKS: usize = 20_000;
    let drive = Drive::new();
    let before = ALLOCATOR.current_usage();
    for round in 0..3 {
        for n in 0..TASKS {
            drive
                .spawn(async move {
                    let held = [n as u8; 4 * KIB];
                    pause(1).await;
                    std::hint::black_box(&held);
                })
                .detach();
        }
        let full = grown(before);
        assert!(full > TASKS * 4 * KIB, "round {round}: {full}");
        drive.settle();
        // Slots stay, 48 bytes each, and so does the ready queue.
        let left = grown(before);
        assert!(left < TASKS * 256, "round {round}: {left} bytes");
    }
}

#[test]
fn small_tasks_leave_a_bounded_number_of_spare_boxes() {
    let _alone = alone();
    const TASKS: usize = 200_000;
    let drive = Drive::new();
    let before = ALLOCATOR.current_usage();
    for n in 0..TASKS {
        drive
            .spawn(async move {
                let held = [n as u8; 500];
                pause(1).await;
                std::hint::black_box(&held);
            })
            .detach();
    }
    drive.settle();
    let slots = TASKS.next_power_of_two() * 2 * 64;
    let spare = grown(before).saturating_sub(slots);
    assert!(spare < 16 * KIB * KIB, "{spare} bytes beside the slots");
}

#[test]
fn the_next_task_of_a_type_needs_no_allocation() {
    let _alone = alone();
    let drive = Drive::new();
    let one = |n: usize| drive.spawn(async move { n * 2 });
    drive.run(async {
        one(1).await.unwrap();
        let before = ALLOCATOR.current_usage();
        let (at_most, more) = (before + 64 * KIB, Cell::new(0));
        for n in 0..10_000 {
            let mut task = one(n);
            more.set(more.get().max(ALLOCATOR.current_usage()));
            assert_eq!((&mut task).await.unwrap(), n * 2);
        }
        assert!(more.get() <= at_most, "{} bytes more", more.get() - before);
        assert!(grown(before) < 64 * KIB, "{} bytes stayed", grown(before));
    });
}

#[test]
fn waits_that_were_given_up_leave_nothing_in_a_promises_list() {
    use futures::future::select;
    let _alone = alone();
    let drive = Drive::new();
    let shutdown: Promise<()> = drive.scheduler.promise();
    let stays = drive.spawn(shutdown.clone());
    let work = |n: usize| {
        let shutdown = shutdown.clone();
        drive.run(async move {
            select(shutdown.into_future(), Box::pin(pause(n % 3))).await;
        });
    };
    (0..100).for_each(work);
    let before = ALLOCATOR.current_usage();
    (0..10_000).for_each(work);
    assert!(grown(before) < 64 * KIB, "{} bytes", grown(before));
    drop(stays);
}

#[test]
fn waits_of_other_executors_that_were_given_up_leave_nothing_either() {
    use futures::FutureExt;
    let _alone = alone();
    let drive = Drive::new();
    let shutdown: Promise<()> = drive.scheduler.promise();
    let reference = drive.spawn(forever()).task_ref();
    let look = |_| {
        let counting = std::sync::Arc::new(Counting::default());
        let waker = Waker::from(counting);
        let mut cx = std::task::Context::from_waker(&waker);
        let (mut promise, mut ended) = (shutdown.clone(), reference.ended());
        assert!((&mut promise).poll_unpin(&mut cx).is_pending());
        assert!(ended.poll_unpin(&mut cx).is_pending());
    };
    (0..100).for_each(look);
    let before = ALLOCATOR.current_usage();
    (0..10_000).for_each(look);
    assert!(grown(before) < 64 * KIB, "{} bytes", grown(before));
}

#[test]
fn a_loop_that_was_dropped_leaves_nothing() {
    let _alone = alone();
    let live = || {
        let drive = Drive::new();
        let promise: Promise<u32> = drive.scheduler.promise();
        for n in 0..100 {
            let promise = promise.clone();
            let task = drive.spawn(async move { promise.await.unwrap() + n });
            task.set_name("waiting");
            if n % 2 == 0 {
                task.detach();
            } else {
                drive.spawn(async move { task.await.is_ok() }).detach();
            }
        }
        drive.settle();
    };
    live();
    let before = ALLOCATOR.current_usage();
    (0..50).for_each(|_| live());
    assert!(grown(before) < 64 * KIB, "{} bytes", grown(before));
}
