//! Tests the source programs of this floor, line by line.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;

use groundup_interweave::generator::machine::{Countdown, Display, Square, Squares, SumOfSquares};
use groundup_interweave::generator::{Generator, Stepped, generator, run};
use groundup_interweave::trace::{Choice, Chooser, Fifo, Recording, Replay, Seeded};
use groundup_interweave::{
    NextRound, Round, Rounds, drain, interweave, lockstep, run_all, run_to_end, weave_rounds,
};

/// A page that collects printed lines. Clones print on the same page.
#[derive(Clone, Default)]
struct Page(Rc<RefCell<Vec<String>>>);

impl Page {
    fn print(&self) -> impl FnMut(&str) + Clone + use<> {
        let page = self.clone();
        move |line: &str| page.0.borrow_mut().push(line.to_owned())
    }

    fn lines(&self) -> Vec<String> {
        self.0.take()
    }
}

/// Makes `squares(numbers)`, which prints before each value.
fn squares(page: &Page, numbers: &[i64]) -> Squares<impl FnMut(&str) + use<>> {
    Squares::new(numbers, page.print())
}

/// Returns the lines that `squares` prints for these numbers.
fn computing(numbers: &[i64]) -> Vec<String> {
    numbers
        .iter()
        .map(|n| format!("Computing square of {n}"))
        .collect()
}

/// `async def print_sum_of_squares(x, y): print(await square(x) + await square(y))`
/// with the `square` that pauses, prints, and returns `x * x`.
async fn print_sum_of_squares(page: &Page, x: i64, y: i64) {
    let square = |x| Square::new("square", x, page.print());
    let sum = square(x).await + square(y).await;
    page.print()(&sum.to_string());
}

/// `async def display2(values1, values2): await display(values1); await display(values2)`
async fn display2(page: &Page, values1: &str, values2: &str) {
    Display::new(values1.chars(), page.print()).await;
    Display::new(values2.chars(), page.print()).await;
}

/// Two generators of the same length alternate, in every form of the interweaver.
#[test]
fn squares_of_the_same_length() {
    let page = Page::default();
    let both = || {
        [
            squares(&page, &[1, 2, 3, 4]),
            squares(&page, &[10, 20, 30, 40]),
        ]
    };
    let expected = computing(&[1, 10, 2, 20, 3, 30, 4, 40]);

    run_all(lockstep(both()));
    assert_eq!(page.lines(), expected);
    run_all(interweave(both()));
    assert_eq!(page.lines(), expected);
    drain(both());
    assert_eq!(page.lines(), expected);
    weave_rounds(both()).for_each(drop);
    assert_eq!(page.lines(), expected);
}

/// The first form loses the rest if the lengths differ: 5 is computed, 6 never.
#[test]
fn lockstep_stops_at_the_first_exhausted() {
    let page = Page::default();
    run_all(lockstep([
        squares(&page, &[1, 2, 3, 4, 5, 6]),
        squares(&page, &[10, 20, 30, 40]),
    ]));
    assert_eq!(page.lines(), computing(&[1, 10, 2, 20, 3, 30, 4, 40, 5]));
}

/// After its end lockstep resumes nothing, and an empty list is over at once.
#[test]
fn lockstep_ends_quietly() {
    let mut weave = lockstep([Countdown::new(2), Countdown::new(1)]);
    assert!(weave.by_ref().eq([2, 1, 1]));
    assert_eq!([weave.next(), weave.next()], [None, None]);
    assert_eq!(lockstep(Vec::<Countdown>::new()).next(), None);
}

/// The deque goes on with the generators that are left.
#[test]
fn squares_of_different_lengths() {
    let page = Page::default();
    let both = || {
        [
            squares(&page, &[1, 2, 3, 4, 5, 6]),
            squares(&page, &[10, 20, 30, 40]),
        ]
    };
    let expected = computing(&[1, 10, 2, 20, 3, 30, 4, 40, 5, 6]);

    run_all(interweave(both()));
    assert_eq!(page.lines(), expected);
    drain(both());
    assert_eq!(page.lines(), expected);
    weave_rounds(both()).for_each(drop);
    assert_eq!(page.lines(), expected);
}

