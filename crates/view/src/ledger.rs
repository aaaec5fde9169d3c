//! Keeps account of all that begins: has each beginning an end?
//!
//! The problem: a task that no code joins, a timer that no code stops and a promise that
//! no code sets do no harm in a test, and fill the memory of a server. Floor 0 holds
//! that each beginning has an end, at the latest with the loop. So the events of a whole
//! run can be balanced like the books of a shop.
//!
//! ```text
//!   tasks      3 spawned: 2 returned, 1 cancelled
//!   timers     4 armed: 3 fired, 1 disarmed
//!   promises   2 made: 1 fulfilled; open: promise#2 of cook
//! ```
//!
//! A trace may begin late, or be cut off, and it has no events of groups and scopes. So the ledger also
//! takes the counts of the loop, if the program passes them.
//!
//! Invariants
//! 1. For each account of events: beginnings = ends + open ones.
//! 2. The ledger lists an end without a beginning, and is not balanced with it.
//! 3. If the loop holds a thing that may be a leak, the ledger is not balanced.
//!
//! Read next: `diff.rs`.

use std::collections::{BTreeMap, HashSet};
use std::fmt::{self, Display, Formatter};

use groundup_trace::{Counts, Event, Verb};

use crate::timeline::{Kind, Thing, Timeline};

/// The verb of the kinds of which a trace has no events.
const HELD: &str = "held";

/// One line of a [`Ledger`]: everything of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Account {
    /// The kind: `tasks`, `timers`, `promises` or `callbacks`; with counts also each other kind of
    /// [`Counts`].
    pub kind: &'static str,
    /// The verb with which such a thing begins, as a participle: `spawned`. It is `held` for kinds of
    /// which a trace has no events.
    pub verb: &'static str,
    /// The number of beginnings; without events, the number of things.
    pub begun: usize,
    /// The number of things that the loop holds, if the program has passed its counts.
    pub held: Option<usize>,
    /// The number of ends of each sort, such as `returned`.
    pub ends: BTreeMap<String, usize>,
    /// The things that have no end, with their owners.
    pub open: Vec<String>,
    /// The things that have an end and no beginning.
    pub unknown: Vec<String>,
}

/// The accounts of a run. Its `Display` form has one line an account.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::read_trace;
///
/// let ledger = groundup_view::ledger(&read_trace("# groundup-trace 1
///   0.000  0  spawn  cook  #1
///   0.000  1  step   cook
///   0.000  1  make   cook  promise#1
///   0.000  1  done   cook  returned")?);
/// assert!(!ledger.is_balanced());
/// assert_eq!(ledger.to_string(), "\
/// tasks      1 spawned: 1 returned
/// promises   1 made; open: promise#1 of cook
/// ");
/// # Ok::<(), groundup::trace::TraceError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    accounts: Vec<Account>,
}

/// Balances the events of a run.
pub fn ledger(events: &[Event]) -> Ledger {
    Timeline::of(events).ledger()
}

impl Ledger {
    /// Balances the events of a run with the counts of its loop, which the program takes after the last
    /// event and before the loop is closed. The ledger is not balanced if the loop holds a task, a promise,
    /// a callback, a timer, a group, a scope, or an end that no code has read, or if the loop and its
    /// events disagree. It also lists locks, remotes, jobs and sockets, which may stay.
    ///
    /// ```
    /// # mod groundup { pub use groundup_trace as trace; }
    /// use groundup::trace::{Counts, read_trace};
    /// use groundup_view::Ledger;
    ///
    /// let events = read_trace("# groundup-trace 1
    ///   0.000  0  spawn  cook  #1
    ///   0.000  1  step   cook
    ///   0.000  1  done   cook  returned")?;
    /// let mut counts = Counts::default(); // in a program: event_loop.counts()
    /// Ledger::of(&events, &counts).assert_balanced();
    /// counts.scopes = 1;
    /// let ledger = Ledger::of(&events, &counts);
    /// assert!(!ledger.is_balanced());
    /// assert_eq!(ledger.to_string(), "\
    /// tasks      1 spawned: 1 returned
    /// scopes     1 held
    /// ");
    /// # Ok::<(), groundup::trace::TraceError>(())
    /// ```
    pub fn of(events: &[Event], counts: &Counts) -> Self {
        let Ledger { mut accounts } = ledger(events);
        // An error is an unread end, too.
        let kinds = counts
            .accounts()
            .into_iter()
            .filter(|(kind, _)| *kind != "errors");
        for (kind, count) in kinds {
            let known = accounts.iter().position(|account| account.kind == kind);
            let at = known.unwrap_or_else(|| {
                accounts.push(Account::new(kind, HELD));
                accounts.len() - 1
            });
            let account = &mut accounts[at];
            account.held = Some(count);
            if known.is_none() {
                account.begun = count;
            }
        }
        Ledger { accounts }
    }
}

