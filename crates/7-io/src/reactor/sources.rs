//! The table of sources.
//!
//! The problem: the system knows a socket by a number that the reactor has chosen. It may report an
//! event of a socket that was closed meanwhile, and whose place another socket has. So the number
//! has a second half, the generation, which counts the sockets that have had the place.
//!
//! ```text
//!   token   [ generation | number ]        an event of [2 | 7] fits the entry 7 only while its
//!                                           generation is 2
//! ```
//!
//! Invariants:
//! 1. A token is given once. A place whose generations are used up is not used again.
//! 2. No source is dropped while the table is borrowed: it has wakers of other crates.
//!
//! Read next: `reactor/waits.rs`.

use std::cell::RefCell;
use std::rc::Rc;

use groundup_sync::task::Address;
use mio::Token;

use super::source::Source;

/// The token of the unparker: no source has it, since its generation is never reached.
pub(super) const UNPARK: Token = Token(usize::MAX);

/// The token of the socket that becomes readable at an interrupt. No source has it either.
#[cfg(unix)]
pub(super) const INTERRUPT: Token = Token(usize::MAX - 1);

/// Number of bits of each half of a token: 32, and 16 on a system of 32 bits.
const HALF: u32 = usize::BITS / 2;
/// The greatest number and generation.
const LAST: u32 = (usize::MAX >> HALF) as u32;

/// The bit in the number of a network in memory. The number of a reactor does not have it.
pub(super) const IN_MEMORY: u64 = 1 << 63;

/// Identifies a source: a socket has this in place of a reference, and so it is `Send + Sync`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SourceId {
    /// The number of the reactor, or of the network in memory.
    reactor: u64,
    /// Where the loop receives messages, for a socket that is dropped elsewhere.
    address: Address,
    number: u32,
    generation: u32,
}

impl SourceId {
    /// Returns the number of the reactor or network, in the process.
    #[inline]
    pub(crate) fn reactor(&self) -> u64 {
        self.reactor
    }

    /// Returns true if the source is a socket in memory.
    #[inline]
    pub(crate) fn is_in_memory(&self) -> bool {
        self.reactor & IN_MEMORY != 0
    }

    /// Returns the address of the loop.
    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// Returns the number and the generation as the system knows them.
    pub(super) fn token(&self) -> Token {
        Token((self.generation as usize) << HALF | self.number as usize)
    }
}

#[derive(Default)]
pub(super) struct Sources(RefCell<Table>);

#[derive(Default)]
struct Table {
    places: Vec<SourcePlace>,
    /// The numbers of the free places.
    free: Vec<u32>,
    len: usize,
}

struct SourcePlace {
    generation: u32,
    source: Option<Rc<Source>>,
}

impl Table {
    #[inline]
    fn find(&self, number: u32, generation: u32) -> Option<&Rc<Source>> {
        let place = self.places.get(number as usize)?;
        place
            .source
            .as_ref()
            .filter(|_| place.generation == generation)
    }
}

impl Sources {
    /// Adds a source of a reactor and a loop.
    pub(super) fn insert(&self, source: Source, reactor: u64, address: Address) -> SourceId {
        let mut table = self.0.borrow_mut();
        table.len += 1;
        let number = table.free.pop().unwrap_or_else(|| {
            let source = None;
            let generation = 0;
            table.places.push(SourcePlace { generation, source });
            let number = table.places.len() - 1;
            assert!(number <= LAST as usize, "no more than {LAST} descriptors");
            number as u32
        });
        let place = &mut table.places[number as usize];
        place.source = Some(Rc::new(source));
        SourceId {
            reactor,
            address,
            number,
            generation: place.generation,
        }
    }

    /// Returns the source.
    pub(super) fn get(&self, id: &SourceId) -> Option<Rc<Source>> {
        let table = self.0.borrow();
        table.find(id.number, id.generation).cloned()
    }

    /// Calls `act` with the source, while the table is borrowed.
    // It is a part of each wait.
    #[inline(always)]
    pub(super) fn with<R>(&self, id: &SourceId, act: impl FnOnce(&Source) -> R) -> Option<R> {
        let table = self.0.borrow();
        table
            .find(id.number, id.generation)
            .map(|source| act(source))
    }

    /// Calls `act` with the source that has this token, while the table is borrowed.
    // It is a part of each event.
    #[inline(always)]
    pub(super) fn with_token<R>(&self, token: Token, act: impl FnOnce(&Source) -> R) -> Option<R> {
        let (number, generation) = (token.0 & LAST as usize, token.0 >> HALF);
        let table = self.0.borrow();
        let source = table.find(number as u32, generation as u32)?;
        Some(act(source))
    }

    /// Removes a source and returns it for the caller to drop.
    pub(super) fn remove(&self, id: &SourceId) -> Option<Rc<Source>> {
        let mut table = self.0.borrow_mut();
        let place = table.places.get_mut(id.number as usize)?;
        if place.generation != id.generation {
            return None;
        }
        let source = place.source.take()?;
        place.generation += 1;
        if place.generation < LAST {
            table.free.push(id.number);
        }
        table.len -= 1;
        Some(source)
    }

    /// Returns all sources.
    pub(super) fn all(&self) -> Vec<Rc<Source>> {
        let table = self.0.borrow();
        let places = table.places.iter();
        places.filter_map(|place| place.source.clone()).collect()
    }

    /// Removes all sources and returns them.
    pub(super) fn take_all(&self) -> Vec<Rc<Source>> {
        let table = self.0.take();
        let places = table.places.into_iter();
        places.filter_map(|place| place.source).collect()
    }

    /// Returns the number of sources.
    pub(super) fn len(&self) -> usize {
        self.0.borrow().len
    }
}
