//! Notices of a notify and of a condition, under waits that leave.
//!
//! The problem: a notice that was handed to a wait which then ends must go to the next one. A wait for a
//! condition ends in two stages, since it acquires the lock again; a notice may be lost in both.
//!
//! Invariants: the ones the properties are named after.
//!
//! Read next: `tokens.rs`.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use groundup_sync::{Condition, Lock, Notify};
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
    /// A notify of all lets it go on.
    Released,
    /// It waits for a condition, was notified, and was polled since: it waits for the lock.
    Acquiring,
}

/// The objects that have notices.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Object {
    Notify,
    Condition,
}

/// The dullest model: a flag, and the waits in the order of their first polls.
struct Model {
    object: Object,
    /// A notify keeps a notice for which there is no wait; a condition does not.
    permit: bool,
    /// The number of a wait, its state, and its wakes.
    waits: Vec<(u32, State, usize)>,
}

impl Model {
    fn new(object: Object) -> Self {
        let (permit, waits) = (false, Vec::new());
        Model {
            object,
            permit,
            waits,
        }
    }

    fn at(&self, wait: u32) -> usize {
        let mut numbers = self.waits.iter().map(|one| one.0);
        numbers
            .position(|number| number == wait)
            .expect("it is there")
    }

    fn one(&mut self) {
        match self.waits.iter_mut().find(|one| one.1 == State::Waiting) {
            Some(first) => (first.1, first.2) = (State::Chosen, first.2 + 1),
            None => self.permit = self.object == Object::Notify,
        }
    }

    fn all(&mut self) {
        for one in &mut self.waits {
            match one.1 {
                State::Made if self.object == Object::Notify => one.1 = State::Released,
                State::Waiting => (one.1, one.2) = (State::Released, one.2 + 1),
                State::Made | State::Chosen | State::Released | State::Acquiring => {}
            }
        }
    }

    /// Returns true if the wait is over.
    fn poll(&mut self, wait: u32) -> bool {
        let at = self.at(wait);
        let over = match self.waits[at].1 {
            State::Made => std::mem::take(&mut self.permit),
            State::Waiting => false,
            State::Chosen | State::Released | State::Acquiring => true,
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

    /// Follows a poll in a task. Returns false if it has ended a wait to which no notice was handed.
    fn polled(&mut self, wait: u32, over: bool) -> bool {
        let at = self.at(wait);
        let state = self.waits[at].1;
        match (over, state) {
            (true, State::Made) => {
                self.waits.remove(at);
                std::mem::take(&mut self.permit)
            }
            (true, _) => self.waits.remove(at).1 != State::Waiting,
            (false, State::Made) => {
                let mut one = self.waits.remove(at);
                one.1 = State::Waiting;
                self.waits.push(one);
                true
            }
            (false, State::Chosen | State::Released) if self.object == Object::Condition => {
                self.waits[at].1 = State::Acquiring;
                true
            }
            // A wait for a notify that was chosen does not end in a step with a cancel.
            (false, _) => true,
        }
    }

    /// A wait that was chosen, or acquires the lock, hands its notice on. One that `notify_waiters` or
    /// `notify_all` has released and that is not polled since does not: no earlier wait is left.
    fn leave(&mut self, wait: u32) {
        let state = self.waits.remove(self.at(wait)).1;
        if let State::Chosen | State::Acquiring = state {
            self.one();
        }
    }
}

proptest! {
    /// A notify does what the model does, after each operation.
    #[test]
    fn a_notify_is_a_flag_and_a_list(deeds in prop::collection::vec(deed(), 0..60)) {
        let notify = Notify::new();
        let mut model = Model::new(Object::Notify);
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

/// A call of a task: so many notices, or one to each wait.
#[derive(Clone, Copy, Debug)]
enum Call {
    Some(usize),
    All,
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        4 => prop_oneof![3 => Just(1_usize), 1 => 0_usize..4].prop_map(Call::Some),
        1 => Just(Call::All),
    ]
}

#[derive(Clone, Debug)]
struct Tasks {
    object: Object,
    waits: Vec<Way>,
    /// The calls and their iterations.
    calls: Vec<(usize, Call)>,
    plan: Plan,
}

fn tasks() -> impl Strategy<Value = Tasks> {
    let object = prop::sample::select(vec![Object::Notify, Object::Condition]);
    let waits = prop::collection::vec(way(), 1..7);
    let calls = prop::collection::vec((1_usize..12, call()), 0..7);
    (object, waits, calls, plan()).prop_map(|(object, waits, calls, plan)| Tasks {
        object,
        waits,
        calls,
        plan,
    })
}

/// The objects of a run, and the model beside them.
struct Shared {
    notify: Notify,
    lock: Lock,
    condition: Condition,
    model: RefCell<Model>,
    /// The waits that went on without a notice.
    early: RefCell<Vec<u32>>,
}

/// A wait that tells the model of each poll, and of its drop before the end.
struct Told<'a, F> {
    shared: &'a Shared,
    number: u32,
    wait: Option<Pin<Box<F>>>,
}

impl<'a, F: Future> Told<'a, F> {
    fn new(shared: &'a Shared, number: u32, wait: F) -> Self {
        let made = (number, State::Made, 0);
        shared.model.borrow_mut().waits.push(made);
        Told {
            shared,
            number,
            wait: Some(Box::pin(wait)),
        }
    }
}

impl<F: Future> Future for Told<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = &mut *self;
        let wait = this.wait.as_mut().expect("it has not ended");
        let polled = wait.as_mut().poll(cx);
        let mut model = this.shared.model.borrow_mut();
        if !model.polled(this.number, polled.is_ready()) {
            this.shared.early.borrow_mut().push(this.number);
        }
        if polled.is_ready() {
            this.wait = None;
        }
        polled
    }
}

