//! Which values of `BLESS` ask for something.
//!
//! The problem: a variable that is exported as 0 must not write committed texts.
//!
//! Read next: `bless.rs`.

use std::ffi::OsStr;

use crate::blessing::asks;

#[test]
fn an_empty_value_and_0_ask_for_nothing() {
    let values = [None, Some(""), Some("0"), Some("1"), Some("yes")];
    let asked = values.map(|value| asks(value.map(OsStr::new)));
    assert_eq!(asked, [false, false, false, true, true]);
}
