//! Cancels a task or a scope: the request, its delivery, its owners.
//!
//! The problem: Rust can drop a future, which is final and immediate. Python throws an
//! exception into a coroutine: the coroutine may catch it, await its clean-up, and go on.
//! Programs need both. Rust has the first, and this folder adds the second.
//!
//! A cancel of a task that awaits another: task `a` awaits task `b` inside `catch_cancel`, `b`
//! sleeps, and other code calls `a.cancel()`. (The moves are those of the picture below.)
//!
//! 1. `TaskRef::cancel` calls `Scheduler::cancel`, which asks `a` (`ask`, `run/cancelling.rs`).
//!    `Cancels::ask` (`forward.rs`) counts the cancel: move 1.
//! 2. `Cancels::forward_or_reach` reads in the wait word of `a` that it awaits `b` and nothing
//!    else. It marks `a` as `Forwarded`, move 2, and returns `Next::Cancel`. So `follow` and
//!    `walk` ask `b` next.
//! 3. `b` awaits no task. So `Cancels::reach` marks `b` as `Reached`, move 3, and `follow` wakes
//!    `b`. The call of `cancel` returns. No code of `a` or `b` has run, and nothing is delivered.
//! 4. One iteration later, `begin_slow` (`run/turn/slow.rs`) finds no region in `b`. So `end_cancelled`
//!    drops the future of `b`: move 8. `bring_back` marks `a` as `Reached`, move 4, and `complete`
//!    wakes `a`.
//! 5. One iteration later, `begin_slow` finds a region in `a`. So `poll_slow` begins the delivery
//!    (`begin_task_delivery`, `owner.rs`) and polls `a`. In this poll the region takes the cancel
//!    (`CatchCancel::poll_in_task`, `Cancels::catch`): move 7. It drops the future that it holds,
//!    and returns `Err(Cancelled)`.
//! 6. The code around the region cleans up, and may then await `Cancelled::raise`. The poll of
//!    that future (`RaiseCancelled::poll`, `inside/raise.rs`) marks the step: `Cancels::raise`,
//!    move 10. The next region outward takes the cancel, move 12. If there is none,
//!    `after_suspension` (`run/turn/slow.rs`) ends `a` as cancelled: move 11.
//!
//! A cancel has an *address*: the task or the scope that was cancelled. Until a region has caught
//! it, a cancel has one *owner*: the key of the task or the state of the scope that is its address,
//! the registration at the awaited task, the running step, or the future that raises it again. If
//! the owner is dropped, the key or the scope owns the cancel again. So a sibling future that
//! becomes ready cannot make a cancel vanish. When a region has returned it as `Err(Cancelled)`,
//! the code around the region owns it, and may drop it.
//!
//! The way of a task's cancel. `PENDING`, `FORWARDED` and `REACHED` are bits of the task's key
//! (`cancel/state.rs`). The cancel of a scope has the same moves (`cancel/scope_state.rs`).
//!
//! ```text
//!         ┌─ is idle ──┬──────────── 3 ───────────┐
//!         │            │                          v
//!  ── 1 ──┤            └── 2 ──> FORWARDED ─ 4 ─> REACHED ── a step begins ──┐
//!  the    │                        ├─ 5 ──> over                             v       ┌─ 7 ─> caught
//!  task   │                        ├─ 6 ──> as after 1                   delivered ──┤
//!         │                        │ refused                                 ^       └─ 8 ─> the task
//!         │                        v                                         │               ends
//!         └─ is ready or runs ─> PENDING ───────────── a step begins ────────┘
//!                                  ├─ the running step suspends ──> as after 1, idle
//!                                  └─ 13 ──> over
//!
//!  caught ── 9 ──> over          ┌─ 11 ─────> the task ends
//!    └─ 10 ──> held, raised ─────┼─ 12 ─────> caught, by a region further out
//!                                └─ 14, 15 ─> as after 1
//! ```
//!
//! | move | what happens | function | file | owner after it |
//! |---|---|---|---|---|
//! | 1 | `cancel()`, a deadline or a group asks | `ask`, `ask_scope` | `forward`, `region` | the key, the scope |
//! | 2 | the awaited task or promise is cancelled first | `forward_or_reach`, `.._in_scope` | `forward`, `region` | the registration there |
//! | 3 | the task does not await one task or promise alone | `reach`, `forward_or_reach_in_scope` | `forward`, `region` | the key, the scope |
//! | 4 | the awaited task or promise has ended as cancelled | `bring_back`, `answer` | `forward` | the key, the scope |
//! | 5 | the awaited task or promise has ended otherwise: it has caught the cancel | `answer`, `scope_due` | `forward`, `region` | none |
//! | 6 | the registration is dropped before the awaited task or promise ends | `leave_awaited`, `request_again` | `forward`, `owner` | the key, the scope |
//! | | the cancel is delivered: a step begins, or the region of the scope is polled | `begin_task_delivery`, `join_delivery` | `owner` | the running step |
//! | 7 | the innermost region that is polled takes it | `catch` | `owner` | the code around the region |
//! | 8 | the task has no region, or none has taken it in the step | `end_cancelled`, `complete` | `run/cancelling`, `run/finish` | none |
//! | 9 | the code after the region goes on | | | none: it was caught |
//! | 10 | the code after the region holds it, or raises it again | `Cancelled::hold`, `Cancelled::raise`, `raise` | `inside/raise`, `owner` | the `RaiseCancelled` |
//! | 11 | the step suspends while it is raised | `end_raised` | `owner` | none: the task ends |
//! | 12 | a region around the raising future takes it | `catch` | `owner` | the code around that region |
//! | 13 | it is taken back, or its scope is closed | `uncancel`, `close_scope` | `forward`, this page | none |
//! | 14 | the future that raises or holds it is dropped | `give_back` | `owner` | the key, the scope |
//! | 15 | a group returns errors, and the cancel follows them | `RaiseCancelled::follow` | `inside/raise` | the key, the scope |
//!
//! A cancel may have to wake a task of another executor, or ask the targets of a promise. Both
//! call user code, so no file here does either (the gate alone wakes the caller that it holds
//! back). The functions here return the next action, [`Next`]. `run/cancelling` performs it and
//! passes the reply on to the asker, which waits on the path (`cancel/path`).
//!
//! Invariants:
//! 1. A call of `cancel` neither polls nor drops the future of the task.
//! 2. Several cancels before the next step are delivered as one. A cancel that has only marked
//!    a task, because the task runs or is ready anyway, can be taken back. A cancel that has
//!    reached an awaited task or promise, or has woken the task, cannot.
//! 3. A cancel that meets a result in the same iteration wins (limits: `cancel/gate.rs`).
//! 4. A cancel is caught, ends its task, or is taken back, also if the future that carries it is
//!    dropped.
//! 5. A region drops its future before the code around it sees `Err(Cancelled)`.
//! 6. The ticket of a closed scope finds no scope: its position is vacant, or has another count.
//! 7. No waker is called or dropped while the table of scopes is borrowed.
//!
//! Access: all fields are private to this folder. The handle of a scope calls `was_called`, and a
//! round that reaches the entry of a scope calls `redeem`.
//!
//! Read next: `cancel/scopes.rs`.

