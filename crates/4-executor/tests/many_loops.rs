//! Many loops: the most at once, and any number one after another.
//!
//! The problem: a loop has a number that stands in each of its tickets, and the numbers are
//! limited. A program that has too many loops at once must get an error, and a program that
//! makes a loop for each request must never notice the limit.
//!
//! Invariant: this file has one test, because it takes all the numbers.
//!
//! Read next: `clock.rs`.

use groundup_executor::task::MAX_LOOPS;
use groundup_executor::{BuildError, EventLoop};

#[test]
fn numbers_are_given_back_and_no_loop_hears_of_another() {
    let build = || EventLoop::builder().virtual_time().try_build();
    let mut loops: Vec<EventLoop> = (0..MAX_LOOPS).map(|_| build().unwrap()).collect();
    let error = build().unwrap_err();
    assert!(matches!(error, BuildError::TooManyLoops));
    let text = error.to_string();
    assert!(text.starts_with(&format!("too many event loops: {MAX_LOOPS} are alive")));
    // A closed loop keeps its number, and so does a dropped loop while a handle of its task lives.
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
    // All numbers are used twice, and no message reaches a loop that it was not sent to.
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
