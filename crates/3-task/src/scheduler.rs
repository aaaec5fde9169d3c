//! The scheduler: slots, a ready queue, and who is running now.
//!
//! The problem: spawning, waking and finishing are the three things every
//! program does millions of times, so they are done here in a few dozen
//! instructions each, on one thread, with no lock, no atomic and no reference
//! count. All the rest of the floor hangs on these three.
//!
//! ```text
//!              spawn                     complete
//!    vacant ----------> ready --> running -------> done --> vacant
//!                         ^          |                taken, or
//!                    wake |          | suspends       nobody can
//!                         +--- idle <+
//! ```
//!
//! Invariants:
//! 1. `SCHED` is set exactly while the ticket stands in the ready queue for a
//!    step that will be taken. So k wakes make one step.
//! 2. A slot is vacated only when its output was taken or nobody can take it.
//! 3. `current` is the ticket of the running task or callback, 0 between steps.
//!
//! Read next: `turn.rs`, where the steps are taken.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use groundup_interweave::Rounds;
use groundup_interweave::trace::{Chooser, Event, Name, Sink, Verb, Wait};

use crate::extra::Extra;
use crate::group::Group;
use crate::local::Locals;
use crate::object::{Object, Place};
use crate::region::Scope;
use crate::remote::{Address, Home, Unpark};
use crate::report::{ExceptionHandler, Report, ReportKind, drop_quietly};
use crate::slab::Slab;
use crate::slot::{Boxed, Slot, Slots};
use crate::ticket::{
    CALLBACK, DONE, GENERATION, GENERATION_ONE, GROUP, LOOP, NEUTRAL, OBSERVED, PROMISE, SCHED,
    TAG, VACANT, index,
};

/// No empty box larger than this is kept for the next task of its type, in bytes.
const SHELL_BYTES: usize = 1024;
/// All empty boxes together are no larger than this, in bytes.
const SHELLS_BYTES: usize = 8 << 20;

/// The core of an event loop: everything about tasks, nothing about time.
///
/// A floor above drives it: [`enter`](Scheduler::enter) the thread, then
/// [`run_round`](Scheduler::run_round) as long as there is something ready.
pub struct Scheduler {
    /// The loop field of our tickets.
    pub(crate) tag: u64,
    pub(crate) slots: Slots,
    pub(crate) ready: RefCell<Rounds<u64>>,
    pub(crate) current: Cell<u64>,
    numbers: Cell<u32>,
    promises: Cell<u32>,
    /// How many bytes of empty boxes are kept.
    shells: Cell<usize>,
    pub(crate) extras: RefCell<Slab<Extra>>,
    pub(crate) groups: RefCell<Slab<Group>>,
    pub(crate) registrations: Cell<u64>,
    pub(crate) reasons: RefCell<Slab<Wait>>,
    pub(crate) scopes: RefCell<Slab<Scope>>,
    pub(crate) scope_count: Cell<u64>,
    pub(crate) base_locals: Cell<Option<Rc<Locals>>>,
    pub(crate) any_locals: Cell<bool>,
    /// A region was alive when the running step suspended.
    pub(crate) region: Cell<bool>,
    /// The running step is one into which a cancel is delivered.
    pub(crate) delivering: Cell<bool>,
    pub(crate) chooser: RefCell<Option<Box<dyn Chooser>>>,
    pub(crate) has_chooser: Cell<bool>,
    pub(crate) sink: RefCell<Option<Box<dyn Sink>>>,
    /// `OBSERVED` or 0: what a new slot's key gets.
    pub(crate) observed: Cell<u64>,
    /// A cause for the next wakes, if it is not the running task.
    pub(crate) cause: RefCell<Option<groundup_interweave::trace::Cause>>,
    /// Time and iteration for the trace, kept by the floor above.
    pub(crate) stamp: Cell<(u64, u64)>,
    pub(crate) stopwatch: RefCell<Option<Stopwatch>>,
    pub(crate) debug: Cell<bool>,
    pub(crate) handler: RefCell<Option<ExceptionHandler>>,
    pub(crate) reports: RefCell<Vec<Report>>,
    pub(crate) has_reports: Cell<bool>,
    pub(crate) closed: Cell<bool>,
    home: Home,
}

