//! Disturbances: a cancel, a close or a drop at any point of a run.
//!
//! The problem: a program is correct only if each of its tasks can be cancelled wherever it
//! waits, the future can be dropped after any poll, and the loop can be closed at any time. The
//! points are countable, so the kit asks the guide at each of them. A disturbance is then one
//! more choice of the schedule: the search that finds orders finds it, the token names it, and
//! it shrinks.
//!
//! ```text
//!   before an iteration, with 2 tasks alive     0 nothing   1, 2 cancel a task   3 close the loop
//!   after a poll that was not the last          0 nothing   1 drop the future
//! ```
//!
//! Invariant: the first answer disturbs nothing.
//!
//! Read next: `run/late.rs`.

use std::pin::Pin;
use std::task::{Context, Poll};

use groundup::net::Network;
use groundup::{EventLoop, TaskRef, iteration};

use crate::schedule::guide::Guide;
use crate::schedule::{Disturbance, Kind};

/// Asks what happens before the next iteration, and does it. Returns true if that closed the loop.
pub(crate) fn disturb(event_loop: &EventLoop, guide: &Guide) -> bool {
    let tasks = event_loop.all_tasks();
    let next = event_loop.iteration() + 1;
    match guide.ask(Kind::Cancel, tasks.len() + 2) {
        0 => false,
        number if number <= tasks.len() => {
            let task = &tasks[number - 1];
            let text = format!("cancel {task} before iteration {next}");
            guide.note(Some(Disturbance::Cancel), text, stands(event_loop, task));
            task.cancel();
            false
        }
        _ => {
            let text = format!("close the loop before iteration {next}");
            guide.note(Some(Disturbance::Close), text, String::from("the loop"));
            event_loop.close().is_ok()
        }
    }
}

/// Says where a task stands: its name, and its wait.
fn stands(event_loop: &EventLoop, task: &TaskRef) -> String {
    let text = event_loop.explain(task);
    // The further links of the chain differ from run to run, and belong to no await point.
    let first = text.split(", which").next().unwrap_or_default();
    first.split(" (").next().unwrap_or_default().to_string()
}

/// The future under test, which the guide may drop after any poll.
pub(crate) struct Droppable {
    future: Option<Pin<Box<dyn Future<Output = ()>>>>,
    guide: Guide,
}

impl Droppable {
    pub(crate) fn new(future: Pin<Box<dyn Future<Output = ()>>>, guide: Guide) -> Self {
        let future = Some(future);
        Droppable { future, guide }
    }
}

impl Future for Droppable {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Some(future) = &mut self.future else {
            return Poll::Ready(());
        };
        let polled = future.as_mut().poll(cx);
        if Network::current().is_some() {
            self.guide.set_has_network();
        }
        if polled.is_ready() {
            self.future = None;
            return Poll::Ready(());
        }
        if self.guide.ask(Kind::Drop, 2) == 0 {
            return Poll::Pending;
        }
        let text = format!(
            "drop the future after its poll in iteration {}",
            iteration()
        );
        let stands = String::from("the future under test");
        self.guide.note(Some(Disturbance::Drop), text, stands);
        self.future = None;
        Poll::Ready(())
    }
}
