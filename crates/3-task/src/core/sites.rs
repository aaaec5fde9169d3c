//! Keeps one reason for all nameless things that one expression makes.
//!
//! The problem: a channel for one value lives for one wait. An entry of its own in the table of
//! reasons would cost more than all the rest of the channel. But the channels that one expression
//! of the program makes have the same reason, as long as they have no name: the text and the place
//! are the same. So they share an entry.
//!
//! ```text
//!   channel 1, made at src/main.rs:7:9 ──┐
//!   channel 2, made at src/main.rs:7:9 ──┴──> entry 3: "the value of oneshot (made at ..)"
//! ```
//!
//! Invariant: a loop has one such entry for each text and place, and keeps it until it is dropped.
//! So there are no more of them than places in the program.
//!
//! Read next: `core/places.rs`.

use std::cell::{Cell, RefCell};
use std::ptr;

use crate::store::object::CallSite;

/// A text, by its address and length, and the address of a place. The compiler may write a text twice,
/// which costs an entry.
type Site = (usize, usize, usize);

/// The numbers of the reasons of nameless things.
#[derive(Default)]
pub(super) struct Sites {
    /// The site of the last call, and its reason. Before the first call it is no site: no place has
    /// the address 0.
    last: Cell<(Site, u32)>,
    /// All sites with their reasons, in the order of the sites.
    all: RefCell<Vec<(Site, u32)>>,
}

impl Sites {
    /// Returns the number of the reason `what` of things that are made at `place`. `enter` adds the
    /// reason to the table.
    pub(super) fn number(
        &self,
        what: &'static str,
        place: CallSite,
        enter: impl FnOnce() -> u32,
    ) -> u32 {
        let find = || self.find(site(what, place), enter);
        self.last_number(what, place).unwrap_or_else(find)
    }

    /// Returns the number of the reason if it is that of the last call. Makes no call.
    #[inline(always)]
    pub(super) fn last_number(&self, what: &'static str, place: CallSite) -> Option<u32> {
        let (last, number) = self.last.get();
        (last == site(what, place)).then_some(number)
    }

    /// Returns the number of these reasons.
    pub(super) fn len(&self) -> usize {
        self.all.borrow().len()
    }

    /// Looks for the reason among all sites.
    #[cold]
    fn find(&self, site: Site, enter: impl FnOnce() -> u32) -> u32 {
        let mut all = self.all.borrow_mut();
        let place = all.partition_point(|(of, _)| *of < site);
        if all.get(place).is_none_or(|(of, _)| *of != site) {
            all.insert(place, (site, enter()));
        }
        let number = all[place].1;
        self.last.set((site, number));
        number
    }
}

#[inline(always)]
fn site(what: &'static str, place: CallSite) -> Site {
    (
        what.as_ptr().addr(),
        what.len(),
        ptr::from_ref(place).addr(),
    )
}