impl<F> Drop for Told<'_, F> {
    fn drop(&mut self) {
        if let Some(wait) = self.wait.take() {
            drop(wait);
            self.shared.model.borrow_mut().leave(self.number);
        }
    }
}

impl Shared {
    async fn wait(&self, object: Object, number: u32, way: Way) {
        match object {
            Object::Notify => {
                let told = Told::new(self, number, self.notify.notified());
                on_the_way(way, told).await;
            }
            Object::Condition => {
                let guard = self.lock.acquire().await;
                let told = Told::new(self, number, self.condition.wait(guard));
                let guard = on_the_way(way, told).await;
                yields(2).await; // so that the other ones wait for the lock
                drop(guard);
            }
        }
    }

    async fn call(&self, object: Object, call: Call) {
        let guard = match object {
            Object::Notify => None,
            Object::Condition => Some(self.lock.acquire().await),
        };
        match (call, &guard) {
            (Call::Some(count), None) => (0..count).for_each(|_| self.notify.notify_one()),
            (Call::Some(count), Some(guard)) => self.condition.notify(guard, count),
            (Call::All, None) => self.notify.notify_waiters(),
            (Call::All, Some(guard)) => self.condition.notify_all(guard),
        }
        let model = &self.model;
        match call {
            Call::Some(count) => (0..count).for_each(|_| model.borrow_mut().one()),
            Call::All => model.borrow_mut().all(),
        }
        if guard.is_some() {
            yields(2).await; // so that the notified ones wait for the lock, and some of them leave
        }
    }
}

fn run(tasks: &Tasks) -> Result<(), String> {
    let object = tasks.object;
    let shared = Rc::new(Shared {
        notify: Notify::new(),
        lock: Lock::new(),
        condition: Condition::new(),
        model: RefCell::new(Model::new(object)),
        early: RefCell::default(),
    });
    let mut program = Program::new(tasks.plan);
    for (number, &way) in (0..).zip(&tasks.waits) {
        let shared = shared.clone();
        program.spawn(way, async move { shared.wait(object, number, way).await });
    }
    for &(at, call) in &tasks.calls {
        let shared = shared.clone();
        program.spawn(Way::ToTheEnd, async move {
            yields(at).await;
            shared.call(object, call).await;
        });
    }
    for at in program.run(200)? {
        let model = shared.model.borrow();
        let wait = model.waits.iter().find(|one| one.0 as usize == at);
        if wait.is_none_or(|one| one.1 != State::Waiting) {
            return Err(format!("task {at} waits, and has a notice or the lock"));
        }
        if model.permit {
            return Err(format!("task {at} waits beside a notice that was kept"));
        }
    }
    drop(program);
    match &shared.early.borrow()[..] {
        [] => Ok(()),
        early => Err(format!("the waits {early:?} went on without a notice")),
    }
}

proptest! {
    /// Each notice lets one wait go on while there is one, whatever ends the others: they are dropped or
    /// cancelled anywhere, or their loop is closed.
    #[test]
    fn notices_are_conserved(tasks in tasks()) {
        prop_assert_eq!(run(&tasks), Ok(()));
    }
}
