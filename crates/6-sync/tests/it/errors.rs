//! Each error says the cause and the cure.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `cpython.rs`.

use groundup_sync::NotAcquired;

#[test]
fn each_error_says_the_cause_and_the_cure() {
    assert_eq!(
        NotAcquired.to_string(),
        "released although it is not acquired: release once for each acquire whose guard was kept, and \
         call task_done once for each item"
    );
}
