//! The places of a list of futures.
//!
//! The problem: a future that was polled must not move, and an element of a pinned slice cannot be
//! reached without `unsafe`. A box for each future is an allocation for each, and costs more than
//! some polls. The fields of a pinned struct can be reached. So two places are the fields of one
//! struct, two such structs are the fields of another, and thirty-two futures share an allocation:
//!
//! ```text
//!   blocks ──> [0 .. 31] [32 .. 63]      as many as the iterator announces
//!   eights ──> [64 .. 71] [72 .. 79]     as many as it announces behind them
//!   ones   ──> [80] [81] [82]            the rest, and large futures
//! ```
//!
//! The bits of a number lead to its place. A jump by a table would be predicted badly if the futures are
//! polled in no order. If the size of a place is a power of two, a bit is a mask and an addition.
//! Otherwise a bit takes more, and an allocation has only eight places.
//!
//! Invariants:
//! 1. The places have the numbers of their futures in the iterator.
//! 2. No place is allocated for which no future was announced.
//!
//! Read next: `in_place/batch.rs`.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use groundup_executor::task::Abandon;
use pin_project_lite::pin_project;

use crate::in_place::place::Place;
use crate::in_place::polling::PollWoken;
use crate::in_place::{IntoPlaces, IntoRacers, Listed, Places};

/// Number of places in an allocation of a few.
const EIGHT: usize = 8;
/// Number of places in a block.
const BLOCK: usize = 4 * EIGHT;
/// A place of more bytes has an allocation of its own.
const LARGE: usize = 512;
/// A place of more bytes stands in no block, and neither does one whose size is no power of two.
const SMALL: usize = 128;

pin_project! {
    /// A place beside others. With this alignment, that of the allocator, more sizes are a power of two.
    #[repr(align(16))]
    struct Aligned<F: Future> {
        #[pin] place: Place<F>,
    }
}

pin_project! {
    /// Two places, or two of the structs that have as many.
    struct Two<T> {
        #[pin] first: T,
        #[pin] second: T,
    }
}

type Eight<F> = Two<Two<Two<Aligned<F>>>>;
type Block<F> = Two<Two<Eight<F>>>;
/// The future of an iterator's awaitable.
type FutureOf<I> = <<I as Iterator>::Item as IntoFuture>::IntoFuture;

impl<T> Two<T> {
    /// Returns the half that a bit of a number names.
    #[inline(always)]
    fn half(self: Pin<&mut Self>, number: usize, bit: usize) -> Pin<&mut T> {
        let this = self.project();
        match number & bit {
            0 => this.first,
            _ => this.second,
        }
    }

    /// Returns both halves.
    #[inline(always)]
    fn both(self: Pin<&mut Self>) -> [Pin<&mut T>; 2] {
        let this = self.project();
        [this.first, this.second]
    }

    fn get(&self, number: usize, bit: usize) -> &T {
        [&self.first, &self.second][usize::from(number & bit != 0)]
    }
}

/// Returns one of eight places.
#[inline(always)]
fn in_eight<F: Future>(eight: Pin<&mut Eight<F>>, at: usize) -> Pin<&mut Place<F>> {
    eight.half(at, 4).half(at, 2).half(at, 1).project().place
}

/// Takes the outputs of the first `left` of eight places, and counts them off.
#[inline(always)]
fn take_eight<F: Future>(
    eight: Pin<&mut Eight<F>>,
    left: &mut usize,
    taken: &mut impl FnMut(F::Output),
) {
    for four in eight.both() {
        for two in four.both() {
            for aligned in two.both() {
                if *left > 0 {
                    *left -= 1;
                    taken(aligned.project().place.take());
                }
            }
        }
    }
}

/// Places of futures of one type.
// Speed: join, unordered. The first version is a vector of boxes, one for each place. Boxes of eight cost
// 45 instructions a future, and blocks cost 12.
pub struct List<F: Future> {
    blocks: Vec<Pin<Box<Block<F>>>>,
    eights: Vec<Pin<Box<Eight<F>>>>,
    ones: Vec<Pin<Box<Place<F>>>>,
    count: usize,
}

impl<F: Future> List<F> {
    const IN_BLOCKS: bool =
        size_of::<Aligned<F>>() <= SMALL && size_of::<Aligned<F>>().is_power_of_two();

    /// Returns the place of a future.
    #[inline]
    pub(super) fn place(&mut self, at: usize) -> Pin<&mut Place<F>> {
        let in_blocks = BLOCK * self.blocks.len();
        if Self::IN_BLOCKS
            && let Some(block) = self.blocks.get_mut(at / BLOCK)
        {
            return in_eight(block.as_mut().half(at, 16).half(at, 8), at);
        }
        let (at, in_eights) = (at - in_blocks, EIGHT * self.eights.len());
        match self.eights.get_mut(at / EIGHT) {
            Some(eight) => in_eight(eight.as_mut(), at),
            None => self.ones[at - in_eights].as_mut(),
        }
    }

