//! Objects that tasks share, such as locks, and their methods.
//!
//! A statement `on NAME METHOD` calls one method of one object. The methods have the names that
//! they have in asyncio.
//!
//! ```text
//!   o = new queue 1        Plain::New          the object, at the start of the program
//!   on o put 3             Statement::On       may suspend: for tasks only
//!   on o get_nowait        Plain::On           never suspends: also for callbacks
//!   holding o .. end       Statement::Holding  async with
//! ```
//!
//! Invariants
//! 1. `suspends` says the same as `WAITING` and `PLAIN` of `shared.py`.
//!
//! Read next: `sharing.rs`, how groundup runs them.

use std::fmt::{self, Display, Formatter};

use crate::program::Name;
use crate::words::{Mistake, Words};

/// An object that tasks share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// A lock.
    Lock,
    /// An event.
    Event,
    /// A condition of the lock with a name.
    Condition(Name),
    /// An object with a size: its kind, and the number of permits, parties or places.
    Sized(Kind, u64),
}

/// The kind of an object that has a size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A semaphore.
    Semaphore,
    /// A semaphore that refuses a release too many.
    Bounded,
    /// A barrier.
    Barrier,
    /// A queue, first in, first out.
    Queue,
    /// A queue, last in, first out.
    Lifo,
    /// A queue, lowest first.
    Priority,
}

const KINDS: [(&str, Kind); 6] = [
    ("semaphore", Kind::Semaphore),
    ("bounded", Kind::Bounded),
    ("barrier", Kind::Barrier),
    ("queue", Kind::Queue),
    ("lifo", Kind::Lifo),
    ("priority", Kind::Priority),
];

impl Object {
    /// Returns the word of its kind.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Object::Lock => "lock",
            Object::Event => "event",
            Object::Condition(_) => "condition",
            Object::Sized(kind, _) => {
                let known = KINDS.iter().find(|(_, known)| known == kind);
                known.map_or("", |(word, _)| word)
            }
        }
    }

    pub(crate) fn read(words: &mut Words<'_>) -> Result<Object, Mistake> {
        let kind = words.peek().unwrap_or("");
        let object = match kind {
            "lock" => Object::Lock,
            "event" => Object::Event,
            "condition" => {
                words.take(kind)?;
                return Ok(Object::Condition(words.name("a lock")?));
            }
            _ => {
                let Some((_, sized)) = KINDS.iter().find(|(word, _)| *word == kind) else {
                    return words.mistake("the kind of an object");
                };
                words.take(kind)?;
                return Ok(Object::Sized(*sized, words.number("a size")?));
            }
        };
        words.take(kind)?;
        Ok(object)
    }
}

impl Display for Object {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Object::Condition(lock) => write!(f, " {lock}"),
            Object::Sized(_, size) => write!(f, " {size}"),
            Object::Lock | Object::Event => Ok(()),
        }
    }
}

/// A method of an object.
#[expect(missing_docs, reason = "each is the method of that name in asyncio")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Acquire,
    Release,
    Wait,
    Set,
    Clear,
    Abort,
    Reset,
    Put(u64),
    PutNowait(u64),
    Get,
    GetNowait,
    TaskDone,
    Join,
    Shutdown,
    /// `shutdown(immediate=True)`.
    ShutdownNow,
    Notify(u64),
    NotifyAll,
    /// Its state as a number: `locked()`, `is_set()`, `qsize()`, `full()`, `n_waiting`, ...
    Look,
    /// `wait_for` of a predicate that returns true at its call with this number.
    WaitFor(u64),
}

/// Each method with its word; of those with a number, the number is 0 here.
const METHODS: [(&str, Method); 19] = [
    ("acquire", Method::Acquire),
    ("release", Method::Release),
    ("wait", Method::Wait),
    ("set", Method::Set),
    ("clear", Method::Clear),
    ("abort", Method::Abort),
    ("reset", Method::Reset),
    ("put", Method::Put(0)),
    ("put_nowait", Method::PutNowait(0)),
    ("get", Method::Get),
    ("get_nowait", Method::GetNowait),
    ("task_done", Method::TaskDone),
    ("join", Method::Join),
    ("shutdown", Method::Shutdown),
    ("shutdown_now", Method::ShutdownNow),
    ("notify", Method::Notify(0)),
    ("notify_all", Method::NotifyAll),
    ("look", Method::Look),
    ("wait_for", Method::WaitFor(0)),
];

impl Method {
    /// Returns the number that stands behind the method, if it takes one.
    pub(crate) fn number(self) -> Option<u64> {
        match self {
            Method::Put(number)
            | Method::PutNowait(number)
            | Method::Notify(number)
            | Method::WaitFor(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the method with another number.
    pub(crate) fn with(self, number: u64) -> Method {
        match self {
            Method::Put(_) => Method::Put(number),
            Method::PutNowait(_) => Method::PutNowait(number),
            Method::Notify(_) => Method::Notify(number),
            Method::WaitFor(_) => Method::WaitFor(number),
            other => other,
        }
    }

    /// Returns true if a call may suspend its task.
    pub(crate) fn suspends(self) -> bool {
        matches!(
            self,
            Method::Acquire
                | Method::Wait
                | Method::Abort
                | Method::Reset
                | Method::Put(_)
                | Method::Get
                | Method::Join
                | Method::Notify(_)
                | Method::NotifyAll
                | Method::WaitFor(_)
        )
    }

    pub(crate) fn word(self) -> &'static str {
        let known = METHODS.iter().find(|(_, known)| *known == self.with(0));
        known.map_or("", |(word, _)| word)
    }

    pub(crate) fn read(words: &mut Words<'_>) -> Result<Method, Mistake> {
        let word = words.peek().unwrap_or("");
        let Some((_, method)) = METHODS.iter().find(|(known, _)| *known == word) else {
            return words.mistake("a method");
        };
        words.take(word)?;
        match method.number() {
            Some(_) => Ok(method.with(words.number("a number")?)),
            None => Ok(*method),
        }
    }
}

impl Display for Method {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self.number() {
            Some(number) => write!(f, " {number}"),
            None => Ok(()),
        }
    }
}
