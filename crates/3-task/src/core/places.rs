//! Keeps the places of awaits in the program, while a loop is watched.
//!
//! The problem: a report names the thing for which a task waits, and a person asks for the line that
//! waits. A future knows this line only while it is made, where the compiler passes the place of the
//! call. To keep it, each future would be a word longer, for a report that few runs make. So the place
//! is noted beside the task, and only while a sink or debug mode watches the loop.
//!
//! ```text
//!   promise.await    into_future ── is a loop watched? ── no: nothing (a load and a branch)
//!                                        │ yes
//!                                        v
//!   notes of the running task:  promise 3 ─> src/main.rs:7:9
//!                               timer at 2.000 ─> src/main.rs:9:9
//!   a report:   the wait word of the task says promise 3, so it waits at line 7
//! ```
//!
//! A note of a thing whose wait word is not known yet, as of a sleep that has no deadline before its
//! first poll, has a key in place of the word. The poll links the key to the word.
//!
//! The number of a reason goes to the next reason when the thing has gone. So a reason that is noted gets
//! a count beside its number, which no other reason of the loop gets, and the note has both.
//!
//! The notes of a promise say who made it and who has copied its handle last. The loop notes for each
//! line that makes promises which task has set the last of them.
//!
//! Invariants:
//! 1. While no loop of the process is watched, a note costs a load and a branch.
//! 2. A task keeps the last eight places at most. So a report may lack a place, and never names a
//!    place at which the task has not made an await of this very thing.
//! 3. Notes are read by reports, and change no run.
//!
//! Read next: `core/starts.rs`.

use std::cell::{Cell, RefCell, RefMut};
use std::collections::VecDeque;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};

use groundup_interweave::trace::Name;

use crate::core::{Core, NOTED, WATCHER};
use crate::store::key::Mark;
use crate::store::notes::{Actor, Handed, Notes, Thing};
use crate::store::object::CallSite;
use crate::store::slot::Slot;
use crate::store::ticket::{Ticket, WaitWord};

/// Number of loops of the process that are watched.
static WATCHED: AtomicUsize = AtomicUsize::new(0);

/// Number of tasks that have ended whose names the loop keeps.
const ENDED: usize = 64;

/// Returns true if a loop of the process is watched, perhaps that of this thread.
#[inline(always)]
pub(crate) fn any_is_watched() -> bool {
    WATCHED.load(Ordering::Relaxed) != 0
}

/// Returns false if a place is in the standard library, as that of a clone of an `Option`. A compiler
/// with the component rust-src says the path of this component.
fn is_of_program(place: CallSite) -> bool {
    let file = place.file();
    !file.starts_with("/rustc/") && !file.contains("/rustlib/src/rust/library/")
}

/// Returns true if a line that polls may be an await of the program. In a crate of the registry, or in a
/// floor, which lies beside this one, a combinator polls.
pub(crate) fn may_be_await(place: CallSite) -> bool {
    let file = place.file();
    let floors = file!().strip_suffix("3-task/src/core/places.rs");
    let beside = floors.and_then(|floors| file.strip_prefix(floors));
    let mut parts = beside.unwrap_or("").split('/');
    let floor = parts.next().unwrap_or("");
    let of_floor = floor.starts_with(|first: char| first.is_ascii_digit());
    !(file.contains("/registry/src/") || of_floor && parts.next() == Some("src"))
}

/// The notes of a loop.
#[derive(Default)]
pub(super) struct Places {
    watched: Cell<bool>,
    /// Number of reasons that were noted.
    reasons: Cell<u64>,
    /// Each place that makes promises, and the task that has set the last of them.
    setters: RefCell<Vec<(CallSite, Actor)>>,
    /// The tasks that have ended last, with their names.
    ended: RefCell<VecDeque<Actor>>,
}

impl Places {
    /// Counts the loop as watched, or not.
    pub(super) fn watch(&self, watched: bool) {
        match (self.watched.replace(watched), watched) {
            (false, true) => _ = WATCHED.fetch_add(1, Ordering::Relaxed),
            (true, false) => _ = WATCHED.fetch_sub(1, Ordering::Relaxed),
            _ => {}
        }
    }
}

impl Drop for Places {
    fn drop(&mut self) {
        self.watch(false);
    }
}

impl Core {
    /// Marks all present and future occupants as observed or not. If footprints are wanted, they are
    /// observed in any case.
    pub(crate) fn observe(&self, observed: bool) {
        let noted = self.attends(NOTED);
        let observed = observed || noted;
        self.attend(WATCHER, observed);
        self.places.watch(observed);
        self.slots.look(|_, slot| {
            slot.mark(Mark::Observed, observed);
            slot.mark(Mark::Noted, noted);
        });
    }

