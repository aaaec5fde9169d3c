//! Cancels: a request, its delivery, and the scopes it may be aimed at.
//!
//! The problem: Rust can drop a future, which is final and instant. Python throws an
//! error into it, which can be caught, and the catcher may await its clean-up. Both are
//! needed. Rust does the first by itself. The other works like this:
//!
//! ```text
//!  task.cancel()      marks the task; nothing runs yet                (C01)
//!        |
//!        |  does it await another task or a promise?  -> that one is cancelled
//!        |  first, and the cancel comes back one iteration a level    (C05)
//!        v
//!  next iteration     is a catch_cancel region alive in it?
//!     no:  the future is dropped, the task ends cancelled             (C02)
//!     yes: the innermost region drops what it holds, and yields
//!          Err(Cancelled) to the code around it, which goes on        (C07)
//! ```
//!
//! A cancel has an *address*, the task or one scope, and at each moment one *owner*. An owner
//! that is dropped gives it back to its address, so no sibling that is ready can lose it:
//!
//! ```text
//!  asked ─1─> PENDING ─2─> FORWARDED ─3─> DELIVERED ─5─> caught: the user's Err(Cancelled)
//!               ^  │  ^    registration    the step  ─5'> ended         │   ^
//!               │  │  └─────── 4 ────────────┘                          7   │ 9
//!               │  └─ 10 taken back, scope closed: void                 v   │
//!               ├────────── 11 dropped <──── RAISED <────────────────────┘   │
//!               │                            for one step ─8─> ended        │
//!               │                              │  └────────────────────────┘
//!               └─ 12 follow <── HELD by a group <── caught by it
//! ```
//!
//! | move | what happens | function | owner after it |
//! |---|---|---|---|
//! | 1 | `cancel()`, a deadline, a group that tells its task | `ask`, `ask_scope` | the task's key, the scope |
//! | 2 | at a suspension it goes to what is awaited first (C05) | `deliver`, `aim` | the registration there |
//! | 2' | nothing awaited could take it | `reach` | the step to come |
//! | 3 | the awaited has ended as cancelled | `bring_back`, `answer` | the step to come |
//! | 4 | the registration goes before that | `leave_awaited` | the address again |
//! | 5 | the innermost region that is polled takes it | `catch` | the `Err(Cancelled)` |
//! | 5' | no region has taken it, and the step is over | `end_delivery` | the task has ended |
//! | 6 | the code behind the region has it, and is done with it | | nobody: it was caught |
//! | 7 | the code lets it go on | `Cancelled::raise`, `hold` | the future that raises or holds |
//! | 8 | the step suspends while it is out | `end_raised` | the task has ended |
//! | 9 | a region around what raises | `catch` | that region's `Err(Cancelled)` |
//! | 10 | taken back, or its scope closed | `uncancel`, `close_scope` | nobody |
//! | 11 | the one that raises or holds it is dropped | `give_back` | the address again |
//! | 12 | a group tells errors first (P06) | `RaiseCancelled::follow` | the address, behind the errors |
//!
//! While one is delivered or out, nothing that is awaited gives a value (`cancel/gate.rs`).
//!
//! | the task ends its step with | and a cancel is pending | delivered, not taken | raised | behind errors (12) |
//! |---|---|---|---|---|
//! | a value | cancelled (C09) | cancelled (C06) | given back, then as pending | the value |
//! | an `Err` of a group's child | the `Err` | the `Err` | as pending | the `Err` |
//! | a panic | the panic | the panic | the panic | the panic |
//! | a suspension | delivered there | ended | ended | delivered there |
//!
//! On the way the user's code may have to be called, a foreign waker or what a promise
//! stands for. This folder never does: it gives back what is to be done [`Next`],
//! `run/cancelling` does it, and says if the cancel was refused. Who waits for the reply
//! meanwhile stands on `cancel/path`.
//!
//! A scope is cancelled from a timer or from another task, which know nothing of it but
//! an integer. So its state stands in a table, which is here, as a task's stands in its
//! slot (`cancel/scopes.rs`).
//!
//! Invariants:
//! 1. `cancel` never runs anything of the task's inline.
//! 2. Several cancels before the next step are delivered as one (C08). One that only
//!    marks a task, which runs or is ready anyway, can be taken back; one that has
//!    reached what the task waits for cannot (C10).
//! 3. A cancel that meets a result in the same iteration wins (C06).
//! 4. It is caught, ends its task, or is taken back, whatever is dropped meanwhile.
//! 5. What a region held is dropped before its `Err(Cancelled)` is seen.
//! 6. A ticket whose scope is closed finds nothing, or another count.
//! 7. No waker is called or dropped while the table is borrowed.
//!
//! Who may touch what: the fields are private to this folder, but for the two of a scope
//! that its handle and the ready queue ask for.
//!
//! Read next: `cancel/scopes.rs`.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use crate::cancel::path::Passed;
use crate::cancel::scopes::{Scopes, place_of};
use crate::core::Core;

mod counts;
pub(crate) mod deliver;
pub(crate) mod gate;
pub(crate) mod owner;
pub(crate) mod path;
mod region;
pub(crate) mod scopes;
pub(crate) mod state;

/// The cancels of a loop: its scopes, and what a step is in the middle of.
pub(crate) struct Cancels {
    scopes: RefCell<Scopes>,
    /// How many scopes have `requested` set.
    requests: Cell<u32>,
    /// A region was alive when the running step suspended.
    region: Cell<bool>,
    /// The address of the cancel that is delivered into the running step, if no region has
    /// taken it yet; else 0.
    delivering: Cell<u64>,
    /// The address of what was raised in the running step and is out, by so many futures.
    raised: Cell<u64>,
    raisers: Cell<u32>,
    /// How often what was raised was caught or ended, and one more.
    outing: Cell<u64>,
    /// The ticket of the scope whose region is being polled; 0 for none. The scope may have
    /// gone.
    inside: Cell<u64>,
    /// All who have handed a cancel on that is under way now.
    path: RefCell<Vec<Passed>>,
    /// How many tasks, promises and scopes were ever looked at.
    looks: Cell<u64>,
}

