//! Names the options of a choice.
//!
//! The problem: "the second of three" does not tell which task runs first. And a search through all
//! orders of three entries wastes five of its six runs if these entries do nothing that another one
//! could see. So a loop that asks a chooser can name each option.
//!
//! ```text
//!   the ready queue      task 2     a fired timer of task 4     task 3
//!   the candidates       Task(2)    Timer(4)                    Task(3)
//! ```
//!
//! A message of another thread has no name of its own: a wake is the [`Candidate::Task`] that it wakes,
//! and a function is a [`Candidate::Callback`]. Messages that arrive in one iteration stand in its
//! round like all other entries, so [`Choice::Ready`](crate::Choice::Ready) orders them, too.
//!
//! Invariants
//! 1. The names of a question are the same, whether a sink receives the events of the loop or not.
//! 2. A task has the number that it has in a trace.
//!
//! Read next: `chooser/footprints.rs`.

use core::fmt;

/// Names one of the options of a choice.
///
/// ```
/// # mod groundup { pub use groundup_trace as trace; }
/// use groundup::trace::Candidate;
///
/// assert_eq!(Candidate::Timer(4).to_string(), "timer of task#4");
/// assert_eq!(Candidate::Timer(4).task(), Some(4));
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Candidate {
    /// A step of the task with this number.
    Task(u64),
    /// A callback. The loop gives each callback another number; it is not the number in a trace.
    Callback(u64),
    /// A timer that has fired. It wakes the task with this number, whose step is in the next round.
    Timer(u64),
    /// The notice to a combinator that the task with this number has ended.
    Ended(u64),
    /// A deadline that has passed. It cancels a part of the task with this number.
    Cancel(u64),
    /// A job on a thread that may end next: jobs have numbers in the order in which they were submitted.
    Job(u64),
    /// A branch of a race, by its place among the arguments, counted from 0.
    Branch(usize),
    /// An entry that has lost its reason, such as the timer of a dropped sleep. It does nothing.
    Stale,
    /// An option without a name.
    Unnamed,
}

impl Candidate {
    /// Returns the number of the task that the option is about.
    pub fn task(self) -> Option<u64> {
        match self {
            Candidate::Task(task)
            | Candidate::Timer(task)
            | Candidate::Ended(task)
            | Candidate::Cancel(task) => Some(task),
            _ => None,
        }
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Candidate::Task(task) => write!(f, "task#{task}"),
            Candidate::Callback(_) => f.write_str("a callback"),
            Candidate::Timer(task) => write!(f, "timer of task#{task}"),
            Candidate::Ended(task) => write!(f, "end of task#{task}"),
            Candidate::Cancel(task) => write!(f, "deadline of task#{task}"),
            Candidate::Job(job) => write!(f, "job#{job}"),
            Candidate::Branch(place) => write!(f, "branch {}", place + 1),
            Candidate::Stale => f.write_str("nothing"),
            Candidate::Unnamed => f.write_str("an option"),
        }
    }
}
