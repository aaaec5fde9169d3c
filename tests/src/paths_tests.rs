//! Tests of how paths are read: one for each form of writing.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `modules.rs`.

use super::*;

/// Returns the paths that a text names, joined.
fn named(text: &str) -> Vec<String> {
    let mentions = parse("a file", text).mentions;
    mentions.iter().map(|m| m.path.join("::")).collect()
}

#[test]
fn braces_may_nest() {
    let text = "use crate::store::{self, slot::{Slot, Place as At}, Ticket};";
    let wanted = [
        "crate::store",
        "crate::store::slot::Slot",
        "crate::store::slot::Place",
        "crate::store::Ticket",
    ];
    assert_eq!(named(text), wanted);
    let module = &parse("a file", text).modules[&Path::new()];
    assert_eq!(module.names["At"], ["crate", "store", "slot", "Place"]);
    assert_eq!(module.names["store"], ["crate", "store"]);
    assert_eq!(
        named("use {crate::a::B, super::C};"),
        ["crate::a::B", "super::C"]
    );
}

#[test]
fn every_line_of_a_long_use_is_its_own() {
    let text = "use crate::{\n    a::A,\n    b::{\n        B,\n    },\n};";
    let lines: Vec<usize> = parse("a file", text)
        .mentions
        .iter()
        .map(|m| m.line)
        .collect();
    assert_eq!(lines, [2, 4]);
}

#[test]
fn several_supers_are_kept() {
    assert_eq!(named("use super::super::x;"), ["super::super::x"]);
}

#[test]
fn paths_in_code_are_found() {
    let text = "fn f(a: &crate::a::A) -> super::B { m!(x, <crate::c::C as T>::D { self::g() }) }";
    assert_eq!(
        named(text),
        ["crate::a::A", "super::B", "crate::c::C", "self::g"]
    );
    let text = "macro_rules! m { () => { $crate::values($it::x) } }";
    assert_eq!(named(text), ["crate::values"]);
}

#[test]
fn other_crates_visibilities_and_attributes_are_no_paths_of_ours() {
    assert!(named("use ::other::Name; fn f() { ::other::g() }").is_empty());
    assert!(named("pub(in crate::a) struct A; pub(super) fn g() {}").is_empty());
    assert!(named("#[doc = crate::a!()] struct A;").is_empty());
    assert!(named("// crate::a::A\nfn f() { g(\"crate::a::A\") }").is_empty());
    assert!(named("fn f<'a>() -> impl T + use<'a> { self.x.y() }").is_empty());
}

#[test]
fn a_field_that_is_public_is_no_visibility() {
    assert_eq!(
        named("struct A(pub crate::b::B, pub (crate::c::C, u8));"),
        ["crate::b::B", "crate::c::C"]
    );
    assert_eq!(
        named("struct A { pub(crate) b: crate::b::B }"),
        ["crate::b::B"]
    );
}

#[test]
fn code_for_tests_does_not_count() {
    let text = "#[cfg(test)] use crate::{a::A};\n#[cfg(test)] mod tests { use crate::b::B; }\n\
                #[cfg(all(test, unix))] #[inline] pub(crate) fn f<A, B>() { crate::c::C }\n\
                #[cfg(test)] const D: [u8; 2] = crate::d::D;\n\
                struct S { #[cfg(test)] e: crate::e::E, f: crate::f::F }\n\
                #[cfg(not(test))] use crate::g::G;";
    assert_eq!(named(text), ["crate::f::F", "crate::g::G"]);
    assert!(parse("a file", text).functions.is_empty());
}

#[test]
fn a_re_export_is_known_as_one() {
    let kinds = |text| -> Vec<Kind> {
        let mentions = parse("a file", text).mentions;
        mentions.iter().map(|m| m.kind).collect()
    };
    assert_eq!(
        kinds("pub use a::A; pub(crate) use b::B; pub(super) use c::C;"),
        [Kind::ReExport; 3]
    );
    assert_eq!(
        kinds("pub struct A; use b::B; fn f() { c::C }"),
        [Kind::Use, Kind::Code]
    );
}

#[test]
fn modules_in_a_file_are_told_apart() {
    let parsed = parse(
        "a file",
        "mod a; mod b { mod c {} use super::X; fn g() {} }",
    );
    let path = |path: &str| -> Path { path.split_whitespace().map(str::to_string).collect() };
    assert_eq!(parsed.modules[&path("")].children, ["a", "b"]);
    assert_eq!(parsed.modules[&path("b")].children, ["c"]);
    assert_eq!(parsed.modules[&path("b")].defined, ["g"]);
    assert_eq!(parsed.mentions[0].within, ["b"]);
}

#[test]
fn a_function_is_as_long_as_its_lines() {
    let text = "impl A {\n  /// Doc.\n  pub fn f(\n    self,\n  ) {\n  }\n  fn g();\n}\n\
                macro_rules! m { () => {\n  fn $h() {\n  } } }\ntype F = fn(u8) -> u8;";
    let functions: Vec<_> = parse("a file", text)
        .functions
        .into_iter()
        .map(|f| (f.name, f.line, f.lines))
        .collect();
    assert_eq!(functions, [("f".into(), 3, 4), ("h".into(), 10, 2)]);
}
