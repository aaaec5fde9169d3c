//! Moves the packets of a network, and wakes the tasks that get them.
//!
//! The problem: a chooser, a timer and a waker are code of the user's, or lead to it. Such code may
//! use a socket, and so come back here in the middle of a call. So each call is two steps. The first
//! changes the state, under a borrow. The second settles, with nothing borrowed:
//!
//! ```text
//!   settle:   1 send the packets of the outbox           the chooser: jitter, loss, cuts
//!        ┌──> 2 let a packet arrive that is due          the chooser: which one
//!        └──── until none is due
//!             3 set the timer for the next arrival       a callback of the loop
//!             4 wake; from 1 again, if that has sent or woken anything
//! ```
//!
//! A call from inside a settle leaves its work to it.
//!
//! An attempt of a future settles later than other calls: when the future has its result, or waits.
//! Otherwise an event that follows from the attempt would come between the attempt and its outcome,
//! "nothing is left", and that outcome would hide the event.
//!
//! Invariants:
//! 1. Nothing is borrowed while a chooser, a timer or a waker is called.
//! 2. After a call, no packet is due, and the timer is set for the first arrival.
//! 3. When the loop is closed, all waits are woken, and the next attempt of each gives an error.
//!
//! Read next: `memory/loop_network.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use groundup_sync::executor::{Instant, TimerHandle, call_at, time, try_iteration};
use groundup_sync::task::{Address, Scheduler};
use groundup_sync::trace::{Access, Choice, Touched};

use super::hosts::SocketId;
use super::links::Draw;
use super::state::NetworkState;
use crate::reactor::about::About;
use crate::reactor::causes::Causes;
use crate::reactor::readiness::Readiness;
use crate::reactor::sources::SourceId;
use crate::reactor::waits::Waits;

/// The network of one loop.
pub(crate) struct NetworkCore {
    waits: Rc<Waits>,
    /// The loop.
    address: Address,
    state: RefCell<NetworkState>,
    /// The next arrival, and the timer that is set for it.
    timer: Cell<Option<(u64, TimerHandle)>>,
    settling: Cell<bool>,
}

/// Ends a settle, also after a panic of a chooser or a waker.
struct Settling<'a>(&'a Cell<bool>);

impl Drop for Settling<'_> {
    fn drop(&mut self) {
        self.0.set(false);
    }
}

impl NetworkCore {
    pub(crate) fn new(address: Address, state: NetworkState) -> Self {
        NetworkCore {
            waits: Rc::new(Waits::of_network()),
            address,
            state: RefCell::new(state),
            timer: Cell::new(None),
            settling: Cell::new(false),
        }
    }

    /// Returns the number of the network, in the process.
    pub(crate) fn number(&self) -> u64 {
        self.waits.number()
    }

    /// Notes that the running task touches the network, if a chooser wants footprints.
    fn touch(&self, access: Access) {
        Scheduler::touch(Touched::Object(self.number()), access);
    }

    /// Returns the address of its loop.
    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// Returns its sources.
    pub(crate) fn waits(&self) -> &Rc<Waits> {
        &self.waits
    }

    /// Looks at the state.
    pub(crate) fn look<R>(&self, look: impl FnOnce(&NetworkState) -> R) -> R {
        self.touch(Access::Read);
        look(&self.state.borrow())
    }

    /// Changes the state. The caller settles.
    pub(super) fn change<R>(&self, act: impl FnOnce(&mut NetworkState) -> R) -> R {
        self.touch(Access::Write);
        act(&mut self.state.borrow_mut())
    }

    /// Changes the state, and carries out what follows, if its loop runs here. Otherwise the loop
    /// does that when it runs.
    pub(crate) fn act<R>(self: &Rc<Self>, act: impl FnOnce(&mut NetworkState) -> R) -> R {
        self.touch(Access::Write);
        let result = act(&mut self.state.borrow_mut());
        self.settle();
        result
    }

    /// Adds a source for a socket that a program gets.
    pub(crate) fn watch(&self, id: SocketId, about: About) -> (SourceId, Arc<Readiness>) {
        let (source, readiness) = self.waits.insert(about, self.address);
        let mut state = self.state.borrow_mut();
        state.sources.insert(id.key(), source);
        // An end that came before is no event any more.
        let ended = state.stream(id).map_or(0, |end| end.ended_ways());
        self.waits.happens(&source, ended, &mut Vec::new());
        (source, readiness)
    }

    /// Carries out what the state has collected.
    pub(crate) fn settle(self: &Rc<Self>) {
        let here = Scheduler::current().filter(|scheduler| scheduler.address() == self.address);
        let Some(scheduler) = here.filter(|here| !here.is_closed() && try_iteration().is_some())
        else {
            return;
        };
        if self.settling.replace(true) {
            return;
        }
        let _settling = Settling(&self.settling);
        loop {
            self.pass_packets(&scheduler);
            self.set_timer();
            let happened = self.state.borrow_mut().take_woken();
            if happened.is_empty() && self.look(|state| state.next_draw().is_none()) {
                return;
            }
            if scheduler.is_observed() {
                let mut woken = Causes::default();
                for (source, bits) in happened {
                    self.waits.happens_named(&source, bits, &mut woken);
                }
                woken.wake(&scheduler);
                continue;
            }
            let mut woken = Vec::new();
            for (source, bits) in happened {
                self.waits.happens(&source, bits, &mut woken);
            }
            for waker in woken {
                waker.wake();
            }
        }
    }

    /// Sends packets, and lets those arrive that are due, until there are none.
    fn pass_packets(&self, scheduler: &Scheduler) {
        let choose = |options| scheduler.choose(Choice::Pick, options);
        let one = !scheduler.has_chooser();
        loop {
            let now = nanos(time());
            while let Some(options) = self.look(NetworkState::next_draw) {
                let jitter = choose(options.jitter);
                let loss = choose(options.loss);
                let cut = choose(options.cut);
                self.state
                    .borrow_mut()
                    .launch(now, Draw { jitter, loss, cut });
            }
            let due = self.look(|state| state.flights.due(now, one));
            if due.is_empty() {
                return;
            }
            let chosen = due[choose(due.len())];
            let mut state = self.state.borrow_mut();
            if let Some(packet) = state.land(chosen) {
                state.arrive(packet);
            }
        }
    }

    /// Sets the timer for the next arrival.
    fn set_timer(self: &Rc<Self>) {
        let next = self.look(|state| state.flights.first());
        let set = self.timer.take();
        if let Some((at, timer)) = set {
            if next == Some(at) {
                self.timer.set(Some((at, timer)));
                return;
            }
            timer.cancel();
        }
        if let Some(at) = next {
            let core = Rc::downgrade(self);
            let when = Instant::START.saturating_add(Duration::from_nanos(at));
            let arrival = move || {
                if let Some(core) = core.upgrade() {
                    drop(core.timer.take());
                    core.settle();
                }
            };
            self.timer.set(Some((at, call_at(when, arrival))));
        }
    }

    /// Ends the network with its loop.
    pub(crate) fn end(&self) {
        if let Some((_, timer)) = self.timer.take() {
            timer.cancel();
        }
        self.state.borrow_mut().clear();
        self.waits.end();
    }
}

fn nanos(time: Instant) -> u64 {
    u64::try_from(time.since_start().as_nanos()).unwrap_or(u64::MAX)
}
