//! Bounds the memory that a group keeps.
//!
//! The problem: a group that lives for months takes one child after another, and must not grow with
//! those that have ended. The test reads a counting allocator, so it depends neither on the clock nor
//! on the memory that the system takes back.
//!
//! Invariant: this binary has one test, since the count is for the whole process.
//!
//! Read next: `it/main.rs`.

use groundup_combinators::executor::EventLoop;
use groundup_combinators::{BorrowingGroup, TaskGroup, borrowing_group, task_group};
use peak_alloc::PeakAlloc;

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

const KIB: usize = 1024;

/// Returns the bytes by which many runs of `one` grow what is allocated.
async fn grown(one: impl AsyncFn()) -> usize {
    for _ in 0..100 {
        one().await;
    }
    let before = ALLOCATOR.current_usage();
    for _ in 0..20_000 {
        one().await;
    }
    ALLOCATOR.current_usage().saturating_sub(before)
}

#[test]
fn children_that_have_ended_leave_their_places() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let grown = event_loop.run_until_complete(async {
        let in_tasks = task_group(async |group: TaskGroup<()>| {
            Ok(grown(async || group.spawn(async { Ok(()) }).await).await)
        });
        let borrowing = borrowing_group(async |group: BorrowingGroup<'_, ()>| {
            Ok(grown(async || group.spawn(async { Ok(()) }).await).await)
        });
        [in_tasks.await.unwrap(), borrowing.await.unwrap()]
    });
    let [in_tasks, borrowing] = grown.unwrap();
    assert!(in_tasks < 64 * KIB, "a task group keeps {in_tasks} bytes");
    assert!(
        borrowing < 64 * KIB,
        "a borrowing group keeps {borrowing} bytes"
    );
}
