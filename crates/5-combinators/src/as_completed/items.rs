//! Items: results to come, as futures that can be stored.
//!
//! The problem: a reader that awaits one result after the other is one task. A program may want
//! to hand the results to several tasks, or await them in another order. So
//! `for item in as_completed(..)` returns a future for each result, as in asyncio. An item
//! belongs to no member: the item that is awaited first gets the result that comes first.
//!
//! Invariants:
//! 1. There are as many items as results that were not read.
//! 2. Dropping an item takes no result away.
//!
//! Read next: `timeout.rs`.

use std::fmt;
use std::future::Future;
use std::iter::FusedIterator;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::as_completed::completed::Completed;
use crate::as_completed::line::Position;
use crate::as_completed::reader::Reader;
use crate::running::orphan;
use crate::timeout::error::Elapsed;

/// Converts a result or [`Elapsed`] into the output of an item.
type Output<T, O> = fn(Result<Completed<T>, Elapsed>) -> O;

/// Iterates over the items of an [`AsCompleted`](crate::AsCompleted): one future for each result.
///
/// Dropping it, and all its items, lets the members run on.
pub struct CompletedItems<T: 'static, O = Completed<T>> {
    reader: Reader<T>,
    output: Output<T, O>,
}

impl<T: 'static, O> CompletedItems<T, O> {
    pub(super) fn new(reader: Reader<T>, output: Output<T, O>) -> Self {
        CompletedItems { reader, output }
    }
}

impl<T: 'static, O> Iterator for CompletedItems<T, O> {
    type Item = NextCompleted<T, O>;

    fn next(&mut self) -> Option<NextCompleted<T, O>> {
        self.reader.claim().then(|| NextCompleted {
            reader: Some(self.reader.clone()),
            output: self.output,
            place: 0,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.reader.unread();
        (left, Some(left))
    }
}

impl<T: 'static, O> ExactSizeIterator for CompletedItems<T, O> {}
impl<T: 'static, O> FusedIterator for CompletedItems<T, O> {}

impl<T, O> fmt::Debug for CompletedItems<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<CompletedItems, {} to come>", self.reader.unread())
    }
}

/// Awaits one result: an item of [`CompletedItems`].
///
/// It returns the next result at the time it is awaited, of whichever member.
///
/// # Cancel safety
///
/// Dropping it takes no result away: the next item that is awaited gets the result.
#[must_use = "futures do nothing unless awaited"]
pub struct NextCompleted<T: 'static, O = Completed<T>> {
    /// `None` once it has returned its result.
    reader: Option<Reader<T>>,
    output: Output<T, O>,
    place: Position,
}

impl<T: 'static, O> Future for NextCompleted<T, O> {
    type Output = O;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<O> {
        let this = self.get_mut();
        let reader = this.reader.as_ref();
        let reader = reader
            .expect("an item of as_completed was polled after it had finished: await it once");
        reader.touch(); // perhaps in another task than the one that has made the item
        let next = std::task::ready!(reader.poll_queue(cx, &mut this.place));
        let next = next.unwrap_or_else(|| orphan("as_completed"));
        let completed = next.map(|member| reader.take(member));
        this.reader = None;
        Poll::Ready((this.output)(completed))
    }
}

impl<T: 'static, O> Drop for NextCompleted<T, O> {
    fn drop(&mut self) {
        if let Some(reader) = &self.reader {
            reader.give_up(&mut self.place);
        }
    }
}

impl<T, O> fmt::Debug for NextCompleted<T, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<NextCompleted>")
    }
}
