//! Table of a wait set: a place for each member, and its stage.
//!
//! The problem: notices name a member by its number, and come in any order. The done tasks go
//! out in the order in which they came in. And a set may live as long as its program, while
//! members come and go. So each member has a place, whose number is registered with its task. A
//! vacant place is used again for a later member.
//!
//! ```text
//!               ┌───────────── 2 ──────────────┐
//!   Running ────┤                              v
//!               └── 1 ──> Finished ── 3, 4 ──> Assigned ── 5 ──> its place is vacant
//!
//!   1  It ends, and no wait is under way, or its end may decide the wait (`note_end`).
//!   2  It ends, and its end cannot decide the wait: the wait counts it at once (`note_end`).
//!   3  Its notice is redeemed, and the wait counts its end (`on_end`).
//!   4  A wait begins. One notice counts all earlier ends, one iteration later (`begin`).
//!   5  A wait returns, and takes out the members that are Finished or Assigned (`take_done`).
//!
//!   A program may take a member out at each stage (`remove`).
//! ```
//!
//! Invariants:
//! 1. `ended` lists the members that have ended, and some that were removed after their end. Their
//!    places are not vacant until the list is tidied, so each place is on the list once.
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

/// Stage of a member, as in the picture. `state.rs` makes the moves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MemberStage {
    Running,
    Finished,
    /// Its end belongs to a count: it was counted, or the notice of a beginning will count it.
    Assigned,
}

/// Stage, registration and order number of a member, in one word: a struct would be built aside and
/// then moved. From the right: ended, assigned, registered, and the order number in the set.
#[derive(Clone, Copy)]
pub(super) struct MemberWord(u64);

const ENDED: u64 = 1;
const ASSIGNED: u64 = 2;
const REGISTERED: u64 = 4;
const ORDER_SHIFT: u32 = 3;

/// The end of the list of vacant places.
const NONE: u32 = u32::MAX;

impl MemberWord {
    #[inline]
    fn new(order: u64, watched: bool) -> Self {
        let how = if watched { REGISTERED } else { ENDED };
        MemberWord(order << ORDER_SHIFT | how)
    }

    fn order(self) -> u64 {
        self.0 >> ORDER_SHIFT
    }

    #[inline]
    pub(super) fn stage(self) -> MemberStage {
        match self.0 & (ENDED | ASSIGNED) {
            0 => MemberStage::Running,
            ENDED => MemberStage::Finished,
            _ => MemberStage::Assigned,
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
            MemberStage::Assigned => ENDED | ASSIGNED,
        };
        let registered = if registered { REGISTERED } else { 0 };
        self.0 = self.0 & !(ENDED | ASSIGNED | REGISTERED) | stage | registered;
    }
}

pub(super) struct Table<T> {
    /// Task of each place; `None` if the place is vacant.
    pub(super) tasks: Vec<Option<Task<T>>>,
    pub(super) words: Vec<MemberWord>,
    /// First vacant place, or `NONE`. The word of a vacant place holds the number of the next
    /// one.
    vacant: u32,
    /// Places of the members that have ended, and of those that were removed since the last
    /// [`tidy`](Table::tidy). A place on this list is not vacant.
    pub(super) ended: Vec<u32>,
    /// The first so many members on the list are `Assigned`.
    assigned: usize,
    /// Number of removed members on the list.
    removed: usize,
    /// Number of entries of the list that were ever looked at to take removed members off it.
    looks: u64,
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
            words: Vec::new(),
            vacant: NONE,
            ended: Vec::new(),
            assigned: 0,
            removed: 0,
            looks: 0,
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
        self.words.reserve(members);
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
        let word = MemberWord::new(order, watched);
        match self.words.get_mut(place as usize) {
            Some(vacant) => {
                self.vacant = vacant.order() as u32;
                *vacant = word;
                self.tasks[place as usize] = Some(task);
            }
            None => {
                self.words.push(word);
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
        let word = self.words.get(id.place as usize)?;
        let there = self.tasks[id.place as usize].is_some();
        (word.order() == id.order && there).then_some(id.place)
    }

    /// Takes the task of any member out of its place, as [`leave`](Table::leave) does. A place on the
    /// list of ended members stays there, and is not vacant before the list is tidied: to search
    /// the list for it would cost by the other members.
    pub(super) fn remove(&mut self, place: u32) -> Option<(Task<T>, bool)> {
        if self.words[place as usize].stage() == MemberStage::Running {
            return self.leave(place);
        }
        let vacant = self.vacant;
        let left = self.leave(place);
        self.vacant = vacant;
        self.removed += 1;
        if 2 * self.removed > self.ended.len() {
            self.tidy();
        }
        left
    }

    /// Takes the removed members off the list of ended ones.
    pub(super) fn tidy(&mut self) {
        self.removed = 0;
        self.looks += self.ended.len() as u64;
        let Table {
            tasks,
            words,
            vacant,
            ended,
            assigned,
            ..
        } = self;
        let (mut at, before) = (0, *assigned);
        ended.retain(|&place| {
            let stays = tasks[place as usize].is_some();
            *assigned -= usize::from(at < before && !stays);
            at += 1;
            if !stays {
                words[place as usize] = MemberWord(u64::from(*vacant) << ORDER_SHIFT);
                *vacant = place;
            }
            stays
        });
    }

    /// Returns the cost of all removes of ended members: entries of the list that were looked at.
    pub(super) fn looks(&self) -> u64 {
        self.looks
    }

    /// Makes all members that have ended `Assigned`; returns their number. Those that were made so
    /// before are not looked at again.
    pub(super) fn assign_ended(&mut self) -> usize {
        if self.removed > 0 {
            self.tidy();
        }
        for &place in &self.ended[self.assigned..] {
            let word = &mut self.words[place as usize];
            word.set(MemberStage::Assigned, word.registered());
        }
        self.assigned = self.ended.len();
        self.assigned
    }

    /// Takes the list of members that have ended.
    pub(super) fn take_ended(&mut self) -> Vec<u32> {
        if self.removed > 0 {
            self.tidy();
        }
        self.assigned = 0;
        std::mem::take(&mut self.ended)
    }

    /// Returns the number of members that have ended.
    pub(super) fn ended_count(&self) -> usize {
        self.ended.len() - self.removed
    }

    /// Takes the task out of a place; returns it, and whether it is registered. The place is not on
    /// the list of ended members any more.
    #[inline]
    pub(super) fn leave(&mut self, place: u32) -> Option<(Task<T>, bool)> {
        let task = self.tasks.get_mut(place as usize)?.take()?;
        let word = &mut self.words[place as usize];
        let registered = word.registered();
        *word = MemberWord(u64::from(self.vacant) << ORDER_SHIFT);
        self.vacant = place;
        self.len -= 1;
        self.places ^= place;
        Some((task, registered))
    }

    /// Sorts places by the order in which their members came in.
    #[inline]
    pub(super) fn sort(&self, places: &mut [u32]) {
        let order = |place: &u32| self.words[*place as usize].order();
        if !places.is_sorted_by_key(order) {
            places.sort_unstable_by_key(order);
        }
    }
}
