//! Enters and leaves the body of a generator, in one place.
//!
//! A body can stop running in three ways, and `resume` returns in two of them. The
//! third is a panic: it unwinds the call stack through the body, and skips every
//! statement that the body would have run next. Such a body has no place from which it
//! could continue. In Python an exception leaves a generator in the same way, and
//! finishes it.
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
//! [`Running`] is a guard. It stands on the call stack beside the body, so unwinding
//! drops it. Its `Drop` makes the move that the table of `life.rs` has for a panic. No
//! generator that runs code of the program has code of its own for panics: each keeps its body
//! in a [`Body`], or is a [`Coroutine`](crate::Coroutine), which uses the same guard.
//!
//! A generator without a `Coroutine` belongs to its one caller (`&mut self`), so no caller
//! can ask it while it runs. So it need not store its whole life: a [`Body`] is an
//! `Option`, and is `None` exactly if the life is `Finished`.
//!
//! A destructor that panics while a panic already unwinds the stack ends the process,
//! as in any Rust function.
//!
//! Invariants
//! 1. A body is entered only together with a guard, and only once at a time.
//! 2. A body that returned or panicked is dropped at once, exactly once, and is not entered again.
//! 3. Without a panic the guard costs nothing: the compiler puts its `Drop` only on the
//!    unwinding path.
//!
//! Read next: `protocol/signal.rs`, which brings an exception into a body.

use core::mem::ManuallyDrop;

use crate::protocol::error::Misuse;
use crate::protocol::life::{Leave, Life};
use crate::step::Step;

/// Holds a body, and is notified how the body stopped running.
pub(crate) trait BodyHolder {
    /// Makes the move of [`Life::leave`]; drops the body if that finishes it.
    fn leave(&mut self, how: Leave);
}

/// Guards a body on the call stack; when unwinding drops it, it notifies the holder.
pub(crate) struct Running<H: BodyHolder> {
    holder: H,
}

impl<H: BodyHolder> Running<H> {
    /// Marks the body of `holder` as running, until [`stop`](Running::stop) or a panic.
    #[inline]
    pub(crate) const fn new(holder: H) -> Self {
        Running { holder }
    }

    /// Notifies the holder that the body stopped with `step`, and returns `step`.
    #[inline]
    pub(crate) fn stop<Y, R>(self, step: Step<Y, R>) -> Step<Y, R> {
        // Disarm the guard first, because a destructor of the body may panic, too.
        let mut disarmed = ManuallyDrop::new(self);
        disarmed.holder.leave(match step {
            Step::Yield(_) => Leave::Yielded,
            Step::Return(_) => Leave::Ended,
        });
        step
    }
}

impl<B> Running<&mut Option<B>> {
    /// Returns the running body.
    #[inline]
    pub(crate) fn body(&mut self) -> &mut B {
        match self.holder {
            Some(body) => body,
            None => unreachable!("a body that is over is not entered"),
        }
    }
}

impl<H: BodyHolder> Drop for Running<H> {
    fn drop(&mut self) {
        self.holder.leave(Leave::Panicked);
    }
}

/// The body of a bare generator; `None` once it is over.
#[derive(Debug, Clone)]
pub(crate) struct Body<B>(Option<B>);

impl<B> Body<B> {
    /// Holds `body`, which has not run.
    pub(crate) const fn new(body: B) -> Self {
        Body(Some(body))
    }

    /// Returns the body, or `None` if it is over.
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
    /// Returns [`Misuse::Finished`] if the body is over.
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

    /// Runs `resume` on the body as [`enter`](Body::enter) does, but panics instead of an error.
    #[inline(always)] // Speed: deep_frames
    pub(crate) fn resume<Y, R>(&mut self, resume: impl FnOnce(&mut B) -> Step<Y, R>) -> Step<Y, R> {
        let mut running = self.running();
        let step = resume(running.body());
        running.stop(step)
    }

    /// Marks the body as running, for a caller that stops it. Panics if the body is over.
    #[inline(always)] // Speed: deep_frames
    pub(crate) fn running(&mut self) -> Running<&mut Option<B>> {
        if self.is_over() {
            Misuse::Finished.refuse();
        }
        Running::new(&mut self.0)
    }
}

impl<B> BodyHolder for &mut Option<B> {
    #[inline]
    fn leave(&mut self, how: Leave) {
        if Life::Running.leave(how) == Life::Finished {
            **self = None;
        }
    }
}
