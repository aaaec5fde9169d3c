//! The children that run, and those that wait for their turn.
//!
//! The problem: the group's task polls its children, beside the body, one step each: those that
//! were woken before this iteration, in the order of the wakes. A child that it begins or wakes
//! meanwhile steps in the next iteration, as a task would.
//!
//! ```text
//!   begin   take the woken ──> take the arrivals ──> begin as many as the limit allows
//!   (the body is polled)
//!   step    poll each of the woken and of the new, once
//! ```
//!
//! Invariants:
//! 1. A child takes one step in an iteration, however often it was woken.
//! 2. A child that has ended is dropped before the next one is polled.
//! 3. The futures of children are dropped one by one, also if the group is given up: the panic of
//!    one drop goes no further.
//! 4. The number of running children exceeds the limit only if the limit was lowered.
//!
//! Read next: `task_group/borrowing/block.rs`.

use std::collections::VecDeque;
use std::mem::take;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use groundup_executor::task::{Cancelled, Panic, RaiseCancelled, drop_told};

use crate::task_group::borrowing::child::{ChildExit, ChildFuture};
use crate::task_group::borrowing::control::ChildControl;
use crate::task_group::borrowing::woken::ChildWaker;
use crate::task_group::borrowing::{Arrival, BorrowingState};
use crate::task_group::error::ChildError;

/// A child that runs.
struct RunningChild<'env, E> {
    future: ChildFuture<'env, E>,
    control: Rc<ChildControl>,
    bell: Arc<ChildWaker>,
    waker: Waker,
}

/// The children of a group, on the side of its owner.
pub(super) struct LentChildren<'env, E> {
    state: Rc<BorrowingState<'env, E>>,
    places: Vec<Option<RunningChild<'env, E>>>,
    vacant: Vec<u32>,
    running: usize,
    waiting: VecDeque<Arrival<'env, E>>,
    /// Places of the children that are polled in this iteration.
    batch: Vec<u32>,
    /// The cancel that goes on outward when all children have ended.
    pub(super) outward: Option<RaiseCancelled>,
}

impl<'env, E> LentChildren<'env, E> {
    pub(super) fn new(state: &Rc<BorrowingState<'env, E>>) -> Self {
        LentChildren {
            state: state.clone(),
            places: Vec::new(),
            vacant: Vec::new(),
            running: 0,
            waiting: VecDeque::new(),
            batch: Vec::new(),
            outward: None,
        }
    }

    /// Begins an iteration: finds out which children are polled in it.
    pub(super) fn begin(&mut self, cx: &Context<'_>) {
        self.batch.clear();
        self.state.woken.take(&mut self.batch, cx.waker());
        let arrivals = self.state.arrivals.take();
        self.waiting.extend(arrivals);
        if self.state.called_off.replace(false) {
            self.drop_called_off();
        }
        while self.running < self.state.limit.get()
            && let Some(arrival) = self.waiting.pop_front()
        {
            self.place(arrival);
        }
    }

    /// Ends the waiting children that were cancelled: they take no step.
    fn drop_called_off(&mut self) {
        let all = take(&mut self.waiting).into_iter();
        let (off, waiting): (VecDeque<_>, VecDeque<_>) =
            all.partition(|arrival| arrival.control.is_called_off());
        self.waiting = waiting;
        for Arrival { future, control } in off {
            self.ended(&control, future, ChildExit::Quiet);
        }
    }

    fn place(&mut self, arrival: Arrival<'env, E>) {
        let Arrival { future, control } = arrival;
        let at = self.vacant.pop().unwrap_or(self.places.len() as u32);
        let bell = ChildWaker::new(&self.state.woken, at);
        let waker = Waker::from(bell.clone());
        let running = Some(RunningChild {
            future,
            control,
            bell,
            waker,
        });
        match self.places.get_mut(at as usize) {
            Some(place) => *place = running,
            None => self.places.push(running),
        }
        self.running += 1;
        self.batch.push(at);
    }

    /// Polls the children of this iteration.
    pub(super) fn step(&mut self, cx: &Context<'_>) {
        for at in take(&mut self.batch) {
            let place = &mut self.places[at as usize];
            let Some(running) = place.as_mut().filter(|running| running.bell.answer()) else {
                continue; // woken for a child before this one
            };
            let mut bell = Context::from_waker(&running.waker);
            let poll = AssertUnwindSafe(|| running.future.as_mut().poll(&mut bell));
            let exit = match catch_unwind(poll) {
                Ok(Poll::Pending) => continue,
                Ok(Poll::Ready(exit)) => exit,
                // The future of a cancelled child has panicked in its drop.
                Err(payload) => ChildExit::Failed(ChildError::Panicked(Panic::new(payload))),
            };
            if let Some(running) = place.take() {
                self.vacant.push(at);
                self.running -= 1;
                self.ended(&running.control, running.future, exit);
            }
        }
        if !self.waiting.is_empty() && self.running < self.state.limit.get() {
            cx.waker().wake_by_ref();
        }
    }

    /// Drops the future of a child that has ended, and takes its error.
    fn ended(&mut self, control: &ChildControl, future: ChildFuture<'env, E>, exit: ChildExit<E>) {
        drop_told(future);
        control.end();
        let state = self.state.clone();
        let control = state.controls.borrow_mut().remove(&control.number);
        drop(control);
        match exit {
            ChildExit::Quiet => {}
            ChildExit::Failed(error) => {
                state.errors.borrow_mut().push(error);
                if !state.shuts_down.get() {
                    state.cancel_children();
                    state.cancel_body();
                }
            }
            ChildExit::Outward(cancelled) => {
                self.hold(cancelled);
                state.cancel_body();
            }
        }
    }

    /// Keeps a cancel that is not the group's own, and cancels the children.
    pub(super) fn hold(&mut self, cancelled: Cancelled) {
        match &mut self.outward {
            None => self.outward = Some(cancelled.hold()),
            Some(held) => held.merge(cancelled),
        }
        self.state.cancel_children();
    }
}

impl<E> Drop for LentChildren<'_, E> {
    fn drop(&mut self) {
        for running in take(&mut self.places).into_iter().flatten() {
            drop_told(running.future);
        }
        for arrival in take(&mut self.waiting) {
            drop_told(arrival.future);
        }
    }
}
