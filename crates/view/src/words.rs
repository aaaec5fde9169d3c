//! Writes times, names and events as words for people.
//!
//! A trace line is exact: it quotes a name and adds a number wherever a reader could take
//! one thing for another. A picture has less room, and its reader knows the lanes. So the
//! views write the name of a lane, and escape the few characters that could break a line
//! or turn its direction.
//!
//! ```text
//!   Event ── verb, details ──► "waits for lock#1 held by cook"
//!   u64   ── seconds ────────► "3.200"
//!   name  ── shown ──────────► "night shift", "a\u{202e}b", "very long na…"
//! ```
//!
//! Invariants
//! 1. A time has all its digits, and at least three decimals. Nothing here is a floating-point
//!    number.
//! 2. A shown name has no line break, and no character that hides or turns a text.
//!
//! Read next: `dot.rs`.

use groundup_trace::{Cause, TaskId, Verb, Visible, Wait};

/// Returns a time in seconds, exact, with at least three decimals.
pub(crate) fn seconds(ns: impl Into<u128>) -> String {
    let ns = ns.into();
    let (whole, rest) = (ns / 1_000_000_000, ns % 1_000_000_000);
    let digits = format!("{rest:09}");
    let kept = digits.trim_end_matches('0').len().max(3);
    format!("{whole}.{}", &digits[..kept])
}

/// Returns a name as a view shows it; a blank name in quotes.
pub(crate) fn shown(name: &str) -> String {
    let safe = Visible(name).to_string();
    match safe.trim().is_empty() {
        true => format!("\"{safe}\""),
        false => safe,
    }
}

/// Returns the first `most` characters of a text; a longer text ends in `…`.
pub(crate) fn clipped(text: &str, most: usize) -> String {
    match text.chars().nth(most) {
        None => text.to_string(),
        Some(_) => text.chars().take(most - 1).chain(['…']).collect(),
    }
}

/// Returns the thing that a task waits for. `name` returns the words for a task.
pub(crate) fn wait(on: &Wait, name: &dyn Fn(&TaskId) -> String) -> String {
    match on {
        Wait::Task(task) => name(task),
        Wait::Held { what, by: None } => format!("{}, which is held", shown(what)),
        Wait::Held { what, by: Some(by) } => format!("{} held by {}", shown(what), name(by)),
        Wait::Io(what) | Wait::Other(what) => shown(what),
        Wait::Several => "several things".into(),
        Wait::Outside => "something outside the loop".into(),
        Wait::Timer { at } => format!("time {}", seconds(*at)),
        on => on.to_string(),
    }
}

/// Returns the words for the cause of a wake.
pub(crate) fn cause(by: &Cause, name: &dyn Fn(&TaskId) -> String) -> String {
    match by {
        Cause::Task(task) => name(task),
        Cause::Cancel => "a cancel".into(),
        Cause::Io(what) => shown(what),
        Cause::Thread => "another thread".into(),
        Cause::Outside => "code outside the loop".into(),
        by => by.to_string(),
    }
}

/// Returns the details of an event: the part of its line after the name of the task.
pub(crate) fn details(verb: &Verb, name: &dyn Fn(&TaskId) -> String) -> String {
    match verb {
        Verb::Spawn { by: Some(by) } | Verb::Cancel { by: Some(by) } => format!("by {}", name(by)),
        Verb::Name { name } => shown(name),
        Verb::Yield { on } => format!("on {}", wait(on, name)),
        Verb::Wake { by } => format!("by {}", cause(by, name)),
        Verb::Done { how } => how.to_string(),
        Verb::Make { promise } | Verb::Unpolled { promise } => format!("promise#{promise}"),
        Verb::Set { promise, how } => format!("promise#{promise} {how}"),
        Verb::Call { callback } | Verb::Run { callback } | Verb::Drop { callback } => {
            format!("callback#{callback}")
        }
        Verb::Arm { timer, at } => format!("timer#{timer} at {}", seconds(*at)),
        Verb::Fire { timer } | Verb::Disarm { timer } => format!("timer#{timer}"),
        Verb::Park { until: Some(at) } => format!("until {}", seconds(*at)),
        Verb::Raise { what } => shown(what),
        _ => String::new(),
    }
}

/// Returns what an event says of its subject: "becomes ready, woken by timer#1".
pub(crate) fn predicate(verb: &Verb, name: &dyn Fn(&TaskId) -> String) -> String {
    let does = match verb {
        Verb::Spawn { .. } => "is spawned",
        Verb::Name { .. } => "is named",
        Verb::Yield { .. } => "yields, waits",
        Verb::Wake { .. } => "becomes ready, woken",
        Verb::Unpolled { .. } => "has not polled its await of",
        Verb::Done { .. } => "is done:",
        Verb::Cancel { .. } => "is to be cancelled",
        Verb::Call { .. } => "registers",
        Verb::Raise { .. } => "reports:",
        verb => &format!("{}s", verb.word()),
    };
    let predicate = format!("{does} {}", details(verb, name));
    predicate.trim_end().to_string()
}

/// Escapes a text, so that it is safe inside an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // XML has no form for most control characters.
            c if c.is_control() && c != '\n' => safe.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}

/// Writes a text as a JSON string that is safe inside a `script` element.
pub(crate) fn json(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}
