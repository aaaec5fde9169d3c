//! The tests of the exercises of floor 2.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use groundup_interweave::generator::machine::{Countdown, Display, SumOfSquares};
use groundup_interweave::generator::{Generator, Step};
use groundup_interweave::trace::{Choice, Chooser, Recording, Replay};
use groundup_interweave::{Rounds, drain, interweave, lockstep, run_to_end, weave_rounds};

#[test]
fn a_drain_takes_turns() {
    let page = RefCell::new(String::new());
    let print = |line: &str| page.borrow_mut().push_str(line);
    drain(["ABC", "12"].map(|text| Display::new(text.chars(), print)));
    assert_eq!(page.take(), "A1B2C", "one line of each in turn");
}

#[test]
fn a_drain_ends_when_all_have_returned() {
    struct Counted<'a>(u32, &'a RefCell<Vec<u32>>);
    impl Generator for Counted<'_> {
        type Resume = ();
        type Yield = ();
        type Return = ();
        fn resume(&mut self, (): ()) -> Step<(), ()> {
            self.1.borrow_mut().push(self.0);
            self.0 -= 1;
            match self.0 {
                0 => Step::Return(()),
                _ => Step::Yield(()),
            }
        }
    }
    let resumes = RefCell::new(Vec::new());
    drain([3, 1].map(|n| Counted(n, &resumes)));
    assert_eq!(
        resumes.take(),
        [3, 1, 2, 1],
        "no generator is resumed after its return"
    );
    drain(Vec::<Counted<'_>>::new());
}

#[test]
fn lockstep_ends_with_the_first() {
    let woven: Vec<u32> = lockstep([4, 2].map(Countdown::new)).collect();
    assert_eq!(
        woven,
        [4, 2, 3, 1, 2],
        "the second is over in the third round"
    );
    let mut weave = lockstep([1, 1].map(Countdown::new));
    let items = [(); 4].map(|()| weave.next());
    assert_eq!(items, [Some(1), Some(1), None, None], "the end is for ever");
    assert_eq!(
        lockstep(Vec::<Countdown>::new()).next(),
        None,
        "no generators"
    );
}

/// Yields, and panics at its second resume.
struct Failing(bool);

impl Generator for Failing {
    type Resume = ();
    type Yield = u32;
    type Return = ();
    fn resume(&mut self, (): ()) -> Step<u32, ()> {
        assert!(!std::mem::replace(&mut self.0, true), "the second resume");
        Step::Yield(1)
    }
}

#[test]
fn a_panic_in_lockstep_ends_all() {
    let mut weave = lockstep([Failing(false), Failing(false)]);
    assert_eq!(
        [weave.next(), weave.next()],
        [Some(1), Some(1)],
        "the first round"
    );
    let panicked = catch_unwind(AssertUnwindSafe(|| weave.next())).is_err();
    assert!(panicked, "the panic goes on to the caller");
    assert_eq!(weave.next(), None, "no generator is left");
}

#[test]
fn interweaving_gives_one_of_each_in_turn() {
    let weave = interweave([5, 3, 1].map(Countdown::new));
    assert!(
        weave.eq([5, 3, 1, 4, 2, 3, 1, 2, 1]),
        "the values of 5, 3 and 1"
    );
}

#[test]
fn the_outcomes_are_in_the_order_of_the_arguments() {
    let sum = |numbers: &[i64]| SumOfSquares::new(numbers, |_: &str| ());
    assert_eq!(
        run_to_end([sum(&[1, 2, 3]), sum(&[10])]),
        [14, 100],
        "the second ends first"
    );
    let mut weave = interweave([sum(&[1]), sum(&[2])]);
    weave.by_ref().for_each(drop);
    assert_eq!(
        weave.outcomes().len(),
        0,
        "nothing is kept without keep_outcomes"
    );
}

/// Last in, first out, in the whole queue: unfair, if it may.
struct Last(Vec<usize>);

impl Chooser for &mut Last {
    fn choose(&mut self, _: Choice, options: usize) -> usize {
        self.0.push(options);
        options - 1
    }
}

#[test]
fn a_round_resumes_each_generator_once() {
    let mut last = Last(Vec::new());
    let weave = interweave([13, 23, 33].map(Countdown::new)).order_by(&mut last);
    let woven: Vec<u32> = weave.take(6).collect();
    assert_eq!(
        woven,
        [33, 23, 13, 12, 22, 32],
        "two rounds, each with all three"
    );
}

#[test]
fn the_chooser_is_asked_about_the_round_only() {
    let mut last = Last(Vec::new());
    let weave = interweave([13, 23, 33].map(Countdown::new)).order_by(&mut last);
    weave.take(6).for_each(drop);
    assert_eq!(
        last.0,
        [3, 2, 3, 2],
        "three, two, and no question about one"
    );
}

