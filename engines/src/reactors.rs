//! The reactor, on its own clock and on a clock that jumps.
//!
//! The problem: the reactor waits by the real clock, and on that no run can be compared step by step. So
//! here it looks at its events once in each park, without blocking, and then a clock of its own jumps.
//! The programs have no sockets: a look calls the system, and finds nothing but the calls of threads.
//!
//! Invariant: each park, and each glance of a busy loop, is one of the reactor.
//!
//! Read next: `timed.rs`.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup::{Builder, Driver, Outside, Parked, Reactor, Unpark, Virtual};
use groundup_parity::engine::{Driven, Engine as ScenarioEngine};
use xtask::stage::{Engine, Looped};

fn reactor() -> Reactor {
    Reactor::new().expect("a descriptor for the reactor")
}

/// The loop on its reactor.
pub(crate) struct OnReactor;

impl Engine for OnReactor {
    fn clock(&self) -> Rc<dyn Driver> {
        Rc::new(reactor())
    }

    fn make(&self, builder: Builder, clock: Rc<dyn Driver>) -> Rc<dyn Looped> {
        Rc::new(builder.driver_rc(clock).build())
    }
}

/// The loop on its reactor, whose clock jumps.
pub(crate) struct OnJumpingReactor;

impl Engine for OnJumpingReactor {
    fn clock(&self) -> Rc<dyn Driver> {
        Rc::new(JumpingReactor::new())
    }

    fn make(&self, builder: Builder, clock: Rc<dyn Driver>) -> Rc<dyn Looped> {
        Rc::new(builder.driver_rc(clock).build())
    }
}

impl ScenarioEngine for OnJumpingReactor {
    fn make(&self, builder: Builder) -> Box<dyn Driven> {
        Box::new(builder.driver(JumpingReactor::new()).build())
    }
}

struct JumpingReactor {
    reactor: Reactor,
    clock: Virtual,
}

impl JumpingReactor {
    fn new() -> Self {
        JumpingReactor {
            reactor: reactor(),
            clock: Virtual::new(),
        }
    }
}

impl Driver for JumpingReactor {
    fn now(&self) -> u64 {
        self.clock.now()
    }

    fn park(
        &self,
        until: Option<u64>,
        outside: Outside,
        may_block: &mut dyn FnMut() -> bool,
    ) -> Parked {
        self.reactor.park(None, outside, &mut || false);
        self.clock.park(until, outside, may_block)
    }

    fn unpark(&self) -> Unpark {
        let (reactor, clock) = (self.reactor.unpark(), self.clock.unpark());
        Arc::new(move || {
            reactor();
            clock();
        })
    }

    fn block(&self, duration: Duration) {
        self.clock.block(duration);
    }

    fn jumps(&self) -> bool {
        true
    }

    fn glance(&self) -> bool {
        self.reactor.glance()
    }

    fn sources(&self) -> usize {
        self.reactor.sources()
    }

    fn replaced(&self) {
        self.reactor.replaced();
    }
}
