//! Loops without number: how many at once, and one after another.
//!
//! The problem: a loop has a number that stands in each of its tickets, and there
//! are only so many. A program that has too many loops at once must be told, and
//! one that makes a loop for each request must never notice.
//!
//! Invariant: this file has one test, because it takes all the numbers there are.
//!
//! Read next: `clock.rs`.

use groundup_executor::task::MAX_LOOPS;
use groundup_executor::{EventLoop, RunError};

#[test]
fn t08_numbers_are_given_back_and_no_loop_hears_of_another() {
    let build = || EventLoop::builder().virtual_time().try_build();
    let mut loops: Vec<EventLoop> = (0..MAX_LOOPS).map(|_| build().unwrap()).collect();
    let error = build().unwrap_err();
    assert!(matches!(error, RunError::TooManyLoops));
    let text = error.to_string();
    assert!(text.starts_with(&format!("too many event loops: {MAX_LOOPS} are alive")));
    // A closed loop still has its number, and so has one of which a task is held.
    let held = loops[0].spawn(async {});
    loops[0].close().unwrap();
    assert!(build().is_err());
    loops.swap_remove(0);
    assert!(build().is_err());
    drop(held);
    assert!(build().is_ok());
    let remotes: Vec<_> = loops.iter().map(EventLoop::remote).collect();
    for event_loop in &loops {
        event_loop.spawn(std::future::pending::<()>()).detach();
    }
    drop(loops);
    // Twice through all numbers, and nothing arrives that is for those before.
    for remote in remotes.iter().cycle().take(2 * MAX_LOOPS) {
        let event_loop = build().unwrap();
        assert!(
            remote
                .call_soon(|| panic!("for a loop that has gone"))
                .is_err()
        );
        assert_eq!(event_loop.run_until_complete(async { 5 }).unwrap(), 5);
    }
}
