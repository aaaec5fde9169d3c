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
//! Read next: `streams/interval.rs`.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::stream::Stream;
use groundup_executor::task::{EachTold, Scheduler, Told};

use crate::in_place::Listed;
use crate::members::pairs::{Collect, End, Pair, Paired, Tuple, Tupled};
use crate::running::loop_of;
use crate::streams::origin::{Named, NextItem, Origin};
use crate::streams::read_ahead::{Found, Inbox, ReadAhead};

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not several streams",
    label = "neither a list of streams nor a tuple of 1 to 12 streams",
    note = "give a tuple, an array, a `Vec` or an iterator, of streams",
    note = "an iterator is zipped as a stream of its items: `futures::stream::iter(items)`"
)]
/// Converts into streams to be zipped: an iterator of streams of one type, or a tuple of 1 to 12.
/// [`zip`] takes it. The compiler infers `Kind`.
pub trait Zippable<Kind> {
    /// The streams, each driven by a task.
    type Pumps: Pumps;
    /// Returns the function that spawns a task for each stream. Nothing runs yet.
    fn into_zip(self) -> Begin<Self::Pumps>;
}

/// Spawns the tasks of the streams.
pub struct Begin<P> {
    begin: Box<BeginFn<P>>,
}

/// Takes the number of the first stream, too.
type BeginFn<P> = dyn FnOnce(&Rc<Scheduler>, &Rc<Inbox>, usize) -> P;

/// Streams that tasks drive, to be read together.
pub trait Pumps {
    /// One item of each stream, in a `Vec` or in pairs.
    type Items;
    /// Looks whether each stream has its next item.
    fn poll_each(&mut self, cx: &mut Context<'_>, found: &mut Found);
    /// Takes the item of each stream, when all have one.
    fn take_each(&mut self) -> Option<Self::Items>;
}

/// Returns one item of each stream once all have one; `None` once a stream has ended, or if there
/// is none.
fn poll_all<P: Pumps>(pumps: &mut P, cx: &mut Context<'_>) -> Poll<Option<P::Items>> {
    let mut found = Found::default();
    pumps.poll_each(cx, &mut found);
    match found.have_items() {
        Some(true) => Poll::Ready(pumps.take_each()),
        Some(false) => Poll::Pending,
        None => Poll::Ready(None),
    }
}

impl<T: 'static> Pumps for Vec<ReadAhead<T>> {
    type Items = Vec<T>;

    fn poll_each(&mut self, cx: &mut Context<'_>, found: &mut Found) {
        for pump in self {
            found.note(pump.poll_item(cx));
        }
    }

    fn take_each(&mut self) -> Option<Vec<T>> {
        self.iter_mut().map(ReadAhead::take).collect()
    }
}

impl Pumps for End {
    type Items = End;

    fn poll_each(&mut self, _: &mut Context<'_>, _: &mut Found) {}

    fn take_each(&mut self) -> Option<End> {
        Some(End)
    }
}

impl<T: 'static, P: Pumps> Pumps for Pair<ReadAhead<T>, P> {
    type Items = Pair<T, P::Items>;

    fn poll_each(&mut self, cx: &mut Context<'_>, found: &mut Found) {
        found.note(self.head.poll_item(cx));
        self.tail.poll_each(cx, found);
    }

    fn take_each(&mut self) -> Option<Self::Items> {
        let head = self.head.take()?;
        let tail = self.tail.take_each()?;
        Some(Pair { head, tail })
    }
}

#[diagnostic::do_not_recommend]
impl<I> Zippable<Listed> for I
where
    I: IntoIterator,
    I::Item: Stream + 'static,
    <I::Item as Stream>::Item: 'static,
{
    type Pumps = Vec<ReadAhead<<I::Item as Stream>::Item>>;

    fn into_zip(self) -> Begin<Self::Pumps> {
        let streams: EachTold<_> = self.into_iter().collect();
        Begin {
            begin: Box::new(|scheduler, inbox, first| {
                let numbered = (first..).zip(streams.into_vec());
                let begin = |(number, stream)| ReadAhead::new(scheduler, inbox, number, stream);
                numbered.map(begin).collect()
            }),
        }
    }
}

#[diagnostic::do_not_recommend]
impl Zippable<Paired> for End {
    type Pumps = End;

