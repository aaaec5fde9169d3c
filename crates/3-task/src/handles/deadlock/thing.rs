//! Says in words for which primitive a task waits, and who has it.
//!
//! The problem: a name alone leads no further. A person who reads a report looks for the line that
//! made the lock, and for the task that has it now. That task may have ended. Or the lock was passed
//! to a future in a variable, which no task polls.
//!
//! | holder | text |
//! |---|---|
//! | not known | `held` |
//! | a task | `held by Kant` |
//! | the task that waits | `held by Kant itself` |
//! | a task that has ended | `held by Kant, which has ended` |
//! | a task that was woken for it | `held by Kant, to which it was passed, and which has not polled since` |
//! | the same, but the task has ended | `passed to a future that has not been polled since` |
//!
//! A connection in memory has no holder. Its report names the task that was the last to use its other
//! end.
//!
//! Invariant: a holder is named by the name that it has now.
//!
//! Read next: `inside.rs`.

use groundup_interweave::trace::Wait;

use crate::core::Core;
use crate::core::reasons::{Holder, NamedReason};
use crate::store::object::CallSite;
use crate::store::ticket::Ticket;

/// Returns the name of a primitive for which the task `waiting` waits, the place where it was made, and
/// its holder.
pub(super) fn thing(
    core: &Core,
    reason: &NamedReason,
    waiting: Ticket,
    awaited: Option<CallSite>,
) -> String {
    let made = made_and_awaited(reason.made, reason.place, awaited);
    match &reason.wait {
        Wait::Held { what, by: None } => {
            format!("{what}{made}{}", held(core, reason.holder, waiting))
        }
        Wait::Held { what, by: Some(by) } => format!("{what}{made} held by {}", by.name),
        Wait::Other(what) | Wait::Io(what) => {
            format!(
                "{what}{made}{}{}",
                produced(core, reason),
                other_end(core, reason.holder)
            )
        }
        other => format!("{other}{made}"),
    }
}

/// Names what a primitive has passed to a wait, with the line that made the primitive.
pub(super) fn passed(reason: &NamedReason) -> String {
    let made = made_and_awaited(reason.made, reason.place, None);
    match &reason.wait {
        Wait::Held { what, .. } | Wait::Other(what) | Wait::Io(what) => format!("{what}{made}"),
        other => format!("{other}{made}"),
    }
}

/// Writes where a thing was made, and where a task awaits it, as far as it is known.
pub(super) fn places(made: Option<CallSite>, awaited: Option<CallSite>) -> String {
    made_and_awaited("made", made, awaited)
}

/// Does what [`places`] does; `how` is the word for the making.
fn made_and_awaited(how: &str, made: Option<CallSite>, awaited: Option<CallSite>) -> String {
    match (made, awaited) {
        (None, None) => String::new(),
        (Some(made), None) => format!(" ({how} at {made})"),
        (None, Some(awaited)) => format!(" (awaited at {awaited})"),
        (Some(made), Some(awaited)) => format!(" ({how} at {made}, awaited at {awaited})"),
    }
}

/// Says which task has used the other end of a connection last, if it is known.
fn other_end(core: &Core, holder: Holder) -> String {
    let Holder::Peer(peer) = holder else {
        return String::new();
    };
    let ended = core.slot_of(peer).is_none_or(|slot| slot.is_done());
    match core.last_name_of(peer) {
        None => "; a task that has ended was the last to use its other end".to_string(),
        Some(name) if ended => {
            format!("; {name}, which has ended, was the last to use its other end")
        }
        Some(name) => format!("; {name} was the last to use its other end"),
    }
}

/// Says who has produced the last one of such things, if it is known; and an earlier one, if that task
/// has ended.
fn produced(core: &Core, reason: &NamedReason) -> String {
    let Holder::Producer(producer) = reason.holder else {
        return String::new();
    };
    let ended = core.slot_of(producer).is_none_or(|slot| slot.is_done());
    let earlier = reason.earlier_producer(core);
    let earlier = earlier.and_then(|earlier| core.name_of(earlier));
    let earlier = earlier.map(|name| format!(", and an earlier one from {name}"));
    let last = match core.last_name_of(producer) {
        None => "; the last one came from a task that has ended".to_string(),
        Some(name) if ended => format!("; the last one came from {name}, which has ended"),
        Some(name) => format!("; the last one came from {name}"),
    };
    last + &earlier.unwrap_or_default()
}

/// Says who has a thing for which the task `waiting` waits.
fn held(core: &Core, holder: Holder, waiting: Ticket) -> String {
    let slot = holder.ticket().and_then(|ticket| core.slot_of(ticket));
    let ended = slot.is_none_or(|slot| slot.is_done());
    let name = holder.ticket().and_then(|ticket| core.last_name_of(ticket));
    match (holder, name) {
        (Holder::Unknown, _) => " held".to_string(),
        (Holder::Next(_), Some(name)) if !ended => {
            format!(" held by {name}, to which it was passed, and which has not polled since")
        }
        (Holder::Next(_), _) => " passed to a future that has not been polled since".to_string(),
        (_, None) => " held by a task that has ended".to_string(),
        (_, Some(name)) if ended => format!(" held by {name}, which has ended"),
        (_, Some(name)) if holder.ticket() == Some(waiting) => format!(" held by {name} itself"),
        (_, Some(name)) => format!(" held by {name}"),
    }
}
