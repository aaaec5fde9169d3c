//! The table of a wait set: its places, who is in them, who has ended.
//!
//! The problem: ends come by a number, in any order; what is done goes out in the
//! order in which it came in; and a set may live as long as its program, with members
//! coming and going. So a member has a place, whose number its task names, and a
//! vacant place is given to the next.
//!
//! ```text
//!   Running --ends--> Ended --told of, or need not be--> Told
//!      |                |                                  |
//!      +----------------+------------ leaves --------------+--> the place is vacant
//! ```
//!
//! Invariants:
//! 1. `ended` names exactly the members that have ended and are still in.
//! 2. An order is given once, a place again and again.
//! 3. Nothing of the user's runs in here.
//!
//! Read next: `../as_completed.rs`.

use groundup_executor::task::{Ending, Task};

/// The name of a member of a [`WaitSet`](crate::WaitSet).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberId {
    place: u32,
    order: u64,
}

/// How far a member has come; see the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Running,
    Ended,
    /// Its end has been counted in this wait, or need not be.
    Told,
}

/// What is known of a member, in one word: a thing of several parts would be put
/// together aside and then moved. From the right: ended, told, registered, and the
/// how-manieth of the set it is.
#[derive(Clone, Copy)]
pub(super) struct Mark(u64);

const ENDED: u64 = 1;
const TOLD: u64 = 2;
const REGISTERED: u64 = 4;
const ORDER_SHIFT: u32 = 3;

/// The end of the list of vacant places.
const NONE: u32 = u32::MAX;

impl Mark {
    #[inline]
    fn new(order: u64, watched: bool) -> Self {
        let how = if watched { REGISTERED } else { ENDED };
        Mark(order << ORDER_SHIFT | how)
    }

    fn order(self) -> u64 {
        self.0 >> ORDER_SHIFT
    }

    #[inline]
    pub(super) fn stage(self) -> Stage {
        match self.0 & (ENDED | TOLD) {
            0 => Stage::Running,
            ENDED => Stage::Ended,
            _ => Stage::Told,
        }
    }

    /// Whether its task names this set, or its notice is on its way.
    pub(super) fn registered(self) -> bool {
        self.0 & REGISTERED != 0
    }

    #[inline]
    pub(super) fn set(&mut self, stage: Stage, registered: bool) {
        let stage = match stage {
            Stage::Running => 0,
            Stage::Ended => ENDED,
            Stage::Told => ENDED | TOLD,
        };
        let registered = if registered { REGISTERED } else { 0 };
        self.0 = self.0 & !(ENDED | TOLD | REGISTERED) | stage | registered;
    }
}

pub(super) struct Table<T> {
    /// A place for each member; `None` if it is vacant.
    pub(super) tasks: Vec<Option<Task<T>>>,
    pub(super) marks: Vec<Mark>,
    /// The vacant place that is taken next, or `NONE`; its mark has the one after it.
    vacant: u32,
    /// Those that have ended and were not given out.
    pub(super) ended: Vec<u32>,
    orders: u64,
    len: usize,
    /// All places with a member in them, combined by exclusive or: if there is one
    /// member, this is its place.
    places: u32,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table {
            tasks: Vec::new(),
            marks: Vec::new(),
            vacant: NONE,
            ended: Vec::new(),
            orders: 0,
            len: 0,
            places: 0,
        }
    }
}

impl<T> Table<T> {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The places of all members.
    pub(super) fn places(&self) -> Vec<u32> {
        let places = (0..).zip(&self.tasks);
        let taken = places.filter(|(_, task)| task.is_some());
        taken.map(|(place, _)| place).collect()
    }

    /// Asks for the memory of so many at once.
    pub(super) fn reserve(&mut self, members: usize) {
        self.tasks.reserve(members);
        self.marks.reserve(members);
    }

    /// The only member, if there is one alone.
    pub(super) fn only(&self) -> Option<&Task<T>> {
        let task = self.tasks.get(self.places as usize)?.as_ref();
        task.filter(|_| self.len == 1)
    }

    /// The place for the next that comes in; it is taken by [`enter`](Table::enter).
    pub(super) fn next_place(&self) -> u32 {
        match self.vacant {
            NONE => self.tasks.len() as u32,
            vacant => vacant,
        }
    }

    /// A task comes in, at the next place. What is not watched had ended before.
    #[inline(always)] // a task goes straight to its place
    pub(super) fn enter(&mut self, place: u32, task: Task<T>, watched: bool) -> MemberId {
        let order = self.orders;
        let mark = Mark::new(order, watched);
        match self.marks.get_mut(place as usize) {
            Some(vacant) => {
                self.vacant = vacant.order() as u32;
                *vacant = mark;
                self.tasks[place as usize] = Some(task);
            }
            None => {
                self.marks.push(mark);
                self.tasks.push(Some(task));
            }
        }
        if !watched {
            self.ended.push(place);
        }
        self.orders += 1;
        self.len += 1;
        self.places ^= place;
        MemberId { place, order }
    }

    /// The place of a member, if it is still in.
    pub(super) fn place_of(&self, id: MemberId) -> Option<u32> {
        let mark = self.marks.get(id.place as usize)?;
        let there = self.tasks[id.place as usize].is_some();
        (mark.order() == id.order && there).then_some(id.place)
    }

    /// Takes a task out, and says whether it is registered.
    #[inline]
    pub(super) fn leave(&mut self, place: u32) -> Option<(Task<T>, bool)> {
        let task = self.tasks.get_mut(place as usize)?.take()?;
        let mark = &mut self.marks[place as usize];
        let registered = mark.registered();
        *mark = Mark(u64::from(self.vacant) << ORDER_SHIFT);
        self.vacant = place;
        self.len -= 1;
        self.places ^= place;
        Some((task, registered))
    }

    /// Puts places in the order in which their members came.
    #[inline]
    pub(super) fn sort(&self, places: &mut [u32]) {
        let order = |place: &u32| self.marks[*place as usize].order();
        if !places.is_sorted_by_key(order) {
            places.sort_unstable_by_key(order);
        }
    }

    /// How the member in a place has ended.
    pub(super) fn ending(&self, place: u32) -> Ending {
        match &self.tasks[place as usize] {
            Some(task) if task.cancelled() => Ending::Cancelled,
            Some(task) if task.panicked() => Ending::Failed,
            _ => Ending::Returned,
        }
    }
}
