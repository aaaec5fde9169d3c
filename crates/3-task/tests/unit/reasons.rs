//! The table of reasons does not grow with the reasons that have gone.
//!
//! Invariant: the position of a reason that has gone is given to the next one.
//!
//! Read next: `src/core/reasons.rs`.

use groundup_interweave::trace::Wait;

use crate::inside::reason::ReasonEntry;
use crate::run::Scheduler;

#[test]
fn a_reason_that_has_gone_leaves_its_position() {
    let scheduler = Scheduler::new().unwrap();
    for _ in 0..1000 {
        drop(ReasonEntry::new(&scheduler, Wait::Outside));
    }
    let number = scheduler.core.enter_reason(Wait::Outside, None);
    assert!(number < 3, "{number}");
    assert!(scheduler.core.leave_reason(number).is_some());
    assert!(scheduler.core.wait_reason(number).is_none());
}
