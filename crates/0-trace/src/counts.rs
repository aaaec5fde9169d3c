//! Counts the things that a loop holds at one moment.
//!
//! The problem: events tell of beginnings and ends, and a trace may begin late or be cut off. The
//! loop itself knows what is there now, and can say so at any moment, with a trace or without one. A
//! program that has come to rest holds nothing, so a count that is not zero is a leak.
//!
//! ```text
//!   events   3 tasks spawned, 2 done       ──┐
//!                                            ├──► 1 task is left: both agree
//!   counts   1 task                        ──┘
//! ```
//!
//! | account | at rest | after the loop is closed |
//! |---|---|---|
//! | tasks, promises, callbacks, timers, groups, scopes | 0 | 0 |
//! | unread, errors | 0, or as many as the program has handles of | the same |
//! | jobs | 0, when the threads have ended | the same |
//! | reasons, remotes, sources | as many as the program keeps locks, handles and sockets | the same |
//!
//! Invariants
//! 1. Counts are a value: they do not change when the loop goes on.
//! 2. A floor of the tower that does not have such things leaves their count at 0.
//!
//! Read next: `sink.rs`, which receives the events.

use core::fmt::{self, Display, Formatter};

/// Counts the things that a loop holds at one moment, by kinds. Its [`Display`] form has one line for
/// each kind of which there is one.
///
/// A loop makes it: `EventLoop::counts`, and `current_loop().counts()` from inside.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::Counts;
///
/// let mut counts = Counts::default();
/// assert!(counts.is_zero());
/// counts.tasks = 2;
/// counts.timers = 1;
/// assert_eq!(counts.to_string(), "tasks      2\ntimers     1\n");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// Tasks that have not ended.
    pub tasks: usize,
    /// Tasks and promises that have ended, that a handle keeps, and whose end no code has looked at.
    pub unread: usize,
    /// Those of them that have ended with a panic, or with the error of a promise.
    pub errors: usize,
    /// Promises that are not set.
    pub promises: usize,
    /// Callbacks that are still to be called, soon or at a time, and the one that is being called. A
    /// callback that waits for the end of a task or a promise is counted from this end on.
    pub callbacks: usize,
    /// Timers that are set.
    pub timers: usize,
    /// Groups, which tell a combinator of the ends of its members: one for each `gather`, `wait` and
    /// task group that lives.
    pub groups: usize,
    /// Scopes that are open: one for each `timeout`, task group and `CancelScope` that lives.
    pub scopes: usize,
    /// Locks, queues and other primitives of which reports know the names.
    pub reasons: usize,
    /// Handles by which another thread may call the loop.
    pub remotes: usize,
    /// Jobs of this loop on other threads.
    pub jobs: usize,
    /// Sockets, pipes and signals that the loop's driver watches.
    pub sources: usize,
}

impl Counts {
    /// Returns each kind with its count, in the order of the fields.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// let accounts = groundup::trace::Counts::default().accounts();
    /// assert_eq!(accounts[0], ("tasks", 0));
    /// ```
    pub fn accounts(&self) -> [(&'static str, usize); 12] {
        [
            ("tasks", self.tasks),
            ("unread", self.unread),
            ("errors", self.errors),
            ("promises", self.promises),
            ("callbacks", self.callbacks),
            ("timers", self.timers),
            ("groups", self.groups),
            ("scopes", self.scopes),
            ("reasons", self.reasons),
            ("remotes", self.remotes),
            ("jobs", self.jobs),
            ("sources", self.sources),
        ]
    }

    /// Returns true if a program at rest may hold things of this kind, a word of
    /// [`accounts`](Counts::accounts): locks, handles, jobs, sockets, and ends that it may still look at.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::Counts;
    ///
    /// assert!(Counts::may_stay("sources"));
    /// assert!(!Counts::may_stay("timers"));
    /// ```
    pub fn may_stay(kind: &str) -> bool {
        ["unread", "reasons", "remotes", "jobs", "sources"].contains(&kind)
    }

    /// Returns true if the loop holds nothing.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// let mut counts = groundup::trace::Counts::default();
    /// assert!(counts.is_zero());
    /// counts.remotes = 1;
    /// assert!(!counts.is_zero());
    /// ```
    pub fn is_zero(&self) -> bool {
        *self == Counts::default()
    }

    /// Returns true if nothing is under way in the loop: it holds no task, promise, callback, timer,
    /// group or scope, and no error that no code has read. A program at rest may keep locks, handles
    /// and sockets.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// let mut counts = groundup::trace::Counts::default();
    /// counts.reasons = 1; // a lock
    /// assert!(counts.is_at_rest());
    /// counts.timers = 1;
    /// assert!(!counts.is_at_rest());
    /// ```
    pub fn is_at_rest(&self) -> bool {
        let mut accounts = self.accounts().into_iter();
        accounts.all(|(kind, count)| count == 0 || Counts::may_stay(kind))
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let accounts = self.accounts();
        let mut held = accounts.iter().filter(|(_, count)| *count > 0);
        held.try_for_each(|(kind, count)| writeln!(f, "{kind:<10} {count}"))
    }
}
