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

#[test]
fn a_head_that_counts_other_lines_is_refused() {
    let wrong = PATCH.replace("-1,3 +1,3", "-1,4 +1,4");
    assert!(
        read(&wrong)
            .unwrap_err()
            .contains("has 3 old and 3 new lines, and its head says 4 and 4")
    );
}

#[test]
fn the_lines_of_a_second_hunk_have_moved() {
    let patch = "--- a/x\n+++ b/x\n@@ -1,1 +1,2 @@\n+new\n a\n@@ -4,1 +5,1 @@\n-b\n+B\n";
    let change = &read(patch).unwrap()[0];
    assert_eq!(
        change.applied("a\nb\nb\nb\nb\n").unwrap(),
        "new\na\nb\nb\nB\nb\n"
    );
}