impl Timeline {
    /// Balances the events of the run, as [`ledger`] does.
    pub fn ledger(&self) -> Ledger {
        let things = |kind, verb, word| self.account(kind, verb, word);
        Ledger {
            accounts: vec![
                self.tasks(),
                things("timers", "armed", "timer"),
                things("promises", "made", "promise"),
                things("callbacks", "called", "callback"),
            ],
        }
    }

    fn tasks(&self) -> Account {
        let mut account = Account::new("tasks", "spawned");
        for lane in &self.lanes {
            account.begun += usize::from(lane.spawned.is_some());
            match (lane.spawned, lane.ended) {
                (Some(_), Some((_, how))) => account.end(how.to_string()),
                (Some(_), None) => account.open.push(lane.label.clone()),
                (None, Some(_)) => account.unknown.push(lane.label.clone()),
                (None, None) => {}
            }
        }
        account
    }

    fn account(&self, kind: &'static str, verb: &'static str, word: &str) -> Account {
        let mut account = Account::new(kind, verb);
        let of_kind = |thing: &&Thing| thing.kind.word() == word;
        let mut ended = HashSet::new();
        for thing in self.things.iter().filter(of_kind) {
            account.begun += 1;
            match self.events.get(thing.to).map(|event| &event.verb) {
                Some(verb) => {
                    ended.insert(thing.to);
                    account.end(end_word(verb));
                }
                None => {
                    let owner = thing
                        .owner
                        .map(|owner| format!(" of {}", self.label(owner)));
                    let open = thing.name() + &owner.unwrap_or_default();
                    account.open.push(open);
                }
            }
        }
        for (at, event) in self.events.iter().enumerate() {
            let end = end_of(&event.verb).filter(|(kind, _)| kind.word() == word);
            if let Some((_, number)) = end.filter(|_| !ended.contains(&at)) {
                account.unknown.push(format!("{word}#{number}"));
            }
        }
        account
    }
}

/// Returns the kind and the number of the thing that an event ends.
fn end_of(verb: &Verb) -> Option<(Kind, u64)> {
    match *verb {
        Verb::Fire { timer } | Verb::Disarm { timer } => Some((Kind::Timer { at: 0 }, timer)),
        Verb::Set { promise, .. } => Some((Kind::Promise, promise)),
        Verb::Run { callback } | Verb::Drop { callback } => Some((Kind::Callback, callback)),
        _ => None,
    }
}

/// Returns the participle of an end.
fn end_word(verb: &Verb) -> String {
    match verb {
        Verb::Fire { .. } => "fired".into(),
        Verb::Disarm { .. } => "disarmed".into(),
        Verb::Set { how, .. } => how.to_string(),
        Verb::Run { .. } => "run".into(),
        Verb::Drop { .. } => "dropped".into(),
        verb => verb.word().into(),
    }
}

impl Account {
    fn new(kind: &'static str, verb: &'static str) -> Self {
        Self {
            kind,
            verb,
            begun: 0,
            held: None,
            ends: BTreeMap::new(),
            open: Vec::new(),
            unknown: Vec::new(),
        }
    }

    fn end(&mut self, how: String) {
        *self.ends.entry(how).or_default() += 1;
    }

    /// Returns true if each beginning has an end, each end has a beginning, and the loop holds no such
    /// thing. Locks, remotes, jobs and sockets may stay.
    pub fn is_balanced(&self) -> bool {
        let stays = self.kind != "unread" && Counts::may_stay(self.kind);
        let may_stay = stays || self.held.unwrap_or(0) == 0;
        may_stay && self.open.is_empty() && self.unknown.is_empty()
    }
}

impl Ledger {
    /// Returns the accounts: of tasks, timers, promises and callbacks; with counts also of the kinds of
    /// which a trace has no events.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Returns true if all accounts are balanced.
    pub fn is_balanced(&self) -> bool {
        self.accounts.iter().all(Account::is_balanced)
    }

    /// Panics with the ledger if an account is not balanced.
    ///
    /// # Panics
    /// If a thing has no end, or no beginning, or the loop holds it.
    #[track_caller]
    pub fn assert_balanced(&self) {
        assert!(
            self.is_balanced(),
            "the ledger is not balanced: end what is open, or close the loop first\n{self}"
        );
    }
}

impl Display for Account {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:<10} {} {}", self.kind, self.begun, self.verb)?;
        let ends: Vec<String> = self
            .ends
            .iter()
            .map(|(how, count)| format!("{count} {how}"))
            .collect();
        if !ends.is_empty() {
            write!(f, ": {}", ends.join(", "))?;
        }
        for (word, list) in [("open", &self.open), ("not begun", &self.unknown)] {
            if !list.is_empty() {
                write!(f, "; {word}: {}", list.join(", "))?;
            }
        }
        match self.held {
            Some(held) if self.verb != HELD && held != self.open.len() => {
                write!(f, "; the loop holds {held}")
            }
            _ => Ok(()),
        }
    }
}

impl Display for Ledger {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let empty = |account: &&Account| account.begun == 0 && account.is_balanced();
        for account in self.accounts.iter().filter(|account| !empty(account)) {
            writeln!(f, "{account}")?;
        }
        Ok(())
    }
}