    /// Takes the outputs of all futures, in their order.
    #[inline]
    pub(super) fn take_each(&mut self, mut taken: impl FnMut(F::Output)) {
        let mut left = self.count;
        for block in &mut self.blocks {
            for half in block.as_mut().both() {
                for eight in half.both() {
                    take_eight(eight, &mut left, &mut taken);
                }
            }
        }
        for eight in &mut self.eights {
            take_eight(eight.as_mut(), &mut left, &mut taken);
        }
        for one in &mut self.ones {
            taken(one.as_mut().take());
        }
    }
}

impl<F: Future> Places for List<F> {
    type First = F::Output;
    type Polling = PollWoken;

    fn count(&self) -> usize {
        self.count
    }

    fn is_open(&self, at: usize) -> bool {
        if Self::IN_BLOCKS
            && let Some(block) = self.blocks.get(at / BLOCK)
        {
            let eight = block.get(at, 16).get(at, 8);
            return eight.get(at, 4).get(at, 2).get(at, 1).place.is_open();
        }
        let at = at - BLOCK * self.blocks.len();
        match self.eights.get(at / EIGHT) {
            Some(eight) => eight.get(at, 4).get(at, 2).get(at, 1).place.is_open(),
            None => self.ones[at - EIGHT * self.eights.len()].is_open(),
        }
    }

    fn clear(mut self: Pin<&mut Self>) {
        let this = &mut *self;
        this.count = 0;
        // If the drop of one panics, the others are dropped while it unwinds. The ones are dropped first.
        let _eights = std::mem::take(&mut this.eights);
        let _blocks = std::mem::take(&mut this.blocks);
        let _ones = std::mem::take(&mut this.ones);
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: IntoFuture>> IntoPlaces<Listed> for I {
    type Places = List<<I::Item as IntoFuture>::IntoFuture>;

    #[track_caller]
    fn into_places(self) -> Self::Places {
        List::of(self)
    }
}

#[diagnostic::do_not_recommend]
impl<I: IntoIterator<Item: Abandon>> IntoRacers<Listed> for I {
    type Places = List<<I::Item as Abandon>::Future>;

    fn into_racers(self) -> Self::Places {
        List::of(self.into_iter().map(Abandon::into_contender))
    }
}

impl<F: Future> List<F> {
    /// Makes the places of awaitables. The awaits are those of the caller: a closure, or a function that
    /// an iterator calls, would lose the place of the call.
    #[track_caller]
    fn of<I: IntoIterator<Item: IntoFuture<IntoFuture = F, Output = F::Output>>>(
        futures: I,
    ) -> Self {
        let mut futures = futures.into_iter().fuse(); // a block asks on after the end
        let mut list = List {
            blocks: Vec::new(),
            eights: Vec::new(),
            ones: Vec::new(),
            count: 0,
        };
        if Self::IN_BLOCKS {
            list.blocks.reserve(futures.size_hint().0 / BLOCK);
            while futures.size_hint().0 >= BLOCK {
                let before = list.count;
                let block = next_block(&mut futures, &mut list.count);
                list.blocks.push(Box::pin(block));
                if list.count < before + BLOCK {
                    return list; // there were fewer than were announced
                }
            }
        }
        if size_of::<Place<F>>() <= LARGE {
            list.eights.reserve(futures.size_hint().0 / EIGHT);
            while futures.size_hint().0 >= EIGHT {
                let before = list.count;
                let eight = next_eight(&mut futures, &mut list.count);
                list.eights.push(Box::pin(eight));
                if list.count < before + EIGHT {
                    return list;
                }
            }
        }
        list.ones.reserve(futures.size_hint().0);
        for future in futures {
            list.ones.push(Box::pin(Place::open(future.into_future())));
        }
        list.count += list.ones.len();
        list
    }
}

/// Makes two halves, one after the other.
macro_rules! two {
    ($half:expr) => {{
        let first = $half;
        let second = $half;
        Two { first, second }
    }};
}

/// Makes the places of the next awaitables, and counts those that there are.
#[track_caller]
fn next_block<I>(awaitables: &mut I, count: &mut usize) -> Block<FutureOf<I>>
where
    I: Iterator<Item: IntoFuture>,
{
    two!(two!(next_eight(awaitables, count)))
}

/// Makes eight places.
#[track_caller]
fn next_eight<I>(awaitables: &mut I, count: &mut usize) -> Eight<FutureOf<I>>
where
    I: Iterator<Item: IntoFuture>,
{
    two!(two!(two!(next_place(awaitables, count))))
}

/// Makes a place, which is empty if there is no awaitable.
#[inline(always)]
#[track_caller]
fn next_place<I>(awaitables: &mut I, count: &mut usize) -> Aligned<FutureOf<I>>
where
    I: Iterator<Item: IntoFuture>,
{
    let place = match awaitables.next() {
        Some(awaitable) => {
            *count += 1;
            Place::open(awaitable.into_future())
        }
        None => Place::empty(),
    };
    Aligned { place }
}