    /// Lends the notes of a slot. They are made if the slot has none.
    fn notes(&self, slot: &Slot) -> RefMut<'_, Notes> {
        let rare = self.rare_mut(slot);
        RefMut::map(rare, |rare| &mut **rare.notes.get_or_insert_default())
    }

    /// Notes that the caller of the caller awaits a task or a promise, if a loop is watched.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn note_await_of(&self, awaited: Ticket) {
        if any_is_watched() {
            self.note_await(self.thing(awaited.into()), Location::caller());
        }
    }

    /// Makes the thing of a wait word. A named reason gets its count when it is noted first.
    #[cold]
    pub(crate) fn thing(&self, word: WaitWord) -> Thing {
        let mut counted = 0;
        if let Some(mut reason) = word.entry().and_then(|number| self.reason_mut(number)) {
            let count = &self.places.reasons;
            if reason.noted == 0 {
                count.set(count.get() + 1);
                reason.noted = count.get();
            }
            counted = reason.noted;
        }
        Thing::Word(word, counted)
    }

    /// Notes that the running task awaits a thing at a place, if it is watched.
    #[cold]
    pub(crate) fn note_await(&self, thing: Thing, place: CallSite) {
        let Some(slot) = self.running().filter(|slot| slot.has(Mark::Observed)) else {
            return;
        };
        let place = is_of_program(place).then_some(place);
        self.notes(slot).awaits(thing, place);
    }

    /// Forgets the place of a thing that the running task awaits.
    #[cold]
    pub(crate) fn forget_await(&self, thing: Thing) {
        if let Some(slot) = self.running().filter(|slot| slot.has(Mark::Observed)) {
            self.notes(slot).forget(thing);
        }
    }

    /// Notes that the running task awaits one of the things that have this key.
    #[cold]
    pub(crate) fn note_await_among(&self, key: u64, place: CallSite) {
        if let Some(slot) = self.running().filter(|slot| slot.has(Mark::Observed)) {
            self.notes(slot).awaits_among(key, place);
        }
    }

    /// Notes the wait word of a thing that the running task has noted by a key.
    #[cold]
    pub(crate) fn link_await(&self, key: u64, word: WaitWord) {
        let Some(slot) = self.running().filter(|slot| slot.has(Mark::Observed)) else {
            return;
        };
        let thing = self.thing(word);
        self.notes(slot).link(key, thing);
    }

    /// Returns the place at which a task awaits the thing that a wait word names, if it is known.
    pub(crate) fn place_of(&self, slot: &Slot, word: WaitWord) -> Option<CallSite> {
        let thing = self.thing(word);
        self.rare(slot, |rare| {
            let mut awaits = rare.notes.as_ref()?.awaits.iter();
            awaits.rfind(|(noted, _)| *noted == thing)?.1
        })
        .flatten()
    }

    /// Notes the name of a task that ends.
    pub(crate) fn note_ended(&self, task: Ticket, name: &Name) {
        let mut ended = self.places.ended.borrow_mut();
        if ended.len() == ENDED {
            ended.pop_front();
        }
        let name = name.clone();
        ended.push_back(Actor { task, name });
    }

    /// Returns the name of a task, also of one that has gone not long ago, if the loop was watched.
    pub(crate) fn last_name_of(&self, task: Ticket) -> Option<Name> {
        let gone = || {
            let ended = self.places.ended.borrow();
            let found = ended.iter().rev().find(|actor| actor.task == task);
            found.map(|actor| actor.name.clone())
        };
        self.name_of(task).or_else(gone)
    }

    /// Returns the running task, with its name.
    fn actor(&self) -> Option<Actor> {
        self.running()?;
        let (task, name) = (self.current(), self.name_of(self.current())?);
        Some(Actor { task, name })
    }

    /// Notes which task has made a promise.
    pub(crate) fn note_made(&self, promise: &Slot) {
        let maker = self.actor();
        self.notes(promise).maker = maker;
    }

    /// Notes that the running task copies a handle of a promise, if the promise is watched.
    #[cold]
    pub(crate) fn note_copy(&self, promise: &Slot, place: CallSite) {
        if promise.has(Mark::Observed) && is_of_program(place) {
            let by = self.actor();
            self.notes(promise).copied = Some((place, by));
        }
    }

    /// Notes that the running task has set a promise.
    pub(crate) fn note_set(&self, promise: &Slot) {
        if let (Some(place), Some(setter)) = (promise.call_site(), self.actor()) {
            let mut setters = self.places.setters.borrow_mut();
            match setters.iter_mut().find(|(of, _)| ptr::eq(*of, place)) {
                Some((_, last)) => *last = setter,
                None => setters.push((place, setter)),
            }
        }
    }

    /// Returns what is known of the handles of a promise.
    pub(crate) fn handed(&self, promise: &Slot) -> Handed {
        let of_notes = |notes: &Notes| Handed {
            maker: notes.maker.clone(),
            copied: notes.copied.clone(),
            last_setter: None,
        };
        let handed = self.rare(promise, |rare| rare.notes.as_deref().map(of_notes));
        let place = promise.call_site();
        let setters = self.places.setters.borrow();
        let setter = setters
            .iter()
            .find(|(of, _)| place.is_some_and(|it| ptr::eq(*of, it)));
        Handed {
            last_setter: setter.map(|(_, setter)| setter.clone()),
            ..handed.flatten().unwrap_or_default()
        }
    }

    /// Notes that a promise has woken a task.
    pub(crate) fn note_woken(&self, task: Ticket, promise: Ticket) {
        let woken = self.slot_unnoted(task);
        if let Some(slot) = woken.filter(|slot| slot.has(Mark::Observed)) {
            let stands = |promise: &Ticket| self.has_woken(*promise, task);
            self.notes(slot).is_woken_by(promise, stands);
        }
    }

    /// Returns true if a promise has woken a task that has not polled its await since.
    fn has_woken(&self, promise: Ticket, task: Ticket) -> bool {
        let promise = self.slot_unnoted(promise);
        promise.is_some_and(|promise| promise.woken() == Some(task))
    }

    /// Returns the promises that have woken a task before its last step, and whose awaits it has not
    /// polled since. Forgets the others.
    pub(crate) fn unpolled_after_step(&self, task: Ticket, slot: &Slot) -> Vec<Ticket> {
        let woken = self.rare(slot, |rare| {
            let notes = rare.notes.as_ref();
            notes.is_some_and(|notes| !notes.woken_by.is_empty())
        });
        if woken != Some(true) {
            return Vec::new();
        }
        let mut notes = self.notes(slot);
        (notes.woken_by).retain(|promise| self.has_woken(*promise, task));
        notes.woken_by.clone()
    }
}