    fn into_zip(self) -> Begin<End> {
        Begin {
            begin: Box::new(|_, _, _| End),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<S, T> Zippable<Paired> for Pair<S, T>
where
    S: Stream<Item: 'static> + 'static,
    T: Zippable<Paired, Pumps: 'static>,
{
    type Pumps = Pair<ReadAhead<S::Item>, T::Pumps>;

    fn into_zip(self) -> Begin<Self::Pumps> {
        let (stream, others) = (Told::new(self.head), self.tail.into_zip());
        Begin {
            begin: Box::new(move |scheduler, inbox, number| Pair {
                head: ReadAhead::new(scheduler, inbox, number, stream.into_inner()),
                tail: (others.begin)(scheduler, inbox, number + 1),
            }),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tuple<Pairs: Zippable<Paired, Pumps: Pumps<Items: Collect>>>> Zippable<Tupled> for T {
    type Pumps = <T::Pairs as Zippable<Paired>>::Pumps;

    fn into_zip(self) -> Begin<Self::Pumps> {
        self.into_pairs().into_zip()
    }
}

enum ZipStage<P> {
    Lazy(Begin<P>),
    Running(P),
    Over,
}

/// Stream of tuples or of lists, which [`zip`] returns.
#[must_use = "streams do nothing unless polled"]
pub struct Zip<P> {
    stage: ZipStage<P>,
    inbox: Rc<Inbox>,
    named: Option<Named>,
}

// The streams are moved into tasks and never pinned here.
impl<P> Unpin for Zip<P> {}

/// Zips several streams: returns one item of each, until the first stream ends.
///
/// `zip` takes a tuple of 1 to 12 streams, whose items come as tuples, or an iterator of streams of
/// one type, whose items come as a `Vec`. A zip of no streams ends at once. From the first poll on, a
/// task drives each stream, and is at most one item ahead: it goes on while the reader is busy.
///
/// ```
/// # mod groundup { pub use groundup_combinators::{*, executor::*}; }
/// use groundup::{async_map, interval, run_virtual, zip};
/// use std::time::Duration;
///
/// run_virtual(async {
///     let squares = async_map(async |n| n * n, [1, 2, 3]);
///     let mut one_a_second = zip((interval(Duration::from_secs(1)), squares));
///     let mut lines = Vec::new();
///     while let Some((at, square)) = one_a_second.next().await {
///         lines.push(format!("{at}: {}", square.unwrap()));
///     }
///     assert_eq!(lines, ["0 s: 1", "1 s: 4", "2 s: 9"]);
///
///     let mut both = zip([2, 3].map(|n| interval(Duration::from_secs(n)))); // a list
///     assert_eq!(both.next().await.unwrap().len(), 2);
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
/// A cancel of the reader takes no item away and stops no stream. Dropping the zip cancels the
/// tasks, and so drops the streams and the items that were ahead.
#[track_caller]
pub fn zip<Kind, I: Zippable<Kind>>(streams: I) -> Zip<I::Pumps> {
    Zip {
        stage: ZipStage::Lazy(streams.into_zip()),
        inbox: Inbox::new(Origin::here("zip")),
        named: None,
    }
}

impl<P: Pumps<Items: Collect>> Zip<P> {
    /// Returns the next tuple or list; `None` when one of the streams has ended.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is the `next` of a stream, which is awaited"
    )]
    pub fn next(&mut self) -> impl Future<Output = Option<<P::Items as Collect>::Output>> + '_ {
        let given_up = |it: &Self| it.named.iter().for_each(Named::given_up);
        NextItem::of(self, |it, cx| Pin::new(it).poll_next(cx), given_up)
    }

    fn start(&mut self) {
        if !matches!(self.stage, ZipStage::Lazy(_)) {
            return;
        }
        let scheduler = loop_of("zip");
        if let ZipStage::Lazy(streams) = std::mem::replace(&mut self.stage, ZipStage::Over) {
            self.stage = ZipStage::Running((streams.begin)(&scheduler, &self.inbox, 0));
            self.named = Some(self.inbox.named(&scheduler));
        }
    }
}

impl<P: Pumps<Items: Collect>> Stream for Zip<P> {
    type Item = <P::Items as Collect>::Output;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.start();
        let ZipStage::Running(pumps) = &mut this.stage else {
            return Poll::Ready(None);
        };
        this.inbox.clear();
        let polled = poll_all(pumps, cx);
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
        polled.map(|items| items.map(Collect::collect))
    }
}

impl<P> fmt::Debug for Zip<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.stage {
            ZipStage::Lazy(_) => "<Zip, not begun>",
            ZipStage::Running(_) => "<Zip>",
            ZipStage::Over => "<Zip, over>",
        })
    }
}
