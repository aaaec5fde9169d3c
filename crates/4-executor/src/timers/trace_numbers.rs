//! The numbers of timers in a trace.
//!
//! The problem: the ladder gives the number of a timer that is over to the next one, so a
//! program with a thousand timers at a time has a thousand numbers. In a trace, two timers of
//! one number would look like one. So a timer that appears in a trace gets a number of its
//! own, from a counter. A loop that is not observed keeps no such numbers.
//!
//! ```text
//!   number 0 set, fired          set            the ladder's number
//!   trace    timer#1             timer#2        the trace's number
//! ```
//!
//! Invariants:
//! 1. No number is given twice, and numbers ascend in the order of their first events.
//! 2. The table has at most one place for each number of the ladder.
//!
//! Read next: `timers/pace.rs`.

use groundup_task::TimerWord;
use groundup_task::trace::{Name, TaskId, Verb};

use super::ladder::GENERATION;
use super::{TimerId, Timers};

/// A place for each number of the ladder that the trace has named: the last timer that had it.
#[derive(Default)]
pub(super) struct TraceNumbers {
    last: u64,
    places: Vec<NumberedTimer>,
}

/// The last timer with a number of the ladder.
#[derive(Clone, Default)]
struct NumberedTimer {
    /// Its generation in the ladder.
    generation: u32,
    /// Its number in the trace; 0 for none yet.
    number: u64,
    /// The task that has set it.
    owner: Option<Name>,
}

impl TraceNumbers {
    /// Returns the number of a timer in the trace.
    pub(super) fn number(&mut self, id: TimerId) -> u64 {
        let place = id.number as usize;
        if place >= self.places.len() {
            self.places.resize(place + 1, NumberedTimer::default());
        }
        let timer = &mut self.places[place];
        if timer.number == 0 || (timer.generation ^ id.generation) & GENERATION != 0 {
            self.last += 1;
            *timer = NumberedTimer {
                generation: id.generation,
                number: self.last,
                owner: None,
            };
        }
        timer.number
    }

    /// Returns the number of a timer that a task sets, and keeps the name of the task.
    fn number_of(&mut self, id: TimerId, owner: Option<&TaskId>) -> u64 {
        let number = self.number(id);
        self.places[id.number as usize].owner = owner.map(|owner| owner.name.clone());
        number
    }

    /// Returns the task that has set a timer, if the trace has named that timer.
    pub(super) fn owner(&self, id: TimerId) -> Option<Name> {
        let timer = self.places.get(id.number as usize)?;
        let same = timer.number != 0 && (timer.generation ^ id.generation) & GENERATION == 0;
        timer.owner.clone().filter(|_| same)
    }
}

impl Timers {
    /// Emits the event of a timer that is set.
    #[cold]
    pub(super) fn emit_arm(&self, id: TimerId, when: u64) {
        let task = self.scheduler.running_id();
        let mut numbers = self.trace_numbers.borrow_mut();
        let timer = numbers.number_of(id, task.as_ref());
        drop(numbers);
        self.scheduler.emit(task, Verb::Arm { timer, at: when });
    }

    /// Returns the number in the trace of a timer that was just redeemed.
    #[cold]
    pub(crate) fn number_of(&self, word: TimerWord) -> u64 {
        self.trace_numbers.borrow_mut().number(TimerId::of(word))
    }

    /// Emits the event of a timer that is cancelled.
    pub(super) fn emit_disarm(&self, id: TimerId) {
        let timer = self.trace_numbers.borrow_mut().number(id);
        self.scheduler.emit(None, Verb::Disarm { timer });
    }

    /// Emits the end of all timers that are set, since their loop is closed.
    pub(super) fn emit_the_end(&self) {
        if self.scheduler.is_observed() {
            let mut left = self.ladder.borrow().living();
            for (number, id) in &mut left {
                *number = self.trace_numbers.borrow_mut().number(*id);
            }
            left.sort_unstable();
            left.into_iter().for_each(|(_, id)| self.emit_disarm(id));
        }
    }
}
