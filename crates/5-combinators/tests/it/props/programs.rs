//! Programs: every combinator, over futures, over tasks and nested.
//!
//! The problem: when a combinator does not let go of its children properly, the bug shows in
//! one arrangement and in no other. So there is a program for each row of the cancel table and
//! each kind of child, for modes and limits, for failing children, and for nests.
//!
//! Invariant: a program that names a row takes its fates from the table itself.
//!
//! Read next: `over_tasks.rs`, the first of them; then `waiter.rs`.

use std::cell::OnceCell;
use std::rc::Rc;

use futures::future::FutureExt;
use futures::stream::{self, StreamExt};
use groundup_combinators::executor::EventLoop;
use groundup_combinators::*;

use crate::props::members::{Behaviour, Fails, Members, behaviour};
use crate::props::waiter::{Make, Waiting};

/// Says how the children are passed to the combinator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As futures, with or without a clean-up.
    Futures,
    /// As futures without a region of their own.
    Plain,
    /// As tasks.
    Tasks,
}

/// A program over some children, and the expected fates of the children.
pub struct Program {
    pub name: String,
    pub kind: Kind,
    /// Fates when the waiter is cancelled, when the combinator is dropped, and when its time is
    /// over. With `None`, a run checks only that nothing is left.
    pub fates: Option<[Fate; 3]>,
    /// A child in place may take a cancel, while another child finishes.
    pub takes: bool,
    pub fails: bool,
    /// Without a disturbance it waits for all children, also for those that fail.
    pub waits: bool,
    /// It may last this long, in milliseconds, even if no child does.
    pub until: u64,
    /// A body cleans up before the children are cancelled, as in Python.
    pub slow: bool,
    pub make: Rc<Make>,
    event_loop: OnceCell<EventLoop>,
}

/// Four children: one yields and ends, one has a clean-up, one has none, one takes long for its
/// clean-up.
pub const FOUR: [Behaviour; 4] = [
    behaviour(2, 0, Some(1)),
    behaviour(0, 2, Some(1)),
    behaviour(0, 4, None),
    behaviour(1, 4, Some(3)),
];
pub const LATE: [Behaviour; 3] = [
    behaviour(0, 2, Some(1)),
    behaviour(0, 4, None),
    behaviour(1, 4, Some(3)),
];
pub const PLAIN: [Behaviour; 3] = [
    behaviour(0, 2, None),
    behaviour(1, 4, None),
    behaviour(0, 4, None),
];
pub const ONE: Behaviour = behaviour(1, 4, Some(3));

pub fn failing(behaviours: &[Behaviour], number: usize, fails: Fails) -> Vec<Behaviour> {
    let mut behaviours = behaviours.to_vec();
    behaviours[number].fails = fails;
    behaviours
}

pub fn future<T: std::fmt::Debug>(
    future: impl IntoFuture<Output = T, IntoFuture: 'static>,
) -> Waiting {
    let future = future.into_future();
    Waiting::Future(future.map(|output| format!("{output:?}")).boxed_local())
}

pub fn stream<T: std::fmt::Debug>(stream: impl stream::Stream<Item = T> + 'static) -> Waiting {
    Waiting::Stream(stream.map(|item| format!("{item:?}")).boxed_local())
}

fn fates(row: &str) -> Option<[Fate; 3]> {
    let row = CANCEL_TABLE.iter().find(|line| line.combinator == row);
    let row = row.expect("a row of the table");
    let column = |mishap| row.fate(mishap);
    Some([Mishap::Cancelled, Mishap::Dropped, Mishap::TimesOut].map(column))
}

pub fn program(name: &str, kind: Kind, make: impl Fn(&Members) -> Waiting + 'static) -> Program {
    Program {
        name: format!("{name}, {kind:?}"),
        kind,
        fates: None,
        takes: false,
        fails: false,
        waits: false,
        until: if name.contains("group") { 9 } else { 0 },
        slow: false,
        make: Rc::new(make),
        event_loop: OnceCell::new(),
    }
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl Program {
    /// Returns the loop on which all runs of the program take place.
    pub fn event_loop(&self) -> &EventLoop {
        let build = || EventLoop::builder().virtual_time().build();
        self.event_loop.get_or_init(build)
    }

    /// Returns true if a cancel of its source, or of the child that it needs, is passed on.
    pub fn hands_on(&self) -> bool {
        ["merge", "zip", "a group whose body needs"]
            .iter()
            .any(|name| self.name.starts_with(name))
    }

    pub fn row(mut self, row: &str) -> Self {
        self.fates = fates(row);
        self
    }

    pub fn fates(mut self, fates: [Fate; 3]) -> Self {
        self.fates = Some(fates);
        self
    }

    pub fn takes(mut self) -> Self {
        self.takes = true;
        self
    }

    pub fn waits(mut self) -> Self {
        self.waits = true;
        self
    }

    pub fn slow(mut self) -> Self {
        self.slow = true;
        self
    }

    pub fn fails(mut self) -> Self {
        self.fails = true;
        self
    }
}

/// Adds a program twice: over futures and over tasks.
macro_rules! both {
    ($programs:ident, $row:literal, $name:literal, $behaviours:expr, |$items:ident| $make:expr) => {
        $programs.push(
            program($name, Kind::Futures, |members| {
                let $items = members.futures(&$behaviours);
                $make
            })
            .row($row),
        );
        $programs.push(
            program($name, Kind::Tasks, |members| {
                let $items = members.tasks(&$behaviours);
                $make
            })
            .row($row),
        );
    };
}
pub(crate) use both;
