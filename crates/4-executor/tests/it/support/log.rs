//! A log: lines added by tasks and callbacks, in order.
//!
//! The problem: most rules of a loop are about order, so most tests log which task ran and
//! compare the list.
//!
//! Invariant: all clones of a log are the same list.
//!
//! Read next: `rules_loop.rs`.
#![allow(dead_code, unreachable_pub)]

use std::cell::RefCell;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use groundup_executor::{EventLoop, call_soon, iteration, time};

/// A list of lines, shared by its clones.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn new() -> Self {
        Log::default()
    }

    /// Adds a line.
    pub fn say(&self, what: impl Display) {
        self.0.borrow_mut().push(what.to_string());
    }

    /// Adds a line that begins with the time and the iteration.
    pub fn stamp(&self, what: impl Display) {
        self.say(format_args!(
            "{:?} {} {what}",
            time().since_start(),
            iteration()
        ));
    }

    /// Returns a callback that adds a line.
    pub fn sayer(&self, what: &str) -> impl Fn() + use<> + 'static {
        let (log, what) = (self.clone(), what.to_string());
        move || log.say(&what)
    }

    /// Returns a callback that schedules one that adds a line in the next iteration.
    pub fn sayer_soon(&self, what: &str) -> impl FnOnce() + use<> + 'static {
        let say = self.sayer(what);
        move || drop(call_soon(say))
    }

    /// Takes the lines so far.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.borrow_mut())
    }

    /// Takes the lines so far, as one line.
    pub fn line(&self) -> String {
        self.take().join(" ")
    }
}

/// Makes a loop whose clock jumps.
pub fn virtual_loop() -> EventLoop {
    EventLoop::builder().virtual_time().build()
}

pub fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

pub fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
