//! The awaiter of a job: its waker, its clock and its turn.
//!
//! The problem: while a job is at work for a loop, a clock of that loop that jumps stands still, and
//! the job has a turn there. The future of a job may be polled in one loop and then in another, and
//! then both go along: the clock of the loop before must go on, and a turn that no loop looks at would
//! keep the result for ever.
//!
//! ```text
//!   submitted in loop A       clock and turn of A
//!   polled in loop B          clock and turn of B; those of A are dropped
//!   polled by an executor     none
//! ```
//!
//! Invariants:
//! 1. The clock and the turn belong to the loop that polled the future last, or submitted the job.
//! 2. They are dropped after the wake, or when the awaiter leaves.
//! 3. A waker is called and dropped while nothing is locked.
//!
//! Read next: `threads/job/state.rs`.

use std::sync::Arc;
use std::task::Waker;

use groundup_combinators::executor::{AtWork, at_work_here};
use groundup_combinators::task::Address;

use crate::threads::lost::wake_told;
use crate::threads::turns::line::{InTurn, TurnLine};
use crate::threads::turns::{OfJob, Turn};

/// The awaiter's part of a job.
#[derive(Default)]
pub(super) struct Awaiter {
    pub(super) waker: Option<Waker>,
    pub(super) place: Option<AwaitedIn>,
}

/// The loop in which a job is awaited. The fields are dropped in this order.
pub(super) struct AwaitedIn {
    turn: Option<Turn>,
    /// Holds the clock of the loop still, if the clock is one that jumps.
    at_work: AtWork,
}

impl AwaitedIn {
    /// Holds the clock of the running loop, if there is one.
    pub(super) fn running_loop() -> Option<AwaitedIn> {
        Some(AwaitedIn {
            at_work: at_work_here()?,
            turn: None,
        })
    }

    /// Holds the clock of the running loop, and opens a turn there, if it has turns.
    pub(super) fn in_turn(line: TurnLine, job: Arc<dyn InTurn>) -> Option<AwaitedIn> {
        let place = Self::running_loop()?;
        let turn = Turn::in_running_loop(line, job);
        Some(AwaitedIn { turn, ..place })
    }

    /// Returns the address of the loop.
    pub(super) fn address(&self) -> Address {
        self.at_work.address()
    }
}

impl Awaiter {
    /// Returns true if the job is awaited at this address, or in no loop if there is none.
    pub(super) fn is_at(&self, address: Option<Address>) -> bool {
        self.place.as_ref().map(AwaitedIn::address) == address
    }

    /// Returns the turn of the job, if it has one.
    pub(super) fn turn(&self) -> Option<OfJob> {
        let turn = self.place.as_ref()?.turn.as_ref()?;
        Some(turn.of_job())
    }

    pub(super) fn has_turn(&self) -> bool {
        self.place
            .as_ref()
            .is_some_and(|place| place.turn.is_some())
    }

    /// Wakes the awaiter, and then ends its turn, and lets the clock of its loop go on.
    pub(super) fn wake(self) {
        let Awaiter { waker, place } = self;
        if let Some(waker) = waker {
            wake_told(waker);
        }
        drop(place);
    }
}
