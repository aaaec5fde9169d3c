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
//! 1. A child takes one step in an iteration, however often it was woken, also in a place that
//!    another child had.
//! 2. A child that has ended is dropped before the next one is polled.
//! 3. The futures of children are dropped one by one, also if the group is given up: the panic of
//!    one drop goes no further.
//! 4. The number of running children exceeds the limit only if the limit was lowered.
//!
//! Read next: `task_group/borrowing/block.rs`.

use std::mem::take;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use groundup_executor::task::{Cancelled, RaiseCancelled, UnpolledFutures, drop_told};

use crate::members::woken::ListedWaker;
use crate::task_group::borrowing::child::{ChildExit, ChildFuture};
use crate::task_group::borrowing::control::{ChildControl, ChildPlace};
use crate::task_group::borrowing::turns::Turns;
use crate::task_group::borrowing::{Arrival, BorrowingState};

/// A child that runs.
struct RunningChild<'env, E> {
    future: ChildFuture<'env, E>,
    control: Rc<ChildControl>,
    child_waker: Arc<ListedWaker<ChildPlace>>,
    /// The same waker, as a poll takes it.
    waker: Waker,
}

/// The children of a group, on the side of its owner.
pub(super) struct LentChildren<'env, E> {
    state: Rc<BorrowingState<'env, E>>,
    places: Vec<Option<RunningChild<'env, E>>>,
    vacant: Vec<u32>,
    running: usize,
    waiting: Turns<u64, Arrival<'env, E>>,
    /// The children that are polled in this iteration.
    batch: Vec<ChildPlace>,
    unpolled: UnpolledFutures,
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
            waiting: Turns::new(),
            batch: Vec::new(),
            unpolled: UnpolledFutures::new(),
            outward: None,
        }
    }

    /// Begins an iteration: finds out which children are polled in it.
    pub(super) fn begin(&mut self, cx: &Context<'_>) {
        self.batch.clear();
        let notices = &self.state.notices;
        notices.woken.take(&mut self.batch, cx.waker());
        let called_off = notices.take_called_off();
        for arrival in self.state.arrivals.take() {
            self.waiting.add(arrival.control.number, arrival);
        }
        // They take no step: their only poll drops them.
        for arrival in self.waiting.take_out(called_off) {
            let Arrival {
                mut future,
                control,
            } = arrival;
            if let Poll::Ready(exit) = future.as_mut().poll(&mut Context::from_waker(cx.waker())) {
                self.ended(&control, future, exit);
            }
        }
        while self.running < self.state.limit.get()
            && let Some(arrival) = self.waiting.next()
        {
            self.place(arrival);
        }
    }

    /// Returns how many children wait for their turn, if all that run await another child, so that
    /// none can go on by itself.
    pub(super) fn awaited_by_each_other(&self) -> Option<usize> {
        let all = self.running > 0 && self.state.notices.awaiting() == self.running;
        all.then(|| self.waiting.len())
    }

    fn place(&mut self, arrival: Arrival<'env, E>) {
        let Arrival { future, control } = arrival;
        let at = self.vacant.pop().unwrap_or(self.places.len() as u32);
        let child = ChildPlace {
            place: at,
            child: control.number,
        };
        let child_waker = ListedWaker::new(&self.state.notices.woken, child);
        let waker = Waker::from(child_waker.clone());
        let running = Some(RunningChild {
            future,
            control,
            child_waker,
            waker,
        });
        match self.places.get_mut(at as usize) {
            Some(place) => *place = running,
            None => self.places.push(running),
        }
        self.running += 1;
        self.batch.push(child);
    }

    /// Polls the children of this iteration.
    pub(super) fn step(&mut self, cx: &Context<'_>) {
        for ChildPlace { place: at, child } in take(&mut self.batch) {
            let place = &mut self.places[at as usize];
            let here = |running: &&mut RunningChild<'_, E>| running.control.number == child;
            let Some(running) = place.as_mut().filter(here) else {
                continue; // woken for a child before this one
            };
            running.child_waker.begin_poll();
            let future = running.future.as_mut();
            let (polled, _) = self.unpolled.poll(&running.waker, |cx| future.poll(cx));
            if let Poll::Ready(exit) = polled
                && let Some(running) = place.take()
            {
                running.child_waker.end();
                self.vacant.push(at);
                self.running -= 1;
                self.ended(&running.control, running.future, exit);
            }
        }
        if self.waiting.len() > 0 && self.running < self.state.limit.get() {
            cx.waker().wake_by_ref();
        }
        // A cancel of the task goes to the region of the body, or to that of the wait, which are
        // polled each time. So the regions of the children need no mark.
        self.unpolled.suspend(cx, false);
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
        self.state.notices.woken.close();
        for running in take(&mut self.places).into_iter().flatten() {
            drop_told(running.future);
        }
        while let Some(arrival) = self.waiting.next() {
            drop_told(arrival.future);
        }
    }
}
