//! Tests of how imports are followed to files, on floors of a few lines.
//!
//! Invariants: the ones the tests are named after.
//!
//! Read next: `order.rs`.

use super::*;

/// A floor whose page of `a` re-exports its file `b`.
const LIB: (&str, &str) = (
    "lib.rs",
    "mod a; mod d; pub use a::B; pub use other::trace;",
);
const A: (&str, &str) = ("a.rs", "mod b; mod c; pub use b::B; pub(crate) struct A;");

/// Returns the imports of the file `path` with this text, on a floor with a folder `a` of
/// files `b` and `c`, and a file `d`.
fn imports(path: &str, text: &str) -> Vec<String> {
    let mut sources = BTreeMap::from([LIB, A, ("a/b.rs", ""), ("a/c.rs", ""), ("d.rs", "")]);
    sources.insert(path, text);
    let floor = Floor::parse("f", sources);
    let imports = floor.imports().into_iter();
    let own = imports.filter(|import| floor.path(&import.from) == format!("f/src/{path}"));
    own.map(|import| import.to.join("/")).collect()
}

#[test]
fn an_import_through_lib_leads_to_where_the_name_is_defined() {
    assert_eq!(imports("d.rs", "use crate::B;"), ["a/b"]);
    assert_eq!(imports("d.rs", "use super::B;"), ["a/b"]);
    assert_eq!(imports("d.rs", "fn f() { crate::B::new() }"), ["a/b"]);
    assert_eq!(imports("d.rs", "use crate::a::{A, B};"), ["a", "a/b"]);
}

#[test]
fn an_import_of_another_crate_is_none() {
    assert!(
        imports(
            "d.rs",
            "use crate::trace::Chooser; use std::fmt; use other::X;"
        )
        .is_empty()
    );
}

#[test]
fn a_thing_of_lib_itself_is_an_import_of_lib() {
    assert_eq!(imports("d.rs", "use crate::Unknown;"), [""]);
    assert_eq!(imports("a/b.rs", "use super::super::Unknown;"), [""]);
}

#[test]
fn super_climbs_as_often_as_it_is_said() {
    assert_eq!(imports("a/b.rs", "use super::A;"), ["a"]);
    assert_eq!(imports("a/b.rs", "use super::c::C;"), ["a/c"]);
    assert_eq!(imports("a/b.rs", "use super::super::d;"), ["d"]);
    assert_eq!(imports("a/b.rs", "use super::super::d::D;"), ["d"]);
    assert_eq!(imports("a/b.rs", "mod m { use super::super::A; }"), ["a"]);
    assert!(imports("a/b.rs", "struct X; mod m { use super::X; }").is_empty());
}

#[test]
fn a_page_shows_its_folder_and_uses_it_otherwise() {
    assert!(
        imports(
            "a.rs",
            "mod b; mod c; pub use b::B; pub(super) use self::c::C;"
        )
        .is_empty()
    );
    assert_eq!(imports("a.rs", "mod b; use b::B;"), ["a/b"]);
    assert_eq!(imports("a.rs", "mod b; fn f() { b::B::new() }"), ["a/b"]);
    assert_eq!(imports("a.rs", "mod b; pub use crate::d::D;"), ["d"]);
    assert_eq!(
        imports("a.rs", "mod b; pub use b::B; struct A(B);"),
        ["a/b"]
    );
    assert_eq!(imports("a/b.rs", "pub use super::c::C;"), ["a/c"]);
}

#[test]
fn a_module_that_was_imported_can_be_gone_on_from() {
    let text = "use crate::a; fn f() { a::b::f(); Vec::new() }";
    assert_eq!(imports("d.rs", text), ["a", "a/b"]);
    let text = "use crate::B; fn f() { B::new() }";
    assert_eq!(imports("d.rs", text), ["a/b"]);
}

#[test]
fn a_glob_imports_a_module_and_what_it_shows() {
    assert_eq!(imports("d.rs", "use crate::a::*;"), ["a", "a/b"]);
    assert_eq!(imports("d.rs", "use crate::B::*;"), ["a/b"]);
}

#[test]
fn a_name_behind_a_glob_is_found() {
    let a = ("a.rs", "mod b; pub use b::*;");
    let d = ("d.rs", "use crate::a::N; use crate::a::M;");
    let b = ("a/b.rs", "pub struct N;");
    let floor = Floor::parse("f", [LIB, a, b, d]);
    let to: Vec<_> = floor.imports().iter().map(|i| i.to.join("/")).collect();
    assert_eq!(to, ["a", "a/b"]);
}

#[test]
fn a_macro_that_is_exported_stands_where_it_is_written() {
    let b = "#[macro_export]\nmacro_rules! m { () => { $crate::d::D } }\npub(crate) use m;";
    let floor = Floor::parse("f", [LIB, A, ("a/b.rs", b), ("d.rs", "crate::m!();")]);
    let to: Vec<_> = floor.imports().iter().map(|i| i.to.join("/")).collect();
    assert_eq!(to, ["d", "a/b"]);
}

#[test]
fn entries_folders_and_files_nobody_declares() {
    let tests = [("d_tests.rs", "use crate::a;"), ("a/tests.rs", "")];
    let sources = [LIB, A, ("a/b.rs", ""), ("a/x/y.rs", ""), ("d.rs", "")];
    let floor = Floor::parse("f", sources.into_iter().chain(tests));
    let entries = |folder: &[String]| Vec::from_iter(floor.entries(folder));
    assert_eq!(entries(&[]), [("a".into(), true), ("d".into(), false)]);
    assert_eq!(
        entries(&["a".into()]),
        [("b".into(), false), ("x".into(), true)]
    );
    assert_eq!(floor.folders().len(), 3);
    assert_eq!(floor.undeclared(), ["f/src/a/x/y.rs"]);
}
