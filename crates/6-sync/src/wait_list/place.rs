//! Place: the number by which a waiting future knows its place in a list.
//!
//! The problem: a future is polled many times, and is dropped at any time. It must know if it
//! stands in a list, so that it leaves it, and if it has returned its value, so that a poll after
//! the end is refused. All of it is one number, since a future that does not wait should cost
//! nothing.
//!
//! Invariant: a place that is taken was given by one list, and is given back to it.
//!
//! Read next: `wait_list/one_waiter.rs`.

/// The place of a future in a wait list, which the future keeps.
///
/// ```text
///   new ── join ──> taken ── poll, leave ──> new
///    └──── end ───> over: the future has returned its value
/// ```
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Place(pub(super) u32);

/// The number that marks a future which has returned its value.
const OVER: u32 = u32::MAX;

impl Place {
    /// Returns true if the future is not in the list, and has not returned its value.
    #[inline]
    pub(crate) fn is_new(&self) -> bool {
        self.0 == 0
    }

    /// Returns true if the future is in the list.
    #[inline]
    pub(crate) fn is_taken(&self) -> bool {
        self.0.wrapping_sub(1) < OVER - 1
    }

    /// Returns the number of the place, if the future is in the list. A later poll may change it.
    pub(crate) fn number(&self) -> Option<u32> {
        self.is_taken().then_some(self.0)
    }

    /// Notes that the future returns its value.
    #[inline]
    pub(crate) fn end(&mut self) {
        debug_assert!(!self.is_taken(), "it is not in the list");
        self.0 = OVER;
    }

    /// Returns true if the future has returned its value.
    #[inline]
    pub(crate) fn is_over(&self) -> bool {
        self.0 == OVER
    }

    /// Panics if the future has returned its value.
    #[inline]
    pub(crate) fn assert_not_over(&self, what: &str) {
        if self.is_over() {
            polled_after_its_end(what);
        }
    }
}

#[cold]
fn polled_after_its_end(what: &str) -> ! {
    panic!("this {what} was polled after it had finished: await a new one")
}
