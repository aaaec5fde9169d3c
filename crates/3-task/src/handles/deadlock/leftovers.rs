//! Names the things that a loop still holds, and where they were made.
//!
//! The problem: a count says that one promise is left, and the program has made a thousand. The slot of
//! the promise knows its number and the line that made it. So a test that fails can name the thing.
//!
//! | thing | text |
//! |---|---|
//! | a task | `task cook (spawned at src/main.rs:3:9), which has not ended` |
//! | an end that no code has looked at | `task cook (spawned at ..), whose panic no code has read` |
//! | a promise | `promise 2 (made at src/main.rs:5:13), which is not set` |
//! | a callback | `callback (scheduled at src/main.rs:7:5), which was not called` |
//! | a timer | `timer for 5.000 s of a callback (scheduled at ..)`, `.. of task cook (..)` |
//! | a scope | `scope in task cook (..)` |
//! | a group | `group of the wait of task cook (..)` |
//!
//! A callback that a timer calls is named with its timer.
//!
//! Invariant: each thing is named once.
//!
//! Read next: `handles/deadlock/standing.rs`.

use groundup_interweave::trace::{Name, Visible};

use crate::run::Scheduler;
use crate::store::key::{Exit, Mark};
use crate::store::ticket::trees::TicketPlaces;
use crate::store::ticket::{Entry, Ticket};

/// A timer of the floor above, for [`Scheduler::leftovers`].
#[derive(Clone, Debug)]
pub struct ArmedTimer {
    /// The deadline, in ns since the loop's beginning.
    pub at: u64,
    /// The callback, the task or the scope of the timer.
    pub entry: Entry,
    /// The task that has set the timer, if the loop was observed then.
    pub owner: Option<Name>,
}

impl Scheduler {
    /// Names each thing that the loop holds, as far as it may be a leak: tasks, promises, callbacks,
    /// these timers of the floor above, scopes, groups, and the ends that no code has looked at. With
    /// each comes its kind, a word of [`Counts::accounts`](groundup_interweave::trace::Counts::accounts).
    ///
    /// ```
    /// # mod groundup { pub mod lowlevel { pub use groundup_task::*; } }
    /// let scheduler = groundup::lowlevel::Scheduler::new().unwrap();
    /// let promise = scheduler.promise::<()>();
    /// let (kind, text) = scheduler.leftovers(&[]).remove(0);
    /// assert_eq!(kind, "promises");
    /// assert!(text.starts_with("promise 1 (made at "), "{text}");
    /// drop(promise);
    /// assert!(scheduler.leftovers(&[]).is_empty());
    /// ```
    pub fn leftovers(&self, timers: &[ArmedTimer]) -> Vec<(&'static str, String)> {
        let mut of_timers = TicketPlaces::default();
        for timer in timers {
            of_timers.insert(timer.entry.ticket(), 0);
        }
        let mut left = Vec::new();
        for ticket in self.core.by_age(&|_| true) {
            if !of_timers.contains(ticket) || self.is_no_callback(ticket) {
                left.extend(self.leftover(ticket));
            }
        }
        for timer in timers {
            left.push(("timers", self.leftover_timer(timer)));
        }
        let listeners = self.groups.listeners();
        let without = self.groups.tally().0 - listeners.len();
        for (_, listener) in &listeners {
            let group = match listener.awaited_by() {
                Some((what, task)) => format!("group of the {what} of {}", self.named(task)),
                None => String::from("group of a combinator that no task awaits"),
            };
            left.push(("groups", group));
        }
        for _ in 0..without {
            left.push(("groups", "group without its combinator".into()));
        }
        for task in self.cancels.tasks_of_open_scopes() {
            left.push(("scopes", format!("scope in {}", self.named(task))));
        }
        left
    }

    fn is_no_callback(&self, ticket: Ticket) -> bool {
        let slot = self.core.slot_of(ticket);
        slot.is_some_and(|slot| !slot.has(Mark::Callback))
    }

    /// Says what is left of an occupant; `None` if its end was looked at.
    fn leftover(&self, ticket: Ticket) -> Option<(&'static str, String)> {
        let slot = self.core.slot_of(ticket)?;
        let (kind, end) = match slot.exit() {
            Some(_) if slot.has(Mark::Seen) || slot.has(Mark::Callback) => return None,
            Some(Exit::Returned) => ("unread", "whose value no code has taken"),
            Some(Exit::Cancelled) => ("unread", "whose cancel no code has seen"),
            Some(Exit::Failed) if slot.has(Mark::Promise) => {
                ("errors", "whose error no code has read")
            }
            Some(Exit::Failed) => ("errors", "whose panic no code has read"),
            None if slot.has(Mark::Promise) => ("promises", "which is not set"),
            None if slot.has(Mark::Callback) => ("callbacks", "which was not called"),
            None => ("tasks", "which has not ended"),
        };
        Some((kind, format!("{}, {end}", self.named(ticket))))
    }

    fn leftover_timer(&self, timer: &ArmedTimer) -> String {
        let ArmedTimer { at, entry, owner } = timer;
        let foreign = entry.bits() < Entry::FIRST;
        let of_scope = self.cancels.task_of_scope(entry.scope());
        let of = match (self.core.slot_of(entry.ticket()), of_scope, owner) {
            (Some(_), ..) => self.named(entry.ticket()),
            (None, Some(task), Some(owner)) if self.core.slot_of(task).is_none() => {
                format!("a scope in {owner}, which has ended")
            }
            (None, Some(task), _) => format!("a scope in {}", self.named(task)),
            (None, None, Some(owner)) => format!("{owner}, which has ended"),
            (None, None, None) if foreign => String::from("a waker of another executor"),
            (None, None, None) => String::from("a task that has ended"),
        };
        format!("timer for {:.3} s of {of}", *at as f64 / 1e9)
    }

    /// Names an occupant, and the place where it was made.
    fn named(&self, ticket: Ticket) -> String {
        let Some(slot) = self.core.slot_of(ticket) else {
            return String::from("a task that has ended");
        };
        let (what, made) = if slot.has(Mark::Callback) {
            (String::from("callback"), "scheduled")
        } else if slot.has(Mark::Promise) {
            let hook = self.core.hook_of(slot).and_then(|hook| hook.what());
            let number = || format!("promise {}", self.core.number(slot));
            (
                hook.map_or_else(number, |what| format!("the {what}")),
                "made",
            )
        } else {
            let name = self.core.name_of(ticket);
            let name = name.map_or(String::new(), |name| format!(" {}", Visible(&name)));
            (format!("task{name}"), "spawned")
        };
        let place = slot.call_site();
        what + &place.map_or(String::new(), |place| format!(" ({made} at {place})"))
    }
}
