//! Listings: an item is found by its name.

use book::expand::listing::{item, whole};

const TEXT: &str = "\
//! A file.
#![forbid(unsafe_code)]

/// A number.
#[derive(Clone)]
pub(crate) struct Pair(
    u32,
    u32,
);

impl<T: Into<u32>> From<T> for Pair
where
    T: Copy,
{
    fn from(value: T) -> Self {
        Pair(value.into(), 0)
    }
}

impl From<()> for Pair {
    fn from((): ()) -> Self {
        Pair(0, 0)
    }
}

impl Pair {
    /// Its sum.
    pub const fn sum(
        &self,
    ) -> u32 {
        self.0 + self.1
    }
}

impl Pair {
    fn first(&self) -> u32 { self.0 }
}

const LINES: &str = \"\\
  a line;
\";
pub async fn wait() {}
";

fn found(name: &str) -> String {
    item(TEXT, name, false).unwrap_or_else(|why| panic!("{why}"))
}

#[test]
fn an_item_is_found_by_its_name() {
    assert_eq!(
        found("struct Pair"),
        "#[derive(Clone)]\npub(crate) struct Pair(\n    u32,\n    u32,\n);\n"
    );
    assert_eq!(found("fn wait"), "pub async fn wait() {}\n");
    assert_eq!(
        found("impl Pair / fn first"),
        "fn first(&self) -> u32 { self.0 }\n"
    );
    assert_eq!(
        found("fn sum"),
        "pub const fn sum(\n    &self,\n) -> u32 {\n    self.0 + self.1\n}\n"
    );
    assert!(found("impl From<()> for Pair").contains("Pair(0, 0)"));
    assert!(found("impl From<T> for Pair").ends_with("Pair(value.into(), 0)\n    }\n}\n"));
    assert!(found("impl From<T> for Pair / fn from").starts_with("fn from(value: T)"));
}

#[test]
fn doc_comments_come_only_when_asked_for() {
    let text = item(TEXT, "struct Pair", true).unwrap();
    assert!(
        text.starts_with("/// A number.\n#[derive(Clone)]\n"),
        "{text}"
    );
    assert!(
        whole(TEXT).starts_with("/// A number.\n"),
        "the head of the file is left out"
    );
}

#[test]
fn a_name_of_no_item_or_of_two_is_an_error() {
    let error = |name: &str| item(TEXT, name, false).unwrap_err();
    assert!(
        error("fn last")
            .contains("there are `fn from`, `fn from`, `fn sum`, `fn first`, `fn wait`"),
        "{}",
        error("fn last")
    );
    assert!(error("enum Pair").contains("none of its kind"));
    assert!(error("fn from").contains("is the name of 2 items"));
    assert!(error("impl Pair").contains("is the name of 2 items"));
    assert!(error("impl Pair / fn wait").contains("no item `fn wait`"));
}
