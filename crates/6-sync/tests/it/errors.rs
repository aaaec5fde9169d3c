//! Each error says the cause and the cure.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `main.rs`.

use groundup_sync::NotAcquired;

#[test]
fn each_error_says_the_cause_and_the_cure() {
    assert_eq!(
        NotAcquired.to_string(),
        "released although it is not acquired: release once for each acquire"
    );
}