/// Generators that delegate interleave at the pauses of the innermost.
#[test]
fn sums_of_squares() {
    let page = Page::default();
    let sum = |numbers: &[i64]| SumOfSquares::new(numbers, page.print());
    let results = run_to_end([sum(&[1, 2, 3, 4, 5]), sum(&[10, 20, 30, 40, 50])]);
    let lines = [
        "Computing square of  1",
        "Computing square of  10",
        "Computing square of  2",
        "Computing square of  20",
        "Computing square of  3",
        "Computing square of  30",
        "Computing square of  4",
        "Computing square of  40",
        "Computing square of  5",
        "Computing square of  50",
        "sum_of_squares [1, 2, 3, 4, 5] 55",
        "sum_of_squares [10, 20, 30, 40, 50] 5500",
    ];
    assert_eq!(page.lines(), lines);
    assert_eq!(results, [55, 5500]);
}

/// The third form runs async functions that print: at each `await` of a generator the
/// other one goes on.
#[test]
fn async_functions_take_turns() {
    let page = Page::default();
    let stepped = |(x, y)| Stepped::new(print_sum_of_squares(&page, x, y));
    drain([(3, 4), (30, 40)].map(stepped));
    let expected = [
        "square 3",
        "square 30",
        "square 4",
        "25",
        "square 40",
        "2500",
    ];
    assert_eq!(page.lines(), expected);
    weave_rounds([(3, 4), (30, 40)].map(stepped)).for_each(drop);
    assert_eq!(page.lines(), expected);
}

/// An async function runs its awaits one after the other; two async functions interleave.
#[test]
fn awaits_in_sequence_and_in_turns() {
    let page = Page::default();
    run(Stepped::new(display2(&page, "ABC", "123")));
    assert_eq!(page.lines(), ["A", "B", "C", "1", "2", "3"]);
    drain([("AB", "CD"), ("1", "23")].map(|(one, two)| Stepped::new(display2(&page, one, two))));
    assert_eq!(page.lines(), ["A", "1", "B", "2", "C", "3", "D"]);
}

/// Results of async functions come in argument order, whichever function ended first.
#[test]
fn async_functions_have_outcomes() {
    let sum = |numbers: &[i64]| {
        let sum = SumOfSquares::new(numbers, |_: &str| ());
        Stepped::new(async move { sum.await + 1 })
    };
    assert_eq!(run_to_end([sum(&[1, 2, 3, 4, 5]), sum(&[10])]), [56, 101]);
}

/// Two generators that print and pause share the screen.
#[test]
fn display_letters_and_digits() {
    let page = Page::default();
    drain(["ABC", "123"].map(|text| Display::new(text.chars(), page.print())));
    assert_eq!(page.lines(), ["A", "1", "B", "2", "C", "3"]);
}

/// Generators of different types and an async function run together behind a box.
#[test]
fn a_mixed_company() {
    type Numbers = Box<dyn Generator<Resume = (), Yield = u32, Return = &'static str>>;
    let written: Numbers = Box::new(Countdown::new(3));
    let compiled: Numbers = Box::new(generator(|co| async move {
        co.yield_(70).await;
        co.yield_(60).await;
        "done"
    }));
    let mut weave = interweave([written, compiled]).keep_outcomes();
    assert!(weave.by_ref().eq([3, 70, 2, 60, 1]));
    assert_eq!(
        weave.into_outcomes().into_all(),
        Some(vec!["lift-off", "done"])
    );
}

/// Nothing runs before the first value is requested, and values that are not requested
/// are not computed.
#[test]
fn weaves_are_lazy() {
    let page = Page::default();
    let mut weave = interweave([squares(&page, &[1, 2]), squares(&page, &[10])]);
    assert_eq!(page.lines(), computing(&[]));
    assert_eq!([weave.next(), weave.next()], [Some(1), Some(100)]);
    drop(weave);
    assert_eq!(page.lines(), computing(&[1, 10]));
}

