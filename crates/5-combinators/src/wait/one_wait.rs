//! One wait for a set, from its first poll to its end.
//!
//! The problem: a set outlives its waits. Each wait has a mode, a timer and a stage of its own.
//! It must leave none of them behind in the set, neither when it returns nor when it is dropped
//! before.
//!
//! ```text
//!   Fresh --first poll--> Begun --released--> Over
//! ```
//!
//! Invariants:
//! 1. The timer is set at the first poll and cancelled at the end.
//! 2. A poll before the release looks at no member: the set's state counts the ends.
//!
//! Read next: `wait/set.rs`.

use std::task::{Context, Poll};
use std::time::Duration;

use groundup_executor::task::Scheduler;
use groundup_executor::{TimerHandle, call_later};

use crate::running::orphan;
use crate::wait::set::WaitSet;
use crate::wait::state::ReturnWhen;

/// Mode, timer and stage of one wait.
pub(super) struct OneWait<T> {
    pub(super) when: ReturnWhen,
    pub(super) failed: fn(&T) -> bool,
    pub(super) timeout: Option<Duration>,
    timer: Option<TimerHandle>,
    stage: WaitStage,
}

/// Stage of a wait: `Begun` after the first poll, `Over` once a poll finds it released.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WaitStage {
    Fresh,
    Begun,
    Over,
}

impl<T: 'static> OneWait<T> {
    pub(super) fn new(when: ReturnWhen) -> Self {
        OneWait {
            when,
            failed: |_| false,
            timeout: None,
            timer: None,
            stage: WaitStage::Fresh,
        }
    }

    pub(super) fn poll(&mut self, set: &WaitSet<T>, cx: &Context<'_>) -> Poll<()> {
        let state = &set.state;
        match self.stage {
            WaitStage::Fresh => {
                state.begin(self.when, self.failed);
                self.stage = WaitStage::Begun;
                if let Some(delay) = self.timeout.filter(|delay| *delay != Duration::MAX) {
                    let released = state.clone();
                    self.timer = Some(call_later(delay, move || released.release()));
                }
            }
            WaitStage::Begun if state.is_released() => {
                if Scheduler::holds_back(cx) {
                    return Poll::Pending;
                }
                self.stage = WaitStage::Over;
                self.end(set);
                return Poll::Ready(());
            }
            WaitStage::Begun => {}
            WaitStage::Over => panic!("wait was polled after it had finished: await it once"),
        }
        state.waiter.keep(cx, || state.scheduler());
        if let Some(group) = &*state.group.borrow() {
            if group.scheduler().is_closed() {
                orphan("wait");
            }
            set.say(group.scheduler(), cx);
        }
        Poll::Pending
    }

    pub(super) fn end(&mut self, set: &WaitSet<T>) {
        if let Some(timer) = self.timer.take() {
            timer.cancel();
        }
        set.state.end();
    }
}
