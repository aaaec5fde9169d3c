//! Iterables: one iterator, or several that are zipped.
//!
//! The problem: Python's `map(f, xs, ys)` takes any number of iterables and calls `f` with one
//! item of each, until the shortest ends. Here several iterables are a tuple, and the items are
//! tuples too.
//!
//! | argument | items |
//! |---|---|
//! | `()` | none |
//! | `xs` | `x` |
//! | `(xs, ys)` | `(x, y)` |
//! | `(xs, ys, zs)`, and so on to twelve | `(x, y, z)` |
//!
//! Invariant: items are taken from left to right, and no item is taken before it is needed.
//!
//! Read next: `streams/maybe_async.rs`.

use std::cell::RefCell;
use std::future::{Future, IntoFuture};
use std::iter::{Empty, Map, Repeat};
use std::rc::Rc;

use crate::in_place::Listed;
use crate::members::pairs::{End, Pair, Paired, Pairs, Tuple, Tupled};

#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an iterator, and not several",
    label = "neither an iterator nor a tuple of up to 12"
)]
/// Converts into an iterator: from one iterator, or from a tuple of up to 12 to be zipped.
/// [`async_map`](crate::async_map()) takes it. The compiler infers `Kind`.
pub trait Iterables<Kind> {
    /// An item, or a tuple with one item of each iterator.
    type Item;
    /// The iterator over the items.
    type Iter: Iterator<Item = Self::Item>;
    /// Zips the iterators. Takes no item yet.
    fn zipped(self) -> Self::Iter;
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator> Iterables<Listed> for I {
    type Item = I::Item;
    type Iter = I::IntoIter;

    fn zipped(self) -> I::IntoIter {
        self.into_iter()
    }
}

impl Iterables<Tupled> for () {
    type Item = ();
    type Iter = Empty<()>;

    fn zipped(self) -> Empty<()> {
        std::iter::empty()
    }
}

#[diagnostic::do_not_recommend]
impl Iterables<Paired> for End {
    type Item = End;
    type Iter = Repeat<End>;

    fn zipped(self) -> Repeat<End> {
        std::iter::repeat(End)
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator, T: Iterables<Paired>> Iterables<Paired> for Pair<I, T> {
    type Item = Pair<I::Item, T::Item>;
    type Iter = Pair<I::IntoIter, T::Iter>;

    fn zipped(self) -> Self::Iter {
        Pair {
            head: self.head.into_iter(),
            tail: self.tail.zipped(),
        }
    }
}

impl<I: Iterator, T: Iterator> Iterator for Pair<I, T> {
    type Item = Pair<I::Item, T::Item>;

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.head.next()?;
        let tail = self.tail.next()?;
        Some(Pair { head, tail })
    }
}

#[diagnostic::do_not_recommend]
impl<T: Tuple<Pairs: Iterables<Paired, Item: Pairs>>> Iterables<Tupled> for T {
    type Item = <ItemOf<T> as Pairs>::Tuple;
    type Iter = Map<<T::Pairs as Iterables<Paired>>::Iter, fn(ItemOf<T>) -> Self::Item>;

    fn zipped(self) -> Self::Iter {
        self.into_pairs().zipped().map(Pairs::into_tuple)
    }
}

/// One item of each iterator, in pairs.
type ItemOf<T> = <<T as Tuple>::Pairs as Iterables<Paired>>::Item;

/// Returns the futures of all calls; each calls the function when it is first polled.
pub(super) fn calls<F, I, R>(
    function: F,
    items: I,
) -> impl Iterator<Item = impl Future<Output = R::Output>>
where
    I: Iterator,
    F: FnMut(I::Item) -> R,
    R: IntoFuture,
{
    let function = Rc::new(RefCell::new(function));
    items.map(move |item| {
        let function = function.clone();
        async move {
            let called = (function.borrow_mut())(item);
            called.await
        }
    })
}