/// How debug mode measures a step: a clock in ns, and the threshold.
pub(crate) type Stopwatch = (Rc<dyn Fn() -> u64>, u64);

thread_local! {
    static CURRENT: RefCell<Option<Rc<Scheduler>>> = const { RefCell::new(None) };
}

/// While it lives, the scheduler is the one that runs on this thread; after it,
/// whoever was before.
pub struct Entered {
    before: Option<Rc<Scheduler>>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        let left = CURRENT.try_with(|current| current.replace(self.before.take()));
        drop(left);
    }
}

impl Scheduler {
    /// A scheduler with nothing in it; `None` if 4094 are alive in the process.
    pub fn new() -> Option<Rc<Scheduler>> {
        let home = Home::open()?;
        Some(Rc::new(Scheduler {
            tag: home.tag(),
            slots: Slots::new(home.tag() | GENERATION_ONE),
            ready: RefCell::new(Rounds::new()),
            current: Cell::new(0),
            numbers: Cell::new(0),
            promises: Cell::new(0),
            shells: Cell::new(0),
            extras: RefCell::new(Slab::new()),
            groups: RefCell::new(Slab::new()),
            registrations: Cell::new(0),
            reasons: RefCell::new(Slab::new()),
            scopes: RefCell::new(Slab::new()),
            scope_count: Cell::new(0),
            base_locals: Cell::new(None),
            any_locals: Cell::new(false),
            region: Cell::new(false),
            delivering: Cell::new(false),
            chooser: RefCell::new(None),
            has_chooser: Cell::new(false),
            sink: RefCell::new(None),
            observed: Cell::new(0),
            cause: RefCell::new(None),
            stamp: Cell::new((0, 0)),
            stopwatch: RefCell::new(None),
            debug: Cell::new(false),
            handler: RefCell::new(None),
            reports: RefCell::new(Vec::new()),
            has_reports: Cell::new(false),
            closed: Cell::new(false),
            home,
        }))
    }

    /// Makes this the scheduler of the thread; `None` if there is one already.
    pub fn enter(self: &Rc<Self>) -> Option<Entered> {
        match Self::try_current(|_| ()) {
            Some(()) => None,
            None => Some(self.enter_over()),
        }
    }

    /// Makes this the scheduler of the thread for a while, in place of whoever is.
    /// For closing, which runs nothing.
    pub fn enter_over(self: &Rc<Self>) -> Entered {
        // While the thread is being torn down there is no place to stand in.
        let before = CURRENT.try_with(|current| current.replace(Some(self.clone())));
        Entered {
            before: before.ok().flatten(),
        }
    }

    /// Asks the thread's scheduler something; `None` if none runs, also while
    /// the thread is being torn down.
    #[inline]
    pub fn try_current<R>(ask: impl FnOnce(&Rc<Scheduler>) -> R) -> Option<R> {
        CURRENT
            .try_with(|current| current.borrow().as_ref().map(ask))
            .ok()
            .flatten()
    }

    /// The thread's scheduler.
    pub fn current() -> Option<Rc<Scheduler>> {
        Self::try_current(Rc::clone)
    }

    /// The thread's scheduler, or the panic that says what was misused.
    #[track_caller]
    pub(crate) fn current_or_panic(what: &str) -> Rc<Scheduler> {
        match Self::current() {
            Some(scheduler) => scheduler,
            None => panic!(
                "no running event loop: {what} works only inside one; call it from a task or a \
                 callback, or use the method of an event loop"
            ),
        }
    }

    // ----- slots ---------------------------------------------------------