use std::cell::{Cell, RefCell, RefMut};
use std::sync::{Arc, Weak};
use std::task::Waker;

use crate::cancel::hidden::StandIn;
use crate::cancel::path::PathEntry;
use crate::cancel::scope_state::{ScopeMove, ScopeState};
use crate::cancel::scopes::Scopes;
use crate::core::Core;
use crate::error::CancelAddress;
use crate::store::hidden::HiddenWaits;
use crate::store::slab::Name;
use crate::store::ticket::trees::Tree;
use crate::store::ticket::{ScopeTicket, Ticket, WaitWord};

mod counts;
pub(crate) mod forward;
pub(crate) mod gate;
pub(crate) mod hidden;
pub(crate) mod owner;
pub(crate) mod path;
mod region;
pub(crate) mod scope_state;
pub(crate) mod scopes;
pub(crate) mod state;

/// The table of scopes of a loop, and the delivery in the running step.
#[derive(Default)]
pub(crate) struct Cancels {
    scopes: RefCell<Scopes>,
    requests: Cell<u32>, // number of scopes in which a cancel is due
    /// A region has suspended in this step, inside the region that is being polled.
    region: Cell<bool>,
    /// The address of the cancel that is delivered into the running step and not taken; else none.
    delivering: Cell<CancelAddress>,
    /// The address of the cancel that futures of the running step have raised.
    raised: Cell<CancelAddress>,
    /// Number of the futures that have raised it; 0 if no cancel is out.
    raisers: Cell<u32>,
    /// Number of the present outing (`owner.rs`): counts the raised cancels that have ended.
    outing: Cell<u64>,
    /// The ticket of the scope whose region is being polled, or none. The scope may be closed.
    inside: Cell<ScopeTicket>,
    /// Waker that a combinator has made for the polled future, and the combinator's record.
    own_waker: RefCell<StandIn>,
    polled_list: Cell<Ticket>, // the innermost list of futures that are being polled, or none
    /// The tasks, scopes and promises that have handed on a cancel and await the reply.
    path: RefCell<Vec<PathEntry>>,
    /// Tickets of scopes that timers have put into the ready queue, by the words of the timers.
    posted: RefCell<Tree>,
    /// Those of them that do nothing when they come up, by their numbers.
    skipped: RefCell<Tree>,
    /// Number of scopes whose ticket was put into the ready queue without a timer.
    at_once: Cell<u32>,
    /// Number of looks at a task, a promise or a scope, ever.
    looks: Cell<u64>,
}

/// The next action of the scheduler for a cancel. A step that is due anyway needs none.
pub(crate) enum Next {
    /// Wake this task.
    Wake(Ticket),
    /// Call this waker of another executor.
    WakeForeign(Waker),
    /// Cancel this task or promise, with this reason, and return its reply to the asker.
    Cancel(Asker, Ticket, Option<Arc<str>>),
}

