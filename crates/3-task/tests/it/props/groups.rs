//! Groups whose children end in every way, on the scheduler.
//!
//! The problem: a group that needs few of the ends must be notified of them in the same rounds
//! as a group that is notified of all. The loop must also run as many rounds, although they
//! have fewer entries. So children that are plain data run under each kind of group, as in the
//! model. Every notice is logged with its round, together with the steps of a task beside them.
//!
//! Invariant: the children of a run do the same under every kind of group.
//!
//! Read next: `examples/oracle/groups.rs`, the oracle of their notices.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_task::{Exit, Group, Listener, Task, yield_now};
use proptest::prelude::*;

use crate::drive::{Drive, Log};
use crate::props::group_model::{Child, Kind, Line, Run};

pub(crate) fn child() -> impl Strategy<Value = Child> {
    prop_oneof![
        3 => (0..6usize).prop_map(Child::Returns),
        1 => (0..6usize).prop_map(Child::Panics),
        1 => (0..6usize).prop_map(Child::Cancelled),
    ]
}

struct Logging {
    kind: Kind,
    log: Log,
    lines: RefCell<Vec<(usize, Line)>>,
}

impl Logging {
    fn push(&self, line: Line) {
        let round = self.log.round() as usize - 1; // that log counts from 1
        self.lines.borrow_mut().push((round, line));
    }
}

impl Listener for Logging {
    fn note_end(&self, member: u32) -> bool {
        assert_eq!(self.kind, Kind::Filtered);
        member.is_multiple_of(2)
    }

    fn on_end(&self, member: u32, exit: Exit) {
        self.push(Line::Notified(member, exit));
    }
}

async fn body(child: Child) {
    let steps = match child {
        Child::Returns(steps) | Child::Panics(steps) => steps,
        Child::Cancelled(_) => usize::MAX,
    };
    for _ in 0..steps {
        yield_now().await;
    }
    assert!(!matches!(child, Child::Panics(_)), "a child that panics");
}

/// Runs the children until nothing is ready, beside a task of so many ticks.
///
/// # Panics
///
/// If a group or a registration is left.
pub(crate) fn run(kind: Kind, children: &[Child], ticks: usize) -> Run {
    let drive = Drive::new();
    let listener = Rc::new(Logging {
        kind,
        log: drive.log.clone(),
        lines: RefCell::default(),
    });
    let group = match kind {
        Kind::Plain => Group::new(&drive.scheduler, listener.clone()),
        Kind::Coalesced => Group::coalesced(&drive.scheduler),
        Kind::Filtered => Group::with_filter(&drive.scheduler, listener.clone()),
    };
    let mut tasks: Vec<Task<()>> = Vec::new();
    group.admit(children.iter().copied().map(body), |task, _| {
        tasks.push(task);
    });
    group.listen(listener.clone());
    let ticking = listener.clone();
    drop(drive.spawn(async move {
        for tick in 0..ticks {
            ticking.push(Line::Tick(tick));
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
    assert_eq!(group.left(), 0);
    drop(group);
    assert_eq!(drive.scheduler.groups().0, 0);
    tasks.iter().for_each(|task| task.mark_seen());
    Run {
        lines: listener.lines.take(),
        rounds: drive.log.round() as usize,
    }
}
