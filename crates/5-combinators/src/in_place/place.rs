//! The place of one future in a verb: its state, and its drop.
//!
//! The problem: a verb in place holds futures and outputs side by side, and often drops several of
//! them at once: the losers of a race, the outputs of a `join` that is cancelled. Each of them is
//! the user's, and may panic in its drop. So a place drops its content by itself.
//!
//! Invariants:
//! 1. A future that is done is never polled again.
//! 2. The first panic of a content goes on, as that of a step does. While it unwinds, or any other
//!    panic, the other places are dropped under a catch, and the loop of the thread reports theirs.
//!
//! Read next: `in_place/list.rs`.

use std::future::Future;
use std::mem::needs_drop;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::panicking;

use groundup_executor::task::{Told, drop_told_by};
use pin_project_lite::pin_project;

pin_project! {
    #[project = StateProjection]
    enum State<F, K> {
        /// The future runs.
        Open { #[pin] future: F },
        /// The future is done, and this is its output.
        Full { output: Option<K> },
        /// The future was dropped, or its output was taken.
        Empty,
    }
}

pin_project! {
    /// The place of one future, with room for an output of type `K` that is kept. A select keeps none.
    // Speed: select2_biased_ready. A small future is moved in fewer stores.
    pub struct Place<F: Future, K = <F as Future>::Output> {
        #[pin]
        state: State<F, K>,
    }

    impl<F: Future, K> PinnedDrop for Place<F, K> {
        fn drop(this: Pin<&mut Self>) {
            this.clear();
        }
    }
}

impl<F: Future, K> Place<F, K> {
    #[inline]
    pub(super) fn open(future: F) -> Self {
        let state = State::Open { future };
        Place { state }
    }

    /// Makes a place without a future.
    #[inline]
    pub(super) fn empty() -> Self {
        Place {
            state: State::Empty,
        }
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open { .. })
    }

    /// Polls the future if the place is open. Breaks if `judge` finds the output to be enough, or
    /// else keeps the output; tells whether the future has ended.
    // Speed: select2. An output that is enough takes no way through the place.
    #[inline(always)]
    pub(super) fn poll<Enough>(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        judge: impl FnOnce(F::Output) -> ControlFlow<Enough, K>,
    ) -> ControlFlow<Enough, bool> {
        match self.poll_after(|| (), cx, judge) {
            Some(((), polled)) => polled,
            None => ControlFlow::Continue(false),
        }
    }

    /// Polls the future as [`poll`](Self::poll) does, and calls `before` right before. If the place is not
    /// open, calls nothing and returns `None`.
    // Speed: select2_biased_ready. With a call before it, this function would look twice if the place is open.
    #[inline(always)]
    pub(super) fn poll_after<Before, Enough>(
        self: Pin<&mut Self>,
        before: impl FnOnce() -> Before,
        cx: &mut Context<'_>,
        judge: impl FnOnce(F::Output) -> ControlFlow<Enough, K>,
    ) -> Option<(Before, ControlFlow<Enough, bool>)> {
        let mut state = self.project().state;
        let StateProjection::Open { future } = state.as_mut().project() else {
            return None;
        };
        let before = before();
        let Poll::Ready(output) = future.poll(cx) else {
            return Some((before, ControlFlow::Continue(false)));
        };
        let polled = match judge(output) {
            ControlFlow::Continue(output) => {
                let output = Some(output);
                state.set(State::Full { output });
                ControlFlow::Continue(true)
            }
            ControlFlow::Break(enough) => {
                let enough = Told::new(enough); // the drop of the future may panic
                state.set(State::Empty);
                ControlFlow::Break(enough.into_inner())
            }
        };
        Some((before, polled))
    }

    /// Takes the output.
    ///
    /// # Panics
    ///
    /// If the future has not ended: the caller knows that it has.
    pub(super) fn take(self: Pin<&mut Self>) -> K {
        let mut state = self.project().state;
        let output = match state.as_mut().project() {
            StateProjection::Full { output } => output.take(),
            _ => None,
        };
        let output = output.expect("only the output of a future that is done is taken");
        state.set(State::Empty);
        output
    }

    /// Drops the future, or the output that was not taken. If neither has a drop, the place stays as it is.
    #[inline]
    pub(super) fn clear(self: Pin<&mut Self>) {
        if needs_drop::<F>() || needs_drop::<K>() {
            self.empty_out();
        }
    }

    /// Drops the future, or the output that was not taken, and leaves the place empty.
    #[inline]
    pub(super) fn empty_out(self: Pin<&mut Self>) {
        let mut state = self.project().state;
        if !matches!(*state, State::Empty) {
            // Speed: select2. A catch on every drop would be a tenth of a select.
            match panicking() {
                true => Self::clear_told(state),
                false => state.set(State::Empty),
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn clear_told(mut state: Pin<&mut State<F, K>>) {
        drop_told_by(|| state.set(State::Empty));
    }
}