/// A generator that is added later runs first in the next round, for any chooser.
#[test]
fn latecomers_wait_for_the_next_round() {
    let mut weave = interweave([Countdown::new(12), Countdown::new(22)]);
    assert_eq!(weave.next(), Some(12));
    weave.push(Countdown::new(32));
    assert_eq!(weave.living(), 3);
    assert!(weave.by_ref().take(4).eq([22, 11, 32, 21]));

    let mut weave = interweave([Countdown::new(12), Countdown::new(22)]).order_by(Replay::new([1]));
    assert_eq!(weave.next(), Some(22));
    weave.push(Countdown::new(32));
    assert!(weave.by_ref().take(4).eq([12, 21, 32, 11]));
}

/// There are no outcomes unless requested, and then one place for each generator, later
/// ones included.
#[test]
fn outcomes_on_request() {
    let mut plain = interweave([Countdown::new(1)]);
    run_all(&mut plain);
    assert!(plain.into_outcomes().is_empty());

    let mut weave = interweave([Countdown::new(2), Countdown::new(0)]).keep_outcomes();
    assert_eq!(weave.next(), Some(2));
    weave.push(Countdown::new(9));
    assert_eq!(weave.next(), Some(1)); // the second returned on the way here
    let outcomes = weave.into_outcomes();
    assert_eq!((outcomes.len(), outcomes.complete()), (3, false));
    assert!(outcomes.iter().eq([None, Some(&"lift-off"), None]));
    assert!(
        outcomes
            .clone()
            .into_iter()
            .eq([None, Some("lift-off"), None])
    );
    assert_eq!(outcomes.into_all(), None);
}

/// The choices alone produce an order that differs from first in, first out.
#[test]
fn the_chooser_orders_each_round() {
    let recording = Recording::new(Replay::new([2, 1, 1, 0, 0, 0, 0, 0]));
    let weave = interweave([13, 23, 33].map(Countdown::new)).order_by(recording.clone());
    // Round 1: c b a.  Round 2, from that order: b c a.  Then always the same.
    assert!(weave.take(9).eq([33, 23, 13, 22, 32, 12, 21, 31, 11]));
    let options: Vec<usize> = recording
        .record()
        .iter()
        .map(|chosen| chosen.options)
        .collect();
    assert_eq!(options, [3, 2, 3, 2, 3, 2], "no question when one is left");
}

/// A chooser that answers out of range gets a panic that says so.
#[test]
#[should_panic(
    expected = "the chooser answered 3 when asked for one of 3: make it answer a number below"
)]
fn an_answer_out_of_range() {
    struct Wrong;
    impl Chooser for Wrong {
        fn choose(&mut self, _: Choice, options: usize) -> usize {
            options
        }
    }
    let _ = interweave([1, 2, 3].map(Countdown::new))
        .order_by(Wrong)
        .next();
}

/// An explicit `Fifo` chooser gives the default order.
#[test]
fn fifo_by_name() {
    let weave = || interweave([4, 2, 3].map(Countdown::new));
    assert!(weave().order_by(Fifo).eq(weave()));
}

/// A round remembers the current item, and the items it did not reach come first.
#[test]
fn an_unfinished_round() {
    let mut ready = Rounds::new();
    "abc".chars().for_each(|item| ready.push(item));
    let mut round = ready.begin();
    assert_eq!((round.current(), round.len(), ready.len()), (None, 3, 0));
    assert_eq!(round.next(), Some('a'));
    ready.push('d');
    assert_eq!(
        (round.current(), round.remaining()),
        (Some('a'), ['b', 'c'].as_slice())
    );
    ready.finish(round);
    let round = ready.begin();
    assert_eq!(round.remaining(), ['b', 'c', 'd']);
    assert!(ready.is_empty() && !round.is_empty());
}

/// A round whose run panics is at the item of the panic, and can go on behind it.
#[test]
fn a_run_that_panics() {
    let mut ready = Rounds::new();
    "abcd".chars().for_each(|item| ready.push(item));
    let mut round = ready.begin();
    assert_eq!(round.next(), Some('a'));
    let run = AssertUnwindSafe(|| {
        round.run(|item| {
            if item == 'b' {
                resume_unwind(Box::new(item)); // prints no message
            }
        });
    });
    assert!(catch_unwind(run).is_err());
    assert_eq!(
        (round.current(), round.remaining()),
        (Some('b'), ['c', 'd'].as_slice())
    );
    let mut rest = Vec::new();
    round.run(|item| rest.push(item));
    assert_eq!(
        (rest, round.current(), round.len()),
        (vec!['c', 'd'], Some('d'), 0)
    );
}

