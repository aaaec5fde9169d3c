//! Select: wait for the first of a few, and learn which it was.
//!
//! The problem: a worker waits for the next job, for the order to stop, and for
//! its idle time to be over, three futures of three types. It needs to know which
//! came, because each is handled differently, and, mostly in a loop, it needs to
//! know what became of the other two.
//!
//! Nothing is hidden here: a future that is given away is dropped when another
//! one wins, as in a [`race`](crate::race()). Whoever wants to keep it lends it:
//! `&mut` of a pinned future is a future, and so is `&mut task`.
//!
//! ```text
//!   loop {
//!       select((jobs.next(),   &mut stop,   sleep(idle)))
//!   }          a new one       lent: goes   a new one each time:
//!              each time       on waiting   its time begins anew
//! ```
//!
//! What is dropped half way must not lose anything: that is what *cancel safe*
//! means, and each future of this library says under that heading whether it is.
//!
//! | safe to drop and begin anew | loses something |
//! |---|---|
//! | `sleep` (its time begins anew) | `wait_for` or `timeout` of a future: the work done so far |
//! | `&mut task`, a promise | `gather`: the children are cancelled |
//! | [`WaitSet::wait`](crate::WaitSet::wait), [`AsCompleted::next`](crate::AsCompleted::next) | an async block: whatever it holds |
//!
//! Invariants:
//! 1. The losers are dropped before the output is seen.
//! 2. Of several that are found done in one poll the first in argument order
//!    wins. That lets an earlier branch starve a later one: put what must not wait
//!    first. Under a chooser the order is its choice, so that a test with a seed
//!    sees every branch win.
//!
//! Read next: `../streams.rs`.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::in_place::polling::Turns;
use crate::in_place::*;

/// Which one it was, and what it gave: the output of [`select`].
///
/// A select of two can only be `First` or `Second`: the others hold a value that
/// does not exist, and a `match` leaves them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selected<A, B, C = Infallible, D = Infallible, E = Infallible, F = Infallible> {
    /// The first of the tuple.
    First(A),
    /// The second.
    Second(B),
    /// The third.
    Third(C),
    /// The fourth.
    Fourth(D),
    /// The fifth.
    Fifth(E),
    /// The sixth.
    Sixth(F),
}

impl<A, B, C, D, E, F> Selected<A, B, C, D, E, F> {
    /// Which one it was, from 0.
    pub fn index(&self) -> usize {
        match self {
            Selected::First(_) => 0,
            Selected::Second(_) => 1,
            Selected::Third(_) => 2,
            Selected::Fourth(_) => 3,
            Selected::Fifth(_) => 4,
            Selected::Sixth(_) => 5,
        }
    }
}

/// Places of two to six futures, of which one is selected.
pub trait Selectable: Places {
    /// The output of one, and which it was.
    type Selected;
    /// Takes the output of one that has ended.
    fn take_selected(self: Pin<&mut Self>, at: usize) -> Self::Selected;
}

macro_rules! selectable {
    ($($places:ident: $($name:ident $field:ident $at:literal $variant:ident),+;)+) => {$(
        impl<$($name: Future),+> Selectable for $places<$($name),+> {
            type Selected = Selected<$($name::Output),+>;

            #[inline]
            fn take_selected(self: Pin<&mut Self>, at: usize) -> Self::Selected {
                let this = self.project();
                match at {
                    $($at => Selected::$variant(this.$field.take()),)+
                    _ => unreachable!("a select has no branch {at}"),
                }
            }
        }
    )+};
}

selectable! {
    Places2: A a 0 First, B b 1 Second;
    Places3: A a 0 First, B b 1 Second, C c 2 Third;
    Places4: A a 0 First, B b 1 Second, C c 2 Third, D d 3 Fourth;
    Places5: A a 0 First, B b 1 Second, C c 2 Third, D d 3 Fourth, E e 4 Fifth;
    Places6: A a 0 First, B b 1 Second, C c 2 Third, D d 3 Fourth, E e 4 Fifth, F f 5 Sixth;
}

pin_project! {
    /// What [`select`] returns.
    #[must_use = "futures do nothing unless awaited"]
    pub struct Select<P> {
        #[pin]
        places: P,
        turns: Turns,
        finished: bool,
    }
}

/// Awaits two to six futures, in a tuple, until the first is done; says which it
/// was, and drops the others. Lend a future (`&mut task`, a pinned `&mut future`)
/// to keep it.
///
/// It makes no task and needs no loop; the futures may borrow.
///
/// ```
/// use groundup_combinators::executor::{EventLoop, sleep, spawn};
/// use groundup_combinators::{Selected, select};
/// use std::time::Duration;
///
/// let event_loop = EventLoop::builder().virtual_time().build();
/// event_loop.run_until_complete(async {
///     let mut work = spawn(async {
///         sleep(Duration::from_secs(5)).await;
///         "done"
///     });
///     let mut looked = 0;
///     let result = loop {
///         match select((&mut work, sleep(Duration::from_secs(2)))).await {
///             Selected::First(result) => break result,
///             Selected::Second(()) => looked += 1,
///         }
///     };
///     assert_eq!((result.unwrap(), looked), ("done", 2));
/// }).unwrap();
/// ```
///
/// # Panics
///
/// When one of the futures panics, and when it is polled after it had finished.
///
/// # Cancel safety
///
/// Dropping it drops the futures; a [`Task`](crate::task::Task) among them is
/// detached. A cancel of the awaiting task is delivered in one of them: in the
/// first, in argument order, that has a `catch_cancel`. If none has, all are
/// dropped.
pub fn select<I: IntoPlaces<Tupled>>(futures: I) -> Select<I::Places>
where
    I::Places: Selectable,
{
    let places = futures.into_places();
    let count = places.count();
    Select {
        places,
        turns: Turns::free(count),
        finished: false,
    }
}

impl<P: Selectable> Future for Select<P> {
    type Output = P::Selected;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<P::Selected> {
        let mut this = self.project();
        assert!(!*this.finished, "select was polled after it had finished");
        let ended = |places: Pin<&mut P>, at| ControlFlow::Break(places.take_selected(at));
        match this.turns.take(this.places.as_mut(), cx, ended) {
            ControlFlow::Continue(()) => Poll::Pending,
            ControlFlow::Break(selected) => {
                *this.finished = true;
                this.places.clear();
                Poll::Ready(selected)
            }
        }
    }
}

impl<P: Places> fmt::Debug for Select<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<Select of {}>", self.places.count())
    }
}
