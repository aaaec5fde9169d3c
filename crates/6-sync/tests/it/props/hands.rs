//! Waits polled and dropped by hand, beside the dullest model.
//!
//! The problem: tasks poll a wait when it was woken. Another executor may poll it at any time, with
//! any waker, and drop it at any time. The model is a number and a list, and says after each
//! operation which wait has a permit, and which wakers were called.
//!
//! Invariant: no loop runs here.
//!
//! Read next: `rw_locks.rs`.

use std::collections::BTreeMap;
use std::task::Poll;

use groundup_sync::{Permit, Semaphore};
use proptest::prelude::*;

use super::wakes::ByHand;

/// What is done by hand. A number chooses among the waits or permits that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Makes a wait, and polls it.
    Begin,
    /// Polls a wait, with the waker of before or with a new one.
    Poll(usize, bool),
    DropWait(usize),
    DropPermit(usize),
    Release,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => Just(Deed::Begin),
        3 => (any::<usize>(), any::<bool>()).prop_map(|(which, new)| Deed::Poll(which, new)),
        2 => any::<usize>().prop_map(Deed::DropWait),
        2 => any::<usize>().prop_map(Deed::DropPermit),
        1 => Just(Deed::Release),
    ]
}

/// The dullest model: a number of free permits, and a list.
#[derive(Default)]
struct Model {
    free: usize,
    /// Those in line, each with its token.
    line: Vec<(u32, bool)>,
    /// How often each was woken.
    wakes: BTreeMap<u32, usize>,
}

impl Model {
    /// Returns true if the wait has a permit at once.
    fn begin(&mut self, wait: u32) -> bool {
        if self.free > 0 && self.line.is_empty() {
            self.free -= 1;
            return true;
        }
        self.line.push((wait, false));
        false
    }

    fn poll(&mut self, wait: u32) -> bool {
        let at = self.line.iter().position(|one| *one == (wait, true));
        at.map(|at| self.line.remove(at)).is_some_and(|_| {
            self.hand_out(usize::MAX);
            true
        })
    }

    fn leave(&mut self, wait: u32) {
        if let Some(at) = self.line.iter().position(|one| one.0 == wait) {
            self.free += usize::from(self.line.remove(at).1);
            self.hand_out(usize::MAX);
        }
    }

    fn release(&mut self) {
        self.free += 1;
        self.hand_out(1);
    }

    fn hand_out(&mut self, most: usize) {
        for (wait, token) in self
            .line
            .iter_mut()
            .filter(|one| !one.1)
            .take(most.min(self.free))
        {
            *token = true;
            self.free -= 1;
            *self.wakes.entry(*wait).or_default() += 1;
        }
    }
}

/// A wait, and its number in the model.
struct Wait<'a> {
    number: u32,
    future: ByHand<'a, Permit<'a>>,
}

proptest! {
    /// A semaphore does what the model does, after each operation.
    #[test]
    fn a_semaphore_is_a_number_and_a_list(
        permits in 0_usize..3,
        deeds in prop::collection::vec(deed(), 0..60),
    ) {
        let semaphore = Semaphore::new(permits);
        let mut model = Model { free: permits, ..Model::default() };
        let (mut waits, mut held) = (Vec::<Wait<'_>>::new(), Vec::new());
        let mut last = 0;
        for deed in deeds {
            match deed {
                Deed::Begin => {
                    last += 1;
                    let future = ByHand::new(semaphore.acquire());
                    let mut wait = Wait { number: last, future };
                    let polled = wait.future.poll(true);
                    prop_assert_eq!(polled.is_ready(), model.begin(last));
                    match polled {
                        Poll::Ready(permit) => held.push(permit),
                        Poll::Pending => waits.push(wait),
                    }
                }
                Deed::Poll(which, new) if !waits.is_empty() => {
                    let which = which % waits.len();
                    let polled = waits[which].future.poll(new);
                    prop_assert_eq!(polled.is_ready(), model.poll(waits[which].number));
                    if let Poll::Ready(permit) = polled {
                        held.push(permit);
                        waits.remove(which);
                    }
                }
                Deed::DropWait(which) if !waits.is_empty() => {
                    let wait = waits.remove(which % waits.len());
                    model.leave(wait.number);
                }
                Deed::DropPermit(which) if !held.is_empty() => {
                    drop(held.remove(which % held.len()));
                    model.release();
                }
                Deed::Release => {
                    semaphore.release();
                    model.release();
                }
                _ => {}
            }
            prop_assert_eq!(semaphore.available(), model.free);
            prop_assert_eq!(semaphore.locked(), model.free == 0 || !model.line.is_empty());
            for wait in &waits {
                let wakes = model.wakes.get(&wait.number).copied().unwrap_or(0);
                prop_assert_eq!(wait.future.wakes(), wakes, "wait {}", wait.number);
            }
        }
    }
}
