//! Patches: a hunk finds its lines, or is refused.

use book::work::patch::read;

const PATCH: &str = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ fn main\n a\n-b\n+B\n c\n@@ -7,2 +7,3 @@\n a\n+new\n d\n";

#[test]
fn hunks_are_applied_where_their_lines_stand() {
    let change = &read(PATCH).unwrap()[0];
    assert_eq!(change.path, "x");
    assert_eq!(
        change.applied("a\nb\nc\n-\na\nd\n").unwrap(),
        "a\nB\nc\n-\na\nnew\nd\n"
    );
    assert_eq!(
        change.applied("moved\na\nb\nc\na\nd\n").unwrap(),
        "moved\na\nB\nc\na\nnew\nd\n"
    );
}

#[test]
fn lines_that_are_gone_or_stand_twice_are_refused() {
    let change = &read(PATCH).unwrap()[0];
    assert!(
        change
            .applied("a\nc\na\nd\n")
            .unwrap_err()
            .contains("are not in x")
    );
    let twice = change.applied("a\nb\nc\na\nd\na\nd\n");
    assert!(twice.unwrap_err().contains("more than once"));
    assert!(read("no patch").is_err());
    assert!(read("+++ b/x\n").is_err());
}
