//! Guests, as engines of the tour and of the scenarios.
//!
//! The problem: the tour and the scenarios begin runs from plain functions. Each such run is a future of
//! the guest, which the host executes to its end.
//!
//! Invariant: each loop has a host of its own, whose time begins with it.
//!
//! Read next: `exact.rs`.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use groundup::host::Guest;
use groundup::{Builder, Driver, EventLoop, Outside, Parked, RunError, Unpark};
use groundup_parity::engine::{Driven, Engine as ScenarioEngine, Rest};
use xtask::stage::{Engine, Looped, Main};

use crate::hosts::Executes;

/// Makes guests in hosts that this function makes.
pub(crate) struct Guests<H>(pub(crate) fn() -> H);

/// The clock of a host, for a program that reads it outside its loop.
struct HostClock<H>(H);

impl<H: Executes> Driver for HostClock<H> {
    fn now(&self) -> u64 {
        self.0.now().as_nanos() as u64
    }

    fn park(&self, _: Option<u64>, _: Outside, _: &mut dyn FnMut() -> bool) -> Parked {
        unreachable!("no loop has this driver")
    }

    fn unpark(&self) -> Unpark {
        Arc::new(|| ())
    }

    fn block(&self, duration: Duration) {
        self.0.block(duration);
    }
}

/// A guest, and its host.
struct Hosted<H: Executes>(Guest<H>);

impl<H: Executes> Engine for Guests<H> {
    fn clock(&self) -> Rc<dyn Driver> {
        Rc::new(HostClock((self.0)()))
    }

    fn make(&self, builder: Builder, clock: Rc<dyn Driver>) -> Rc<dyn Looped> {
        let clock: Rc<dyn std::any::Any> = clock;
        let clock = clock.downcast::<HostClock<H>>();
        let host = clock
            .unwrap_or_else(|_| panic!("the clock of this engine"))
            .0
            .clone();
        Rc::new(Hosted(Guest::with_builder(host, builder)))
    }
}

impl<H: Executes> Looped for Hosted<H> {
    fn event_loop(&self) -> &EventLoop {
        self.0.event_loop()
    }

    fn run(&self, main: Main) -> Result<(), RunError> {
        self.0.host().execute(self.0.run(main))
    }

    fn run_forever(&self) -> Result<(), RunError> {
        self.0.host().execute(self.0.run_forever())
    }
}

impl<H: Executes> ScenarioEngine for Guests<H> {
    fn make(&self, builder: Builder) -> Box<dyn Driven> {
        Box::new(Hosted(Guest::with_builder((self.0)(), builder)))
    }
}

/// Notes that a waker was called, and passes the call on.
struct Noted {
    waker: Waker,
    called: AtomicBool,
}

impl Wake for Noted {
    fn wake(self: Arc<Self>) {
        self.called.store(true, Ordering::Relaxed);
        self.waker.wake_by_ref();
    }
}

impl<H: Executes> Driven for Hosted<H> {
    fn event_loop(&self) -> &EventLoop {
        self.0.event_loop()
    }

    /// Runs the guest until it is stopped, or waits for no sleep of the host, and has not woken itself.
    fn run(&self) -> Result<Rest, RunError> {
        let host = self.0.host();
        host.execute(async {
            let mut run = pin!(self.0.run_forever());
            poll_fn(|cx| {
                let (waker, called) = (cx.waker().clone(), AtomicBool::new(false));
                let noted = Arc::new(Noted { waker, called });
                let waker = Waker::from(noted.clone());
                match run.as_mut().poll(&mut Context::from_waker(&waker)) {
                    Poll::Ready(ran) => Poll::Ready(ran.map(|()| Rest::Stopped)),
                    Poll::Pending if noted.called.load(Ordering::Relaxed) => Poll::Pending,
                    Poll::Pending if host.sleeping() > 0 => Poll::Pending,
                    Poll::Pending => Poll::Ready(Ok(Rest::Nothing)),
                }
            })
            .await
        })
    }
}
