//! Calls of a notify, beside a list, and under tasks that leave anywhere.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `tokens.rs`.

use std::cell::Cell;
use std::rc::Rc;

use groundup_sync::Notify;
use proptest::prelude::*;

use super::wakes::ByHand;
use super::ways::{Plan, Program, Way, on_the_way, plan, way, yields};

/// What is done by hand. A number chooses among the waits that there are.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Make,
    Poll(usize, bool),
    Drop(usize),
    One,
    All,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => Just(Deed::Make),
        4 => (any::<usize>(), any::<bool>()).prop_map(|(which, new)| Deed::Poll(which, new)),
        3 => any::<usize>().prop_map(Deed::Drop),
        3 => Just(Deed::One),
        1 => Just(Deed::All),
    ]
}

/// The state of a wait in the model.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// It was not polled.
    Made,
    Waiting,
    /// `notify_one` has chosen it.
    Chosen,
    /// `notify_waiters` lets it go on.
    Released,
}

/// The dullest model: a flag, and the waits in the order of their first polls.
#[derive(Default)]
struct Model {
    permit: bool,
    /// The number of a wait, its state, and its wakes.
    waits: Vec<(u32, State, usize)>,
}

impl Model {
    fn at(&self, wait: u32) -> usize {
        let mut numbers = self.waits.iter().map(|one| one.0);
        numbers
            .position(|number| number == wait)
            .expect("it is there")
    }

    fn one(&mut self) {
        match self.waits.iter_mut().find(|one| one.1 == State::Waiting) {
            Some(first) => (first.1, first.2) = (State::Chosen, first.2 + 1),
            None => self.permit = true,
        }
    }

    fn all(&mut self) {
        for one in &mut self.waits {
            match one.1 {
                State::Made => one.1 = State::Released,
                State::Waiting => (one.1, one.2) = (State::Released, one.2 + 1),
                State::Chosen | State::Released => {}
            }
        }
    }

    /// Returns true if the wait is over.
    fn poll(&mut self, wait: u32) -> bool {
        let at = self.at(wait);
        let over = match self.waits[at].1 {
            State::Made => std::mem::take(&mut self.permit),
            State::Waiting => false,
            State::Chosen | State::Released => true,
        };
        let mut one = self.waits.remove(at);
        match (over, one.1) {
            (true, _) => {}
            (false, State::Made) => {
                one.1 = State::Waiting;
                self.waits.push(one);
            }
            (false, _) => self.waits.insert(at, one),
        }
        over
    }

    fn leave(&mut self, wait: u32) {
        if self.waits.remove(self.at(wait)).1 == State::Chosen {
            self.one();
        }
    }
}

proptest! {
    /// A notify does what the model does, after each operation.
    #[test]
    fn a_notify_is_a_flag_and_a_list(deeds in prop::collection::vec(deed(), 0..60)) {
        let notify = Notify::new();
        let mut model = Model::default();
        let mut waits = Vec::<(u32, ByHand<'_, ()>)>::new();
        let mut last = 0;
        for deed in deeds {
            match deed {
                Deed::Make => {
                    last += 1;
                    waits.push((last, ByHand::new(notify.notified())));
                    model.waits.push((last, State::Made, 0));
                }
                Deed::Poll(which, new) if !waits.is_empty() => {
                    let which = which % waits.len();
                    let polled = waits[which].1.poll(new);
                    prop_assert_eq!(polled.is_ready(), model.poll(waits[which].0));
                    if polled.is_ready() {
                        waits.remove(which);
                    }
                }
                Deed::Drop(which) if !waits.is_empty() => {
                    let (number, wait) = waits.remove(which % waits.len());
                    drop(wait);
                    model.leave(number);
                }
                Deed::One => {
                    notify.notify_one();
                    model.one();
                }
                Deed::All => {
                    notify.notify_waiters();
                    model.all();
                }
                _ => {}
            }
            prop_assert_eq!(format!("{notify:?}").contains("[permit"), model.permit);
            for (number, wait) in &waits {
                prop_assert_eq!(wait.wakes(), model.waits[model.at(*number)].2, "wait {}", number);
            }
        }
    }
}

#[derive(Clone, Debug)]
struct Tasks {
    waits: Vec<Way>,
    /// The iterations of the calls of `notify_one`.
    calls: Vec<usize>,
    plan: Plan,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let waits = prop::collection::vec(way(), 1..7);
    let calls = prop::collection::vec(2_usize..14, 0..7);
    (waits, calls, plan()).prop_map(|(waits, calls, plan)| Tasks { waits, calls, plan })
}

fn run(tasks: &Tasks) -> Result<(), String> {
    let (notify, went_on) = (Rc::new(Notify::new()), Rc::new(Cell::new(0)));
    let mut program = Program::new(tasks.plan);
    for &way in &tasks.waits {
        let (notify, went_on) = (notify.clone(), went_on.clone());
        program.spawn(way, async move {
            if on_the_way(way, notify.notified()).await.is_some() {
                went_on.set(went_on.get() + 1);
            }
        });
    }
    let called = Rc::new(Cell::new(0));
    for &at in &tasks.calls {
        let (notify, called) = (notify.clone(), called.clone());
        program.spawn(Way::ToTheEnd, async move {
            yields(at).await;
            notify.notify_one();
            called.set(called.get() + 1);
        });
    }
    let waiting = program.run(100)?.len();
    drop(program);
    let (went_on, called) = (went_on.get(), called.get());
    if went_on > called || waiting > 0 && went_on < called {
        let told = format!("{called} calls, {went_on} went on, {waiting} wait");
        return Err(told);
    }
    Ok(())
}

proptest! {
    /// While a task waits, each call lets one wait go on, whatever ends the others.
    #[test]
    fn notices_are_conserved(tasks in tasks()) {
        prop_assert_eq!(run(&tasks), Ok(()));
    }
}