#[test]
fn an_empty_queue_gives_nothing() {
    let mut last = Last(Vec::new());
    let mut weave = interweave([1, 2].map(Countdown::new)).order_by(&mut last);
    let items = [(); 5].map(|()| weave.next());
    assert_eq!(
        items,
        [Some(2), Some(1), Some(1), None, None],
        "three values, and the end again and again"
    );
    let nothing = interweave(Vec::<Countdown>::new()).next();
    assert_eq!(nothing, None, "no generators");
}

#[test]
fn a_round_is_in_the_chosen_order() {
    let mut ready = Rounds::new();
    "abcd".chars().for_each(|c| ready.push(c));
    let mut round = ready.begin();
    let mut asked = Recording::new(Replay::new([2, 0, 1]));
    round.order(&mut asked);
    assert_eq!(
        round.remaining(),
        ['c', 'a', 'd', 'b'],
        "the answers 2, 0, 1"
    );
    let options: Vec<usize> = asked.record().iter().map(|asked| asked.options).collect();
    assert_eq!(
        options,
        [4, 3, 2],
        "one question for each place but the last"
    );
}

#[test]
fn items_that_wait_keep_their_order() {
    let mut ready = Rounds::new();
    "abcde".chars().for_each(|c| ready.push(c));
    let mut round = ready.begin();
    round.order(&mut Replay::new([4]));
    assert_eq!(
        round.remaining(),
        ['e', 'a', 'b', 'c', 'd'],
        "the last first, the others as before"
    );
}

#[test]
fn items_pushed_in_a_round_belong_to_the_next() {
    let mut ready = Rounds::new();
    ready.push('a');
    ready.push('b');
    let mut round = ready.begin();
    assert_eq!(
        (round.remaining().len(), ready.len()),
        (2, 0),
        "all items are in the round"
    );
    while let Some(item) = round.next() {
        ready.push(item.to_ascii_uppercase());
    }
    ready.finish(round);
    let round = ready.begin();
    assert_eq!(round.remaining(), ['A', 'B'], "the next round");
}

#[test]
fn items_that_were_not_reached_come_first() {
    let mut ready = Rounds::new();
    "abc".chars().for_each(|c| ready.push(c));
    let mut round = ready.begin();
    assert_eq!(round.next(), Some('a'), "the first item runs");
    ready.push('x');
    ready.finish(round);
    let round = ready.begin();
    assert_eq!(
        round.remaining(),
        ['b', 'c', 'x'],
        "b and c were not reached"
    );
}

#[test]
fn a_round_reuses_the_memory() {
    let mut ready = Rounds::new();
    for _ in 0..100 {
        (0..50).for_each(|n| ready.push(n));
        let mut round = ready.begin();
        while round.next().is_some() {}
        ready.finish(round);
    }
    let round = ready.begin();
    assert_eq!(round.remaining().len(), 0, "an empty round");
    let fits = ready.push_within_capacity(1);
    assert!(fits, "the buffer of an earlier round is filled again");
}

#[test]
fn kept_items_stay_in_order() {
    let mut numbers = Rounds::new();
    (1..=8).for_each(|n| numbers.push(n));
    let mut seen = Vec::new();
    numbers.run_in_place(|n| {
        seen.push(*n);
        *n % 3 != 0
    });
    assert_eq!(
        seen,
        [1, 2, 3, 4, 5, 6, 7, 8],
        "each is looked at once, in order"
    );
    let round = numbers.begin();
    assert_eq!(
        round.remaining(),
        [1, 2, 4, 5, 7, 8],
        "without the multiples of 3"
    );
}

#[test]
fn each_value_is_visited() {
    let mut visited = Vec::new();
    let mut weave = weave_rounds([3, 1, 2].map(Countdown::new));
    while weave.round(|value| visited.push(value)) > 0 {}
    assert_eq!(visited, [3, 1, 2, 2, 1, 1], "the values of each round");
}

#[test]
fn a_panic_drops_one_item_and_loses_no_other() {
    let mut numbers = Rounds::new();
    (1..=6).for_each(|n| numbers.push(n));
    let run = || {
        numbers.run_in_place(|n| {
            assert_ne!(*n, 4, "four");
            *n != 2
        })
    };
    assert!(
        catch_unwind(AssertUnwindSafe(run)).is_err(),
        "the panic goes on to the caller"
    );
    let round = numbers.begin();
    let expected = [5, 6, 1, 3];
    assert_eq!(
        round.remaining(),
        expected,
        "the ones not reached, and then the kept ones"
    );
}
