//! The things that a loop still holds when its program is at rest.
//!
//! The problem: a program that leaks a promise in a circle of `Rc`s, or a timer with a future that it
//! has forgotten, passes each of its asserts. So the kit takes the counts of the loop at the end of each
//! run, and a run that leaves something fails. The loop names each thing, and the line that made it.
//! The kit records the run that it reports, so the failure also names the task that has set a timer.
//!
//! | left at rest | fails |
//! |---|---|
//! | a task, a promise that is not set, a callback, a timer, a group, a scope | yes |
//! | an error or a panic that no code has read | yes |
//! | a value that a handle keeps, a lock, a remote, a job on a thread, a socket | no |
//!
//! Invariant: the things that the laws of a case keep, such as a queue or a handle of a task, are no
//! fault.
//!
//! Read next: `run/quiet.rs`.

use groundup::EventLoop;
use groundup::trace::Counts;

use crate::run::failure::{Failure, FailureKind};

/// The most things that a failure names.
const NAMED: usize = 5;

/// Fails if a loop at rest holds something. `before` are its counts before the value of the main
/// future was taken, which may have held more.
pub(super) fn left_at_rest(event_loop: &EventLoop, before: &Counts) -> Option<Failure> {
    if before.is_at_rest() {
        return None;
    }
    let counts = event_loop.counts();
    (!counts.is_at_rest()).then(|| failure("at rest", event_loop, &counts))
}

/// Fails if a closed loop holds something that can never end. A promise that is set stays as long as its
/// handles.
pub(super) fn left_after_close(event_loop: &EventLoop) -> Option<Failure> {
    let counts = event_loop.counts();
    let held = counts.tasks + counts.callbacks + counts.timers;
    (held > 0).then(|| failure("closed", event_loop, &counts))
}

fn failure(how: &str, event_loop: &EventLoop, counts: &Counts) -> Failure {
    let leaks = |kind: &str| !Counts::may_stay(kind);
    let kinds = (counts.accounts().into_iter()).filter(|(kind, count)| *count > 0 && leaks(kind));
    let kinds: Vec<String> = kinds
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let things = event_loop.leftovers().into_iter();
    let things = things.filter(|(kind, _)| leaks(kind)).map(|(_, text)| text);
    let mut things: Vec<String> = things.collect();
    let more = match things.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    things.truncate(NAMED);
    let text = format!(
        "the loop is {how}, and the program has left something in it ({}):\n  {}{more}",
        kinds.join(", "),
        things.join("\n  ")
    );
    let kind = match counts.errors > 0 && kinds.len() == 1 {
        true => FailureKind::Unread,
        false => FailureKind::Leftover,
    };
    Failure::new(kind, text)
}
