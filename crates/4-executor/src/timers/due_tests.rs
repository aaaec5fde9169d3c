//! Tests the one comparison that an iteration makes about timers.
//!
//! The problem: if the comparison said yes too often, every program would run as before, only
//! dearer: no round would follow the one before it directly.
//!
//! Invariant: no timer may be due before the first deadline.
//!
//! Read next: `timers.rs`.

use std::time::Duration;

use crate::iteration::LoopCore;
use crate::{EventLoop, block, call_later};

fn may_be_due() -> bool {
    LoopCore::current("a test").timers().may_be_due()
}

#[test]
fn no_timer_may_be_due_before_the_first_deadline() {
    let event_loop = EventLoop::builder().virtual_time().build();
    let main = async {
        assert!(!may_be_due(), "none is set");
        let timer = call_later(Duration::from_secs(2), || {});
        assert!(!may_be_due(), "it is set for later");
        block(Duration::from_secs(1));
        LoopCore::current("a test").timers().read_clock();
        assert!(!may_be_due(), "half of the time is over");
        block(Duration::from_secs(1));
        LoopCore::current("a test").timers().read_clock();
        assert!(may_be_due(), "its time has come");
        timer.cancel();
    };
    event_loop.run_until_complete(main).unwrap();
}
