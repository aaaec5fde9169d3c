//! Says where the handles of a promise went.
//!
//! The problem: a task waits for a bare promise, and any code with a handle of it may set it. The loop
//! cannot see who has the handle. It is perhaps in a list of a lock or a queue that a user wrote. While
//! the loop is watched it sees who makes a promise, who clones its handle, and who sets others that were
//! made at the same line. A person who knows the program finds the rest from there.
//!
//! | known | text |
//! |---|---|
//! | another task than the waiting one has made it | `; producer has made it` |
//! | a handle was cloned | `; its handle was cloned at src/main.rs:7:9` |
//! | others of the same line were set | `; the last one that was made there was set by producer` |
//!
//! Invariant: nothing is said of a promise that was made while the loop was not watched.
//!
//! Read next: `handles/deadlock/thing.rs`.

use std::fmt::Write;

use crate::core::Core;
use crate::store::notes::Actor;
use crate::store::slot::Slot;
use crate::store::ticket::Ticket;

/// Returns the text for a promise for which a task waits, as the end of a sentence. `orphan` says that
/// the promise has no handle but those in awaits.
pub(super) fn handed(core: &Core, promise: &Slot, waiting: Ticket, orphan: bool) -> String {
    let (handed, mut text) = (core.handed(promise), String::new());
    let other = |actor: &Actor| actor.task != waiting;
    if let Some(maker) = handed.maker.filter(other) {
        let _ = write!(text, "; {} has made it", subject(core, &maker)); // a string does not fail
    }
    if let Some((place, by)) = handed.copied.filter(|_| !orphan) {
        let by = by.filter(other).map(|by| format!(" by {}", who(core, &by)));
        let _ = write!(
            text,
            "; its handle was cloned at {place}{}",
            by.unwrap_or_default()
        );
    }
    if let Some(setter) = handed.last_setter {
        let setter = who(core, &setter);
        let _ = write!(
            text,
            "; the last one that was made there was set by {setter}"
        );
    }
    text
}

/// Names a task, and says if it has ended.
fn who(core: &Core, actor: &Actor) -> String {
    named(core, actor).0
}

/// Does what [`who`] does, for the beginning of a clause.
fn subject(core: &Core, actor: &Actor) -> String {
    match named(core, actor) {
        (text, true) => text + ",",
        (name, false) => name,
    }
}

/// Returns the words for a task, and true if it has ended.
fn named(core: &Core, actor: &Actor) -> (String, bool) {
    let name = core
        .name_of(actor.task)
        .unwrap_or_else(|| actor.name.clone());
    match core.slot_of(actor.task).is_none_or(|slot| slot.is_done()) {
        true => (format!("{name}, which has ended"), true),
        false => (name.to_string(), false),
    }
}
