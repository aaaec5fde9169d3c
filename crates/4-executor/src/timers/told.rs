//! The numbers under which a trace knows the timers.
//!
//! The problem: the ladder gives the number of a timer that is over to the next one, so
//! that a program with a thousand timers at a time has a thousand cards. A reader of a
//! trace would then take two timers for one. So a timer that is told of gets a number
//! of its own, by a counter, and a loop that nobody observes keeps none.
//!
//! ```text
//!   card 0   set, fired          set            the ladder's number
//!   told     timer#1             timer#2        the trace's
//! ```
//!
//! Invariants:
//! 1. No number is given twice, and they are given in the order of telling.
//! 2. This table has one place for each card of the ladder at most.
//!
//! Read next: `strangers.rs`.

use groundup_task::trace::Verb;

use super::ladder::GENERATION;
use super::{TimerId, Timers};

/// One place for each number of the ladder that was told of: whose it was last.
#[derive(Default)]
pub(super) struct Told {
    last: u64,
    /// The generation in the ladder, and the number in the trace; 0 for none yet.
    places: Vec<(u32, u64)>,
}

impl Told {
    /// The number of a timer in the trace.
    pub(super) fn number(&mut self, id: TimerId) -> u64 {
        let place = id.number as usize;
        if place >= self.places.len() {
            self.places.resize(place + 1, (0, 0));
        }
        let (generation, number) = &mut self.places[place];
        if *number == 0 || (*generation ^ id.generation) & GENERATION != 0 {
            self.last += 1;
            (*generation, *number) = (id.generation, self.last);
        }
        *number
    }
}

impl Timers {
    /// Tells that a timer is set.
    #[cold]
    pub(super) fn tell_arm(&self, id: TimerId, when: u64) {
        let timer = self.told.borrow_mut().number(id);
        let task = self.scheduler.running_id();
        self.scheduler.emit(task, Verb::Arm { timer, at: when });
    }

    /// The number under which the trace knows a timer that was just redeemed.
    #[cold]
    pub(crate) fn number_of(&self, word: u64) -> u64 {
        self.told.borrow_mut().number(TimerId::of(word))
    }

    /// Tells that a timer is taken back.
    pub(super) fn tell_disarm(&self, id: TimerId) {
        let timer = self.told.borrow_mut().number(id);
        self.scheduler.emit(None, Verb::Disarm { timer });
    }

    /// Tells that all timers that are set are taken back, since their loop is closed.
    pub(super) fn tell_the_end(&self) {
        if self.scheduler.is_observed() {
            let mut left = self.ladder.borrow().living();
            left.sort_by_cached_key(|id| self.told.borrow_mut().number(*id));
            left.into_iter().for_each(|id| self.tell_disarm(id));
        }
    }
}
