//! Keeps the output of a promise in the box of its slot.
//!
//! The problem: a promise has no future, only a place for an output, and any number of handles may
//! ask for a copy. A copy calls the user's `Clone`, which may do anything, also ask for the same
//! value.
//!
//! ```text
//!   set_result(v) ── put ──> box: the output
//!   result, await ── the box is lent out of the slot ── copy ── it comes back
//! ```
//!
//! Costs: of the 1,160 instructions of the benchmark's one_shot, `put` takes 64 and `copy` 84. Both take
//! their argument as `dyn Any`, because the slot knows only that its box is an `Object`; a handle that
//! reached the typed box would have to compare the types, too, in a downcast of the box. An output is moved
//! twice, into the box and to the awaiter, because between the two any other handle may look at it.
//!
//! Invariants:
//! 1. The output is copied while its box is out of the slot, so nothing is borrowed meanwhile.
//! 2. A box begins anew only for a promise of the same type.
//!
//! Read next: `store/lender.rs`, which lends out the content of a cell.

use std::any::Any;
use std::marker::PhantomData;
use std::pin::Pin;

use crate::error::SharedError;
use crate::store::object::{CallSite, Object};

/// The value or the error that a promise was set to.
pub(crate) type Fulfilled<T> = Result<T, SharedError>;

/// A promise's content: no future, only a place for an output.
pub(crate) struct PromiseObject<T> {
    output: Option<Fulfilled<T>>,
    call_site: CallSite,
}

impl<T> PromiseObject<T> {
    /// Makes the content of a pending promise.
    pub(crate) fn new(call_site: CallSite) -> Self {
        PromiseObject {
            output: None,
            call_site,
        }
    }
}

impl<T> Unpin for PromiseObject<T> {}

impl<T: Clone + 'static> Object for PromiseObject<T> {
    /// Takes an `Option<Empty<T>>`, to begin anew.
    fn refill(self: Pin<&mut Self>, input: &mut dyn Any, call_site: CallSite) -> bool {
        let this = self.get_mut();
        let begin = input.is::<Option<Empty<T>>>();
        if begin {
            this.output = None;
            this.call_site = call_site;
        }
        begin
    }

    fn put(self: Pin<&mut Self>, output: &mut dyn Any) {
        if let Some(output) = output.downcast_mut::<Option<Fulfilled<T>>>() {
            self.get_mut().output = output.take();
        }
    }

    fn copy(self: Pin<&mut Self>, output: &mut dyn Any) {
        if let Some(copy) = output.downcast_mut::<Option<Fulfilled<T>>>() {
            copy.clone_from(&self.output);
        }
    }

    fn clear(self: Pin<&mut Self>) {
        self.get_mut().output = None;
    }

    fn call_site(&self) -> CallSite {
        self.call_site
    }

    fn show(self: Pin<&mut Self>, look: &mut dyn FnMut(&dyn Any)) {
        if let Some(Err(error)) = &self.output {
            look(error);
        }
    }
}

/// Asks a kept box to become a new promise of this type.
pub(crate) struct Empty<T>(pub(crate) PhantomData<T>);
