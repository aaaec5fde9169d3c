//! What a scenario is once it has been read: bodies made of statements.
//!
//! A scenario is a small concurrent program that two interpreters run, one
//! on asyncio and one on groundup. Both must mean the same by it, so its
//! shape is as small as it can be: a few bodies, each a list of statements;
//! names instead of variables; milliseconds instead of durations.
//!
//! ```text
//!   Scenario ── bodies ── Body "main" ── block ── Statement, Statement, ...
//!                         Body "a"                    │
//!                                                     └─ some hold blocks
//! ```
//!
//! Invariants
//! 1. Whatever this module can express has a text, and reading that text
//!    gives the same value back.
//! 2. A `Plain` statement never suspends: it may stand in a callback.
//!
//! Read next: `mentions.rs` (what a program needs), `reader.rs` (text to
//! program) and `printer.rs` (back).

use crate::mentions::{floor_of, runs};

/// The name of a body, a handle, a promise, a list, a group or a timeout.
pub type Name = String;
/// A word: a value, `$name`, the name of an error, the reason of a cancel.
pub type Word = String;
/// A time or a span of time, in microseconds. In a text it is in milliseconds.
pub type Us = u64;
/// Statements, run one after the other.
pub type Block = Vec<Statement>;

/// One program and what it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What it is called: most carry the rule they show.
    pub name: Name,
    /// What its tasks run. One is called `main` and is started first.
    pub bodies: Vec<Body>,
}

/// What a task runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// What statements call it by.
    pub name: Name,
    /// What it does.
    pub block: Block,
}

/// Something to wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Whatever can be waited for and has a name.
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
    /// So long after now.
    Later(Us),
    /// So long after the start of the run.
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
    /// Lets time pass without letting anybody run.
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
    /// Keeps a promise.
    Set { promise: Name, value: Word },
    /// Breaks a promise.
    Fail { promise: Name, error: Word },
    /// Cancels a task, a promise or a callback. `me` is the task that says it.
    Cancel { handle: Name, reason: Option<Word> },
    /// Prints how a task or promise stands.
    State { handle: Name },
    /// Prints how many cancels a task has been asked.
    Cancelling { handle: Name },
    /// Takes one of them back.
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
    /// Something that never suspends.
    Plain(Plain),
    /// Gives way for one iteration.
    Yield,
    /// Sleeps; 0 gives way for one iteration.
    Sleep(Us),
    /// Waits for a task or promise.
    Await { into: Option<Name>, handle: Name },
    /// Runs a body inside this task.
    Call { into: Option<Name>, body: Name },
    /// Waits for all, fails with the first error.
    Gather {
        into: Option<Name>,
        items: Vec<Item>,
    },
    /// Waits for all and keeps errors as items.
    Outcomes {
        into: Option<Name>,
        items: Vec<Item>,
    },
    /// Waits until a mode is met; `into` becomes the list of the pending.
    Wait {
        into: Option<Name>,
        mode: Mode,
        within: Option<Us>,
        items: Vec<Item>,
    },
    /// Waits as `Wait` does, for what a kept set has left.
    Kept {
        set: Name,
        mode: Mode,
        within: Option<Us>,
    },
    /// Waits for one, with a deadline.
    WaitFor {
        into: Option<Name>,
        within: Option<Us>,
        item: Item,
    },
    /// Waits for one without handing a cancel on.
    Shield { into: Option<Name>, item: Item },
    /// Ends the body with a value.
    Return(Option<Word>),
    /// Raises again what the handler around it caught.
    Rethrow,
    /// Raises a cancel by hand.
    RaiseCancelled(Option<Word>),
    /// Runs a block; handlers take what it raises.
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
    /// The body of that name.
    pub fn body(&self, name: &str) -> Option<&Body> {
        self.bodies.iter().find(|body| body.name == name)
    }

    /// The floor of groundup that this needs: 5 if anything in it waits for
    /// several things, or is a deadline or a group; else 4.
    pub fn floor(&self) -> u32 {
        self.bodies
            .iter()
            .map(|body| floor_of(&body.block))
            .max()
            .unwrap_or(4)
    }

    /// Says what keeps this from being a scenario: a body that is missing, or
    /// there twice.
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
    /// The blocks a statement holds, in the order of its text.
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
            | Statement::While { block, .. } => vec![block],
            _ => Vec::new(),
        }
    }
}
