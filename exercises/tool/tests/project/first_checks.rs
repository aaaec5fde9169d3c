//! The tests of the first version, inside it.

use super::*;

#[test]
fn two_tripled_is_six() {
    assert_eq!(triple(2), 6, "2 tripled");
}
