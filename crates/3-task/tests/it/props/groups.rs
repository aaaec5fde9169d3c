//! Groups whose children end in every way, watched in every way.
//!
//! The problem: a group that needs few of the ends must be notified of them in the same rounds
//! as a group that is notified of all. The loop must also run as many rounds, although they
//! have fewer entries. So the same children run under each kind of group. Every notice is
//! logged in order, together with the steps of a task beside them.
//!
//! Invariant: the children of a run do the same under every kind of group.
//!
//! Read next: `props.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_task::{Exit, Group, Listener, Task, yield_now};
use proptest::prelude::*;

use crate::drive::Drive;

/// The end of a child, after this many steps.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Child {
    Returns(usize),
    Panics(usize),
    /// Cancelled by the test before this round.
    Cancelled(usize),
}

pub(crate) fn child() -> impl Strategy<Value = Child> {
    prop_oneof![
        3 => (0..6usize).prop_map(Child::Returns),
        1 => (0..6usize).prop_map(Child::Panics),
        1 => (0..6usize).prop_map(Child::Cancelled),
    ]
}

/// The ends of which a group is notified.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// All.
    Plain,
    /// Failures, cancels and the last end.
    Quiet,
    /// Those of the members with an even number: the group is asked at each end.
    Early,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    Tick(usize),
    Told(u32, Exit),
}

pub(crate) struct Logging {
    kind: Kind,
    lines: RefCell<Vec<Line>>,
}

impl Listener for Logging {
    fn note_end(&self, member: u32) -> bool {
        assert_eq!(self.kind, Kind::Early);
        member.is_multiple_of(2)
    }

    fn on_end(&self, member: u32, ending: Exit) {
        self.lines.borrow_mut().push(Line::Told(member, ending));
    }
}

/// The result of a run: the lines in order, the number of rounds, the members still counted.
pub(crate) struct Run {
    pub(crate) lines: Vec<Line>,
    pub(crate) rounds: usize,
    pub(crate) left: usize,
    pub(crate) groups: usize,
}

/// Runs the children until nothing is ready, beside a task of so many ticks.
pub(crate) fn run(kind: Kind, children: &[Child], ticks: usize) -> Run {
    let drive = Drive::new();
    let listener = Rc::new(Logging {
        kind,
        lines: RefCell::default(),
    });
    let watching = match kind {
        Kind::Plain => Group::new(&drive.scheduler, listener.clone()),
        Kind::Quiet => Group::coalesced(&drive.scheduler),
        Kind::Early => Group::with_filter(&drive.scheduler, listener.clone()),
    };
    let body = |child| async move {
        let steps = match child {
            Child::Returns(steps) | Child::Panics(steps) => steps,
            Child::Cancelled(_) => usize::MAX,
        };
        for _ in 0..steps {
            yield_now().await;
        }
        assert!(!matches!(child, Child::Panics(_)), "as it was told to");
    };
    let mut tasks: Vec<Task<()>> = Vec::new();
    watching.admit(children.iter().copied().map(body), |task, _| {
        tasks.push(task);
    });
    watching.listen(listener.clone());
    let ticking = listener.clone();
    drop(drive.spawn(async move {
        for tick in 0..ticks {
            ticking.lines.borrow_mut().push(Line::Tick(tick));
            yield_now().await;
        }
    }));
    for round in 0..6 {
        for (task, child) in tasks.iter().zip(children) {
            if matches!(child, Child::Cancelled(at) if *at == round) {
                task.cancel();
            }
        }
        drive.turns(usize::from(!drive.scheduler.is_idle()));
    }
    drive.settle();
    let left = watching.left();
    drop(watching);
    tasks.iter().for_each(|task| task.mark_seen());
    Run {
        rounds: drive.log.round() as usize,
        left,
        groups: drive.scheduler.groups().0,
        lines: listener.lines.take(),
    }
}

/// Returns true if removing some lines from `all` leaves `few`.
pub(crate) fn is_left_of(few: &[Line], all: &[Line]) -> bool {
    let mut all = all.iter();
    few.iter().all(|line| all.any(|other| other == line))
}
