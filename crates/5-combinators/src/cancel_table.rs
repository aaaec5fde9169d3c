//! Cancel table: what happens to the children, as data.
//!
//! The problem: four things can happen to a combinator before it is done. It is cancelled, it
//! is dropped, its time is over, or one of its children fails. Users then ask what happens to
//! the children, and a document that is written by hand soon disagrees with the code. So the
//! answers are a table. The tests check each cell, and the documents print the table.
//!
//! In the table, "dropped" applies to a future that holds no `catch_cancel`. If several futures
//! run in one task, as in `join`, a cancel reaches the first of them, in argument order, that
//! holds one. If that future catches the cancel for good, the others do not learn of it and are
//! not dropped.
//!
//! Invariants:
//! 1. The table on the page of this crate is printed from this data.
//! 2. A test checks every cell.
//!
//! Read next: floor 6, `groundup-sync`.

use std::fmt;

/// Says what happens to the children of a combinator.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_combinators::*; } }
/// use groundup::lowlevel::Fate;
///
/// assert_eq!(Fate::GivenUp.to_string(), "futures dropped, tasks cancelled");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fate {
    /// They run on to their ends; the combinator cancels none.
    RunOn,
    /// They are cancelled and may clean up; the combinator does not wait for that.
    Cancelled,
    /// They are cancelled, and the combinator waits for the first of them to end.
    CancelledFirstAwaited,
    /// They are cancelled, and the combinator waits for all of them to end.
    CancelledAwaited,
    /// Futures are dropped. Handles of tasks are dropped too, so the tasks run on.
    LetGo,
    /// Futures are dropped, tasks are cancelled.
    GivenUp,
    /// There is only one child.
    NoOthers,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Fate::RunOn => "run on",
            Fate::Cancelled => "cancelled",
            Fate::CancelledFirstAwaited => "cancelled; the first end is awaited",
            Fate::CancelledAwaited => "cancelled and awaited",
            Fate::LetGo => "futures dropped, tasks run on",
            Fate::GivenUp => "futures dropped, tasks cancelled",
            Fate::NoOthers => "(there are no others)",
        })
    }
}

/// Names a thing that may happen to a combinator before it is done: a column of
/// [`CANCEL_TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mishap {
    /// The task that waits for it is cancelled. For a stream or a set only the waiting ends,
    /// and the program can read on.
    Cancelled,
    /// The future, the stream or the set is dropped.
    Dropped,
    /// Its time is over: its own `timeout` where it has one, otherwise a
    /// [`timeout`](crate::timeout()) around the waiting.
    TimesOut,
    /// One child fails: the fate of the other children.
    OneFails,
}

impl Mishap {
    /// All four, in the order of the table's columns.
    pub const ALL: [Mishap; 4] = [
        Mishap::Cancelled,
        Mishap::Dropped,
        Mishap::TimesOut,
        Mishap::OneFails,
    ];
}

impl fmt::Display for Mishap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Mishap::Cancelled => "the waiting task is cancelled",
            Mishap::Dropped => "the tool is dropped",
            Mishap::TimesOut => "its time is over",
            Mishap::OneFails => "one child fails: the others",
        })
    }
}

/// Lists the fates of one combinator's children: a row of [`CANCEL_TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CancelRow {
    /// Name of the combinator.
    pub combinator: &'static str,
    /// Fates of the children, in the order of [`Mishap::ALL`].
    pub fates: [Fate; 4],
}

impl CancelRow {
    /// Returns the fate of the children for a mishap.
    pub fn fate(&self, mishap: Mishap) -> Fate {
        self.fates[mishap as usize]
    }
}

const fn row(combinator: &'static str, fates: [Fate; 4]) -> CancelRow {
    CancelRow { combinator, fates }
}

/// Lists the fates of the children for each combinator, in the columns of [`Mishap::ALL`].
pub const CANCEL_TABLE: [CancelRow; 21] = {
    use Fate::*;
    [
        row(
            "gather",
            [
                CancelledFirstAwaited,
                Cancelled,
                CancelledFirstAwaited,
                RunOn,
            ],
        ),
        row(
            "gather, return_exceptions",
            [CancelledAwaited, Cancelled, CancelledAwaited, RunOn],
        ),
        row(
            "try_gather",
            [
                CancelledFirstAwaited,
                Cancelled,
                CancelledFirstAwaited,
                RunOn,
            ],
        ),
        row("wait", [RunOn, RunOn, RunOn, RunOn]),
        row("WaitSet::wait", [RunOn, RunOn, RunOn, RunOn]),
        row("as_completed", [RunOn, RunOn, RunOn, RunOn]),
        row(
            "wait_for",
            [CancelledAwaited, LetGo, CancelledAwaited, NoOthers],
        ),
        row(
            "timeout",
            [CancelledAwaited, LetGo, CancelledAwaited, NoOthers],
        ),
        row("shield", [RunOn, RunOn, RunOn, NoOthers]),
        row(
            "task_group",
            [
                CancelledAwaited,
                Cancelled,
                CancelledAwaited,
                CancelledAwaited,
            ],
        ),
        row(
            "borrowing_group",
            [CancelledAwaited, LetGo, CancelledAwaited, CancelledAwaited],
        ),
        row("race", [GivenUp, GivenUp, GivenUp, GivenUp]),
        row("race_ok", [GivenUp, GivenUp, GivenUp, RunOn]),
        row("join", [LetGo, LetGo, LetGo, RunOn]),
        row("try_join", [LetGo, LetGo, LetGo, LetGo]),
        row("select", [LetGo, LetGo, LetGo, LetGo]),
        row("async_map", [RunOn, Cancelled, RunOn, RunOn]),
        row("merge", [RunOn, Cancelled, RunOn, RunOn]),
        row("zip", [RunOn, Cancelled, RunOn, RunOn]),
        row("buffered", [RunOn, Cancelled, RunOn, RunOn]),
        row("buffer_unordered", [RunOn, Cancelled, RunOn, RunOn]),
    ]
};

/// Returns the cancel table in Markdown, as the documents print it.
///
/// ```
/// # mod groundup { pub mod lowlevel { pub use groundup_combinators::*; } }
/// let table = groundup::lowlevel::cancel_table();
/// assert!(table.contains("| `shield` | run on | run on | run on | (there are no others) |"));
/// ```
pub fn cancel_table() -> String {
    let mut table = String::from("| tool |");
    for mishap in Mishap::ALL {
        table += &format!(" {mishap} |");
    }
    table += "\n|---|---|---|---|---|\n";
    for row in &CANCEL_TABLE {
        table += &format!("| `{}` |", row.combinator);
        for fate in row.fates {
            table += &format!(" {fate} |");
        }
        table.push('\n');
    }
    table
}
