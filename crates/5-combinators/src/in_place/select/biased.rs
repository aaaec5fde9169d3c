//! Biased: a select that polls its futures in argument order.
//!
//! The problem: a select whose first future is ready costs little more than the poll of that future,
//! so each store and each comparison of the select shows. The future of the other verbs counts ends,
//! keeps a turn, and has a mark for its end. A biased select needs none of them: it has no turn, the
//! first end is enough, and the first place marks the end when it is not open.
//!
//! ```text
//!   all places open ──> begin, poll the 1st, 2nd, .. ──┬── one is done ──> drop the others ──> output
//!           ^                                          │
//!           └────────────────────── pending ───────────┘
//!   the first place is not open: a future has ended, and the select has finished
//! ```
//!
//! Right before the poll of the first future, `Several` marks the wait reasons that the step has stored
//! by then. If the first future suspends and a later one is done, `Several::end` restores them. If the
//! first future is done, no other was polled, and nothing is restored.
//!
//! Invariants:
//! 1. The losers are dropped before the output is returned.
//! 2. The select has finished if and only if its first place is not open. That place is emptied before
//!    the output is returned, also if the drop of the winner or of a loser panics.
//! 3. A select goes on after a panic in the poll of a future.
//!
//! Read next: `in_place/unordered.rs`.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::mem::forget;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_executor::task::{Several, Told};
use pin_project_lite::pin_project;

use crate::in_place::first_or_all::InWords;
use crate::in_place::outputs::Outputs;
use crate::in_place::place::Place;
use crate::in_place::select::InTail;
use crate::in_place::verb::SELECT;
use crate::in_place::{IntoSelect, Places};
use crate::members::pairs::Pair;

pin_project! {
    /// Future that [`select_biased`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct SelectBiased<P: Places> {
        #[pin]
        places: P,
        word: InWords,
    }
}

/// Places of a tuple whose futures are polled in argument order.
// Speed: select2_biased_ready. The plain version is `Several::begin_in_order`, and then `poll_to` of
// place 0.
pub trait InOrder: Outputs<SELECT> {
    /// Begins the polls of the step and polls the first future. Does neither, and returns `None`, if the
    /// place of that future is not open.
    fn poll_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<FirstPolled<Self::Output>>;

    /// Drops the first future, and leaves its place empty.
    fn finish(self: Pin<&mut Self>);
}

/// The polls of the step, and how the poll of the first future ended: with the output of the select, or
/// pending.
type FirstPolled<Output> = (Several, ControlFlow<Output, bool>);

impl<F, T> InOrder for Pair<Place<F, Infallible>, T>
where
    F: Future,
    T: Outputs<SELECT, Output: InTail>,
{
    #[inline(always)]
    fn poll_first(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Option<FirstPolled<Self::Output>> {
        let head = self.project().head;
        let (several, polled) = head.poll_after(Several::begin_in_order, cx, ControlFlow::Break)?;
        Some((several, polled.map_break(T::Output::head)))
    }

    fn finish(self: Pin<&mut Self>) {
        self.project().head.empty_out();
    }
}

impl<P: InOrder> Future for SelectBiased<P> {
    type Output = <P as Outputs<SELECT>>::Output;

    // Speed: select2_biased_ready. Of a new select the compiler knows that the first place is open. With a
    // look at the others before the first poll, it forgets what it knows of the first future.
    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut places = self.project().places;
        let unwound = WakeIfPanicked(cx);
        let Some((several, first)) = places.as_mut().poll_first(unwound.0) else {
            forget(unwound);
            polled_again();
        };
        let enough = first.break_value();
        let enough = enough.or_else(|| poll_others(places.as_mut(), several, unwound.0));
        forget(unwound);
        let Some(output) = enough else {
            return Poll::Pending;
        };
        // The drop of a loser may panic, and that of the output then, too.
        let output = Told::new(output);
        places.as_mut().finish();
        places.clear();
        Poll::Ready(output.into_inner())
    }
}

/// Polls the futures behind the first, until one has ended.
#[inline(always)]
fn poll_others<P: InOrder>(
    places: Pin<&mut P>,
    several: Several,
    cx: &mut Context<'_>,
) -> Option<<P as Outputs<SELECT>>::Output> {
    let mut others = 1..places.count();
    let mut unwound = FinishIfEnded(places);
    let enough = others.find_map(|at| unwound.0.as_mut().poll_to(at, cx).break_value());
    forget(unwound);
    if enough.is_some() {
        several.end();
    }
    enough
}

/// Finishes the select if the drop of a winner panics. If a poll has panicked, all places are open, and
/// the select goes on.
struct FinishIfEnded<'a, P: InOrder>(Pin<&'a mut P>);

impl<P: InOrder> Drop for FinishIfEnded<'_, P> {
    #[cold]
    fn drop(&mut self) {
        if !self.0.are_open() {
            self.0.as_mut().finish();
        }
    }
}

/// Wakes the task if a poll panics: the futures behind the one that has panicked were not polled.
struct WakeIfPanicked<'a, 'b>(&'a mut Context<'b>);

impl Drop for WakeIfPanicked<'_, '_> {
    #[cold]
    fn drop(&mut self) {
        self.0.waker().wake_by_ref();
    }
}

#[cold]
fn polled_again() -> ! {
    panic!("select_biased was polled after it had finished: await it once");
}

impl<P: Places> fmt::Debug for SelectBiased<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = match self.places.are_open() {
            true => self.places.count(),
            false => 0,
        };
        write!(f, "<select_biased, {left} to come>")
    }
}

/// Awaits a tuple of futures as [`select`](crate::select()) does, but polls them in argument order;
/// returns which one is done first, with its output.
///
/// If several are done, the first in argument order wins, also under a chooser: tokio's `select!`
/// with `biased`. So a branch that is always ready starves the branches after it. Put the urgent
/// ones first.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{Selected, run, select_biased};
/// use std::future::ready;
///
/// run(async {
///     for _ in 0..10 {
///         let first = select_biased((ready("stop"), ready(5))).await;
///         assert_eq!(first, Selected::First("stop"));
///     }
/// });
/// ```
///
/// # Panics
///
/// As [`select`](crate::select()).
///
/// # Cancel safety
///
/// As [`select`](crate::select()).
#[track_caller]
pub fn select_biased<Kind, I: IntoSelect<Kind>>(futures: I) -> SelectBiased<I::Places>
where
    I::Places: InOrder,
{
    let places = futures.into_select();
    SelectBiased { places, word: [] }
}
