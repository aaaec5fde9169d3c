//! Deadlines and groups: blocks that a cancel may end from outside.
//!
//! Invariants
//! 1. A cancel that leaves a block is handed on as a cancel, never as a value.
//!
//! Read next: `bound.rs`, if it was not read; else `live.rs`.

use std::future::Future;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup::{ChildError, Deadline, GroupError, TaskGroup, task_group, time};

use crate::bound::{Bound, Stop};
use crate::interpreter::{Run, raise};
use crate::program::{Block, Name, Us};
use crate::steps::{Ran, Scene};

impl Run {
    pub(crate) async fn timeout(
        self: &Rc<Self>,
        scene: Scene<'_>,
        within: Option<Us>,
        name: Option<&Name>,
        block: &Block,
    ) -> Ran {
        let within = within.map(Duration::from_micros);
        let deadline = match (within, name) {
            (Some(within), None) => Deadline::after(within),
            (Some(within), Some(_)) => Deadline::at(time() + within),
            (None, _) => Deadline::never(),
        };
        if let Some(name) = name {
            self.bind(name, Bound::Deadline(deadline.clone(), scene.who.into()));
        }
        let ran = deadline.run(raising(self.block(scene, block))).await;
        let ran = ran.unwrap_or_else(|_| Err(Stop::error("Timeout")));
        let what = name.map_or("timeout".to_owned(), |name| format!("timeout {name}"));
        self.left(scene, &what, ran)
    }

    pub(crate) async fn group(
        self: &Rc<Self>,
        scene: Scene<'_>,
        name: &Name,
        block: &Block,
    ) -> Ran {
        let body = async |group: TaskGroup<Arc<str>>| {
            self.bind(name, Bound::Group(group));
            raising(self.block(scene, block))
                .await
                .map_err(|stop| match stop {
                    Stop::Error(error) => error,
                    Stop::Cancelled(_) => unreachable!("a cancel was raised"),
                })
        };
        let ran = task_group(body).await.map_err(|error| {
            self.tally.count(
                "errors of a group:",
                match error.errors().len() {
                    1 => "1",
                    2 => "2",
                    _ => "3 or more",
                },
            );
            Stop::Error(grouped(error))
        });
        self.left(scene, &format!("group {name}"), ran)
    }

    /// Prints how a block was left.
    fn left(&self, scene: Scene<'_>, what: &str, ran: Ran) -> Ran {
        match &ran {
            Ok(_) => self.emit(scene.who, &format!("{what}: ok")),
            Err(stop @ Stop::Error(_)) => self.emit(scene.who, &format!("{what}: {stop}")),
            Err(Stop::Cancelled(_)) => {}
        }
        ran
    }
}

/// Raises a cancel that leaves a block as a value. So the deadline or the group
/// around the block can tell whether the cancel is its own.
pub(crate) async fn raising<T>(block: impl Future<Output = Result<T, Stop>>) -> Result<T, Stop> {
    match block.await {
        Err(Stop::Cancelled(reason)) => match raise(reason).await {},
        ended => ended,
    }
}

/// Returns the errors of a group as the name of one error.
fn grouped(error: GroupError<Arc<str>>) -> Arc<str> {
    let names = error.errors().iter().map(|error| match error {
        ChildError::Failed(name) => name.to_string(),
        ChildError::Panicked(panic) => panic.message().to_owned(),
        error => format!("INTERNAL {error}"),
    });
    format!("group[{}]", names.collect::<Vec<_>>().join(", ")).into()
}