/// Buffers of rounds that are turned over are looked at when the last round is finished.
#[test]
fn a_burst_is_not_for_ever_where_rounds_are_turned_over() {
    for turns in [1, 2, 3] {
        let mut ready = Rounds::new();
        assert!(turn(&mut ready, 10_000) + turn(&mut ready, 10_000) >= 20_000);
        for _ in 0..40_000 {
            ready.push(0);
            let round = ready.begin();
            let (queue, mut left) = (RefCell::new(&mut ready), turns);
            let (round, _) = round.run_on(
                &mut Round::default(),
                |_| queue.borrow_mut().push(0),
                |round, _| {
                    left -= 1;
                    queue.borrow_mut().turn_over(round, || left > 0)
                },
            );
            ready.finish(round);
            ready.clear();
        }
        assert!(ready.capacity() <= 2048, "{turns}: {}", ready.capacity());
    }
}

/// A huge round that was turned over is forgotten when the tiny round behind it is finished.
#[test]
fn a_huge_round_that_is_turned_over_frees_its_memory() {
    let mut ready = Rounds::new();
    for after in [1, 2] {
        (0..100_000).for_each(|item| ready.push(item));
        let mut round = ready.begin();
        round.run(drop);
        (0..after).for_each(|item| ready.push(item));
        let turn = ready.turn_over(&mut round, || true);
        assert_eq!(turn == NextRound::Lone(0), after == 1);
        round.run(drop);
        ready.finish(round);
        assert!(ready.capacity() <= 2048, "{after}: {}", ready.capacity());
    }
}

/// A round of one item that began in the place of another is at its item after a panic, and the
/// next round begins behind it.
#[test]
fn a_lone_item_whose_run_panics() {
    let ready = RefCell::new(Rounds::new());
    "abc".chars().for_each(|item| ready.borrow_mut().push(item));
    let (round, mut seen) = (ready.borrow_mut().begin(), String::new());
    let mut back = Round::default();
    let mut run = |round: Round<char>, back: &mut Round<char>| {
        round.run_on(
            back,
            |item| {
                seen.push(item);
                match item {
                    'c' => ready.borrow_mut().push('d'),
                    'd' => {
                        ready.borrow_mut().push('e');
                        resume_unwind(Box::new(item)); // prints no message
                    }
                    _ => {}
                }
            },
            |round, _| ready.borrow_mut().turn_over(round, || true),
        )
    };
    assert!(catch_unwind(AssertUnwindSafe(|| run(round, &mut back).1)).is_err());
    let at = (back.current(), back.len(), back.whole_len());
    assert_eq!(at, (Some('d'), 0, 1));
    let (round, last) = run(back, &mut Round::default());
    assert_eq!(
        (seen.as_str(), round.current(), last),
        ("abcde", Some('e'), 1)
    );
}

/// If the choice of the next round panics, the round that is over comes back, and nothing is lost.
#[test]
fn a_next_round_that_panics() {
    let ready = RefCell::new(Rounds::new());
    (1..=2).for_each(|item| ready.borrow_mut().push(item));
    let (round, mut back) = (ready.borrow_mut().begin(), Round::default());
    let run = AssertUnwindSafe(|| {
        let each = |item| ready.borrow_mut().push(item + 10);
        round.run_on(&mut back, each, |_, items| resume_unwind(Box::new(items)))
    });
    assert_eq!(
        *catch_unwind(run).unwrap_err().downcast::<usize>().unwrap(),
        2
    );
    assert_eq!((back.current(), back.whole_len()), (Some(2), 2));
    ready.borrow_mut().finish(back);
    assert_eq!(ready.borrow_mut().items(), [11, 12]);
}

