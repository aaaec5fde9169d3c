//! The tests of the exercises of floor 0.

use groundup_trace::{Cause, Choice, Chooser, Event, Recorder, Replay, Seeded, Sink, Verb};

fn choices(chooser: &mut impl Chooser, options: impl IntoIterator<Item = usize>) -> Vec<usize> {
    let choose = |options| chooser.choose(Choice::Ready, options);
    options.into_iter().map(choose).collect()
}

fn event(time: u64, iteration: u64) -> Event {
    Event {
        time,
        iteration,
        task: None,
        verb: Verb::Iteration,
    }
}

#[test]
fn a_replay_gives_its_entries_and_then_zero() {
    let mut replay = Replay::new([2, 0, 1]);
    assert_eq!(
        choices(&mut replay, [3, 3, 2]),
        [2, 0, 1],
        "the entries, in order"
    );
    assert_eq!(replay.left(), 0, "all are used");
    assert_eq!(
        choices(&mut replay, [3, 9]),
        [0, 0],
        "a list that is used up"
    );
}

#[test]
fn an_entry_that_is_too_large_means_the_last_option() {
    let mut replay = Replay::new([9, 1]);
    assert_eq!(
        choices(&mut replay, [3, 3]),
        [2, 1],
        "9 of 3 options, and then 1"
    );
}

#[test]
fn a_seed_gives_the_same_choices_again() {
    let of_seed = |seed| choices(&mut Seeded::new(seed), 2..200);
    let first = of_seed(7);
    assert_eq!(first, of_seed(7), "one seed, twice");
    assert_ne!(first, of_seed(8), "another seed");
    let is_below = |(options, picked): (usize, &usize)| *picked < options;
    assert!(
        (2..200).zip(&first).all(is_below),
        "each answer is below its number of options"
    );
}

#[test]
fn each_option_is_equally_likely() {
    let mut counts = [0; 3];
    for picked in choices(&mut Seeded::new(1), [3; 30_000]) {
        counts[picked] += 1;
    }
    let is_near = |count: &i32| (9_700..10_300).contains(count);
    assert!(
        counts.iter().all(is_near),
        "30,000 choices of 3 options: {counts:?}"
    );
}

#[test]
fn many_options_are_equally_likely() {
    let third = 1_usize << 62;
    let picked = choices(&mut Seeded::new(1), vec![3 * third; 30_000]);
    let first = picked.iter().filter(|picked| **picked < third).count();
    assert!(
        (9_700..10_300).contains(&first),
        "10,000 of 30,000 are in the first third: {first}"
    );
    let multiples = picked.iter().filter(|picked| **picked % 3 == 0).count();
    assert!(
        (9_700..10_300).contains(&multiples),
        "10,000 of 30,000 are multiples of 3: {multiples}"
    );
}

#[test]
fn a_recorder_keeps_all() {
    let mut recorder = Recorder::new();
    (1..=100).for_each(|iteration| recorder.event(&event(0, iteration)));
    assert_eq!(
        (recorder.events().len(), recorder.left_out()),
        (100, 0),
        "all are kept"
    );
}

#[test]
fn a_ring_keeps_the_last() {
    let mut recorder = Recorder::ring(2);
    (1..=5).for_each(|iteration| recorder.event(&event(0, iteration)));
    let kept: Vec<u64> = recorder
        .events()
        .iter()
        .map(|event| event.iteration)
        .collect();
    assert_eq!(kept, [4, 5], "the last two");
    assert_eq!(recorder.left_out(), 3, "the first three are counted");
}

#[test]
fn a_ring_of_none_counts() {
    let mut recorder = Recorder::ring(0);
    (1..=3).for_each(|iteration| recorder.event(&event(0, iteration)));
    assert_eq!(
        (recorder.events().len(), recorder.left_out()),
        (0, 3),
        "nothing is kept"
    );
}

/// Returns the time as a line of a trace has it.
fn time(nanos: u64) -> String {
    let line = event(nanos, 1).to_string();
    line.split_whitespace()
        .next()
        .unwrap_or_default()
        .to_string()
}

#[test]
fn a_time_has_three_decimals() {
    let times = [0, 1_500_000_000, 3_000_000_000, 61_020_000_000].map(time);
    assert_eq!(
        times,
        ["0.000", "1.500", "3.000", "61.020"],
        "whole milliseconds"
    );
}

#[test]
fn a_time_is_never_rounded() {
    let times = [1, 2_000_000_010, 999_999_999, 1_000_100_000].map(time);
    assert_eq!(
        times,
        ["0.000000001", "2.00000001", "0.999999999", "1.0001"],
        "all digits"
    );
}

/// Returns the line of a wake, as a trace has it, with these words as its cause.
fn wake(cause: &str) -> String {
    format!("0.000 1 wake ann by {cause}")
}

#[test]
fn each_cause_is_read_back() {
    let causes = [
        ("itself", Cause::Itself),
        ("cancel", Cause::Cancel),
        ("thread", Cause::Thread),
        ("outside", Cause::Outside),
        ("promise#7", Cause::Promise(7)),
        ("timer#8", Cause::Timer(8)),
        ("callback#9", Cause::Callback(9)),
    ];
    for (words, cause) in causes {
        let read: Event = wake(words).parse().expect(words);
        assert_eq!(
            read.verb,
            Verb::Wake { by: cause },
            "the cause of `{words}`"
        );
    }
    let by_a_task: Event = wake("task Task-3").parse().expect("a task");
    let Verb::Wake {
        by: Cause::Task(task),
    } = by_a_task.verb
    else {
        panic!("`task Task-3` is a task, and not {:?}", by_a_task.verb);
    };
    assert_eq!(task.number, 3, "the number of the task");
}

#[test]
fn a_word_that_is_no_cause_is_an_error() {
    let said = wake("magic")
        .parse::<Event>()
        .expect_err("no cause")
        .to_string();
    assert!(
        said.contains("timer#1"),
        "the error lists the causes: {said}"
    );
}
