//! The body of a generator: the one place where it is entered and left.
//!
//! A body stops running in three ways, and a `resume` comes back from two of
//! them. The third is a panic: the call stack is unwound, through the body, and
//! what the body was about to write it never wrote. Such a body is in no place
//! from which it could go on. In Python an exception leaves a generator in the
//! same way, and finishes it.
//!
//! ```text
//!                          ┌─────────┐  yielded     the body waits
//!   Body::enter ──────────▶│ Running │─────────────▶ Ok(Yield(y))
//!     │                    └────┬────┘
//!     │ it is over              ├─ returned ──────▶ Ok(Return(r))    the body
//!     ▼                         │                                    is dropped
//!   Err(Finished)               └─ unwinding ─────▶ the panic goes on
//! ```
//!
//! [`Running`] is a guard. It stands on the call stack beside the body, so
//! unwinding drops it, and its `Drop` makes the move that the table of
//! `life.rs` has for a panic. No generator of this floor has code of its own
//! for panics: each keeps its body in a [`Body`], or is a
//! [`Coroutine`](crate::Coroutine), whose guard is the same.
//!
//! A bare generator belongs to its one caller (`&mut self`), so it cannot be
//! asked while it runs. Of its life it needs to know only whether it is over:
//! a [`Body`] is an `Option`, and is `None` exactly when the life is `Finished`.
//!
//! A destructor that panics while a panic already unwinds the stack ends the
//! process, here as in any Rust function.
//!
//! Invariants
//! 1. A body is entered only with a guard beside it, and once at a time.
//! 2. A body that returned or panicked is dropped at once, exactly once, and is
//!    not entered again.
//! 3. Without a panic the guard costs nothing: the compiler puts its `Drop` on
//!    the path of the unwinding alone.
//!
//! Read next: `signal.rs`, how an exception gets into a body.

use core::mem::ManuallyDrop;

use crate::protocol::error::Misuse;
use crate::protocol::life::{Leave, Life};
use crate::step::Step;

/// The holder of a body, told how the body stopped running.
pub(crate) trait Holder {
    /// Makes the move of [`Life::leave`]; drops the body if that finishes it.
    fn leave(&mut self, how: Leave);
}

/// A body on the call stack. Dropped by unwinding, it tells the holder so.
pub(crate) struct Running<H: Holder> {
    holder: H,
}

impl<H: Holder> Running<H> {
    /// Marks the body of `holder` as running, until [`stop`](Running::stop) or a panic.
    #[inline]
    pub(crate) const fn new(holder: H) -> Self {
        Running { holder }
    }

    /// Tells the holder that the body came back with `step`, and gives that.
    #[inline]
    pub(crate) fn stop<Y, R>(self, step: Step<Y, R>) -> Step<Y, R> {
        // The guard is disarmed first: a destructor of the body may panic, too.
        let mut disarmed = ManuallyDrop::new(self);
        disarmed.holder.leave(match step {
            Step::Yield(_) => Leave::Yielded,
            Step::Return(_) => Leave::Ended,
        });
        step
    }
}

impl<B> Running<&mut Option<B>> {
    /// The body that runs.
    #[inline]
    pub(crate) fn body(&mut self) -> &mut B {
        match self.holder {
            Some(body) => body,
            None => unreachable!("a body that is over is not entered"),
        }
    }
}

impl<H: Holder> Drop for Running<H> {
    fn drop(&mut self) {
        self.holder.leave(Leave::Panicked);
    }
}

/// The body of a bare generator: `None` once it is over.
#[derive(Debug, Clone)]
pub(crate) struct Body<B>(Option<B>);

impl<B> Body<B> {
    /// Holds `body`, which has not run.
    pub(crate) const fn new(body: B) -> Self {
        Body(Some(body))
    }

    /// The body, or `None` if it is over.
    pub(crate) const fn get(&self) -> Option<&B> {
        self.0.as_ref()
    }

    /// Takes the body out, for a caller that runs it to its end.
    pub(crate) const fn take(&mut self) -> Option<B> {
        self.0.take()
    }

    /// Returns true if the body returned, raised or panicked.
    pub(crate) const fn is_over(&self) -> bool {
        self.0.is_none()
    }

    /// Runs `resume` on the body, and drops the body unless it yielded.
    ///
    /// # Errors
    /// [`Misuse::Finished`] if the body is over.
    #[inline(always)] // Speed: deep_frames
    pub(crate) fn enter<Y, R>(
        &mut self,
        resume: impl FnOnce(&mut B) -> Step<Y, R>,
    ) -> Result<Step<Y, R>, Misuse> {
        if self.is_over() {
            return Err(Misuse::Finished);
        }
        let mut running = Running::new(&mut self.0);
        let step = resume(running.body());
        Ok(running.stop(step))
    }

    /// [`enter`](Body::enter) with a panic in the place of the error.
    #[inline(always)] // Speed: deep_frames
    pub(crate) fn resume<Y, R>(&mut self, resume: impl FnOnce(&mut B) -> Step<Y, R>) -> Step<Y, R> {
        let mut running = self.running();
        let step = resume(running.body());
        running.stop(step)
    }

    /// The body as it runs, for a caller that stops it. Panics if it is over.
    #[inline(always)] // Speed: deep_frames
    pub(crate) fn running(&mut self) -> Running<&mut Option<B>> {
        if self.is_over() {
            Misuse::Finished.refuse();
        }
        Running::new(&mut self.0)
    }
}

impl<B> Holder for &mut Option<B> {
    #[inline]
    fn leave(&mut self, how: Leave) {
        if Life::Running.leave(how) == Life::Finished {
            **self = None;
        }
    }
}