/// Names a task or scope that has handed its cancel on, and awaits the reply.
pub(crate) struct Asker {
    /// The task.
    ticket: Ticket,
    /// Number of the scope in it whose cancel it is; 0 for the task's own.
    scope: u32,
    /// An earlier cancel was handed on to the same task or promise.
    before: bool,
}

/// Holds the state of an open scope.
#[derive(Default)]
struct Scope {
    /// Its ticket.
    own: ScopeTicket,
    /// The task that has opened it.
    opened_by: Ticket,
    /// The task in which its region is; none until the region has first suspended.
    ticket: Ticket,
    /// The wait word of the futures in the region.
    wait: WaitWord,
    /// How far its cancel has come.
    state: ScopeState,
    /// The task or promise to which the cancel was handed on last.
    forwarded_to: Ticket,
    /// Numbers of its tickets that were ever put into the ready queue, and that have come up.
    posted: u32,
    redeemed: u32,
    /// Number of its cancels that were not taken back. A task's `by_scopes` is the sum of these.
    counted: u32,
    /// The task on which they count; none if the task of the region has ended (`cancel/counts.rs`).
    counts_on: Ticket,
    asked_after: u32, // as in `Rare`, of that task
    /// Number of the last walk outward that has visited it, see `way_out`.
    seen: u64,
    /// The scope around it, 0 for none: the one in which it was opened, and then the one in
    /// which its region was first polled.
    around: u32,
    /// The waker of the region, if it is not the task's own.
    waker: Option<Waker>,
    /// The record of the hidden waits in the region, alive if there are any.
    hidden: Weak<HiddenWaits>,
}

impl Scope {
    /// Returns its task. Until its region has suspended, that is the task that has opened it.
    fn task(&self) -> Ticket {
        match self.ticket {
            Ticket::NONE => self.opened_by,
            ticket => ticket,
        }
    }

    /// Returns the task or promise from which the cancel is to come back; else none.
    fn forwarded(&self) -> Ticket {
        match self.state.is_forwarded() {
            true => self.forwarded_to,
            false => Ticket::NONE,
        }
    }
}

/// The table of scopes.
impl Cancels {
    /// Opens a scope and returns its ticket.
    #[inline]
    pub(crate) fn open_scope(&self, core: &Core) -> ScopeTicket {
        let (opened_by, around) = (core.current(), self.inside.get().position());
        self.scopes.borrow_mut().insert(|own| Scope {
            own,
            opened_by,
            around,
            ..Scope::default()
        })
    }

    /// Closes a scope and returns true. If `called` is false and the scope was ever cancelled,
    /// leaves it open and returns false.
    #[inline]
    pub(crate) fn close_scope(&self, core: &Core, ticket: ScopeTicket, called: bool) -> bool {
        let mut scopes = self.scopes.borrow_mut();
        let number = ticket.position();
        let was_called = |scope: &mut Scope| scope.state != ScopeState::Uncalled;
        if !called && scopes.get_mut(number).is_some_and(was_called) {
            return false;
        }
        let gone = scopes.remove(ticket);
        drop(scopes);
        if called && let Some(scope) = gone {
            self.close_called(core, number, scope);
        }
        true
    }

    /// Takes a closed scope that was cancelled out of its task's counts and lists.
    #[cold]
    fn close_called(&self, core: &Core, number: u32, mut scope: Scope) {
        self.move_state(&mut scope, ScopeMove::End);
        // A task that is dropped as its loop closes has no rare data any more.
        let with_rare = |task| core.slot_of(task).filter(|slot| slot.rare() != 0);
        if let Some(slot) = with_rare(scope.task()) {
            core.rare_mut(slot).revocable.remove(scope.task(), number);
        }
        if let Some(slot) = with_rare(scope.counts_on) {
            core.rare_mut(slot).by_scopes -= scope.counted;
        }
    }

    /// Returns true if a scope was ever cancelled.
    pub(crate) fn was_called(&self, ticket: ScopeTicket) -> bool {
        let scope = self.scope(ticket);
        scope.is_some_and(|scope| scope.state != ScopeState::Uncalled)
    }

    /// Lends the scope of a ticket, if it is still open.
    #[inline]
    fn scope(&self, ticket: ScopeTicket) -> Option<RefMut<'_, Scope>> {
        let scope = self.own_scope(ticket.position())?;
        (scope.own == ticket).then_some(scope)
    }

    /// Lends the scope at a position. The caller checks that it is the one it means, where the
    /// position may hold another by now.
    #[inline]
    fn own_scope(&self, number: u32) -> Option<RefMut<'_, Scope>> {
        RefMut::filter_map(self.scopes.borrow_mut(), |scopes| scopes.get_mut(number)).ok()
    }

    /// Moves the state of a scope's cancel, and counts the scopes in which a cancel is due.
    fn move_state(&self, scope: &mut Scope, change: ScopeMove) {
        let before = u32::from(scope.state.is_requested());
        scope.state = scope.state.after(change);
        let after = u32::from(scope.state.is_requested());
        self.requests.set(self.requests.get() - before + after);
    }
}
