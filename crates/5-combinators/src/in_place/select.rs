//! Select: awaits the first of a few futures and says which it was.
//!
//! The problem: a worker waits for the next job, for a stop order, and for the end of its idle
//! time: three futures of three types. It needs to know which one is done, because it handles
//! each differently. And since it mostly selects in a loop, it needs to know what happens to
//! the other two.
//!
//! Nothing is hidden here. A future that is moved into the select is dropped when another one
//! wins, as in a [`race`](crate::race()). To keep a future, the caller lends it: `&mut` of a
//! pinned future is a future, and so is `&mut task`.
//!
//! ```text
//!   loop {
//!       select((jobs.next(),   &mut stop,   sleep(idle)))
//!   }          a new one       lent: goes   a new one each time:
//!              each time       on waiting   its time begins anew
//! ```
//!
//! A future that is dropped before its end should lose nothing: that is the meaning of *cancel
//! safe*. Each future of this library says under that heading whether it is.
//!
//! | safe to drop and begin anew | loses something |
//! |---|---|
//! | `sleep` (its time begins anew) | `wait_for` or `timeout` of a future: the work done so far |
//! | `&mut task`, a promise | `gather`: the children are cancelled |
//! | [`WaitSet::wait`](crate::WaitSet::wait), [`AsCompleted::next`](crate::AsCompleted::next) | an async block: the values it holds |
//!
//! Invariants:
//! 1. The losers are dropped before the output is returned.
//! 2. If several futures are found done in one poll, the first in argument order wins. So an
//!    earlier branch can starve a later one: put urgent branches first. Under a chooser the
//!    order is the chooser's, so that a test with a seed sees every branch win.
//!
//! Read next: `streams.rs`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;

use crate::in_place::first_or_all::FirstOrAll;
use crate::in_place::outputs::{InPlace, Outputs, SELECT};
use crate::in_place::*;

/// Future that [`select`] returns.
pub type Select<P> = FirstOrAll<P, InPlace<SELECT>>;

/// Says which future of a [`select`] was done first, and holds its output.
///
/// A select of two can only be `First` or `Second`: the other variants hold a value that cannot
/// exist, and a `match` leaves them out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Selected<A, B, C = Infallible, D = Infallible, E = Infallible, F = Infallible> {
    /// The first future of the tuple.
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
    /// Returns the index of the future in its tuple, from 0.
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

macro_rules! selectable {
    ($($places:ident: $($name:ident $field:ident $at:literal $variant:ident),+;)+) => {$(
        impl<$($name: Future),+> Outputs<SELECT> for $places<$($name),+> {
            type Output = Selected<$($name::Output),+>;

            #[inline]
            fn enough(self: Pin<&mut Self>, at: usize) -> Option<Self::Output> {
                let this = self.project();
                match at {
                    $($at => Some(Selected::$variant(this.$field.take())),)+
                    _ => None,
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

/// Awaits a tuple of two to six futures until the first is done; returns which one it is with its
/// output, and drops the others.
///
/// To keep a future, lend it (`&mut task`, a pinned `&mut future`).
///
/// It makes no task and needs no loop; the futures may borrow.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{EventLoop, Selected, select, sleep, spawn};
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
/// When one of the futures panics, and when the select is polled after its end.
///
/// # Cancel safety
///
/// Dropping the select drops the futures; a [`Task`](crate::task::Task) among them is detached.
/// A cancel of the awaiting task is delivered in one of the futures: in the first, in argument
/// order, that has a `catch_cancel`. If none has one, all are dropped.
pub fn select<I: IntoPlaces<Tupled>>(futures: I) -> Select<I::Places>
where
    I::Places: Outputs<SELECT>,
{
    FirstOrAll::new(futures.into_places())
}
