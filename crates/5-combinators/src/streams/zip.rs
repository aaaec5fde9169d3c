//! Zip: several streams, one item of each at a time.
//!
//! The problem: two sources belong together, question and answer, frame and sound. A reader
//! that waits for one and then for the other waits for the sum of both times. Here a task
//! drives each source, see `read_ahead.rs`. So the times overlap, with each other and with the
//! reader's.
//!
//! ```text
//!   a   --1-----2----3-->        zip   ----(1,x)-(2,y)-|
//!   b   ----x-y-|                                      ends with the shortest
//! ```
//!
//! Invariants:
//! 1. The n-th item is made of the n-th items of all streams.
//! 2. The zip ends with the first source that ends; an item that another source had ready is
//!    dropped.
//! 3. Nothing runs before the first poll. Dropping the zip drops the sources.
//!
//! Read next: `cancel_table.rs`.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{Scheduler, drop_told};

use crate::running::loop_of;
use crate::streams::origin::{Named, Origin};
use crate::streams::read_ahead::{Inbox, ReadAhead};

/// Tuple of two to four streams, which [`zip`] takes.
pub trait Zippable {
    /// A tuple with one item of each stream.
    type Item;
    /// The streams, each driven by a task.
    type Pumps: Pumps<Item = Self::Item>;
    /// Spawns a task for each stream.
    #[track_caller]
    fn begin(self, scheduler: &Rc<Scheduler>, inbox: &Rc<Inbox>) -> Self::Pumps;
    /// Drops the streams one by one.
    fn discard(self);
}

/// Streams that tasks drive, to be read together.
pub trait Pumps {
    /// A tuple with one item of each stream.
    type Item;
    /// Returns one item of each stream once all have one; `None` once a stream has ended.
    fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>>;
}

macro_rules! zips {
    ($($($name:ident $at:tt),+;)+) => {$(
        impl<$($name: Stream + 'static),+> Zippable for ($($name,)+)
        where
            $($name::Item: 'static,)+
        {
            type Item = ($($name::Item,)+);
            type Pumps = ($(ReadAhead<$name::Item>,)+);

            fn begin(self, scheduler: &Rc<Scheduler>, inbox: &Rc<Inbox>) -> Self::Pumps {
                ($(ReadAhead::new(scheduler, inbox, $at, self.$at),)+)
            }

            fn discard(self) {
                $(drop_told(self.$at);)+
            }
        }

        impl<$($name: 'static),+> Pumps for ($(ReadAhead<$name>,)+) {
            type Item = ($($name,)+);

            fn poll_all(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
                let items = [$(self.$at.poll_item(cx)),+];
                if items.contains(&Poll::Ready(false)) {
                    return Poll::Ready(None);
                }
                if items.contains(&Poll::Pending) {
                    return Poll::Pending;
                }
                Poll::Ready((|| Some(($(self.$at.take()?,)+)))())
            }
        }
    )+};
}

zips! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
}

enum ZipStage<S: Zippable> {
    Lazy(S),
    Running(S::Pumps),
    Over,
}

/// Stream of tuples, which [`zip`] returns.
#[must_use = "streams do nothing unless polled"]
pub struct Zip<S: Zippable> {
    stage: ZipStage<S>,
    inbox: Rc<Inbox>,
    named: Option<Named>,
}

// The streams are moved into tasks and never pinned here.
impl<S: Zippable> Unpin for Zip<S> {}

/// Zips several streams: returns one item of each as a tuple, until the first stream ends.
///
/// `zip` takes a tuple of two to four streams. From the first poll on, a task drives each
/// stream, and is at most one item ahead: it goes on while the reader is busy.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use futures::stream::{StreamExt, iter};
/// use groundup::{run, zip};
///
/// let pairs = run(async { zip((iter([1, 2, 3]), iter("ab".chars()))).collect::<Vec<_>>().await });
/// assert_eq!(pairs, [(1, 'a'), (2, 'b')]);
/// ```
///
/// # Panics
///
/// When first polled outside a running loop. A panic of a stream goes on in the
/// reader.
///
/// # Cancel safety
///
/// A cancel of the reader takes no item away and stops no stream. Dropping the zip cancels the
/// tasks, and so drops the streams and the items that were ahead.
#[track_caller]
pub fn zip<S: Zippable>(streams: S) -> Zip<S> {
    Zip {
        stage: ZipStage::Lazy(streams),
        inbox: Inbox::new(Origin::here("zip")),
        named: None,
    }
}

impl<S: Zippable> Zip<S> {
    /// Returns the next tuple; `None` when one of the streams has ended.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<S::Item>> + '_ {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx))
    }

    fn start(&mut self) {
        if !matches!(self.stage, ZipStage::Lazy(_)) {
            return;
        }
        let scheduler = loop_of("zip");
        if let ZipStage::Lazy(streams) = std::mem::replace(&mut self.stage, ZipStage::Over) {
            self.stage = ZipStage::Running(streams.begin(&scheduler, &self.inbox));
            self.named = Some(self.inbox.named(&scheduler));
        }
    }
}

impl<S: Zippable> Stream for Zip<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.get_mut();
        this.start();
        let ZipStage::Running(pumps) = &mut this.stage else {
            return Poll::Ready(None);
        };
        this.inbox.clear();
        let polled = pumps.poll_all(cx);
        match &polled {
            Poll::Pending => this.inbox.wait(cx),
            Poll::Ready(None) => {
                this.stage = ZipStage::Over;
                this.named = None;
            }
            Poll::Ready(Some(_)) => {}
        }
        if let Some(named) = &this.named {
            named.polled(cx, &polled);
        }
        polled
    }
}

impl<S: Zippable> Drop for Zip<S> {
    fn drop(&mut self) {
        if let ZipStage::Lazy(streams) = std::mem::replace(&mut self.stage, ZipStage::Over) {
            streams.discard();
        }
    }
}

impl<S: Zippable> fmt::Debug for Zip<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.stage {
            ZipStage::Lazy(_) => "<Zip, not begun>",
            ZipStage::Running(_) => "<Zip>",
            ZipStage::Over => "<Zip, over>",
        })
    }
}