/// After a panic the round is at the item of the panic, whether it began behind a lone item or is one,
/// and the run that goes on counts all items of it.
#[test]
fn a_panic_of_a_lone_item_or_behind_one_is_that_of_its_item() {
    for (panics, at) in [('c', (Some('c'), 0, 1)), ('e', (Some('e'), 1, 3))] {
        let ready = RefCell::new(Rounds::new());
        let push = |items: &str| items.chars().for_each(|item| ready.borrow_mut().push(item));
        push("ab");
        let (mut back, mut counts) = (Round::default(), Vec::new());
        let mut run = |round: Round<char>, back: &mut Round<char>| {
            round.run_on(
                back,
                |item| {
                    match item {
                        'b' => push("c"),
                        'c' => push("def"),
                        _ => {}
                    }
                    if item == panics {
                        resume_unwind(Box::new(item)); // prints no message
                    }
                },
                |round, items| {
                    counts.push(items);
                    ready.borrow_mut().turn_over(round, || true)
                },
            )
        };
        let round = ready.borrow_mut().begin();
        assert!(catch_unwind(AssertUnwindSafe(|| run(round, &mut back).1)).is_err());
        assert_eq!((back.current(), back.len(), back.whole_len()), at);
        let (_, last) = run(back, &mut Round::default());
        assert_eq!((last, counts), (3, vec![2, 1, 3]));
    }
}

/// A queue keeps its memory while the rounds, or the items that are pushed meanwhile, use a quarter of it.
#[test]
fn a_queue_in_use_keeps_its_memory() {
    for in_the_round in [true, false] {
        let mut ready = Rounds::new();
        let before = turn(&mut ready, 2000).max(turn(&mut ready, 2000));
        for _ in 0..5000 {
            if in_the_round {
                turn(&mut ready, 600);
                continue;
            }
            let round = ready.begin();
            (0..600).for_each(|item| ready.push(item));
            ready.finish(round);
            ready.clear();
        }
        assert_eq!(ready.capacity(), before, "{in_the_round}");
    }
}

/// Runs one round of `items` items, and returns the capacity afterwards.
fn turn(ready: &mut Rounds<usize>, items: usize) -> usize {
    (0..items).for_each(|item| ready.push(item));
    let mut round = ready.begin();
    while round.next().is_some() {}
    ready.finish(round);
    ready.capacity()
}

/// The memory of a burst is freed after a time in which it was not needed.
#[test]
fn a_burst_is_not_for_ever() {
    let mut ready = Rounds::new();
    assert!(turn(&mut ready, 10_000) >= 10_000);
    let after: Vec<usize> = (0..20_000).map(|_| turn(&mut ready, 10)).collect();
    assert!(
        after[10_000] >= 10_000,
        "not at once: the next burst may be near"
    );
    assert!(after[19_999] <= 2048, "{} of room for 10", after[19_999]);
}

/// A huge buffer is freed before a tiny round, also if the burst fades: each round has half of the
/// items of the one before.
#[test]
fn a_burst_that_fades_is_freed_at_its_end() {
    let (mut ready, burst) = (Rounds::new(), 1 << 20);
    (0..burst).for_each(|item: u32| ready.push(item));
    let mut rooms = Vec::new();
    while !ready.is_empty() {
        let mut round = ready.begin();
        round.run(|item| {
            if item % 2 == 1 {
                ready.push(item / 2);
            }
        });
        ready.finish(round);
        rooms.push(ready.capacity());
    }
    assert!(
        rooms[0] > burst as usize && rooms[4] > burst as usize,
        "{rooms:?}"
    );
    assert!(
        rooms[8..].iter().all(|&room| room < burst as usize / 32),
        "{rooms:?}"
    );
}

/// Memory that is needed regularly is kept: both buffers become large in turn, and stay large.
#[test]
fn a_habit_keeps_its_memory() {
    let mut ready = Rounds::new();
    let room = |round| turn(&mut ready, if round % 5 == 0 { 5_000 } else { 10 });
    let rooms: Vec<usize> = (0..400).map(room).collect();
    assert!(rooms[5..].iter().all(|&room| room >= 10_000));
}

/// Replaying the choices of a seed gives the order of the seed.
#[test]
fn a_seed_can_be_replayed() {
    let weave = || interweave((0..10).map(|n| Countdown::new(10 * n + 5)));
    let recording = Recording::new(Seeded::new(2024));
    let woven: Vec<u32> = weave().order_by(recording.clone()).collect();
    assert!(
        weave()
            .order_by(Replay::new(recording.choices()))
            .eq(woven.iter().copied())
    );
    assert!(!weave().eq(woven));
}
