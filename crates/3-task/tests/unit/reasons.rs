//! The table of reasons does not grow with the reasons that have gone.
//!
//! Invariants:
//! 1. The position of a reason that has gone is given to the next one.
//! 2. Nameless things that are made at one place share a reason.
//! 3. A line that knows the holder of its primitive is asked for it.
//!
//! Read next: `src/core/reasons.rs`.

use std::future::pending;
use std::panic::Location;
use std::rc::Rc;

use groundup_interweave::trace::Wait;

use crate::core::reasons::{Holder, WaitLine, WaitingTask};
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

#[test]
fn nameless_things_of_one_place_share_a_reason() {
    let scheduler = Scheduler::new().unwrap();
    let (here, there) = (Location::caller(), Location::caller());
    let sites = [("a parcel", here), ("a letter", here), ("a parcel", there)];
    let numbers = || sites.map(|(what, place)| scheduler.core.reason_at(what, place));
    let first = numbers();
    assert!(first[0] != first[1] && first[0] != first[2] && first[1] != first[2]);
    assert_eq!(numbers(), first);
    let letter = scheduler.core.wait_reason(first[1]);
    assert_eq!(letter, Some(Wait::Other("a letter".into())));
}

/// The line of a thing that has a holder and no waiters.
struct HeldLine(Holder);

impl WaitLine for HeldLine {
    fn waiting(&self) -> Vec<WaitingTask> {
        Vec::new()
    }

    fn holder(&self) -> Option<Holder> {
        Some(self.0)
    }
}

#[test]
fn a_line_is_asked_for_the_holder() {
    let scheduler = Scheduler::new().unwrap();
    let kant = scheduler.spawn_named("Kant", pending::<()>());
    let fork = Wait::Held {
        what: "fork".into(),
        by: None,
    };
    let number = scheduler.core.enter_reason(fork, None);
    let line = Rc::new(HeldLine(Holder::Task(kant.ticket())));
    scheduler.core.reason_mut(number).unwrap().line = Some(line);
    let Some(Wait::Held { by: Some(by), .. }) = scheduler.core.wait_reason(number) else {
        panic!("the holder is known");
    };
    assert_eq!(&*by.name, "Kant");
    scheduler.core.leave_reason(number);
    kant.cancel();
    scheduler.run_until_idle();
}
