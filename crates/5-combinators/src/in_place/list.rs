//! The places of a list of futures.
//!
//! The problem: a future that was polled must not move, and an element of a pinned slice cannot be
//! reached without `unsafe`. A box for each future is an allocation for each, and costs more than
//! some polls. The fields of a pinned struct can be reached. So eight places are the fields of one
//! struct, and eight futures share an allocation:
//!
//! ```text
//!   eights ──> [0 1 2 3 4 5 6 7] [8 .. 15]         as many as the iterator announces
//!   ones   ──> [16] [17] [18]                      the rest, and large futures
//! ```
//!
//! Invariants:
//! 1. The places have the numbers of their futures in the iterator.
//! 2. No place is allocated for which no future was announced.
//!
//! Read next: `in_place/poll_one.rs`.

use std::future::{Future, IntoFuture};
use std::pin::Pin;

use groundup_executor::task::Abandon;
use pin_project_lite::pin_project;

use crate::in_place::place::Place;
use crate::in_place::polling::PollWoken;
use crate::in_place::{IntoPlaces, IntoRacers, Listed, Places};

/// Number of places that share an allocation.
const EIGHT: usize = 8;
/// A place of more bytes has an allocation of its own.
const LARGE: usize = 512;

pin_project! {
    /// Eight places.
    struct Eight<F: Future> {
        #[pin] a: Place<F>,
        #[pin] b: Place<F>,
        #[pin] c: Place<F>,
        #[pin] d: Place<F>,
        #[pin] e: Place<F>,
        #[pin] f: Place<F>,
        #[pin] g: Place<F>,
        #[pin] h: Place<F>,
    }
}

impl<F: Future> Eight<F> {
    fn empty() -> Self {
        let [a, b, c, d, e, f, g, h] = [(); EIGHT].map(|()| Place::empty());
        #[rustfmt::skip]
        let eight = Eight { a, b, c, d, e, f, g, h };
        eight
    }

    #[inline]
    fn at(self: Pin<&mut Self>, at: usize) -> Pin<&mut Place<F>> {
        let this = self.project();
        match at {
            0 => this.a,
            1 => this.b,
            2 => this.c,
            3 => this.d,
            4 => this.e,
            5 => this.f,
            6 => this.g,
            _ => this.h,
        }
    }

    fn get(&self, at: usize) -> &Place<F> {
        [
            &self.a, &self.b, &self.c, &self.d, &self.e, &self.f, &self.g, &self.h,
        ][at]
    }
}

/// Places of futures of one type.
// Speed: join. The first version is a vector of boxes, one for each place.
pub struct List<F: Future> {
    eights: Vec<Pin<Box<Eight<F>>>>,
    ones: Vec<Pin<Box<Place<F>>>>,
    count: usize,
}

impl<F: Future> List<F> {
    /// Returns the place of a future.
    #[inline]
    pub(super) fn place(&mut self, at: usize) -> Pin<&mut Place<F>> {
        let in_eights = EIGHT * self.eights.len();
        match at < in_eights {
            true => self.eights[at / EIGHT].as_mut().at(at % EIGHT),
            false => self.ones[at - in_eights].as_mut(),
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
        match self.eights.get(at / EIGHT) {
            Some(eight) => eight.get(at % EIGHT).is_open(),
            None => self.ones[at - EIGHT * self.eights.len()].is_open(),
        }
    }

    fn clear(mut self: Pin<&mut Self>) {
        let this = &mut *self;
        this.count = 0;
        let (eights, ones) = (&mut this.eights, &mut this.ones);
        // If the drop of one panics, the others are dropped while it unwinds.
        let (_eights, _ones) = (std::mem::take(eights), std::mem::take(ones));
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
        let mut futures = futures.into_iter();
        let mut list = List {
            eights: Vec::new(),
            ones: Vec::new(),
            count: 0,
        };
        if size_of::<Place<F>>() <= LARGE {
            list.eights.reserve(futures.size_hint().0 / EIGHT);
            while futures.size_hint().0 >= EIGHT {
                let mut eight = Box::pin(Eight::empty());
                let mut filled = 0;
                for future in futures.by_ref().take(EIGHT) {
                    let place = Place::open(future.into_future());
                    eight.as_mut().at(filled).set(place);
                    filled += 1;
                }
                list.eights.push(eight);
                list.count += filled;
                if filled < EIGHT {
                    return list; // there were fewer than were announced
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