impl Default for Cancels {
    fn default() -> Self {
        Cancels {
            scopes: RefCell::default(),
            requests: Cell::default(),
            region: Cell::default(),
            delivering: Cell::default(),
            raised: Cell::default(),
            raisers: Cell::default(),
            outing: Cell::new(1),
            inside: Cell::default(),
            path: RefCell::default(),
            looks: Cell::default(),
        }
    }
}

/// What the roof is to do next about a cancel, if the next step does not see it anyway.
pub(crate) enum Next {
    /// Wake this task.
    Wake(u64),
    /// Call this waker of another executor.
    WakeForeign(Waker),
    /// Cancel this task or promise, with this reason, and tell the asker of its reply.
    Cancel(Asker, u64, Option<Rc<str>>),
}

/// The task or scope that has handed a cancel on to what it awaits.
pub(crate) struct Asker {
    /// The task.
    ticket: u64,
    /// The scope in it whose cancel it is; 0 for the task's own.
    scope: u32,
    /// An earlier cancel was handed on to the same thing.
    before: bool,
}

/// What is known of a scope while it lives.
#[derive(Default)]
struct Scope {
    /// Its ticket.
    own: u64,
    /// The task in which its region is; 0 before it was polled.
    ticket: u64,
    /// What the futures in the region wait for.
    wait: u64,
    /// A cancel is on its way into the region.
    requested: bool,
    /// It does not take the place of errors that a group inside tells.
    follows: bool,
    /// It can still be taken back: it has reached nothing yet (C10).
    revocable: bool,
    /// It was handed on to this task or promise, and is to come back from there.
    forwarded: u64,
    /// `cancel` was called, ever.
    called: bool,
    /// Its ticket stands in the ready queue, and has not been taken back.
    posted: bool,
    /// How many of its tickets in the ready queue were taken back: those come first.
    retracted: u32,
    /// How many of its cancels count on the task and were not taken back. Those of
    /// all scopes of a task together are the task's `by_scopes`.
    counted: u32,
    /// The question that has come by last, see `counted_around`.
    seen: u64,
    /// The scope around it when it was opened, and then when its region was first
    /// polled; 0 for none.
    around: u32,
    /// The waker by which the region is woken, if it is not the task itself.
    waker: Option<Waker>,
}

impl Scope {
    /// The task it is in: one that has not been polled is in the running one.
    fn task(&self, core: &Core) -> u64 {
        match self.ticket {
            0 => core.current(),
            ticket => ticket,
        }
    }
}

/// The table of scopes.
impl Cancels {
    /// Opens a scope, and gives its ticket.
    #[inline]
    pub(crate) fn open_scope(&self) -> u64 {
        let around = place_of(self.inside.get());
        self.scopes.borrow_mut().insert(|own| Scope {
            own,
            around,
            ..Scope::default()
        })
    }

    /// Closes a scope; only if it was never cancelled, unless `called`. False if not.
    #[inline]
    pub(crate) fn close_scope(&self, core: &Core, ticket: u64, called: bool) -> bool {
        let mut scopes = self.scopes.borrow_mut();
        let number = place_of(ticket);
        if !called && scopes.get_mut(number).is_some_and(|scope| scope.called) {
            return false;
        }
        let gone = scopes.remove(number);
        drop(scopes);
        if called && let Some(scope) = gone {
            self.close_called(core, number, scope);
        }
        true
    }

    /// A scope that was cancelled has gone: its task counts and lists it no more.
    #[cold]
    fn close_called(&self, core: &Core, number: u32, mut scope: Scope) {
        self.end_request(&mut scope);
        if let Some(slot) = core
            .slot_of(scope.task(core))
            .filter(|slot| slot.extra() != 0)
        {
            core.extra_mut(slot, |extra| {
                extra.revocable.remove(&number);
                if scope.ticket != 0 {
                    extra.by_scopes -= scope.counted;
                }
            });
        }
    }

    /// Returns true if a scope was ever cancelled.
    pub(crate) fn was_called(&self, ticket: u64) -> bool {
        self.scope(ticket, |scope| scope.called) == Some(true)
    }

    /// The scope of a ticket, if it is still there.
    fn scope<R>(&self, ticket: u64, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        let own = |scope: &mut Scope| {
            let same = scope.own == ticket;
            same.then(|| change(scope))
        };
        self.own_scope(place_of(ticket), own).flatten()
    }

    /// The scope with a number: for its own region, which does not outlive it.
    fn own_scope<R>(&self, number: u32, change: impl FnOnce(&mut Scope) -> R) -> Option<R> {
        self.scopes.borrow_mut().get_mut(number).map(change)
    }

    /// Ends what is on its way into the region of a scope.
    fn end_request(&self, scope: &mut Scope) {
        (scope.revocable, scope.follows) = (false, false);
        if std::mem::take(&mut scope.requested) {
            self.requests.set(self.requests.get() - 1);
        }
    }

    /// Counts a look at a task, a promise or a scope; gives a number that no other has.
    fn look(&self) -> u64 {
        self.looks.set(self.looks.get() + 1);
        self.looks.get()
    }

    /// How many tasks, promises and scopes were ever looked at.
    pub(crate) fn looks(&self) -> u64 {
        self.looks.get()
    }
}
