//! Table of a wait set: a place for each member, and its stage.
//!
//! The problem: notices name a member by its number, and come in any order. The done tasks go
//! out in the order in which they came in. And a set may live as long as its program, while
//! members come and go. So each member has a place, whose number is registered with its task. A
//! vacant place is used again for a later member.
//!
//! ```text
//!   Running ── ends ──> Finished ── its end is counted in the present wait ──> Counted
//!
//!   From each stage a member may leave. Then its place is vacant.
//! ```
//!
//! Invariants:
//! 1. `ended` lists exactly the members that have ended and are still in the set.
//! 2. An order number is used once, a place again and again.
//! 3. No code of the user runs in this file.
//!
//! Read next: `as_completed.rs`.

use groundup_executor::task::Task;

/// Key of a member of a [`WaitSet`](crate::WaitSet): [`add`](crate::WaitSet::add) returns it, and
/// [`remove`](crate::WaitSet::remove) takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MemberId {
    place: u32,
    order: u64,
}

/// Stage of a member; see the picture.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberStage {
    Running,
    Finished,
    /// Its end is counted in the present wait, or is one of those counted one iteration after
    /// entry.
    Counted,
}

/// Stage, registration and order number of a member, in one word. A struct of several fields
/// would be built aside and then moved. From the right: ended, counted, registered, and the order
/// number of the member in its set.
#[derive(Clone, Copy)]
pub(super) struct Mark(u64);

const ENDED: u64 = 1;
const COUNTED: u64 = 2;
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
    pub(super) fn stage(self) -> MemberStage {
        match self.0 & (ENDED | COUNTED) {
            0 => MemberStage::Running,
            ENDED => MemberStage::Finished,
            _ => MemberStage::Counted,
        }
    }

    /// Returns true if its task names this set, or its notice is under way.
    pub(super) fn registered(self) -> bool {
        self.0 & REGISTERED != 0
    }

    #[inline]
    pub(super) fn set(&mut self, stage: MemberStage, registered: bool) {
        let stage = match stage {
            MemberStage::Running => 0,
            MemberStage::Finished => ENDED,
            MemberStage::Counted => ENDED | COUNTED,
        };
        let registered = if registered { REGISTERED } else { 0 };
        self.0 = self.0 & !(ENDED | COUNTED | REGISTERED) | stage | registered;
    }
}

pub(super) struct Table<T> {
    /// Task of each place; `None` if the place is vacant.
    pub(super) tasks: Vec<Option<Task<T>>>,
    pub(super) marks: Vec<Mark>,
    /// First vacant place, or `NONE`. The mark of a vacant place holds the number of the next
    /// one.
    vacant: u32,
    /// Places of the members that have ended and were not taken out.
    pub(super) ended: Vec<u32>,
    orders: u64,
    len: usize,
    /// All occupied places, combined by exclusive or. If there is one member, this is its
    /// place.
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

    /// Returns the places of all members.
    pub(super) fn places(&self) -> Vec<u32> {
        let places = (0..).zip(&self.tasks);
        let taken = places.filter(|(_, task)| task.is_some());
        taken.map(|(place, _)| place).collect()
    }

    /// Reserves memory for `members` more members.
    pub(super) fn reserve(&mut self, members: usize) {
        self.tasks.reserve(members);
        self.marks.reserve(members);
    }

    /// Returns the only member, if the set has exactly one.
    pub(super) fn only(&self) -> Option<&Task<T>> {
        let task = self.tasks.get(self.places as usize)?.as_ref();
        task.filter(|_| self.len == 1)
    }

    /// Returns the place that the next call of [`enter`](Table::enter) takes.
    pub(super) fn next_place(&self) -> u32 {
        match self.vacant {
            NONE => self.tasks.len() as u32,
            vacant => vacant,
        }
    }

    /// Puts a task into `place`, the next place. A task that is not watched had ended before.
    #[inline(always)] // Speed: wait_first. A task is moved straight into its place.
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

    /// Returns the place of a member, if it is still in the set.
    pub(super) fn place_of(&self, id: MemberId) -> Option<u32> {
        let mark = self.marks.get(id.place as usize)?;
        let there = self.tasks[id.place as usize].is_some();
        (mark.order() == id.order && there).then_some(id.place)
    }

    /// Takes the task out of a place; returns it, and whether it is registered.
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

    /// Sorts places by the order in which their members came in.
    #[inline]
    pub(super) fn sort(&self, places: &mut [u32]) {
        let order = |place: &u32| self.marks[*place as usize].order();
        if !places.is_sorted_by_key(order) {
            places.sort_unstable_by_key(order);
        }
    }
}
