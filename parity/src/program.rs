//! A scenario in memory: bodies made of statements.
//!
//! A scenario is a small concurrent program that two interpreters run, one
//! on asyncio and one on groundup. Both must understand it in the same way, so
//! its form is small: a few bodies, each a list of statements;
//! names instead of variables; milliseconds instead of durations.
//!
//! ```text
//!   Scenario ── bodies ── Body "main" ── block ── Statement, Statement, ...
//!                         Body "a"                    │
//!                                                     └─ some hold blocks
//! ```
//!
//! Invariants
//! 1. Every value of these types has a text, and reading that text gives the
//!    same value back.
//! 2. A `Plain` statement never suspends: it may stand in a callback.
//!
//! Read next: `mentions.rs` (bodies and floor of a program), `reader.rs` (text
//! to program) and `printer.rs` (program to text).

use crate::mentions::{floor_of, runs};
use crate::objects::{Method, Object};

/// The name of a body, a handle, a promise, a list, a group or a timeout.
pub type Name = String;
/// A word: a value, `$name`, the name of an error, the reason of a cancel.
pub type Word = String;
/// A time or a span of time, in microseconds. In a text it is in milliseconds.
pub type Us = u64;
/// Statements, run one after the other.
pub type Block = Vec<Statement>;

/// A program and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Its name; most names begin with the rule that the scenario shows.
    pub name: Name,
    /// The bodies of its tasks. The one called `main` is started first.
    pub bodies: Vec<Body>,
}

/// The statements that a task runs, with a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The name by which statements run it.
    pub name: Name,
    /// Its statements.
    pub block: Block,
}

/// A member of a list to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A task, promise, gather or shield that has a name.
    Named(Name),
    /// A fresh run of a body.
    Fresh(Name),
    /// Every member of a list that an earlier `wait` left pending.
    Spread(Name),
}

/// When a `wait` is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All members are done.
    All,
    /// One is done.
    First,
    /// One has failed, or all are done.
    Error,
}

/// When a callback runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// In the next iteration.
    Soon,
    /// After this span from now.
    Later(Us),
    /// After this span from the start of the run.
    At(Us),
    /// When a task or promise is done.
    Done(Name),
}

/// A statement that never suspends.
#[expect(
    missing_docs,
    reason = "a field is the word of that name in the statement's line"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    /// Prints words.
    Say(Vec<Word>),
    /// Lets time pass while no task runs.
    Block(Us),
    /// Makes a task, in a group and in a context if one is named.
    Spawn {
        into: Option<Name>,
        body: Name,
        group: Option<Name>,
        context: Option<Name>,
    },
    /// Copies the task-local values into a context.
    Context { into: Name },
    /// Makes a promise.
    Promise { into: Name },
    /// Sets a promise to a value.
    Set { promise: Name, value: Word },
    /// Sets a promise to an error.
    Fail { promise: Name, error: Word },
    /// Cancels a task, a promise or a callback. `me` is the running task.
    Cancel { handle: Name, reason: Option<Word> },
    /// Prints the state of a task or promise.
    State { handle: Name },
    /// Prints the number of cancels that count on a task.
    Cancelling { handle: Name },
    /// Takes one cancel of a task back.
    Uncancel { handle: Name },
    /// Moves the deadline of a timeout block.
    Reschedule { timeout: Name, after: Option<Us> },
    /// Prints whether a timeout block has expired.
    Expired { timeout: Name },
    /// Adds to a list of things to wait for.
    Add { list: Name, item: Item },
    /// Makes a callback that runs one plain statement.
    Callback {
        into: Option<Name>,
        when: When,
        action: Box<Plain>,
    },
    /// Takes a done-callback back.
    Forget { callback: Name },
    /// Raises an error.
    Raise(Word),
    /// Ends the task, past all handlers.
    Panic(Word),
    /// Gathers, and does not wait.
    Gathering { into: Name, items: Vec<Item> },
    /// Shields, and does not wait.
    Shielding { into: Name, item: Item },
    /// Makes a set that is waited for again and again.
    Keep { into: Name, items: Vec<Item> },
    /// Sets a task-local value.
    Put { local: Name, value: Word },
    /// Prints a task-local value.
    Get { local: Name },
    /// Makes an object that tasks share.
    New { into: Name, object: Object },
    /// Calls a method of an object that never suspends.
    On { object: Name, method: Method },
    /// Stops the loop, which is then run again.
    Stop,
}

