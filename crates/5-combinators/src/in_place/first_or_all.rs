//! First or all: the future of every verb, but for `select_biased`.
//!
//! The problem: each verb polls its futures, ends with the first end that is enough or with the
//! last end, and drops the futures that are left before it returns its output.
//!
//! ```text
//!   poll the woken futures ──an end──> enough? ──yes──> its output  ──┐
//!           │                             │no, and none is left       ├──> drop the others
//!           v                             └───────────> all outputs ──┘
//!        pending
//! ```
//!
//! Invariants:
//! 1. The futures that are left are dropped before the output is returned.
//! 2. If several futures are found done in one poll, the first one polled decides.
//! 3. A verb goes on after a panic in the poll of a future. It has finished after a panic in the drop of
//!    a future that had ended: that future's output may be lost.
//!
//! Read next: `in_place/join.rs`.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::mem::forget;
use std::num::NonZeroU8;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use groundup_executor::task::{Several, Told};
use pin_project_lite::pin_project;

use crate::in_place::Places;
use crate::in_place::batch::PollOne;
use crate::in_place::outputs::Outputs;
use crate::in_place::polling::{self, Polling};
use crate::in_place::verb::{Counting, Ended, InPlace, NAMES, NotCounted, start_of};

pin_project! {
    /// Future of a verb that holds its futures in place.
    #[must_use = "futures do nothing unless awaited"]
    pub struct FirstOrAll<P: Places, V: Counting> {
        #[pin]
        places: P,
        verb: PhantomData<V>,
        polling: P::Polling,
        progress: Progress<V::Ended>,
        word: InWords,
    }
}

/// Aligns the future of a verb.
// Speed: select2_biased_ready. A few bytes are stored as a word, which no other store overlaps in part.
pub(in crate::in_place) type InWords = [u32; 0];

/// How far a verb has come.
enum Progress<E> {
    Open {
        /// Which future is polled first, for `polling.rs`.
        turn: NonZeroU8,
        /// Number of futures that have ended.
        ended: E,
    },
    /// The output was returned.
    Finished,
}

// Speed: select2_ready. The future is moved when it is awaited. A turn of 0 stands for "finished".
const _: () = assert!(size_of::<Progress<NotCounted>>() == 1, "a turn alone");

impl<P: Places, V: Counting> FirstOrAll<P, V> {
    #[inline]
    pub(super) fn new(places: P) -> Self {
        let polling = P::Polling::new(places.count());
        let (turn, ended) = (Several::NO_TURN, V::Ended::default());
        FirstOrAll {
            places,
            verb: PhantomData,
            polling,
            progress: Progress::Open { turn, ended },
            word: [],
        }
    }
}

impl<P: Outputs<VERB>, const VERB: usize> Future for FirstOrAll<P, InPlace<VERB>>
where
    InPlace<VERB>: Counting,
{
    type Output = P::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Output> {
        let this = self.project();
        let mut unwound = LookIfUnwound(this.places, this.progress);
        let LookIfUnwound(places, progress) = &mut unwound;
        let Progress::Open { turn, ended } = progress else {
            panic!(
                "{} was polled after it had finished: await it once",
                NAMES[VERB]
            );
        };
        let start = (const { start_of(VERB) }, turn);
        let count = places.count();
        let futures = OfVerb::<P, _, VERB> {
            places: places.as_mut(),
            ended: &mut *ended,
        };
        let output = match polling::poll(this.polling, start, (futures, count), cx) {
            Some(output) => Some(output),
            None if ended.number() == count => places.as_mut().all(),
            None => None,
        };
        let Some(output) = output else {
            forget(unwound);
            return Poll::Pending;
        };
        **progress = Progress::Finished;
        // The drop of a loser may panic, and that of the output then, too.
        let output = Told::new(output);
        this.polling.end();
        places.as_mut().clear();
        forget(unwound);
        Poll::Ready(output.into_inner())
    }
}

/// Looks, if a poll of the verb unwinds, whether a future has ended that is not counted: its drop has
/// panicked, and the verb has finished.
struct LookIfUnwound<'a, P: Places, E: Ended>(Pin<&'a mut P>, &'a mut Progress<E>);

impl<P: Places, E: Ended> Drop for LookIfUnwound<'_, P, E> {
    #[cold]
    fn drop(&mut self) {
        let LookIfUnwound(places, progress) = self;
        if let Progress::Open { ended, .. } = progress {
            let open = (0..places.count()).filter(|at| places.is_open(*at));
            if open.count() + ended.number() < places.count() {
                **progress = Progress::Finished;
            }
        }
    }
}

/// The places of a verb. Counts the futures that have ended.
struct OfVerb<'a, P, E, const VERB: usize> {
    places: Pin<&'a mut P>,
    ended: &'a mut E,
}

impl<P: Outputs<VERB>, E: Ended, const VERB: usize> PollOne for OfVerb<'_, P, E, VERB> {
    type Enough = P::Output;

    fn is_open(&self, at: usize) -> bool {
        self.places.is_open(at)
    }

    #[inline(always)]
    fn poll_one(&mut self, at: usize, cx: &mut Context<'_>) -> ControlFlow<P::Output, bool> {
        let polled = self.places.as_mut().poll_to(at, cx);
        if matches!(polled, ControlFlow::Continue(true)) {
            self.ended.add_one();
        }
        polled
    }
}

impl<P: Places, const VERB: usize> fmt::Debug for FirstOrAll<P, InPlace<VERB>>
where
    InPlace<VERB>: Counting,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let left = match self.progress {
            Progress::Open { ref ended, .. } => self.places.count() - ended.number(),
            Progress::Finished => 0,
        };
        write!(f, "<{}, {left} to come>", NAMES[VERB])
    }
}
