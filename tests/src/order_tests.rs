//! Tests that the checks of the order can fail, on small floors.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `tests/it/order.rs`.

use super::*;

const LIB: (&str, &str) = ("lib.rs", "mod low; mod mid; mod top; pub use low::Low;");
const MID: (&str, &str) = ("mid.rs", "mod a; mod b; mod sub; pub(crate) struct Mid;");
const LIST: &str = "top          │ words\n\nmid/\nlow\n";

/// Makes a floor of `top`, a folder `mid` with `a`, `b` and a folder `sub` of `x`, and
/// `low`, with some of its files replaced.
fn floor(replaced: &[(&'static str, &'static str)]) -> Floor {
    let names = ["mid/a.rs", "mid/b.rs", "mid/sub/x.rs", "low.rs", "top.rs"];
    let mut sources = BTreeMap::from(names.map(|name| (name, "")));
    sources.extend([LIB, MID, ("mid/sub.rs", "mod x;")]);
    sources.extend(replaced.iter().copied());
    Floor::parse("f", sources)
}

fn broken(replaced: &[(&'static str, &'static str)]) -> Vec<String> {
    Order::parse(LIST).broken(&floor(replaced))
}

#[track_caller]
fn one(complaints: &[String], words: &[&str]) {
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    for word in words {
        assert!(
            complaints[0].contains(word),
            "{word} is not in {}",
            complaints[0]
        );
    }
}

#[test]
fn downwards_is_in_order() {
    let top = "use crate::mid::{Mid, a::A}; use super::low; fn f() { crate::Low::new() }";
    assert!(broken(&[("top.rs", top), ("mid/a.rs", "use super::super::low::Low;")]).is_empty());
    assert!(Order::parse(LIST).errors(&floor(&[])).is_empty());
}

#[test]
fn an_arrow_upwards_is_found() {
    let found = broken(&[("low.rs", "\nuse crate::mid::Mid;")]);
    one(
        &found,
        &[
            "f/src/low.rs:2: `crate::mid::Mid` of f/src/mid.rs",
            "`mid` stands above",
        ],
    );
    let found = broken(&[("low.rs", "fn f(_: super::top::Top) {}")]);
    one(&found, &["f/src/low.rs:1", "`top` stands above"]);
}

#[test]
fn an_arrow_upwards_is_found_in_nested_braces() {
    let found = broken(&[(
        "low.rs",
        "use crate::{\n    Low as L,\n    mid::{a::A},\n};",
    )]);
    one(
        &found,
        &["f/src/low.rs:3: `crate::mid::a::A` of f/src/mid/a.rs"],
    );
}

#[test]
fn an_arrow_upwards_is_found_behind_several_supers() {
    let found = broken(&[("mid/a.rs", "use super::super::top;")]);
    one(
        &found,
        &["f/src/mid/a.rs:1: `super::super::top` of f/src/top.rs"],
    );
    let found = broken(&[("mid/sub/x.rs", "use super::super::super::top::T;")]);
    one(&found, &["f/src/top.rs"]);
}

#[test]
fn an_arrow_upwards_is_found_behind_a_re_export() {
    let lib = "mod low; mod mid; mod top; pub use top::Top;";
    let found = broken(&[("lib.rs", lib), ("mid/b.rs", "use crate::Top;")]);
    one(&found, &["f/src/mid/b.rs:1: `crate::Top` of f/src/top.rs"]);
    let found = broken(&[("mid.rs", "mod a; mod b; mod sub; pub use crate::top::Top;")]);
    one(&found, &["f/src/mid.rs:1"]);
}

#[test]
fn an_entry_beside_and_lib_itself_are_not_beneath() {
    let list = Order::parse("top  mid/\nlow");
    let found = list.broken(&floor(&[("top.rs", "use crate::mid::Mid;")]));
    one(&found, &["`mid` stands beside `top`"]);
    one(
        &broken(&[("top.rs", "use crate::Thing;")]),
        &["lib.rs itself"],
    );
}

#[test]
fn the_list_is_compared_with_the_entries() {
    let errors = |list: &str| Order::parse(list).errors(&floor(&[]));
    one(&errors("top\nmid/"), &["low does not stand in the order"]);
    one(
        &errors("top\nmid/\nlow\ntop"),
        &["top stands in the order twice"],
    );
    one(
        &errors("top\nmid/\nlow\nold"),
        &["old stands in the order and is no entry"],
    );
    assert_eq!(errors("top\nmid\nlow").len(), 2);
}

#[test]
fn the_list_is_found_in_the_section_of_its_floor() {
    let text = "# T\n\n## Floor 1: a\n\n```text\nx\n```\n\n## Floor 2: b\n\n```order\ny │ z\n```\n";
    assert_eq!(Order::of(text, 1), None);
    let wanted = Order {
        layers: vec![vec!["y".to_string()]],
    };
    assert_eq!(Order::of(text, 2), Some(wanted));
    assert_eq!(Order::of(text, 3), None);
}

#[test]
fn a_circle_of_two_files_in_one_folder_may_be() {
    let pair = floor(&[
        ("mid/a.rs", "use super::b::B;"),
        ("mid/b.rs", "use super::a::A;"),
    ]);
    assert!(circles(&pair).is_empty());
    let page = "mod a; mod b; mod sub; use a::A; use b::B;";
    let page = [
        ("mid.rs", page),
        ("mid/a.rs", "use super::Mid;"),
        ("mid/b.rs", "use super::Mid;"),
    ];
    assert!(circles(&floor(&page)).is_empty());
}

#[test]
fn a_circle_of_three_files_is_found() {
    let page = "mod a; mod b; mod sub; use a::A;";
    let files = [
        ("mid.rs", page),
        ("mid/a.rs", "use super::b::B;"),
        ("mid/b.rs", "use super::Mid;"),
    ];
    let found = circles(&floor(&files));
    one(
        &found,
        &[
            "a circle of 3",
            "f/src/mid/a.rs:1: `super::b::B` of f/src/mid/b.rs",
        ],
    );
}

#[test]
fn a_circle_between_folders_is_found() {
    let sub = ("mid/sub/x.rs", "use super::super::a::A;");
    let found = circles(&floor(&[sub, ("mid/a.rs", "use super::sub::x::X;")]));
    one(
        &found,
        &["a circle with a folder in it", "f/src/mid/sub/x.rs:1"],
    );
    let page = ("mid.rs", "mod a; mod b; mod sub; struct Mid(sub::x::X);");
    let found = circles(&floor(&[page, ("mid/sub/x.rs", "use super::super::Mid;")]));
    one(&found, &["a circle with a folder in it"]);
}

#[test]
fn circles_of_two_that_share_a_file_are_found() {
    let mid = "mod a; mod b; mod c;";
    let files = [
        ("mid.rs", mid),
        ("mid/a.rs", "use super::b::B;"),
        ("mid/b.rs", "use super::{a::A, c::C};"),
        ("mid/c.rs", "use super::b::B;"),
    ];
    one(&circles(&floor(&files)), &["`b` is part of two circles"]);
}

#[test]
fn a_folder_with_too_many_entries_is_found() {
    let found = crowded(&floor(&[]), 2);
    assert_eq!(
        found,
        [("f/src".to_string(), 3), ("f/src/mid".to_string(), 3)]
    );
}
