//! Tests properties of floor 2: order, fairness, choices, rounds.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use groundup_interweave::generator::{Awaitable, Generator, Step, Stepped};
use groundup_interweave::trace::{Candidate, Choice, Chooser, Fifo, Recording, Replay, Seeded};
use groundup_interweave::{
    NextRound, Round, Rounds, drain, interweave, lockstep, run_to_end, weave_rounds,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Yields `(name, 0)`, `(name, 1)`, ... below `length`, then returns its name.
#[derive(Clone, Debug)]
struct Count {
    name: usize,
    next: usize,
    length: usize,
}

type Value = (usize, usize);

impl Generator for Count {
    type Resume = ();
    type Yield = Value;
    type Return = usize;

    fn resume(&mut self, (): ()) -> Step<Value, usize> {
        assert!(self.next <= self.length, "resumed after the end");
        self.next += 1;
        if self.next > self.length {
            Step::Return(self.name)
        } else {
            Step::Yield((self.name, self.next - 1))
        }
    }
}

fn counts(lengths: &[usize]) -> Vec<Count> {
    lengths
        .iter()
        .enumerate()
        .map(|(name, &length)| Count {
            name,
            next: 0,
            length,
        })
        .collect()
}

/// Logs each value when it is yielded.
struct Watched<'a>(Count, &'a RefCell<Vec<Value>>);

impl Generator for Watched<'_> {
    type Resume = ();
    type Yield = Value;
    type Return = usize;

    fn resume(&mut self, (): ()) -> Step<Value, usize> {
        let step = self.0.resume(());
        self.1.borrow_mut().extend(step.yielded());
        step
    }
}

fn lengths() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![vec(0_usize..8, 0..8), vec(0_usize..4, 60..90)]
}

/// Returns the values in first-in-first-out order without a queue: value k of each, for each k.
fn by_rounds(lengths: &[usize]) -> Vec<Value> {
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let round = |k: usize| {
        (0..lengths.len())
            .filter(move |&name| k < lengths[name])
            .map(move |name| (name, k))
    };
    (0..longest).flat_map(round).collect()
}

/// Returns all values of a weave on rounds.
fn woven_by_rounds<C: Chooser>(lengths: &[usize], chooser: C) -> Vec<Value> {
    let mut woven = Vec::new();
    weave_rounds(counts(lengths))
        .order_by(chooser)
        .for_each(|value| woven.push(value));
    woven
}

/// Puts a list in a chooser's order in the plainest way.
fn dull_order(mut items: Vec<usize>, chooser: &mut dyn Chooser) -> Vec<usize> {
    let mut ordered = Vec::new();
    while !items.is_empty() {
        let chosen = if items.len() > 1 {
            chooser.choose(Choice::Ready, items.len())
        } else {
            0
        };
        ordered.push(items.remove(chosen));
    }
    ordered
}

/// A chooser that expects the name of each item that is left, in the place of its option.
struct ByName {
    seeded: Seeded,
    left: Vec<usize>,
}

impl Chooser for ByName {
    fn choose(&mut self, _: Choice, _: usize) -> usize {
        unreachable!("the items have names")
    }

    fn choose_among(
        &mut self,
        choice: Choice,
        options: usize,
        candidate: &dyn Fn(usize) -> Candidate,
    ) -> usize {
        let names: Vec<Candidate> = (0..options).map(candidate).collect();
        let left = self.left.iter().map(|item| Candidate::Job(*item as u64));
        assert_eq!(names, left.collect::<Vec<_>>());
        let picked = self.seeded.choose(choice, options);
        self.left.remove(picked);
        picked
    }
}

/// One event of a queue: items are pushed, or a round runs.
#[derive(Clone, Debug)]
enum Op {
    Push(usize),
    /// How many items are pushed after each item run; the round stops at the end of the list.
    Round(Vec<usize>),
    /// How many items are pushed after each item run, for this number of whole rounds at most, each in
    /// place of the one before.
    Whole(Vec<usize>, usize),
    Clear,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        5 => (0_usize..5).prop_map(Op::Push),
        5 => vec(0_usize..3, 0..12).prop_map(Op::Round),
        3 => (vec(0_usize..3, 0..12), 1_usize..5).prop_map(|(pushes, most)| Op::Whole(pushes, most)),
        1 => Just(Op::Clear),
    ]
}