/// One step of a body.
#[expect(
    missing_docs,
    reason = "a field is the word of that name in the statement's line"
)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A statement that never suspends.
    Plain(Plain),
    /// Suspends for one iteration.
    Yield,
    /// Sleeps; 0 suspends for one iteration.
    Sleep(Us),
    /// Waits for a task or promise.
    Await { into: Option<Name>, handle: Name },
    /// Runs a body inside this task.
    Call { into: Option<Name>, body: Name },
    /// Waits for all members, and fails with the first error.
    Gather {
        into: Option<Name>,
        items: Vec<Item>,
    },
    /// Waits for all members, and returns errors as items.
    Outcomes {
        into: Option<Name>,
        items: Vec<Item>,
    },
    /// Waits until a mode is met; `into` becomes the list of the pending members.
    Wait {
        into: Option<Name>,
        mode: Mode,
        within: Option<Us>,
        items: Vec<Item>,
    },
    /// Waits for the members of a kept set, as `Wait` does for a list.
    Kept {
        set: Name,
        mode: Mode,
        within: Option<Us>,
    },
    /// Waits for one member, with a deadline.
    WaitFor {
        into: Option<Name>,
        within: Option<Us>,
        item: Item,
    },
    /// Waits for one member, and passes no cancel on to it.
    Shield { into: Option<Name>, item: Item },
    /// Calls a method of an object that may suspend.
    On { object: Name, method: Method },
    /// Runs a block with a lock or a permit.
    Holding { object: Name, block: Block },
    /// Ends the body with a value.
    Return(Option<Word>),
    /// Raises again the error or cancel that the handler around it has caught.
    Rethrow,
    /// Raises a cancel by hand.
    RaiseCancelled(Option<Word>),
    /// Runs a block; its handlers catch errors and cancels.
    Try {
        block: Block,
        cancelled: Option<Block>,
        failed: Option<Block>,
    },
    /// Runs a block under a deadline.
    Timeout {
        within: Option<Us>,
        name: Option<Name>,
        block: Block,
    },
    /// Runs a block and waits for all tasks spawned in the group.
    Group { name: Name, block: Block },
    /// Runs a block for each member, in the order of completion.
    Each {
        name: Name,
        within: Option<Us>,
        items: Vec<Item>,
        block: Block,
    },
    /// Runs a block several times.
    Repeat { times: u64, block: Block },
    /// Runs a block while a list has members.
    While { list: Name, block: Block },
}

impl Scenario {
    /// Returns the body with a name.
    pub fn body(&self, name: &str) -> Option<&Body> {
        self.bodies.iter().find(|body| body.name == name)
    }

    /// Returns the floor of groundup that the scenario needs: 6 if it has an
    /// object that tasks share; 5 if it has a deadline, a group, or a statement that waits for
    /// several things; else 4.
    pub fn floor(&self) -> u32 {
        self.bodies
            .iter()
            .map(|body| floor_of(&body.block))
            .max()
            .unwrap_or(4)
    }

    /// Returns an error if a body is missing, or is there twice.
    pub fn check(&self) -> Result<(), String> {
        for (at, body) in self.bodies.iter().enumerate() {
            if self.bodies[..at]
                .iter()
                .any(|other| other.name == body.name)
            {
                return Err(format!("the body {} is there twice", body.name));
            }
        }
        if self.body("main").is_none() {
            return Err(format!("scenario {} has no `task main`", self.name));
        }
        let mut missing = None;
        for body in &self.bodies {
            runs(&body.block, &mut |run| {
                if self.body(run).is_none() {
                    missing = Some(run.to_owned());
                }
            });
        }
        match missing {
            None => Ok(()),
            Some(run) => Err(format!(
                "scenario {} runs the body {run}, which it does not have",
                self.name
            )),
        }
    }
}

impl Statement {
    /// Returns the blocks of a statement, in the order of its text.
    pub fn blocks(&self) -> Vec<&Block> {
        match self {
            Statement::Try {
                block,
                cancelled,
                failed,
            } => [Some(block), cancelled.as_ref(), failed.as_ref()]
                .into_iter()
                .flatten()
                .collect(),
            Statement::Timeout { block, .. }
            | Statement::Group { block, .. }
            | Statement::Each { block, .. }
            | Statement::Repeat { block, .. }
            | Statement::Holding { block, .. }
            | Statement::While { block, .. } => vec![block],
            _ => Vec::new(),
        }
    }
}
