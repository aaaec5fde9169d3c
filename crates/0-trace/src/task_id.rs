//! Who is who in a trace: a number that nobody else has, and a name.
//!
//! The problem: a name is for people. A task gets it after it was spawned, ten
//! workers share one, and a second run of a job takes it over. So a reader that
//! follows a task by its name sees one task as two, and two as one. What tells
//! tasks apart is their number, and an event carries both.
//!
//! ```text
//!   number  name      written
//!   3       Task-3    Task-3       nobody gave it a name: the number is in it
//!   2       kettle    kettle#2     by itself
//!   2       kettle    kettle       in a trace, once a line said who that is
//!   0       kettle    kettle       of a task whose number nobody knows
//! ```
//!
//! Invariants
//! 1. Numbers begin at 1 and are never given twice in one loop; 0 is "unknown".
//! 2. A name of the form `Task-3` means number 3, or the number stands behind it.
//!
//! Read next: `names.rs`, when the number can be left out.

use alloc::format;
use alloc::sync::Arc;

/// What a task (or a lock, or a queue) is called in a trace: `"Task-1"`, `"main"`.
///
/// Shared and cheap to clone, because one name stands in many events.
///
/// ```
/// let name: groundup_trace::Name = "kettle".into();
/// assert_eq!(&*name, "kettle");
/// ```
pub type Name = Arc<str>;

/// A task in a trace: its number, by which it is known, and its name at the time.
///
/// ```
/// use groundup_trace::TaskId;
///
/// assert_eq!(TaskId::new(2, "kettle").to_string(), "kettle#2");
/// assert_eq!(TaskId::unnamed(3).to_string(), "Task-3");
/// assert_eq!(TaskId::from("Task-3"), TaskId::unnamed(3));
/// assert_eq!(TaskId::from("kettle").number, 0, "nobody knows");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskId {
    /// Which task of its loop it is, counted from 1; 0 if that is not known.
    pub number: u64,
    /// What it was called when the event happened.
    pub name: Name,
}

/// What the names of tasks begin with that nobody has named.
const UNNAMED: &str = "Task-";

impl TaskId {
    /// A task by its number and its name.
    pub fn new(number: u64, name: impl Into<Name>) -> Self {
        Self {
            number,
            name: name.into(),
        }
    }

    /// A task that nobody has given a name.
    pub fn unnamed(number: u64) -> Self {
        Self::new(number, format!("{UNNAMED}{number}"))
    }

    /// The number that a name says by itself: 3 for `Task-3`.
    pub(crate) fn number_in(name: &str) -> Option<u64> {
        let digits = name.strip_prefix(UNNAMED)?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        plain.then(|| digits.parse().ok()).flatten()
    }
}

impl From<&str> for TaskId {
    /// The task of this name; its number if the name says it, and 0 if not.
    fn from(name: &str) -> Self {
        Self::new(Self::number_in(name).unwrap_or(0), name)
    }
}

impl From<Name> for TaskId {
    /// The task of this name; its number if the name says it, and 0 if not.
    fn from(name: Name) -> Self {
        Self::new(Self::number_in(&name).unwrap_or(0), name)
    }
}
