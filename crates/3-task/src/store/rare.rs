//! The side table: what few tasks have.
//!
//! The problem: a name, a second waiter, a done-callback, a cancel with a
//! reason, the payload of a panic. Every task may have them, hardly any does. In
//! the slot they would triple what every task costs.
//!
//! Invariants:
//! 1. A slot's `extra` is 0 until one of these things is there.
//! 2. Nothing of the user's is dropped, called or cloned while the table is
//!    borrowed: it is moved out first.
//!
//! Read next: `store/waiters.rs`, the list in it.

use std::any::Any;
use std::rc::Rc;

use groundup_interweave::trace::Name;

use crate::store::waiters::Waiters;

/// Clones the value in `from` into the `Option` in `to`.
pub(crate) type Copier = fn(from: &dyn Any, to: &mut dyn Any);

/// What a promise does when somebody cancels it, instead of just ending.
pub(crate) type CancelHook = Rc<dyn Fn(Option<&Rc<str>>) -> bool>;

/// The rare things of one slot.
#[derive(Default)]
pub(crate) struct Extra {
    /// Waiters after the one in the slot, in the order of registration.
    pub(crate) waiters: Waiters,
    pub(crate) name: Option<Name>,
    /// How many cancels were asked for and not taken back.
    pub(crate) cancelling: u32,
    /// A cancel of one of its scopes may be one that can be taken back.
    pub(crate) revocable: bool,
    /// What the last cancel said.
    pub(crate) reason: Option<Rc<str>>,
    /// A cancel is about to be delivered: its reason stands, whoever asks again.
    pub(crate) reason_stands: bool,
    /// What a panic carried.
    pub(crate) payload: Option<Box<dyn Any + Send>>,
    pub(crate) hook: Option<CancelHook>,
    /// The numbers of the scopes that handed their own cancel on to it.
    pub(crate) asked_by: Vec<u32>,
    /// How many handles there are besides the first.
    pub(crate) handles: u32,
    /// How a handle that is not the last gets its value.
    pub(crate) copier: Option<Copier>,
}
