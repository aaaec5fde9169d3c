//! The tests of the floor for tests.

use tiny::{add, double};

#[test]
fn one_and_two_are_three() {
    assert_eq!(add(1, 2), 3, "1 and 2");
}

#[test]
fn zero_adds_nothing() {
    assert_eq!(add(4, 0), 4, "4 and 0");
}

#[test]
fn two_doubled_is_four() {
    assert_eq!(double(2), 4, "2 doubled");
}
