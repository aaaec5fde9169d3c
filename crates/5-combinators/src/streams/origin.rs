//! Origin of a stream: its name and the place of its call, for reports.
//!
//! The problem: a stream spawns its tasks when it is first polled, or later, in the crates' own
//! source. A report names the place where a task was spawned, and the user knows the call of
//! `merge` or `buffered` and no other. A report also names a combinator that a task awaits. A
//! stream that reads through an inbox has no group of tasks of its own that could tell.
//!
//! Invariant: a stream is named for its reader only while the reader waits. If a read is dropped
//! before its end, its future notifies the stream. The future of another crate cannot: then the
//! reports rely on the wait word of the reader.
//!
//! Read next: `streams/in_flight.rs`.

use std::cell::Cell;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_executor::task::{Exit, Group, Listener, Scheduler, Ticket};

/// The name of a stream, and where it was made.
#[derive(Clone, Copy)]
pub(super) struct Origin {
    pub(super) what: &'static str,
    pub(super) place: &'static Location<'static>,
}

impl Origin {
    /// Makes the origin of the caller's stream.
    #[track_caller]
    pub(super) fn here(what: &'static str) -> Self {
        let place = Location::caller();
        Origin { what, place }
    }
}

/// Names a stream and its tasks in reports, from its first poll on.
pub(super) struct Named {
    reading: Rc<Reading>,
    _group: Group,
}

struct Reading {
    what: &'static str,
    tasks: Vec<Ticket>,
    reader: Cell<Option<Ticket>>,
}

impl Listener for Reading {
    fn on_end(&self, _: u32, _: Exit) {}

    fn awaited_by(&self) -> Option<(&'static str, Ticket)> {
        Some((self.what, self.reader.get()?))
    }

    fn others(&self) -> Vec<Ticket> {
        self.tasks.clone()
    }
}

impl Named {
    pub(super) fn new(scheduler: &Rc<Scheduler>, origin: Origin, tasks: Vec<Ticket>) -> Self {
        let reading = Rc::new(Reading {
            what: origin.what,
            tasks,
            reader: Cell::new(None),
        });
        let _group = Group::new(scheduler, reading.clone());
        Named { reading, _group }
    }

    /// Takes note of a poll by the reader.
    pub(super) fn polled<T>(&self, cx: &Context<'_>, polled: &Poll<T>) {
        let in_task = || {
            Scheduler::current()?
                .current_task()
                .map(|task| task.ticket())
        };
        let reader = || Scheduler::any_ticket_in(cx).or_else(in_task);
        let waits = polled.is_pending().then(reader);
        self.reading.reader.set(waits.flatten());
    }

    /// Takes note that the reader waits no more.
    pub(super) fn given_up(&self) {
        self.reading.reader.set(None);
    }
}

/// Future of the next item of a stream. Its drop tells the stream that nothing reads it.
pub(super) struct NextItem<'a, S, T> {
    stream: &'a mut S,
    poll: fn(&mut S, &mut Context<'_>) -> Poll<T>,
    given_up: fn(&S),
}

impl<'a, S, T> NextItem<'a, S, T> {
    pub(super) fn of(
        stream: &'a mut S,
        poll: fn(&mut S, &mut Context<'_>) -> Poll<T>,
        given_up: fn(&S),
    ) -> Self {
        NextItem {
            stream,
            poll,
            given_up,
        }
    }
}

impl<S, T> Future for NextItem<'_, S, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        (self.poll)(self.stream, cx)
    }
}

impl<S, T> Drop for NextItem<'_, S, T> {
    fn drop(&mut self) {
        (self.given_up)(self.stream);
    }
}