/// A generator that counts how often it was dropped, and panics in one of its steps.
struct Fragile {
    count: Count,
    panics_at: usize,
    dropped: Rc<RefCell<Vec<usize>>>,
}

impl Generator for Fragile {
    type Resume = ();
    type Yield = Value;
    type Return = usize;

    fn resume(&mut self, (): ()) -> Step<Value, usize> {
        if self.count.next == self.panics_at {
            resume_unwind(Box::new(self.count.name)); // prints no message
        }
        self.count.resume(())
    }
}

impl Drop for Fragile {
    fn drop(&mut self) {
        self.dropped.borrow_mut()[self.count.name] += 1;
    }
}

/// A chooser that panics at some of its questions.
struct Faulty {
    chooser: Seeded,
    asked: usize,
    panics: Vec<usize>,
}

impl Chooser for Faulty {
    fn choose(&mut self, choice: Choice, options: usize) -> usize {
        self.asked += 1;
        if self.panics.contains(&self.asked) {
            resume_unwind(Box::new(()));
        }
        self.chooser.choose(choice, options)
    }
}

/// Returns the next value; `Some(None)` after a panic, and `None` at the end.
fn step_or_panic(next: impl FnOnce() -> Option<Value>) -> Option<Option<Value>> {
    match catch_unwind(AssertUnwindSafe(next)) {
        Ok(value) => value.map(Some),
        Err(_) => Some(None),
    }
}

fn fragile(lengths: &[(usize, usize)], dropped: &Rc<RefCell<Vec<usize>>>) -> Vec<Fragile> {
    *dropped.borrow_mut() = vec![0; lengths.len()];
    let make = |(name, &(length, panics_at)): (usize, &(usize, usize))| {
        let count = Count {
            name,
            next: 0,
            length,
        };
        Fragile {
            count,
            panics_at,
            dropped: Rc::clone(dropped),
        }
    };
    lengths.iter().enumerate().map(make).collect()
}