    /// The slot a ticket is for, if its occupant still lives there.
    #[inline]
    pub(crate) fn slot_of(&self, ticket: u64) -> Option<&Slot> {
        let slot = self.slots.get(index(ticket))?;
        let key = slot.key.get();
        ((key ^ ticket) & TAG == 0 && key & VACANT == 0).then_some(slot)
    }

    /// Puts something into a slot; the flags decide what it is.
    #[inline]
    pub(crate) fn occupy<I: 'static>(
        &self,
        input: I,
        new: impl FnOnce(I) -> Boxed,
        flags: u64,
        place: Place,
    ) -> u64 {
        let (index, slot) = self.slots.claim();
        let mut input = Some(input);
        let mut object = slot.object.borrow_mut();
        let refilled = match object.as_mut() {
            None => false,
            Some(shell) => {
                let size = size_of_val::<dyn Object>(&**shell);
                self.shells.set(self.shells.get() - size);
                shell.as_mut().refill(&mut input as &mut dyn Any, place)
            }
        };
        if !refilled && let Some(input) = input {
            *object = Some(new(input));
        }
        drop(object);
        if flags & (CALLBACK | PROMISE) == 0 {
            slot.number.set(self.next_number());
        }
        slot.wait.set(0);
        if self.any_locals.get() {
            slot.locals.set(self.locals());
        }
        let tag = slot.key.get() & TAG;
        slot.key.set(tag | flags | self.observed.get());
        tag | u64::from(index)
    }

    /// Ends the occupancy of a slot: everything in it is dropped, its box is
    /// kept as a shell if it is worth it, and its tickets are void.
    #[inline]
    pub(crate) fn vacate(&self, ticket: u64, slot: &Slot) {
        let _leaving = self.void(ticket, slot);
        let mut object = slot.object.borrow_mut();
        // Counted first: emptying it may panic, and the shell stays all the same.
        let not_kept = self.keep_shell(&mut object);
        if let Some(shell) = object.as_mut() {
            shell.as_mut().clear();
        }
        drop(object);
        drop(not_kept);
    }

    /// Makes the tickets of a slot's occupant void. The slot is given back when
    /// what this gives is dropped, also when something in between panics.
    #[inline]
    pub(crate) fn void<'a>(&'a self, ticket: u64, slot: &'a Slot) -> Leaving<'a> {
        let key = slot.key.get();
        let tag = (key & TAG).wrapping_add(GENERATION_ONE);
        slot.key.set((tag & !LOOP) | self.tag | VACANT);
        let leaving = Leaving {
            scheduler: self,
            index: index(ticket),
            slot,
            // Once the generation would wrap, an old ticket could fit again: such
            // a slot is retired.
            last: key & GENERATION == GENERATION,
        };
        let waiter = slot.waiter.replace(0);
        if key & GROUP != 0 {
            self.end_registration((waiter >> 32) as u32);
        }
        leaving
    }

    /// Keeps an empty box for the next task of its type, or takes it out to be
    /// dropped, if it is large or enough are kept.
    #[inline]
    pub(crate) fn keep_shell(&self, object: &mut Option<Boxed>) -> Option<Boxed> {
        let size = size_of_val::<dyn Object>(&**object.as_ref()?);
        let kept = self.shells.get() + size;
        if size > SHELL_BYTES || kept > SHELLS_BYTES {
            return object.take();
        }
        self.shells.set(kept);
        None
    }

    /// A number for the next task.
    pub(crate) fn next_number(&self) -> u32 {
        self.numbers.set(self.numbers.get().wrapping_add(1));
        self.numbers.get()
    }

    /// A number for the next promise.
    pub(crate) fn next_promise(&self) -> u32 {
        self.promises.set(self.promises.get().wrapping_add(1));
        self.promises.get()
    }

    /// Drops the shell of a claimed slot whose occupant will need no box.
    pub(crate) fn discard_shell(&self, slot: &Slot) {
        if let Some(shell) = slot.object.take() {
            let size = size_of_val::<dyn Object>(&*shell);
            self.shells.set(self.shells.get() - size);
        }
    }

    /// Where the occupant of a ticket was made.
    pub(crate) fn place_of(&self, ticket: u64) -> Option<Place> {
        let slot = self.slot_of(ticket)?;
        let object = slot.object.try_borrow().ok()?;
        object.as_ref().map(|object| object.place())
    }

    /// What the task of a ticket is called.
    pub(crate) fn name_of(&self, ticket: u64) -> Option<Name> {
        let slot = self.slot_of(ticket)?;
        let given = self.extra(slot, |extra| extra.name.clone()).flatten();
        Some(given.unwrap_or_else(|| Name::from(format!("Task-{}", slot.number.get()))))
    }

    /// The tickets of all tasks that are not done, in the order of their numbers.
    pub(crate) fn living(&self) -> Vec<u64> {
        let mut tickets: Vec<(u32, u64)> = (0..self.slots.len())
            .filter_map(|index| {
                let slot = self.slots.get(index)?;
                let key = slot.key.get();
                let task = key & (VACANT | DONE | CALLBACK | PROMISE) == 0;
                task.then(|| (slot.number.get(), (key & TAG) | u64::from(index)))
            })
            .collect();
        tickets.sort_unstable();
        tickets.into_iter().map(|(_, ticket)| ticket).collect()
    }

    // ----- ready ---------------------------------------------------------

    /// Puts an entry at the end of the next round.
    #[inline]
    pub(crate) fn push(&self, entry: u64) {
        self.ready.borrow_mut().push(entry);
    }

    /// Whether the next round has anything in it.
    #[inline]
    pub fn is_idle(&self) -> bool {
        self.ready.borrow().is_empty()
    }

    /// How much stands in the next round.
    pub fn ready_len(&self) -> usize {
        self.ready.borrow().len()
    }

    /// Whether the next round has something in it, and there is nothing else to
    /// see to first: no letter, nobody who watches.
    #[inline]
    pub fn only_ready(&self) -> bool {
        !self.has_mail() && self.observed.get() == 0 && !self.is_idle()
    }

    /// Redeems a ticket: its task steps in the next round, if it still can.
    #[inline]
    pub fn wake(&self, ticket: u64) {
        let Some(slot) = self.slots.get(index(ticket)) else {
            return;
        };
        let key = slot.key.get();
        if key & !NEUTRAL == ticket & TAG {
            slot.key.set(key | SCHED);
            self.push(ticket);
        } else {
            self.wake_slow(ticket, slot, key);
        }
    }

    /// The rest: already scheduled, done, somebody else's, or watched.
    #[cold]
    fn wake_slow(&self, ticket: u64, slot: &Slot, key: u64) {
        let stranger = (key ^ ticket) & TAG != 0;
        if stranger || key & (SCHED | DONE | VACANT | PROMISE) != 0 {
            return;
        }
        slot.key.set(key | SCHED);
        self.push(ticket);
        if key & OBSERVED != 0 {
            self.emit_wake(ticket);
        }
    }

    /// Wakes the ticket's task one place in the queue and one round later, as
    /// asyncio's callback that sets a sleeper's future would.
    #[inline]
    pub fn relay(&self, ticket: u64) {
        self.push(crate::ticket::relay_of(ticket));
    }

    // ----- the outside ---------------------------------------------------

    /// Where other threads can write to.
    pub fn address(&self) -> Address {
        self.home.address()
    }

    /// Refuses what other threads send from now on, and drops what they have sent.
    pub(crate) fn retire(&self) {
        self.home.retire();
    }

    /// Sets what wakes the thread when it sleeps; called from any thread.
    pub fn set_unpark(&self, unpark: Option<Unpark>) {
        self.home.set_unpark(unpark);
    }

    /// Whether another thread has left something: one load.
    #[inline]
    pub fn has_mail(&self) -> bool {
        self.home.mailbox().asked()
    }

    pub(crate) fn collect_into(&self, letters: &mut Vec<crate::remote::Letter>) {
        self.home.mailbox().collect(letters);
    }

    /// Whether the thread may go to sleep; from a yes on, every letter unparks.
    pub fn may_sleep(&self) -> bool {
        self.home.mailbox().may_sleep()
    }

    /// The thread is awake again.
    pub fn rise(&self) {
        self.home.mailbox().rise();
    }

    /// Who looks on: a sink for the trace, or `None`. From then on every new
    /// task takes the watched path; tasks that exist already take it too.
    pub fn set_sink(&self, sink: Option<Box<dyn Sink>>) {
        let before = self.sink.replace(sink);
        drop(before);
        self.observe();
    }

    /// Who decides where order is free, or `None` for first in, first out.
    pub fn set_chooser(&self, chooser: Option<Box<dyn Chooser>>) {
        self.has_chooser.set(chooser.is_some());
        let before = self.chooser.replace(chooser);
        drop(before);
    }

    /// Debug mode: steps are timed with `clock` (in ns) and reported from
    /// `threshold` ns on, and results that nobody took are reported too.
    pub fn set_debug(&self, debug: Option<(Rc<dyn Fn() -> u64>, u64)>) {
        self.debug.set(debug.is_some());
        let before = self.stopwatch.replace(debug);
        drop(before);
        self.observe();
    }

    /// Whether debug mode is on.
    pub fn is_debug(&self) -> bool {
        self.debug.get()
    }

    /// Sets or clears `OBSERVED` in every living slot.
    fn observe(&self) {
        let watched = self.sink.borrow().is_some() || self.debug.get();
        let flag = if watched { OBSERVED } else { 0 };
        self.observed.set(flag);
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get(index) else {
                continue;
            };
            let key = slot.key.get();
            if key & VACANT == 0 {
                slot.key.set((key & !OBSERVED) | flag);
            }
        }
    }

    /// Whether every move is told to somebody.
    #[inline]
    pub fn is_observed(&self) -> bool {
        self.observed.get() != 0
    }

    /// Says what time it is and which iteration, for the trace.
    #[inline]
    pub fn set_stamp(&self, time: u64, iteration: u64) {
        self.stamp.set((time, iteration));
    }

    /// Hands an event to the sink. Nothing happens without one, and one that
    /// panics is told no more.
    pub fn emit(&self, task: Option<Name>, verb: Verb) {
        let Ok(mut place) = self.sink.try_borrow_mut() else {
            return;
        };
        let Some(sink) = place.as_mut() else { return };
        let (time, iteration) = self.stamp.get();
        let event = Event {
            time,
            iteration,
            task,
            verb,
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| sink.event(&event))) {
            let broken = place.take();
            drop(place);
            drop_quietly(broken);
            self.observe();
            self.report_caught(ReportKind::PanicInSink, "a sink of the trace", payload);
        }
    }
}

/// A slot whose occupant goes: at the end it is vacant, or retired for good.
pub(crate) struct Leaving<'a> {
    scheduler: &'a Scheduler,
    index: u32,
    slot: &'a Slot,
    last: bool,
}

impl Leaving<'_> {
    #[inline]
    fn give_back(&self) {
        if self.last {
            self.scheduler.discard_shell(self.slot);
        } else {
            self.scheduler.slots.release(self.index, self.slot);
        }
    }

    /// What was rare about the occupant is dropped when its slot is free.
    #[cold]
    fn give_back_extra(&self) {
        let extra = self.scheduler.take_extra(self.slot);
        let locals = self.slot.locals.take();
        self.give_back();
        drop((extra, locals));
    }
}

impl Drop for Leaving<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.slot.extra.get() != 0 || self.scheduler.any_locals.get() {
            self.give_back_extra();
        } else {
            self.give_back();
        }
    }
}

impl fmt::Debug for Scheduler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tasks = self.living().len();
        write!(f, "Scheduler({tasks} tasks, {} ready)", self.ready_len())
    }
}
