//! Merge: several streams as one, in the order in which items come.
//!
//! The problem: events come from three places, and one loop handles them. A reader that polls
//! the three streams itself stops all three while it handles an event. Here a task drives each
//! stream, see `read_ahead.rs`.
//!
//! ```text
//!   a   --1-----3-->        merge   --1-2---3-4-->
//!   b   ----2-----4-|                             |  ends with the last
//! ```
//!
//! Invariants:
//! 1. Items come in the order in which the sources returned them; the items of one source keep
//!    their order.
//! 2. No item is lost: the merge ends when all sources have ended and all items were read.
//! 3. Nothing runs before the first poll. Dropping the merge drops the sources.
//!
//! Read next: `streams/zip.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{EachTold, Scheduler};

use crate::in_place::Listed;
use crate::members::pairs::{End, Pair, Tuple, Tupled};
use crate::running::loop_of;
use crate::streams::origin::{Named, NextItem, Origin};
use crate::streams::read_ahead::{Inbox, ReadAhead};

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several streams with items of one type",
    label = "neither a list of streams nor a tuple of 1 to 12 streams",
    note = "give a tuple, an array, a `Vec` or an iterator, of streams",
    note = "streams of several types of items are mapped to one type of item first"
)]
/// Converts into sources: an iterator of streams of one type, or a tuple of 1 to 12.
/// [`merge`] takes it. All streams have the same type of items. The compiler infers `Kind`.
pub trait IntoStreams<Kind> {
    /// Type of the items.
    type Item: 'static;
    /// Returns the sources. Nothing runs yet.
    fn into_streams(self) -> Sources<Self::Item>;
}

/// Streams that have not begun.
pub struct Sources<T> {
    begin: EachTold<Begin<T>>,
}

type Begin<T> = Box<dyn FnOnce(&Rc<Scheduler>, &Rc<Inbox>, usize) -> ReadAhead<T>>;

fn source<T: 'static>(stream: impl Stream<Item = T> + 'static) -> Begin<T> {
    Box::new(move |scheduler, inbox, number| ReadAhead::new(scheduler, inbox, number, stream))
}

#[diagnostic::do_not_recommend]
impl<I> IntoStreams<Listed> for I
where
    I: IntoIterator,
    I::Item: Stream + 'static,
    <I::Item as Stream>::Item: 'static,
{
    type Item = <I::Item as Stream>::Item;

    fn into_streams(self) -> Sources<Self::Item> {
        Sources {
            begin: self.into_iter().map(source).collect(),
        }
    }
}

/// Streams in pairs, with items of one type.
pub trait EachSource<Item> {
    /// Appends the streams to the sources, in order.
    fn append_to(self, sources: &mut Sources<Item>);
}

impl<Item> EachSource<Item> for End {
    fn append_to(self, _: &mut Sources<Item>) {}
}

impl<Item: 'static, S, T> EachSource<Item> for Pair<S, T>
where
    S: Stream<Item = Item> + 'static,
    T: EachSource<Item>,
{
    fn append_to(self, sources: &mut Sources<Item>) {
        sources.begin.push(source(self.head));
        self.tail.append_to(sources);
    }
}

#[diagnostic::do_not_recommend]
impl<T, S, Others> IntoStreams<Tupled> for T
where
    T: Tuple<Pairs = Pair<S, Others>>,
    S: Stream<Item: 'static>,
    Pair<S, Others>: EachSource<S::Item>,
{
    type Item = S::Item;

    fn into_streams(self) -> Sources<S::Item> {
        let mut sources = Sources {
            begin: EachTold::default(),
        };
        self.into_pairs().append_to(&mut sources);
        sources
    }
}

enum MergeStage<T: 'static> {
    Lazy(Sources<T>),
    Running {
        pumps: Vec<ReadAhead<T>>,
        left: usize,
    },
    Over,
}

/// Stream of the items of several streams, which [`merge`] returns.
#[must_use = "streams do nothing unless polled"]
pub struct Merge<T: 'static> {
    stage: MergeStage<T>,
    inbox: Rc<Inbox>,
    named: Option<Named>,
}

impl<T> Unpin for Merge<T> {}

/// Merges several streams into one: returns their items in the order in which they come.
///
/// From the first poll on, a task drives each stream, and is at most one item ahead: it goes on
/// while the reader is busy. `merge` takes an iterator of streams, or a tuple of 1 to 12
/// with the same items. A merge of no streams ends at once.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{interval, merge, run_virtual};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let [fast, slow] = [2, 3].map(|n| interval(Duration::from_secs(n)));
///     let mut ticks = merge((fast, slow)); // an interval is a stream of times
///     let mut times = Vec::new();
///     while times.len() < 6 {
///         times.extend(ticks.next().await.map(|tick| tick.since_start().as_secs()));
///     }
///     assert_eq!(times, [0, 0, 2, 3, 4, 6]);
/// });
/// ```
///
/// # Panics
///
/// When first polled outside a running loop. A panic of a stream goes on in the
/// reader.
///
/// # Cancel safety
///
/// A cancel of the reader takes no item away and stops no stream. Dropping the merge cancels
/// the tasks, and so drops the streams and the items that were ahead.
#[track_caller]
pub fn merge<Kind, I: IntoStreams<Kind>>(streams: I) -> Merge<I::Item> {
    Merge {
        stage: MergeStage::Lazy(streams.into_streams()),
        inbox: Inbox::new(Origin::here("merge")),
        named: None,
    }
}

impl<T: 'static> Merge<T> {
    /// Returns the next item; `None` when all streams have ended.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<T>> + '_ {
        let given_up = |it: &Self| it.named.iter().for_each(Named::given_up);
        NextItem::of(self, |it, cx| Pin::new(it).poll_next(cx), given_up)
    }

    fn start(&mut self) {
        if !matches!(self.stage, MergeStage::Lazy(_)) {
            return;
        }
        let scheduler = loop_of("merge");
        if let MergeStage::Lazy(sources) = std::mem::replace(&mut self.stage, MergeStage::Over) {
            let begin = sources.begin.into_vec().into_iter().enumerate();
            let pumps: Vec<_> = begin
                .map(|(number, begin)| begin(&scheduler, &self.inbox, number))
                .collect();
            let left = pumps.len();
            self.named = Some(self.inbox.named(&scheduler));
            self.stage = MergeStage::Running { pumps, left };
        }
    }
}

impl<T: 'static> Stream for Merge<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = self.get_mut();
        this.start();
        let polled = this.poll_item(cx);
        if let Poll::Ready(None) = polled {
            this.named = None;
        }
        if let Some(named) = &this.named {
            named.polled(cx, &polled);
        }
        polled
    }
}

impl<T: 'static> Merge<T> {
    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        while let MergeStage::Running { pumps, left } = &mut self.stage {
            if *left == 0 {
                self.stage = MergeStage::Over;
                break;
            }
            let Some(number) = self.inbox.first() else {
                self.inbox.wait(cx);
                return Poll::Pending;
            };
            let item = match pumps[number].poll_item(cx) {
                Poll::Ready(item) => item,
                Poll::Pending => return Poll::Pending, // a cancel of the source goes on here
            };
            self.inbox.answer();
            match item {
                true => return Poll::Ready(pumps[number].take()),
                false => *left -= 1,
            }
        }
        Poll::Ready(None)
    }
}

impl<T> fmt::Debug for Merge<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.stage {
            MergeStage::Lazy(_) => f.write_str("<Merge, not begun>"),
            MergeStage::Running { left, .. } => write!(f, "<Merge of {left}>"),
            MergeStage::Over => f.write_str("<Merge, over>"),
        }
    }
}
