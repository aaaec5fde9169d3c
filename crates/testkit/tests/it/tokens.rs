//! Tokens that fit a program, and tokens that do not.
//!
//! Read next: `sources.rs`. The file `replay.rs` beside `it/` replays a token in other processes.

use groundup_testkit::{Explore, FailureKind, pick};

use crate::toys::tasks;

async fn not_ba() {
    assert_ne!(tasks(2, 1).await, "ba");
}

fn refused(token: &str) -> String {
    let found = Explore::new().replay(token, not_ba).unwrap_err();
    assert_eq!(found.failure.kind, FailureKind::Token);
    found.to_string()
}

#[test]
fn a_token_is_short_and_repeats_the_failure() {
    let found = Explore::new().check(not_ba).unwrap_err();
    assert!(found.token.len() <= 12, "{}", found.token);
    let again = Explore::new().replay(&found.token, not_ba).unwrap_err();
    assert_eq!((again.failure, again.story), (found.failure, found.story));
    let passes = Explore::new().replay(&found.token, || async { drop(tasks(2, 1).await) });
    assert_eq!(passes.unwrap().schedules(), 1);
}

#[test]
fn a_token_of_many_and_large_answers_repeats_them() {
    let program = || async {
        let picks = [pick(5_000), pick(2), pick(70), pick(3)];
        assert_ne!(picks, [4_321, 0, 69, 2]);
    };
    let found = Explore::from_choices(&[4_321, 0, 69, 2])
        .check(program)
        .unwrap_err();
    assert_eq!(found.deviations, 3);
    let again = Explore::new().replay(&found.token, program).unwrap_err();
    assert_eq!(again.failure, found.failure);
    assert_eq!(again.token, found.token);
}

#[test]
fn a_token_of_a_program_that_has_changed_is_refused() {
    let found = Explore::new().check(not_ba).unwrap_err();
    let changed = || async { drop(tasks(3, 1).await) };
    let other = Explore::new().replay(&found.token, changed).unwrap_err();
    assert_eq!(other.failure.kind, FailureKind::Token);
    assert!(
        other.to_string().contains("belongs to another program"),
        "{other}"
    );
    // An answer that the program does not offer is no answer of a token that was made for it.
    let (most, last) = found.token.split_at(found.token.len() - 1);
    assert_eq!(last, "0", "the answer 1");
    assert!(refused(&format!("{most}5")).contains("belongs to another program"));
    // A change behind the last deviation leaves the token as good as it was.
    let longer = || async {
        not_ba().await;
        drop(tasks(3, 1).await);
    };
    let again = Explore::new().replay(&found.token, longer).unwrap_err();
    assert_eq!(again.failure.kind, FailureKind::Panicked);
}

#[test]
fn a_token_with_a_fault_says_which() {
    assert!(refused("gu2:000").contains("begins with `gu1:`"));
    assert!(refused("gu1:0").contains("too short"));
    assert!(refused("gu1:0l0").contains("a character that no token has"));
    assert!(refused("gu1:0000").contains("its end is missing"));
    assert!(refused("gu1:000z").contains("its end is missing"));
    assert!(refused("gu1:000zzzzzzzzz0").contains("too large"));
}