proptest! {
    /// The deque gives value k of every generator before value k + 1 of any.
    #[test]
    fn the_deque_is_first_in_first_out(lengths in lengths()) {
        prop_assert!(interweave(counts(&lengths)).eq(by_rounds(&lengths)));
    }

    /// For any chooser, no generator runs a (k+1)-th time before every living one ran k times.
    #[test]
    fn any_order_is_fair(lengths in lengths(), seed: u64) {
        let mut ran = vec![0; lengths.len()];
        for (name, k) in interweave(counts(&lengths)).order_by(Seeded::new(seed)) {
            for (other, &length) in lengths.iter().enumerate() {
                prop_assert!(ran[other] >= k.min(length), "{name} runs for the {k}. time, {other} ran {}", ran[other]);
            }
            ran[name] += 1;
        }
    }

    /// Every value is delivered exactly once, and in the order of its generator.
    #[test]
    fn every_value_once_and_in_order(lengths in lengths(), seed: u64) {
        let mut values: Vec<Vec<usize>> = vec![Vec::new(); lengths.len()];
        for (name, k) in interweave(counts(&lengths)).order_by(Seeded::new(seed)) {
            values[name].push(k);
        }
        let expected: Vec<Vec<usize>> = lengths.iter().map(|&length| (0..length).collect()).collect();
        prop_assert_eq!(values, expected);
    }

    /// Equal seeds give equal orders.
    #[test]
    fn same_seed_same_order(lengths in lengths(), seed: u64) {
        let weave = || interweave(counts(&lengths)).order_by(Seeded::new(seed));
        prop_assert!(weave().eq(weave()));
    }

    /// Replaying the recorded choices gives the recorded order.
    #[test]
    fn replayed_choices_same_order(lengths in lengths(), seed: u64) {
        let recording = Recording::new(Seeded::new(seed));
        let first: Vec<Value> = interweave(counts(&lengths)).order_by(recording.clone()).collect();
        let again = interweave(counts(&lengths)).order_by(Replay::new(recording.choices()));
        prop_assert!(again.eq(first));
    }

    /// The weave on rounds gives the order of the deque, and asks the same questions.
    #[test]
    fn rounds_weave_as_the_deque_does(lengths in lengths(), seed: u64) {
        prop_assert_eq!(woven_by_rounds(&lengths, Fifo), by_rounds(&lengths));
        let (of_deque, of_rounds) = (Recording::new(Seeded::new(seed)), Recording::new(Seeded::new(seed)));
        let woven: Vec<Value> = interweave(counts(&lengths)).order_by(of_deque.clone()).collect();
        prop_assert_eq!(woven_by_rounds(&lengths, of_rounds.clone()), woven);
        prop_assert_eq!(of_rounds.record(), of_deque.record());
    }

    /// The third form runs the same steps as the second, in the same order.
    #[test]
    fn draining_takes_the_same_steps(lengths in lengths()) {
        let seen = RefCell::default();
        drain(counts(&lengths).into_iter().map(|count| Watched(count, &seen)));
        prop_assert_eq!(seen.into_inner(), by_rounds(&lengths));
    }

    /// Async functions run in the same order as the generators they await, ask the
    /// chooser the same questions, and return the same values.
    #[test]
    fn async_functions_take_the_turns_of_generators(lengths in lengths(), seed: u64) {
        let (by_hand, awaited) = (Recording::new(Seeded::new(seed)), Recording::new(Seeded::new(seed)));
        let mut generators = interweave(counts(&lengths)).order_by(by_hand.clone()).keep_outcomes();
        let values: Vec<Value> = generators.by_ref().collect();

        let seen = RefCell::default();
        let function = |count| Stepped::new(async { Awaitable::new(Watched(count, &seen)).await });
        let functions = counts(&lengths).into_iter().map(function);
        let mut functions = interweave(functions).order_by(awaited.clone()).keep_outcomes();
        functions.by_ref().for_each(drop);

        prop_assert_eq!(functions.into_outcomes().into_all(), generators.into_outcomes().into_all());
        prop_assert_eq!(seen.into_inner(), values);
        prop_assert_eq!(awaited.record(), by_hand.record());
    }

    /// Lockstep gives the values of the deque up to the first return.
    #[test]
    fn lockstep_is_a_prefix(lengths in lengths()) {
        let woven: Vec<Value> = lockstep(counts(&lengths)).collect();
        let shortest = lengths.iter().copied().min().unwrap_or(0);
        let first_over = lengths.iter().position(|&length| length == shortest).unwrap_or(0);
        prop_assert_eq!(woven.len(), shortest * lengths.len() + first_over);
        prop_assert!(by_rounds(&lengths).starts_with(&woven));
    }

    /// Outcomes stand in argument order, whenever their generators ended.
    #[test]
    fn outcomes_in_the_order_given(lengths in lengths(), seed: u64, taken in 0_usize..40) {
        let names: Vec<usize> = (0..lengths.len()).collect();
        prop_assert_eq!(run_to_end(counts(&lengths)), names);

        let mut weave = interweave(counts(&lengths)).order_by(Seeded::new(seed)).keep_outcomes();
        weave.by_ref().take(taken).for_each(drop);
        let living = weave.living();
        let outcomes = weave.into_outcomes();
        prop_assert_eq!(outcomes.len(), lengths.len());
        prop_assert_eq!(outcomes.iter().flatten().count(), lengths.len() - living);
        for (name, outcome) in outcomes.into_iter().enumerate() {
            prop_assert!(outcome.is_none_or(|ended| ended == name));
        }
    }

    /// Rounds equal a deque: the same items in the same order, for any pushes and for a
    /// stop at any item.
    #[test]
    fn rounds_are_a_deque(ops in vec(op(), 0..40)) {
        let (mut rounds, mut deque, mut next) = (Rounds::new(), VecDeque::new(), 0_usize..);
        for op in ops {
            match op {
                Op::Push(count) => next.by_ref().take(count).for_each(|item| {
                    rounds.push(item);
                    deque.push_back(item);
                }),
                Op::Round(pushes) => {
                    let (mut round, mut left) = (rounds.begin(), deque.len());
                    prop_assert_eq!(rounds.len(), 0);
                    for count in pushes {
                        let expected = if left > 0 { deque.pop_front() } else { None };
                        left = left.saturating_sub(1);
                        prop_assert_eq!(round.next(), expected);
                        prop_assert!(expected.is_none() || round.current() == expected);
                        prop_assert_eq!((round.len(), round.is_empty()), (left, left == 0));
                        prop_assert!(round.remaining().iter().eq(deque.iter().take(left)));
                        next.by_ref().take(count).for_each(|item| {
                            rounds.push(item);
                            deque.push_back(item);
                        });
                    }
                    rounds.finish(round);
                }
                Op::Whole(pushes, most) => {
                    // The model: the queue is drained whole, and each item pushes some more.
                    let (mut expected, mut counts) = (Vec::new(), pushes.iter().copied());
                    let mut numbers = next.clone();
                    while expected.len() < most && (expected.is_empty() || !deque.is_empty()) {
                        let whole: Vec<usize> = deque.drain(..).collect();
                        for _ in &whole {
                            let count = counts.next().unwrap_or(0);
                            deque.extend(numbers.by_ref().take(count));
                        }
                        expected.push(whole);
                    }
                    let (round, mut counts) = (rounds.begin(), pushes.iter().copied());
                    let (queue, runs) = (RefCell::new(&mut rounds), RefCell::new(vec![Vec::new()]));
                    let (round, last) = round.run_on(
                        &mut Round::default(),
                        |item| {
                            runs.borrow_mut().last_mut().unwrap().push(item);
                            let count = counts.next().unwrap_or(0);
                            (next.by_ref().take(count)).for_each(|item| queue.borrow_mut().push(item));
                        },
                        |round, items| {
                            let mut runs = runs.borrow_mut();
                            let run = runs.last().unwrap();
                            assert_eq!((items, round.len()), (run.len(), 0));
                            assert_eq!((round.whole_len(), round.current()), (items, run.last().copied()));
                            let turn = queue.borrow_mut().turn_over(round, || runs.len() < most);
                            if turn != NextRound::None {
                                runs.push(Vec::new());
                            }
                            turn
                        },
                    );
                    prop_assert_eq!(last, expected.last().unwrap().len());
                    prop_assert_eq!(runs.into_inner(), expected);
                    rounds.finish(round);
                }
                Op::Clear => {
                    rounds.clear();
                    deque.clear();
                }
            }
            prop_assert_eq!((rounds.len(), rounds.is_empty()), (deque.len(), deque.is_empty()));
        }
        prop_assert!(rounds.begin().remaining().iter().eq(&deque));
    }

    /// Ordering a round equals taking the k-th of the items that are left, at any size
    /// and from any place.
    #[test]
    fn ordering_is_picking_one_by_one(
        size in prop_oneof![0_usize..10, 50_usize..300], begun in 0_usize..5, seed: u64, list in vec(any::<usize>(), 0..400),
    ) {
        let orders = |chooser: &mut dyn Chooser, dull: &mut dyn Chooser| {
            let mut rounds = Rounds::new();
            (0..size).for_each(|item| rounds.push(item));
            let mut round = rounds.begin();
            (0..begun).for_each(|_| { round.next(); });
            round.order(chooser);
            (round.remaining().to_vec(), dull_order((begun.min(size)..size).collect(), dull))
        };
        let (seeded, dull) = orders(&mut Seeded::new(seed), &mut Seeded::new(seed));
        prop_assert_eq!(seeded, dull);
        let (replayed, dull) = orders(&mut Replay::new(list.clone()), &mut Replay::new(list));
        prop_assert_eq!(replayed, dull);
        let (fifo, dull) = orders(&mut Fifo, &mut Fifo);
        prop_assert_eq!(&fifo, &dull);
        prop_assert!(fifo.is_sorted());
    }

    /// A chooser gets the name of each item that is left, at any size, and a name changes no order.
    #[test]
    fn each_option_has_the_name_of_its_item(
        size in prop_oneof![0_usize..10, 60_usize..150], begun in 0_usize..5, seed: u64,
    ) {
        let ordered = |order: &mut dyn FnMut(&mut Round<usize>)| {
            let mut rounds = Rounds::new();
            (0..size).for_each(|item| rounds.push(item));
            let mut round = rounds.begin();
            (0..begun).for_each(|_| { round.next(); });
            order(&mut round);
            round.remaining().to_vec()
        };
        let (seeded, left) = (Seeded::new(seed), (begun.min(size)..size).collect());
        let mut by_name = ByName { seeded, left };
        let name = |item: &usize| Candidate::Job(*item as u64);
        let named = ordered(&mut |round| round.order_among(&mut by_name, &name));
        prop_assert_eq!(named, ordered(&mut |round| round.order(&mut Seeded::new(seed))));
    }

    /// A round in place keeps the items that `keep` accepts, in order, and looks at each item once.
    #[test]
    fn a_round_in_place_is_a_round(keep in vec(any::<bool>(), 0..50)) {
        let (mut swept, mut deque) = (Rounds::new(), VecDeque::new());
        (0..keep.len()).for_each(|item| { swept.push(item); deque.push_back(item); });
        let mut seen = Vec::new();
        swept.run_in_place(|&mut item| { seen.push(item); keep[item] });
        for _ in 0..deque.len() {
            let item = deque.pop_front().expect("as many as there were");
            if keep[item] { deque.push_back(item); }
        }
        prop_assert_eq!(seen, (0..keep.len()).collect::<Vec<_>>());
        prop_assert!(swept.begin().remaining().iter().eq(&deque));
    }

    /// A panic drops only the generator that panicked; on rounds the order stays equal
    /// to the deque's.
    #[test]
    fn a_panic_costs_one(lengths in vec((0_usize..5, 0_usize..8), 0..8)) {
        let (dropped, mut of_deque, mut of_rounds) = (Rc::default(), Vec::new(), Vec::new());

        let mut weave = interweave(fragile(&lengths, &dropped)).keep_outcomes();
        loop {
            match catch_unwind(AssertUnwindSafe(|| weave.next())) {
                Ok(Some(value)) => of_deque.push(value),
                Ok(None) => break,
                Err(_) => {}
            }
        }
        for (&(length, panics_at), outcome) in lengths.iter().zip(weave.outcomes().iter()) {
            prop_assert_eq!(outcome.is_some(), panics_at > length);
        }
        prop_assert_eq!(dropped.take(), vec![1; lengths.len()]);

        let mut weave = weave_rounds(fragile(&lengths, &dropped));
        while !matches!(catch_unwind(AssertUnwindSafe(|| weave.round(|value| of_rounds.push(value)))), Ok(0)) {}
        prop_assert_eq!(dropped.take(), vec![1; lengths.len()]);

        prop_assert_eq!(of_rounds, of_deque);
    }

    /// A panic of the chooser, or of the closure that visits the values, drops no
    /// generator and loses no value: the next call gives the next value.
    #[test]
    fn a_panic_of_the_caller_costs_nobody(
        lengths in lengths(),
        panics in vec(0_usize..40, 0..6),
        seed in any::<u64>(),
    ) {
        let expected: BTreeSet<Value> = by_rounds(&lengths).into_iter().collect();
        let faulty = || Faulty { chooser: Seeded::new(seed), asked: 0, panics: panics.clone() };

        let (mut woven, mut weave) = (Vec::new(), interweave(counts(&lengths)).order_by(faulty()));
        while let Some(next) = step_or_panic(|| weave.next()) { woven.extend(next); }
        prop_assert_eq!(woven.len(), expected.len());
        prop_assert_eq!(&woven.into_iter().collect::<BTreeSet<_>>(), &expected);

        let (mut woven, mut weave) = (Vec::new(), weave_rounds(counts(&lengths)).order_by(faulty()));
        let mut visit = |value| {
            woven.push(value);
            if panics.contains(&woven.len()) { resume_unwind(Box::new(())) }
        };
        while weave.living() > 0 {
            let _ = catch_unwind(AssertUnwindSafe(|| weave.round(&mut visit)));
        }
        prop_assert_eq!(woven.len(), expected.len());
        prop_assert_eq!(&woven.into_iter().collect::<BTreeSet<_>>(), &expected);
    }

    /// Lockstep ends at the first generator that is over, even if a panic ended it: all
    /// are dropped, once, and none is resumed again.
    #[test]
    fn lockstep_ends_at_a_panic(lengths in vec((0_usize..5, 0_usize..8), 0..8)) {
        let dropped = Rc::default();
        let mut weave = lockstep(fragile(&lengths, &dropped));
        let mut woven = 0;
        while let Ok(Some(_)) = catch_unwind(AssertUnwindSafe(|| weave.next())) { woven += 1; }
        let resumes = |&(length, panics_at): &(usize, usize)| length.min(panics_at);
        let rounds = lengths.iter().map(resumes).min().unwrap_or(0);
        let before = lengths.iter().take_while(|strand| resumes(strand) > rounds).count();
        prop_assert_eq!(woven, rounds * lengths.len() + before % lengths.len().max(1));
        prop_assert_eq!(&*dropped.borrow(), &vec![1; lengths.len()]);
        prop_assert_eq!(weave.next(), None);
    }
}
