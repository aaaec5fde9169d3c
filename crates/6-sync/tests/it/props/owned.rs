//! Owned and borrowed permits stand in one line.
//!
//! The problem: an owned permit takes its place in the line under a borrow, and gives the borrow up when
//! it has the permit. Nothing may be lost or won on the way, in any order of polls and drops.
//!
//! Invariant: after each operation the free permits are those of the model.
//!
//! Read next: `items.rs`.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use futures::FutureExt;
use groundup_sync::Semaphore;
use proptest::collection::vec;
use proptest::prelude::*;

/// An operation on a semaphore; the numbers choose among the waits and the permits that are there.
#[derive(Clone, Copy, Debug)]
enum Deed {
    /// Takes a permit at once, if it can be had: an owned one, or a borrowed one.
    Try(bool),
    /// Begins a wait, and polls it once.
    Wait(bool),
    Poll(usize),
    DropWait(usize),
    DropPermit(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        any::<bool>().prop_map(Deed::Try),
        any::<bool>().prop_map(Deed::Wait),
        any::<usize>().prop_map(Deed::Poll),
        any::<usize>().prop_map(Deed::DropWait),
        any::<usize>().prop_map(Deed::DropPermit),
    ]
}

/// A permit of either kind: only its drop counts.
type AnyPermit = Box<dyn Debug>;

type Waits = VecDeque<(u32, Pin<Box<dyn Future<Output = AnyPermit>>>)>;

/// The dullest semaphore: free permits, and a line of waits, of which some were told.
struct Model {
    free: usize,
    line: VecDeque<(u32, bool)>,
}

impl Model {
    /// Hands out free permits, at most so many.
    fn hand_out(&mut self, most: usize) {
        for (_, told) in self.line.iter_mut().filter(|(_, told)| !*told).take(most) {
            if self.free > 0 {
                self.free -= 1;
                *told = true;
            }
        }
    }

    /// Takes a wait out of the line; returns true if it was told.
    fn leave(&mut self, number: u32) -> bool {
        let at = self.line.iter().position(|(known, _)| *known == number);
        at.and_then(|at| self.line.remove(at))
            .is_some_and(|(_, told)| told)
    }
}

proptest! {
    /// Owned and borrowed permits stand in one line, and both do what a count and a list do.
    #[test]
    fn owned_and_borrowed_permits_are_conserved(
        permits in 0usize..4,
        deeds in vec(deed(), 0..60),
    ) {
        let semaphore: &'static Rc<Semaphore> = Box::leak(Box::new(Rc::new(Semaphore::new(permits))));
        let mut model = Model { free: permits, line: VecDeque::new() };
        let (mut waits, mut held, mut number) = (Waits::new(), Vec::<AnyPermit>::new(), 0);
        for deed in deeds {
            match deed {
                Deed::Try(owned) => {
                    let taken: Option<AnyPermit> = match owned {
                        true => semaphore.try_acquire_owned().map(|it| Box::new(it) as _),
                        false => semaphore.try_acquire().map(|it| Box::new(it) as _),
                    };
                    let free = model.free > 0 && model.line.is_empty();
                    prop_assert_eq!(taken.is_some(), free);
                    model.free -= usize::from(free);
                    held.extend(taken);
                }
                Deed::Wait(owned) => {
                    number += 1;
                    let mut wait: Pin<Box<dyn Future<Output = AnyPermit>>> = match owned {
                        true => Box::pin(semaphore.acquire_owned().map(|it| Box::new(it) as _)),
                        false => Box::pin(semaphore.acquire().map(|it| Box::new(it) as _)),
                    };
                    let polled = wait.as_mut().now_or_never();
                    let free = model.free > 0 && model.line.is_empty();
                    prop_assert_eq!(polled.is_some(), free);
                    match polled {
                        Some(permit) => {
                            model.free -= 1;
                            held.push(permit);
                        }
                        None => {
                            model.line.push_back((number, false));
                            waits.push_back((number, wait));
                        }
                    }
                }
                Deed::Poll(at) if !waits.is_empty() => {
                    let at = at % waits.len();
                    let (number, wait) = &mut waits[at];
                    let told = model.line.contains(&(*number, true));
                    let polled = wait.as_mut().now_or_never();
                    prop_assert_eq!(polled.is_some(), told);
                    if told {
                        model.leave(*number);
                        model.hand_out(usize::MAX);
                        waits.remove(at);
                    }
                    held.extend(polled);
                }
                Deed::DropWait(at) if !waits.is_empty() => {
                    let (number, wait) = waits.remove(at % waits.len()).unwrap();
                    drop(wait);
                    model.free += usize::from(model.leave(number));
                    model.hand_out(usize::MAX);
                }
                Deed::DropPermit(at) if !held.is_empty() => {
                    drop(held.remove(at % held.len()));
                    model.free += 1;
                    model.hand_out(1); // as in asyncio, one release wakes one wait
                }
                _ => {}
            }
            prop_assert_eq!(semaphore.available(), model.free);
            prop_assert_eq!(model.free + held.len() + model.line.iter().filter(|it| it.1).count(), permits);
        }
    }
}
