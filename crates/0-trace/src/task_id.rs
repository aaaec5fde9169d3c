//! Identifies tasks in a trace: a unique number, and a name for people.
//!
//! The problem: a name is for people. A task may get it after its spawn, ten workers
//! may share one, and a second run of a job may reuse it. A reader that follows names
//! sees one task as two, and two tasks as one. A number identifies a task, so an event
//! carries a number and a name.
//!
//! ```text
//!   number  name      written
//!   3       Task-3    Task-3       a default name: it contains the number
//!   2       kettle    kettle#2     in an event outside a trace
//!   2       kettle    kettle       in a trace, after a line that gives the number
//!   0       kettle    kettle       a task of unknown number
//! ```
//!
//! Invariants
//! 1. Numbers start at 1, and a loop gives each number once; 0 means "unknown".
//! 2. A name of the form `Task-3` means number 3, unless the text gives another number
//!    after it, as in `Task-3#7`.
//!
//! Read next: `text.rs`, the written form of events.

use alloc::format;
use alloc::sync::Arc;

/// Name of a task, a lock or a queue in a trace: `"Task-1"`, `"main"`.
///
/// A clone is cheap and shares the text, because many events carry the same name.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// let name: groundup::trace::Name = "kettle".into();
/// assert_eq!(&*name, "kettle");
/// ```
pub type Name = Arc<str>;

/// Identifies a task in a trace by its number; carries the name it has at the time.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::TaskId;
///
/// assert_eq!(TaskId::new(2, "kettle").to_string(), "kettle#2");
/// assert_eq!(TaskId::unnamed(3).to_string(), "Task-3");
/// assert_eq!(TaskId::from("Task-3"), TaskId::unnamed(3));
/// assert_eq!(TaskId::from("kettle").number, 0, "nobody knows");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TaskId {
    /// Sequence number of the task in its loop, starting at 1; 0 if unknown.
    pub number: u64,
    /// Name of the task at the time of the event.
    pub name: Name,
}

/// The start of a default name; the number follows.
const UNNAMED: &str = "Task-";

impl TaskId {
    /// Creates the identity of a task from its number and its name.
    pub fn new(number: u64, name: impl Into<Name>) -> Self {
        Self {
            number,
            name: name.into(),
        }
    }

    /// Creates the identity of a task with its default name, such as `Task-3`.
    pub fn unnamed(number: u64) -> Self {
        Self::new(number, format!("{UNNAMED}{number}"))
    }

    /// Returns the number in a default name: 3 for `Task-3`.
    pub(crate) fn number_in(name: &str) -> Option<u64> {
        let digits = name.strip_prefix(UNNAMED)?;
        let plain = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        plain.then(|| digits.parse().ok()).flatten()
    }
}

impl From<&str> for TaskId {
    /// Takes the number from a default name; any other name gets 0.
    fn from(name: &str) -> Self {
        Self::new(Self::number_in(name).unwrap_or(0), name)
    }
}

impl From<Name> for TaskId {
    /// Takes the number from a default name; any other name gets 0.
    fn from(name: Name) -> Self {
        Self::new(Self::number_in(&name).unwrap_or(0), name)
    }
}
